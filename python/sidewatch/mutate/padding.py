"""Padding: the attack behind, inside or before much that does nothing.

Engines that look at the first bytes only, or give up for time, miss what follows. What is padded with is what the attacked
interpreter skips: data before it, blanks and comments inside it, text behind it; or other parameters of the request.
Source: the references of the families' files; servers take bodies of megabytes (PHP 8 MB, Tomcat 2 MB by default).
"""

import re
from dataclasses import replace
from random import Random

from .model import CLASSES, Attack, mutation
from .sql import rewrite, tokens_of
from .sql_layout import loosely

SIZES = {"1k": 1 << 10, "64k": 64 << 10, "1m": 1 << 20}
#: Classes where text before the payload is data: a page, a message, a literal.
DATA = ("sqli", "xss", "ssti", "ssi", "esi", "rce", "crlf", "mail", "nosqli", "xpath", "ldapi")
WORDS = "We had a long walk by the river and came home late. "


def roomy(attack: Attack, size: int) -> Attack | None:
    """The attack at a place that takes so many bytes."""
    if attack.part != "value":
        return None
    if size <= 4096 and attack.place in ("query", "form", "json", "multipart", "xml", "file", "body"):
        return attack
    return attack.at("form", "json", "multipart", "file", "body")


def filler(size: int, rng: Random) -> str:
    """Text of a size: one letter, or words."""
    return rng.choice("aA0.") * size if rng.random() < 0.5 else (WORDS * (size // len(WORDS) + 1))[:size]


def before(attack: Attack, size: int, rng: Random) -> str | None:
    """Data in front of the payload, of a kind that its instruction takes."""
    text = attack.payload
    if attack.place == "body" or attack.place == "path":
        return None
    if attack.kind == "sqli":
        first = tokens_of(attack)[0]
        if first.kind == "data":
            return filler(size, rng) + text if loosely(tokens_of(attack)) else None
        return "0" * size + text if first.kind == "number" else None
    if attack.kind in ("nosqli", "xpath", "ldapi"):
        literal = bool(attack.context) or (attack.kind == "ldapi" and re.match(r"[\w*]*\)", text))
        return rng.choice("aA0") * size + text if literal else None
    if attack.kind == "rce":
        return "a" * size + text if re.match(r"\w*\s*[;|&\n`]|\w*\$\(|\$\{jndi", text) else None
    if attack.kind == "ssti":
        return filler(size, rng) + text
    if attack.kind == "xss" and not text.startswith("<"):
        return "a" * size + text if re.match(r"[\w ]*['\"]", text) else None
    return filler(size, rng) + text


def inside(attack: Attack, size: int, rng: Random) -> str | None:
    """Blanks or comments where the payload has a blank that is one of its instruction."""
    text = attack.payload
    if attack.kind == "sqli":
        done = False

        def change(token) -> str | None:
            nonlocal done
            if token.kind != "blank" or done:
                return None
            done = True
            return rng.choice((" " * size, "\n" * size, f"/*{filler(size, rng)}*/", "/**/" * (size // 4)))

        new = rewrite(attack, change)
        return new if done else None
    if attack.kind == "xss":
        return re.sub(r"(<[A-Za-z]+)[\s/]+(?=\w)", lambda m: m[1] + rng.choice((" ", "\n", "/ ")) * size, text, count=1)
    if attack.kind in ("rce", "ssti"):
        return re.sub(r"(?<=[;|&])\s*(?=[a-z])|(?<=\{\{)\s*", " " * size, text, count=1)
    if attack.kind in ("ssi", "esi"):
        return re.sub(r"(?<=[a-z]) (?=[a-z]+=)", " " * size, text, count=1)
    if attack.kind == "xxe":
        return re.sub(
            r"(?<=DOCTYPE)\s|(?=<!DOCTYPE)",
            lambda m: f"<!--{filler(size, rng)}-->" if not m[0] else " " * size,
            text,
            count=1,
        )
    if attack.kind == "xpath":
        return re.sub(r" (?=or |and )", " " * size, text, count=1)
    return None


def after(attack: Attack, size: int, rng: Random) -> str | None:
    """Text behind the payload, of a kind that its instruction skips."""
    text = attack.payload
    if attack.kind == "sqli":
        return f"{text} {filler(size, rng)}" if re.search(r"(--\s|#)[^\n'\"]*$", text) else None
    if attack.kind == "rce":
        comments = attack.languages & {"sh", "bash"} and not re.search(r"['\"`]", text)
        return f"{text} #{filler(size, rng)}" if comments else None
    if attack.kind in ("xss", "ssi", "esi", "ssti"):
        return text + filler(size, rng) if text.endswith((">", "}")) else None
    if attack.kind in ("crlf", "mail"):
        return f"{text}\r\n\r\n{filler(size, rng)}"
    return None


def padded(name: str, classes: tuple[str, ...], write, why: str) -> None:
    """Mutations of every size."""

    def at(size: int):
        def function(attack: Attack, rng: Random) -> Attack | None:
            moved = roomy(attack, size)
            text = moved and write(moved, size, rng)
            return None if text is None or text == attack.payload else replace(moved, payload=text)

        return function

    for label, size in SIZES.items():
        function = at(size)
        function.__doc__ = why
        mutation(f"pad-{name}-{label}", classes, why)(function)


padded("before", DATA, before, "What stands before the instruction is data.")
padded("inside", ("sqli", "xss", "rce", "ssti", "ssi", "esi", "xxe", "xpath"), inside, "Blanks and comments repeat.")
padded(
    "after",
    ("sqli", "xss", "rce", "ssti", "ssi", "esi", "crlf", "mail"),
    after,
    "What stands behind the instruction is data or a comment.",
)


def parameters(label: str, size: int) -> None:
    """A mutation that puts other parameters in front."""

    def function(attack: Attack, rng: Random) -> Attack | None:
        if (attack.place == "query" and size <= 4096) or attack.place in ("form", "json", "multipart", "file", "xml"):
            moved = attack
        else:
            moved = attack.at("form", "json", "multipart", "file")
        if moved is None or moved.wire.filler:
            return None
        return replace(moved, wire=replace(moved.wire, filler=size))

    function.__doc__ = f"Other fields of {label} in front."
    mutation(
        f"pad-parameters-{label}",
        CLASSES,
        "Other fields in front do not change what the application makes of this one.",
    )(function)


for _label, _size in SIZES.items():
    parameters(_label, _size)
