"""The whole payload in another coding, which a decoder behind the server undoes.

An application that decodes once more than its server, a store that folds characters, or a parameter that is meant to be
base64 or hexadecimal all hand the attacked interpreter the same payload. Source: RFC 4648 (base64, base16), RFC 3986 2.1,
Unicode Standard Annex 15 (NFKC), RFC 3629 3 (overlong forms), RFC 8259 7; WHATWG HTML 13.2.5.72.
"""

import base64
from random import Random
from urllib.parse import quote_from_bytes

from .model import Attack, mutation
from .requests import octets, percent_all, percent_u

#: Classes whose payload is text in a value. Names, file names, fields and targets are not decoded once more.
VALUES = (
    "sqli",
    "nosqli",
    "xss",
    "rce",
    "ptrav",
    "rfi",
    "ssti",
    "ssi",
    "esi",
    "ssrf",
    "xxe",
    "ldapi",
    "xpath",
    "crlf",
    "mail",
    "redir",
)
#: Those that a page or a database may get by way of character references, escapes or folding.
TEXTS = ("sqli", "xss", "rce", "ssti", "ptrav", "ssi", "esi", "nosqli", "xpath", "ldapi")


def in_value(attack: Attack) -> bool:
    """Whether the payload is the value of a parameter."""
    return attack.part == "value" and attack.place in ("query", "form", "json", "multipart", "cookie", "header", "xml")


def whole(name: str, classes: tuple[str, ...], write, why: str) -> None:
    """A mutation that writes the whole payload in another coding."""

    # A few bytes in base64 or hexadecimal are the shape of any identifier, for an application as for an engine.
    least = 8 if name.startswith(("encode-base64", "encode-hex")) else 0

    def function(attack: Attack, rng: Random) -> str | None:
        return write(attack.payload) if in_value(attack) and len(octets(attack.payload)) >= least else None

    function.__doc__ = why
    mutation(name, classes, why, codes=True)(function)


def full_width(text: str) -> str:
    """A text in full-width signs."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def overlong(text: str) -> str:
    """The signs of a text in two bytes each where one is enough."""
    signs = "<>'\"()/=:;&|`${}*"
    return "".join(chr(0xDCC0 | ord(c) >> 6) + chr(0xDC80 | ord(c) & 0x3F) if c in signs else c for c in text)


def references(text: str, form: str, every: bool) -> str:
    """A text with its signs, or all of it, in character references."""
    return "".join(form.format(ord(c)) if every or not (c.isalnum() or c == " ") else c for c in text)


def escapes(text: str, form: str) -> str:
    """A text with its signs in backslash escapes."""
    return "".join(form.format(ord(c)) if not (c.isalnum() or c == " ") and ord(c) < 0x100 else c for c in text)


def percent_signs(data: bytes) -> str:
    """Signs percent-encoded."""
    return quote_from_bytes(data, " ")


whole(
    "encode-base64",
    VALUES,
    lambda t: base64.b64encode(octets(t)).decode(),
    "The application decodes base64 (RFC 4648 4).",
)
whole(
    "encode-base64url",
    VALUES,
    lambda t: base64.urlsafe_b64encode(octets(t)).decode().rstrip("="),
    "The application decodes base64 for URLs, without padding (RFC 4648 5).",
)
whole(
    "encode-base64-twice",
    VALUES,
    lambda t: base64.b64encode(base64.b64encode(octets(t))).decode(),
    "The application decodes base64 twice.",
)
whole("encode-hex", VALUES, lambda t: octets(t).hex(), "The application decodes hexadecimal (RFC 4648 8).")
whole("encode-percent", VALUES, lambda t: percent_all(octets(t)), "A second decoder behind the server.")
whole("encode-percent-signs", VALUES, lambda t: percent_signs(octets(t)), "A second decoder behind the server.")
whole(
    "encode-percent-twice",
    VALUES,
    lambda t: percent_signs(octets(percent_signs(octets(t)))),
    "Two more decoders behind the server.",
)
whole(
    "encode-percent-u",
    VALUES,
    lambda t: percent_u(octets(t)),
    "A decoder that takes %uXXXX, such as JavaScript's unescape.",
)
whole(
    "encode-references", TEXTS, lambda t: references(t, "&#{};", False), "The application undoes character references."
)
whole(
    "encode-references-hex",
    TEXTS,
    lambda t: references(t, "&#x{:x};", True),
    "The application undoes character references.",
)
whole(
    "encode-references-padded",
    TEXTS,
    lambda t: references(t, "&#{:05d};", True),
    "The application undoes character references.",
)
whole(
    "encode-full-width",
    TEXTS,
    full_width,
    "NFKC, or the conversion to a smaller character set, makes ASCII of full-width signs.",
)
whole("encode-overlong", TEXTS, overlong, "A decoder that does not refuse overlong UTF-8.")
whole("encode-escapes-x", TEXTS, lambda t: escapes(t, "\\x{:02x}"), "The application undoes backslash escapes.")
whole(
    "encode-escapes-u",
    TEXTS,
    lambda t: escapes(t, "\\u{:04x}"),
    "The application undoes backslash escapes, such as those of JSON in a string.",
)
