"""Header fields that are injected: line ends, names and blanks.

Source: RFC 9112 2.2 and 5.1 (a bare LF may end a line, blanks around values), RFC 5322 2.2 (fields of mail, folding), RFC
5321 2.4 and 4.1.1 (SMTP commands have no case), RFC 3501 9 (IMAP commands have no case).
"""

import re
from random import Random

from .html import mixed
from .model import Attack, mutation

BOTH, CRLF, MAIL = ("crlf", "mail"), ("crlf",), ("mail",)
FIELD = re.compile(r"(?<=[\r\n])([A-Za-z][A-Za-z-]*)(:[ \t]*)")


@mutation("line-lf", BOTH, "Most readers take a bare line feed for a line end.")
def bare_lf(attack: Attack, rng: Random) -> str:
    """LF for CR LF."""
    return attack.payload.replace("\r\n", "\n")


@mutation("line-crlf", BOTH, "The line end of the standards.")
def cr_lf(attack: Attack, rng: Random) -> str:
    """CR LF for LF."""
    return re.sub(r"(?<!\r)\n", "\r\n", attack.payload)


@mutation("line-cr", CRLF, "Some readers take a bare carriage return for a line end.")
def bare_cr(attack: Attack, rng: Random) -> str:
    """CR for CR LF."""
    return attack.payload.replace("\r\n", "\r")


@mutation("line-doubled-cr", BOTH, "Readers drop what carriage returns stand before the line feed.")
def doubled_cr(attack: Attack, rng: Random) -> str:
    """CR CR LF."""
    return attack.payload.replace("\r\n", "\r\r\n")


@mutation(
    "line-high-letters",
    CRLF,
    "Servers that keep the low byte of each UTF-16 unit make line ends of U+560D and U+560A.",
    codes=True,
)
def high_letters(attack: Attack, rng: Random) -> str:
    """嘍嘊 for CR LF."""
    return attack.payload.replace("\r", "\u560d").replace("\n", "\u560a")


@mutation("line-escapes", CRLF, "A decoder of backslash escapes behind the server.", codes=True)
def escapes(attack: Attack, rng: Random) -> str:
    """`\\r\\n`, `\\u000d\\u000a`."""
    left, right = rng.choice((("\\r", "\\n"), ("\\u000d", "\\u000a"), ("\\x0d", "\\x0a")))
    return attack.payload.replace("\r", left).replace("\n", right)


@mutation("field-case", BOTH, "Names of fields and commands have no case.")
def field_case(attack: Attack, rng: Random) -> str:
    """Names in mixed case."""
    text = FIELD.sub(lambda m: mixed(m[1], rng) + m[2], attack.payload)
    return re.sub(
        r"(?<=[\r\n])(?:[A-Za-z]\d+ )?(RCPT TO|MAIL FROM|DATA|CREATE|DELETE|LIST|CAPABILITY|QUIT)\b",
        lambda m: m[0][: m.start(1) - m.start()] + mixed(m[1], rng),
        text,
    )


@mutation("field-blanks", BOTH, "Any blanks, or none, stand behind the colon.")
def field_blanks(attack: Attack, rng: Random) -> str:
    """Other blanks behind colons."""
    return FIELD.sub(lambda m: f"{m[1]}:{rng.choice(('', '  ', chr(9), '   ' + chr(9)))}", attack.payload)


@mutation("field-blank-before-colon", BOTH, "Lenient readers skip blanks before the colon (RFC 5322 4.5.3).")
def field_blank_before_colon(attack: Attack, rng: Random) -> str:
    """`Name :`."""
    return FIELD.sub(lambda m: f"{m[1]} {m[2]}", attack.payload)


@mutation("field-folded", MAIL, "A line that begins with a blank goes on with the one before (RFC 5322 2.2.3).")
def field_folded(attack: Attack, rng: Random) -> str:
    """Values on a folded line."""
    return FIELD.sub(lambda m: f"{m[1]}:\r\n ", attack.payload)


@mutation("field-more", BOTH, "Other fields may stand before.")
def field_more(attack: Attack, rng: Random) -> str:
    """Another field in front."""
    more = rng.choice(("X-Note: 1", "X-Priority: 3", "Cache-Control: no-store"))
    return re.sub(r"(\r?\n)(?=[A-Za-z][A-Za-z-]*:)", lambda m: f"{m[1]}{more}{m[1]}", attack.payload, count=1)


@mutation("field-data-before", BOTH, "What stands before the first line end is data.")
def data_before(attack: Attack, rng: Random) -> str:
    """Other data in front."""
    found = re.match(r"[^\r\n]*", attack.payload)
    return (
        rng.choice(("", "en-GB", "/account/orders?page=2", "kim@shop.example", "Änderung"))
        + attack.payload[found.end() :]
    )


@mutation("field-receivers", MAIL, "Cc, Bcc and To all add receivers, one or several.")
def receivers(attack: Attack, rng: Random) -> str:
    """Another field for receivers."""
    return re.sub(
        r"(?<=[\r\n])(Bcc|Cc|To)(?=:)",
        lambda m: rng.choice([n for n in ("Bcc", "Cc", "To", "CC", "BCC") if n != m[1]]),
        attack.payload,
    )
