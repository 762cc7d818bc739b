"""The request around a payload: where it is put and how the place writes it. The application gets the same payload.

Source: RFC 3986 2.1 and 6.2.2.1 (percent-encoding), the WHATWG URL standard 5.1 (forms), RFC 8259 7 (JSON escapes), XML 1.0
2.7 and 4.1, RFC 7578 and RFC 2046 5.1.1 (multipart), RFC 2045 6 (transfer encodings), RFC 9110 8.4 (content codings), RFC
9112; the documentation of PHP, Express and ASP.NET on parameters that come several times.
"""

import re
from dataclasses import replace
from random import Random

from .model import CLASSES, Attack, mutation
from .sql import context_of, text_of, tokens_of

#: Places where parameters are percent-encoded.
PERCENT = ("query", "form", "cookie")
BODIES = ("form", "json", "multipart", "xml", "body", "file")


def put(place: str, why: str) -> None:
    """A mutation that moves the payload to another place."""

    def move(attack: Attack, rng: Random) -> Attack | None:
        return None if attack.place == place else attack.at(place)

    move.__doc__ = why
    mutation(f"place-{place}", CLASSES, why)(move)


put("query", "An application that merges its parameters takes them from the query.")
put("form", "An application that merges its parameters takes them from a form.")
put("json", "A JSON body binds to the same fields as a form.")
put("multipart", "A form may be sent as multipart/form-data (RFC 7578).")
put("xml", "An XML body binds to the same fields.")
put("cookie", "Cookies reach the same instructions as parameters.")
put("header", "Header fields reach logs, databases and pages.")
put("path", "Routers take parameters from segments of the path.")


def code(name: str, places: tuple[str, ...], coding: str, why: str) -> None:
    """A mutation that has the place write the payload otherwise."""

    def write(attack: Attack, rng: Random) -> Attack | None:
        moved = attack.at(*places)
        return moved and moved.coded(coding)

    write.__doc__ = why
    mutation(name, CLASSES, why)(write)


code("percent-all", ("query", "form", "cookie"), "percent-all", "Every byte may be percent-encoded (RFC 3986 2.1).")
code(
    "percent-lower",
    ("query", "form", "cookie"),
    "percent-lower",
    "The digits of an escape have no case (RFC 3986 6.2.2.1).",
)
code("percent-least", ("query", "form"), "percent-least", "Servers take bytes that should have been encoded.")
code("percent-u", ("query", "form"), "percent-u", "IIS and ASP take %uXXXX.")
code("percent-plus", ("query", "form"), "plus", "+ is a blank in a form (URL 5.1).")
code("json-unicode", ("json",), "json-unicode", "Every character of a JSON string may be \\uXXXX (RFC 8259 7).")
code(
    "json-unicode-signs",
    ("json",),
    "json-unicode-signs",
    "Some characters of a JSON string may be \\uXXXX (RFC 8259 7).",
)
code("json-solidus", ("json",), "json-solidus", "A slash may be written \\/ (RFC 8259 7).")
code("xml-decimal", ("xml",), "xml-decimal", "Character references stand for characters (XML 4.1).")
code("xml-hex", ("xml",), "xml-hex", "Character references stand for characters (XML 4.1).")
code("xml-cdata", ("xml",), "xml-cdata", "A CDATA section holds text as it is (XML 2.7).")
code("multipart-base64", ("multipart",), "transfer-base64", "A part may be in base64 (RFC 2045 6.8).")
code(
    "multipart-quoted-printable",
    ("multipart",),
    "transfer-quoted-printable",
    "A part may be quoted-printable (RFC 2045 6.7).",
)
code("multipart-utf-16", ("multipart",), "charset-utf-16", "A part may name its character set (RFC 7578 4.4).")


def form(name: str, places: tuple[str, ...], flag: str, why: str, classes: tuple[str, ...] = CLASSES) -> None:
    """A mutation that gives the message another form."""

    def write(attack: Attack, rng: Random) -> Attack | None:
        moved = attack.at(*places)
        return moved and moved.formed(flag)

    write.__doc__ = why
    mutation(name, classes, why)(write)


