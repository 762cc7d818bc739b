"""URLs: spellings of addresses, schemes and authorities that lead to the same place.

Source: the WHATWG URL standard, 3.5 (host parser: octal, hexadecimal and short addresses, IPv6 with embedded IPv4, domain
to ASCII), 4.4 (parser: case, tabs, backslashes, user info); RFC 3986 3.2; UTS #46 for the mapping of signs; inet_aton(3).
"""

import ipaddress
import re
from random import Random

from .html import mixed
from .model import Attack, mutation

SSRF, REDIR, RFI = ("ssrf",), ("redir",), ("rfi",)
ALL = ("ssrf", "redir", "rfi")

HOST = re.compile(
    r"(?P<head>[A-Za-z][\w+.-]*://(?:[^@/?#\\]*@)?|^[/\\]{2,})(?P<host>\[[^\]]+\]|[^/?#:\\]+)(?P<tail>.*)", re.DOTALL
)


def hosted(attack: Attack, write) -> str | None:
    """The payload with its host written otherwise."""
    found = HOST.match(attack.payload)
    if not found:
        return None
    new = write(found["host"])
    return None if new is None else f"{found['head']}{new}{found['tail']}"


def addressed(attack: Attack, write) -> str | None:
    """The payload with its IPv4 address written otherwise."""

    def host(text: str) -> str | None:
        try:
            return write(ipaddress.IPv4Address(text))
        except ValueError:
            return None

    return hosted(attack, host)


def octets(address: ipaddress.IPv4Address) -> list[int]:
    """The four numbers."""
    return list(address.packed)


@mutation("url-decimal", SSRF, "An address can be one decimal number.")
def decimal(attack: Attack, rng: Random) -> str | None:
    """`2130706433`."""
    return addressed(attack, lambda a: str(int(a)))


@mutation("url-hexadecimal", SSRF, "An address can be one hexadecimal number, or four.")
def hexadecimal(attack: Attack, rng: Random) -> str | None:
    """`0x7f000001`, `0x7f.0x0.0x0.0x1`."""
    return addressed(
        attack,
        lambda a: rng.choice(
            (
                f"0x{int(a):08x}",
                f"0X{int(a):X}",
                ".".join(f"0x{o:x}" for o in octets(a)),
                ".".join(f"0x{o:02X}" for o in octets(a)),
            )
        ),
    )


@mutation("url-octal", SSRF, "Numbers that begin with 0 are octal, with any number of zeros.")
def octal(attack: Attack, rng: Random) -> str | None:
    """`0177.0.0.01`."""
    return addressed(
        attack,
        lambda a: rng.choice(
            (".".join(f"0{o:o}" for o in octets(a)), ".".join(f"{o:08o}" for o in octets(a)), f"0{int(a):o}")
        ),
    )


@mutation("url-mixed", SSRF, "Each of the numbers may have its own base.")
def mixed_bases(attack: Attack, rng: Random) -> str | None:
    """`0x7f.0.0.01`."""
    return addressed(
        attack,
        lambda a: ".".join(rng.choice((str(o), f"0x{o:x}", f"0{o:o}")) for o in octets(a)[:3]) + f".0x{octets(a)[3]:x}",
    )


@mutation("url-short", SSRF, "The last number fills what is left: two or three numbers will do.")
def short(attack: Attack, rng: Random) -> str | None:
    """`127.1`."""
    return addressed(
        attack,
        lambda a: rng.choice(
            (f"{octets(a)[0]}.{int(a) & 0xFFFFFF}", f"{octets(a)[0]}.{octets(a)[1]}.{int(a) & 0xFFFF}")
        ),
    )


@mutation("url-ipv6-mapped", SSRF, "IPv6 embeds IPv4 addresses (RFC 4291 2.5.5.2).")
def ipv6_mapped(attack: Attack, rng: Random) -> str | None:
    """`[::ffff:127.0.0.1]`."""

    def write(a: ipaddress.IPv4Address) -> str:
        high, low = int(a) >> 16, int(a) & 0xFFFF
        return rng.choice(
            (
                f"[::ffff:{a}]",
                f"[::ffff:{high:x}:{low:x}]",
                f"[0:0:0:0:0:ffff:{a}]",
                f"[0000:0000:0000:0000:0000:FFFF:{high:04X}:{low:04X}]",
            )
        )

    return addressed(attack, write)


