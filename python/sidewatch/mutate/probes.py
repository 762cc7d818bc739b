"""Scanners: what they are recognised by, spelled as servers read it the same.

Source: RFC 3986 6.2.2 (normalisation of paths), RFC 9110 10.1.5 (User-Agent: product and comments in a row).
"""

import re
from random import Random

from .html import mixed
from .model import Attack, mutation

SCANNER = ("scanner",)


def on_target(attack: Attack) -> bool:
    """Whether the payload is a target."""
    return attack.place == "path" and attack.payload.startswith("/")


@mutation("probe-percent", SCANNER, "A server decodes the path before it looks for the file.", codes=True)
def percent(attack: Attack, rng: Random) -> str | None:
    """Letters percent-encoded."""
    if not on_target(attack):
        return None
    path, mark, query = attack.payload.partition("?")
    return (
        re.sub(r"[A-Za-z.]", lambda m: f"%{ord(m[0]):02x}" if rng.random() < 0.4 or m.start() < 3 else m[0], path)
        + mark
        + query
    )


@mutation("probe-slashes", SCANNER, "Servers merge slashes.")
def slashes(attack: Attack, rng: Random) -> str | None:
    """`//`."""
    return re.sub("^/", "/" * rng.randrange(2, 4), attack.payload) if on_target(attack) else None


@mutation("probe-dots", SCANNER, "Dot segments are removed (RFC 3986 5.2.4).")
def dots(attack: Attack, rng: Random) -> str | None:
    """`/./`, `/x/../`."""
    return (
        re.sub("^/", rng.choice(("/./", "/static/../", "/%2e/", "/a/b/../../")), attack.payload)
        if on_target(attack)
        else None
    )


@mutation("probe-query", SCANNER, "A query does not change which file is served.")
def query(attack: Attack, rng: Random) -> str | None:
    """A query behind."""
    return (
        attack.payload + rng.choice(("?", "?v=3", "?cache=1700000000"))
        if on_target(attack) and "?" not in attack.payload
        else None
    )


@mutation("probe-folder", SCANNER, "The application may lie below a folder.")
def folder(attack: Attack, rng: Random) -> str | None:
    """A folder in front."""
    return rng.choice(("/shop", "/api/v1", "/old/site")) + attack.payload if on_target(attack) else None


@mutation("probe-agent-case", SCANNER, "Tools are recognised by their names in any case.")
def agent_case(attack: Attack, rng: Random) -> str | None:
    """Mixed case."""
    return mixed(attack.payload, rng) if attack.place == "header" else None


@mutation("probe-agent-around", SCANNER, "A User-Agent is products and comments in a row (RFC 9110 10.1.5).")
def agent_around(attack: Attack, rng: Random) -> str | None:
    """A browser's products in front, comments behind."""
    if attack.place != "header" or attack.parameter != "User-Agent":
        return None
    return f"{rng.choice(('Mozilla/5.0 (compatible) ', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) '))}{attack.payload}{rng.choice(('', ' (x86_64)'))}"


@mutation("probe-agent-version", SCANNER, "A tool is the same tool in its next version.")
def agent_version(attack: Attack, rng: Random) -> str | None:
    """Another version."""
    return (
        re.sub(r"(?<=/)v?\d+(?:\.\d+)*", f"{rng.randrange(1, 40)}.{rng.randrange(90)}", attack.payload)
        if attack.place == "header"
        else None
    )
