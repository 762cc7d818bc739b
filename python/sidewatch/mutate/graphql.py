"""GraphQL documents: the same operations, written as others that the server runs to the same effect.

Source: the GraphQL specification of October 2021, by section.
"""

import re
from collections.abc import Callable
from itertools import pairwise
from random import Random

from .model import Attack, mutation

GRAPHQL = ("graphql",)
#: Strings, comments, spreads, names, numbers, signs; what is between them is ignored.
TOKENS = re.compile(r'"""(?:[^\\]|\\.)*?"""|"(?:[^"\\\n]|\\.)*"|#[^\n]*|\.\.\.|[A-Za-z_]\w*|-?\d[\w.+-]*|[^\s,\ufeff]')


def tokens_of(text: str) -> list[str]:
    """The tokens, comments left out."""
    return [t for t in TOKENS.findall(text) if not t.startswith("#")]


def joined(tokens: list[str], gap: Callable[[], str]) -> str:
    """Tokens as text, with ignored text between them, and at least a blank where two would become one."""
    out = [tokens[0]]
    for left, right in pairwise(tokens):
        between = gap()
        if not between and re.match(r"[\w\"]", right) and re.search(r"[\w\"]$", left):
            between = " "
        out += [between, right]
    return "".join(out)


def fields(tokens: list[str]) -> list[int]:
    """Where fields of selections stand, aliased ones left out."""
    found, parentheses, braces = [], 0, 0
    for i, token in enumerate(tokens):
        parentheses += (token == "(") - (token == ")")
        if not parentheses:
            braces += (token == "{") - (token == "}")
        before, behind = tokens[i - 1] if i else "", tokens[i + 1] if i + 1 < len(tokens) else ""
        if (
            braces > 0
            and not parentheses
            and re.match(r"[A-Za-z_]", token)
            and before not in (":", "@", "...", "on", "$")
            and not (token == "on" and before == "...")
            and behind != ":"
        ):
            found.append(i)
    return found


@mutation("graphql-blanks", GRAPHQL, "White space and line ends between tokens are ignored (2.1.2, 2.1.3).")
def blanks(attack: Attack, rng: Random) -> str:
    """Blanks, tabs and line ends anywhere."""
    return joined(tokens_of(attack.payload), lambda: rng.choice((" ", "\t", "\n", "\r\n", "  \n ")))


@mutation("graphql-tight", GRAPHQL, "White space between tokens is ignored (2.1.2).")
def tight(attack: Attack, rng: Random) -> str:
    """No blank but those that part words."""
    return joined(tokens_of(attack.payload), str)


@mutation("graphql-commas", GRAPHQL, "Commas are ignored, like blanks (2.1.5).")
def commas(attack: Attack, rng: Random) -> str:
    """Commas anywhere."""
    return joined(tokens_of(attack.payload), lambda: rng.choice((",", " ,", ",,", " ")))


@mutation("graphql-commas-first", GRAPHQL, "Commas are ignored in front of the document as well (2.1.5).")
def commas_first(attack: Attack, rng: Random) -> str:
    """`,,{`."""
    return rng.choice((",", ",,\n", " , ")) + attack.payload


@mutation("graphql-comments", GRAPHQL, "A comment runs to the end of its line and is ignored (2.1.4).")
def comments(attack: Attack, rng: Random) -> str:
    """Comments between tokens."""
    return joined(tokens_of(attack.payload), lambda: rng.choice((" ", " ", "#note }\n", " # {\n")))


@mutation("graphql-comment-first", GRAPHQL, "A comment runs to the end of its line and is ignored (2.1.4).")
def comment_first(attack: Attack, rng: Random) -> str:
    """A comment in front of the document."""
    return rng.choice(("# list\n", "#\n#\n", "#{}\r\n")) + attack.payload


@mutation("graphql-byte-order-mark", GRAPHQL, "A byte order mark is ignored (2.1.1).")
def byte_order_mark(attack: Attack, rng: Random) -> str:
    """U+FEFF in front."""
    return "\ufeff" + attack.payload


@mutation("graphql-named", GRAPHQL, "An operation may have a name (2.3).")
def named(attack: Attack, rng: Random) -> str | None:
    """`query List {`."""
    name = rng.choice(("List", "q1", "_", "GetPage"))
    text = attack.payload
    if text.startswith("{"):
        return f"query {name} {text}"
    return re.sub(r"^(query|mutation)\s*(?=[{(])", rf"\1 {name}", text) if text.count("query") < 2 else None


@mutation("graphql-short", GRAPHQL, "A single query may be its selection alone (2.3).")
def short(attack: Attack, rng: Random) -> str | None:
    """`{...}`."""
    return re.sub(r"^query(\s+\w+)?\s*(?=\{)", "", attack.payload) if attack.payload.count("query") == 1 else None


@mutation("graphql-aliases", GRAPHQL, "A field may go by another name (2.7).")
def aliases(attack: Attack, rng: Random) -> str:
    """`a1: field`."""
    tokens = tokens_of(attack.payload)
    for n, i in enumerate(fields(tokens)):
        if rng.random() < 0.6:
            tokens[i] = f"a{n}:{tokens[i]}"
    return joined(tokens, lambda: " ")


@mutation("graphql-typename", GRAPHQL, "Every selection may ask for the name of its type (4.1).")
def typename(attack: Attack, rng: Random) -> str:
    """`{ __typename ...`."""
    tokens, out, parentheses = tokens_of(attack.payload), [], 0
    for token in tokens:
        parentheses += (token == "(") - (token == ")")
        out += [token, "__typename"] if token == "{" and not parentheses else [token]
    return joined(out, lambda: " ")


@mutation("graphql-include", GRAPHQL, "A field that is included is asked for (3.13.2).")
def include(attack: Attack, rng: Random) -> str | None:
    """`field @include(if: true)`."""
    tokens = tokens_of(attack.payload)
    places = [i for i in fields(tokens) if tokens[i + 1] != "("]
    if not places:
        return None
    for i in rng.sample(places, min(3, len(places))):
        tokens[i] += rng.choice((" @include(if:true)", " @skip(if: false)"))
    return joined(tokens, lambda: " ")


@mutation("graphql-inline-fragment", GRAPHQL, "An inline fragment without a type selects for the same type (2.8.2).")
def inline_fragment(attack: Attack, rng: Random) -> str | None:
    """`{ ... { field } }` at the root."""
    text = attack.payload
    if not text.endswith("}") or "fragment" in text or text.count("query") > 1:
        return None
    return re.sub(r"\{(.*)\}$", rng.choice((r"{...{\1}}", r"{ ... @include(if:true) {\1}}")), text, count=1, flags=re.S)


@mutation("graphql-fragment", GRAPHQL, "A fragment stands for the fields that it holds (2.8).")
def fragment(attack: Attack, rng: Random) -> str | None:
    """`{...F} fragment F on Query {...}`."""
    found = re.fullmatch(r"((?:query|mutation)?[^{(]*)(\{.*\})", attack.payload, re.S)
    if not found or "fragment" in attack.payload or attack.payload.count("query") > 1:
        return None
    kind = "Mutation" if found[1].startswith("mutation") else "Query"
    own, use = f"fragment Part on {kind} {found[2]}", f"{found[1]}{{...Part}}"
    return f"{own} {use}" if rng.random() < 0.5 else f"{use} {own}"