@mutation("url-ipv6-long", SSRF, "Zeros of an IPv6 address may be written out.")
def ipv6_long(attack: Attack, rng: Random) -> str | None:
    """`[0:0:0:0:0:0:0:1]`."""

    def write(host: str) -> str | None:
        if host[0] != "[":
            return None
        address = ipaddress.IPv6Address(host[1:-1])
        return f"[{rng.choice((address.exploded, ':'.join(f'{int(p, 16):x}' for p in address.exploded.split(':'))))}]"

    return hosted(attack, write)


@mutation("url-enclosed", SSRF, "UTS #46 maps enclosed and full-width signs to the plain ones.")
def enclosed(attack: Attack, rng: Random) -> str | None:
    """`①②⑦.⓪.⓪.①`."""

    def write(host: str) -> str | None:
        if host[0] == "[":
            return None
        circled = rng.random() < 0.5
        table = {
            "0": "⓪",
            **{str(i): chr(0x245F + i) for i in range(1, 10)},
            **{chr(97 + i): chr(0x24D0 + i) for i in range(26)},
        }
        wide = {c: chr(ord(c) + 0xFEE0) for c in map(chr, range(0x21, 0x7F))}
        return "".join((table if circled else wide).get(c, c) for c in host)

    return hosted(attack, write)


@mutation("url-full-stops", SSRF, "UTS #46 takes ideographic and full-width full stops for dots.")
def full_stops(attack: Attack, rng: Random) -> str | None:
    """Ideographic full stops."""
    return hosted(attack, lambda host: host.replace(".", rng.choice("\u3002\uff0e\uff61")) if "." in host else None)


@mutation("url-host-percent", SSRF, "A host is percent-decoded before it is read (URL 3.5).")
def host_percent(attack: Attack, rng: Random) -> str | None:
    """`%31%32%37.0.0.1`."""
    return hosted(
        attack,
        lambda host: (
            None
            if host[0] == "["
            else "".join(f"%{ord(c):02x}" if rng.random() < 0.6 or not i else c for i, c in enumerate(host))
        ),
    )


@mutation("url-host-dot", SSRF + RFI, "A dot behind a name names the same host.")
def host_dot(attack: Attack, rng: Random) -> str | None:
    """`localhost.`."""
    return hosted(attack, lambda host: None if host[0] == "[" else f"{host}.")


@mutation("url-host-case", ALL, "Names of hosts have no case.")
def host_case(attack: Attack, rng: Random) -> str | None:
    """Mixed case."""
    return hosted(attack, lambda host: mixed(host, rng))


@mutation("url-dns-name", SSRF, "Public name services answer with the address that a name holds.")
def dns_name(attack: Attack, rng: Random) -> str | None:
    """`127.0.0.1.nip.io`."""
    return addressed(
        attack,
        lambda a: rng.choice(
            (f"{a}.nip.io", f"{str(a).replace('.', '-')}.sslip.io", f"x.{a}.nip.io", f"{int(a):08x}.nip.io")
        ),
    )


@mutation("url-scheme-case", ALL, "Schemes have no case.")
def scheme_case(attack: Attack, rng: Random) -> str:
    """Mixed case."""
    return re.sub(r"^[A-Za-z][\w+.-]*(?=:)", lambda m: mixed(m[0], rng), attack.payload)


@mutation("url-user", SSRF + RFI, "What stands before @ is a user, not the host.")
def user(attack: Attack, rng: Random) -> str:
    """`http://shop.example@host`."""
    return re.sub(
        r"(?<=://)(?=[^@]*$)", rng.choice(("shop.example@", "a:b@", "shop.example:80@", "@")), attack.payload, count=1
    )