form("json-array", ("json",), "json-array", "A JSON value may be an array.")
form("json-deep", ("json",), "json-deep", "A JSON value may lie deep.")
form("json-blanks", ("json",), "json-blanks", "White space may stand between tokens (RFC 8259 2).")
form("json-utf-16", ("json",), "utf-16-le", "ASP.NET and others take JSON in UTF-16.")
form("xml-attribute", ("xml",), "xml-attribute", "XML binds attributes as elements.")
form("xml-utf-16-body", ("xml",), "utf-16", "XML may be in UTF-16 (XML 4.3.3).")
form("boundary-quoted", ("multipart",), "boundary-quoted", "A boundary may be quoted (RFC 2046 5.1.1).")
form("boundary-odd", ("multipart",), "boundary-odd", "A boundary may hold '()+_,-./:=? (RFC 2046 5.1.1).")
form("boundary-long", ("multipart",), "boundary-long", "A boundary may have 70 characters (RFC 2046 5.1.1).")
form(
    "boundary-case",
    ("multipart",),
    "boundary-case",
    "Names of types and parameters have no case; parameters come in any order.",
)
form("boundary-lf", ("multipart",), "boundary-lf", "Lenient readers take bare line feeds.")
form(
    "boundary-preamble",
    ("multipart",),
    "boundary-preamble",
    "What stands before the first boundary is skipped (RFC 2046 5.1.1).",
)
form("boundary-blanks", ("multipart",), "boundary-blanks", "Blanks may follow a boundary (RFC 2046 5.1.1).")
form("boundary-unclosed", ("multipart",), "boundary-unclosed", "PHP and others take a last part that nothing closes.")
form(
    "part-case", ("multipart", "file"), "part-case", "Names of fields and parameters have no case (RFC 7578, RFC 2045)."
)
form(
    "part-unquoted",
    ("multipart",),
    "part-unquoted",
    "A name without special characters needs no quotes (RFC 2045 5.1).",
)
form("part-folded", ("multipart", "file"), "part-folded", "Fields of a part may be folded (RFC 5322 2.2.3).")
form("body-gzip", BODIES, "gzip", "A body may be compressed (RFC 9110 8.4.1.3).")
form("body-deflate", BODIES, "deflate", "A body may be compressed (RFC 9110 8.4.1.2).")
form("body-untyped", BODIES, "no-content-type", "Applications that expect one format do not look at its name.")
form(
    "body-mistyped",
    ("json", "xml", "body"),
    "plain-content-type",
    "Applications that expect one format do not look at its name: browsers send JSON as text/plain without asking.",
)
form(
    "array-name",
    ("query", "form", "multipart"),
    "array",
    "`name[]` is an array of one for PHP, Rails and Express.",
    # A GraphQL server takes its document under one name.
    tuple(kind for kind in CLASSES if kind != "graphql"),
)


@mutation("duplicate-last", CLASSES, "PHP, Rails and others take the last of several parameters of a name.")
def duplicate_last(attack: Attack, rng: Random) -> Attack | None:
    """A harmless value before."""
    return duplicates(attack, ("1", attack.payload))


@mutation("duplicate-first", CLASSES, "Servlets and others take the first of several parameters of a name.")
def duplicate_first(attack: Attack, rng: Random) -> Attack | None:
    """A harmless value behind."""
    return duplicates(attack, (attack.payload, "1"))


def duplicates(attack: Attack, pieces: tuple[str, ...]) -> Attack | None:
    """The parameter sent several times."""
    moved = attack.at("query", "form", "multipart")
    if moved is None or attack.part != "value" or moved.wire.pieces:
        return None
    return replace(moved, wire=replace(moved.wire, pieces=pieces))


@mutation("duplicate-split", ("sqli",), "ASP.NET and Express join them with commas; a comment swallows each comma.")
def duplicate_split(attack: Attack, rng: Random) -> Attack | None:
    """The payload in pieces, parted at blanks inside comments."""
    tokens = tokens_of(attack)
    places = [
        i for i, t in enumerate(tokens) if t.kind == "blank" and i + 1 < len(tokens) and tokens[i + 1].kind != "comment"
    ]
    if not places or context_of(attack) not in ("", "'", '"'):
        return None
    cuts, pieces, start = sorted(rng.sample(places, min(len(places), 2))), [], 0
    for cut in cuts:
        pieces.append(f"{text_of(tokens[start:cut])}/*")
        tokens[cut] = tokens[cut]._replace(text="*/")
        start = cut
    pieces.append(text_of(tokens[start:]))
    return duplicates(attack, tuple(pieces))


@mutation(
    "duplicate-split-list",
    ("sqli",),
    "ASP.NET and Express join them with commas, which a list of columns or arguments wants.",
)
def duplicate_split_list(attack: Attack, rng: Random) -> Attack | None:
    """The payload in pieces, parted at its commas."""
    pieces = tuple(re.split(",", attack.payload))
    return duplicates(attack, pieces) if len(pieces) > 1 else None