@mutation("url-port", SSRF + RFI, "The port that a scheme has anyway.")
def port(attack: Attack, rng: Random) -> str | None:
    """`:80`."""
    found = HOST.match(attack.payload)
    if not found or found["tail"].startswith(":") or not found["head"].lower().startswith("http:"):
        return None
    return f"{found['head']}{found['host']}{rng.choice((':80', ':', ':0080'))}{found['tail']}"


@mutation("url-fragment", SSRF, "What follows # is not sent.")
def fragment(attack: Attack, rng: Random) -> str | None:
    """`#shop.example`."""
    return None if "#" in attack.payload else attack.payload + rng.choice(("#shop.example", "#", "#.png"))


@mutation("url-query-more", SSRF, "A query changes little of what most of these hosts answer.")
def query_more(attack: Attack, rng: Random) -> str | None:
    """`?x=shop.example`."""
    return None if re.search("[?#]", attack.payload) else attack.payload + rng.choice(("?x=shop.example", "?", "?.jpg"))


@mutation("url-path-dots", SSRF, "Dot segments are removed (RFC 3986 5.2.4).")
def path_dots(attack: Attack, rng: Random) -> str | None:
    """`/./`, `/x/../`."""
    found = HOST.match(attack.payload)
    if not found or "/" not in found["tail"]:
        return None
    return f"{found['head']}{found['host']}{found['tail'].replace('/', rng.choice(('/./', '/x/../', '/%2e/')), 1)}"


@mutation("url-blanks-around", SSRF + REDIR, "Blanks and controls at both ends are dropped (URL 4.4).")
def blanks_around(attack: Attack, rng: Random) -> str:
    """Blanks and controls at both ends."""
    return rng.choice((" ", "\t", "\n", "\x01", " \x1f")) + attack.payload + rng.choice(("", " ", "\n"))


@mutation("url-tabs", SSRF + REDIR, "Tabs and line ends inside are dropped (URL 4.4).")
def tabs(attack: Attack, rng: Random) -> str:
    """Tabs inside."""
    sign = rng.choice("\t\n\r")
    at = rng.randrange(1, min(len(attack.payload), 7))
    return attack.payload[:at] + sign + attack.payload[at:]


@mutation("url-backslashes", REDIR, "In special schemes a backslash is a slash (URL 4.4).")
def backslashes(attack: Attack, rng: Random) -> str | None:
    """`/\\host`."""
    found = re.match(r"(https?:)?[/\\]{2,}", attack.payload, re.IGNORECASE)
    if not found:
        return None
    return (found[1] or "") + rng.choice(("/\\", "\\/", "\\\\", "\\/\\")) + attack.payload[found.end() :]


@mutation("url-slashes-more", REDIR, "Any number of slashes stands before the host in special schemes (URL 4.4).")
def slashes_more(attack: Attack, rng: Random) -> str | None:
    """`////host`, `https:host`."""
    found = re.match(r"(https?:)?[/\\]{2,}", attack.payload, re.IGNORECASE)
    if not found:
        return None
    return (found[1] or "") + "/" * rng.randrange(3, 7) + attack.payload[found.end() :]


@mutation("url-user-redirect", REDIR, "What stands before @ is a user, not the host.")
def user_redirect(attack: Attack, rng: Random) -> str | None:
    """`//shop.example@evil`."""
    found = re.match(r"(https?:)?[/\\]{2,}", attack.payload, re.IGNORECASE)
    if not found or "@" in attack.payload:
        return None
    return (
        found[0]
        + rng.choice(("shop.example@", "shop.example%40@", "shop.example:443@"))
        + attack.payload[found.end() :]
    )


@mutation("url-end-question", RFI, "What the application adds behind becomes the query or fragment.")
def end_question(attack: Attack, rng: Random) -> str:
    """`?`, `#`, NUL behind."""
    return attack.payload.rstrip("?#\0") + rng.choice(("?", "??", "#", "?x=", "\0", "?.php"))


@mutation("url-scheme-remote", RFI, "PHP opens ftp as it opens http.")
def scheme_remote(attack: Attack, rng: Random) -> str:
    """Another scheme."""
    return re.sub(r"^(?i:https?)(?=:)", lambda m: rng.choice(("ftp", "ftps", "http", "https")), attack.payload)
