"""POSIX shells and bash: words, blanks and separators written as others that expand to the same.

Source: POSIX.1-2024, Shell Command Language, 2.2 (quoting), 2.6 (word expansions), 2.9 (commands); the bash manual, 3.1.2
(ANSI-C quoting), 3.5.1 (brace expansion), 3.6.7 (here strings). `sh` is any POSIX shell, `bash` what only bash (and ksh,
zsh) expands.
"""

import base64
import re
from collections.abc import Callable
from random import Random

from .model import Attack, mutation

RCE = ("rce",)
SH = ("sh", "bash")
BASH = ("bash",)

#: What may stand before a command in an injection.
START = r"(?P<start>^|[;|&\n`]\s*|\$\(\s*|<\(\s*)"
#: A simple command: a program and arguments without quotes or expansions.
COMMAND = re.compile(
    START + r"(?P<program>[a-z][\w.+-]*)(?P<arguments>(?:[ \t]+[\w./:@=+,*~?-]+)*)(?P<end>[ \t]*(?=[;|&\n`)#]|$))"
)


def commands(attack: Attack, write: Callable[[str, list[str]], str | None]) -> str:
    """The payload with simple commands written otherwise. What stands before the first separator is data."""

    def one(match: re.Match) -> str:
        if not match["start"] and attack.context != "command":
            return match[0]
        new = write(match["program"], match["arguments"].split())
        return match[0] if new is None else f"{match['start']}{new}{match['end']}"

    return COMMAND.sub(one, attack.payload)


def words(attack: Attack, write: Callable[[str], str], *, arguments: bool = True) -> str:
    """The payload with words of commands written otherwise; options and what is no plain word stay."""

    def word(text: str) -> str:
        return write(text) if re.fullmatch(r"[A-Za-z/][\w./-]+", text) else text

    def command(program: str, rest: list[str]) -> str:
        return " ".join([word(program), *((word(a) if arguments else a) for a in rest)])

    return commands(attack, command)


def inside(text: str, rng: Random) -> int:
    """A place inside a word, between two letters if there is one."""
    places = [i for i in range(1, len(text)) if text[i - 1].isalnum() and text[i].isalnum()]
    return rng.choice(places) if places else 1


def insert(attack: Attack, rng: Random, *pieces: str, arguments: bool = True) -> str:
    """Words with something inside that expands to nothing."""

    def write(text: str) -> str:
        at = inside(text, rng)
        return text[:at] + rng.choice(pieces) + text[at:]

    return words(attack, write, arguments=arguments)


@mutation("sh-quotes-empty", RCE, "Two quotes hold nothing and go (2.2.2, 2.2.3, 2.6.7).", SH)
def quotes_empty(attack: Attack, rng: Random) -> str:
    """`wh''oami`."""
    return insert(attack, rng, "''", '""')


@mutation("sh-quotes-letter", RCE, "Quotes around a letter go (2.6.7).", SH)
def quotes_letter(attack: Attack, rng: Random) -> str:
    """`w'h'oami`."""

    def write(text: str) -> str:
        at, quote = inside(text, rng), rng.choice("'\"")
        return f"{text[:at]}{quote}{text[at]}{quote}{text[at + 1 :]}"

    return words(attack, write)


@mutation("sh-quotes-whole", RCE, "A quoted word is the word.", SH)
def quotes_whole(attack: Attack, rng: Random) -> str:
    """`"whoami"`."""
    return words(attack, lambda text: f"{(quote := rng.choice(chr(39) + chr(34)))}{text}{quote}")


@mutation("sh-backslashes", RCE, "A backslash before an ordinary letter goes (2.2.1).", SH)
def backslashes(attack: Attack, rng: Random) -> str:
    """`wh\\oami`."""

    def write(text: str) -> str:
        return "".join(
            f"\\{c}" if (i and c.isalnum() and rng.random() < 0.5) or i == len(text) - 1 else c
            for i, c in enumerate(text)
        )

    return words(attack, write)


@mutation("sh-line-continued", RCE, "A backslash before a line end goes with it (2.2.1).", SH)
def line_continued(attack: Attack, rng: Random) -> str:
    """`wh\\`, line end, `oami`."""
    return insert(attack, rng, "\\\n")


@mutation("sh-parameters-empty", RCE, "Parameters that are not set expand to nothing (2.5.2, 2.6.2).", SH)
def parameters_empty(attack: Attack, rng: Random) -> str:
    """`wh$@oami`."""
    return insert(attack, rng, "$@", "$*", "${1}", "${zq}", "${zq:-}", "$9")


@mutation("sh-substitution-empty", RCE, "A substitution without output expands to nothing (2.6.3).", SH)
def substitution_empty(attack: Attack, rng: Random) -> str:
    """`wh$()oami`."""
    # Inside a payload's own backquotes another pair would end it.
    return insert(attack, rng, *(("$()",) if "`" in attack.payload else ("$()", "``", "$(:)")))


@mutation("sh-ansi-c", RCE, "$'...' takes escapes (bash 3.1.2.4; POSIX.1-2024 2.2.4).", BASH)
def ansi_c(attack: Attack, rng: Random) -> str:
    """`$'\\x77hoami'`."""

    def write(text: str) -> str:
        forms = ("\\x{:02x}", "\\{:03o}", "\\u{:04x}")
        return (
            "$'"
            + "".join(
                rng.choice(forms).format(ord(c)) if rng.random() < 0.6 or not i else c for i, c in enumerate(text)
            )
            + "'"
        )

    return words(attack, write)


def spaced(attack: Attack, write: Callable[[], str]) -> str:
    """The payload with the blanks inside commands written otherwise."""

    def command(program: str, arguments: list[str]) -> str | None:
        return program + "".join(write() + a for a in arguments) if arguments else None

    return commands(attack, command)


@mutation("sh-ifs", RCE, "An unquoted ${IFS} is split at its blanks (2.5.3, 2.6.5).", SH)
def ifs(attack: Attack, rng: Random) -> str:
    """`cat${IFS}/etc/passwd`."""
    return spaced(attack, lambda: rng.choice(("${IFS}", "$IFS$9", "${IFS}${IFS}", "${IFS%?}", "$IFS''")))


@mutation("sh-tabs", RCE, "A tab is a blank (2.3).", SH)
def tabs(attack: Attack, rng: Random) -> str:
    """Tabs."""
    return spaced(attack, lambda: rng.choice(("\t", "\t\t", " \t ")))


@mutation("sh-blanks-more", RCE, "Blanks around commands and separators do nothing.", SH)
def blanks_more(attack: Attack, rng: Random) -> str:
    """Blanks around separators and between words."""
    text = re.sub(
        r"(?<![|&;>])(\|\||&&|;|\|)(?![|&;])", lambda m: f"{' ' * rng.randrange(1, 5)}{m[1]}\t ", attack.payload
    )
    return text.replace(" ", "  ")


@mutation("sh-brace-list", RCE, "A list in braces becomes words (bash 3.5.1).", BASH)
def brace_list(attack: Attack, rng: Random) -> str:
    """`{cat,/etc/passwd}`."""

    def command(program: str, arguments: list[str]) -> str | None:
        if not arguments or any("," in a for a in arguments):
            return None
        return "{" + ",".join([program, *arguments]) + "}"

    return commands(attack, command)


@mutation("sh-brace-word", RCE, "Two words of a list with nothing beside them are words (bash 3.5.1).", BASH)
def brace_word(attack: Attack, rng: Random) -> str | None:
    """`{,whoami}`: the empty word of the list goes."""

    def command(program: str, arguments: list[str]) -> str:
        return " ".join(["{," + program + "}", *arguments])

    return commands(attack, command)


@mutation("sh-variable", RCE, "A variable that was set holds its value (2.9.1).", SH)
def variable(attack: Attack, rng: Random) -> str:
    """`a=who;b=ami;$a$b`."""

    def command(program: str, arguments: list[str]) -> str:
        at = inside(program, rng)
        rest = "".join(f" {a}" for a in arguments)
        return f"a={program[:at]};b={program[at:]};$a$b{rest}"

    return commands(attack, command) if "|" not in attack.payload and "&" not in attack.payload else attack.payload


@mutation("sh-path-slice", RCE, "The first letter of a variable that holds a path is a slash (bash 3.5.3).", BASH)
def path_slice(attack: Attack, rng: Random) -> str:
    """`${HOME:0:1}etc${HOME:0:1}passwd`."""
    slash = rng.choice(("${HOME:0:1}", "${PATH:0:1}", "${PWD:0:1}"))

    def command(program: str, arguments: list[str]) -> str:
        changed = [a.replace("/", slash) if a.startswith("/") else a for a in arguments]
        return " ".join([program, *changed])

    return commands(attack, command)


@mutation("sh-glob", RCE, "A pattern becomes the paths that match it (2.14).", SH)
def glob(attack: Attack, rng: Random) -> str:
    """`/e?c/pa??wd`."""

    def one(text: str) -> str:
        if not text.startswith("/"):
            return text
        parts = text.split("/")
        for i, part in enumerate(parts):
            if len(part) > 2 and part.isalpha():
                at = rng.randrange(1, len(part))
                parts[i] = part[:at] + rng.choice(("?", f"[{part[at]}]", f"[{part[at]}-{part[at]}]")) + part[at + 1 :]
        return "/".join(parts)

    return commands(attack, lambda program, rest: " ".join([program, *(one(a) for a in rest)]))


@mutation("sh-program-path", RCE, "A program may be named by its path, in any spelling.", SH)
def program_path(attack: Attack, rng: Random) -> str:
    """`/usr/bin/whoami`."""
    folders = ("/bin/", "/usr/bin/", "/usr//bin/", "/usr/./bin/", "/usr/lib/../bin/", "//bin/")
    builtin = ("echo", "cd", "eval", "export", "read", "set", "exec", "printf", "type", "test")
    return commands(attack, lambda p, rest: None if p in builtin else " ".join([rng.choice(folders) + p, *rest]))


@mutation("sh-program-glob", RCE, "A pattern that matches one path is that path (2.14).", SH)
def program_glob(attack: Attack, rng: Random) -> str:
    """`/bin/wh[o]ami`."""

    def command(program: str, rest: list[str]) -> str:
        at = rng.randrange(len(program))
        letter = f"[{program[at]}]" if rng.random() < 0.5 else f"[{program[at]}-{program[at]}]"
        folder = rng.choice(("bin", "usr/bin", "b[i]n"))
        return " ".join([f"/{folder}/{program[:at]}{letter}{program[at + 1 :]}", *rest])

    return commands(attack, command)


@mutation("sh-prefix", RCE, "These run the command that follows.", SH)
def prefix(attack: Attack, rng: Random) -> str:
    """`command whoami`."""
    heads = ("command ", "env ", "nohup ", "exec ", "time ", "A=1 ", "busybox ", "sudo ", "nice -n 5 ", "eval ", "! ")
    return commands(attack, lambda p, rest: rng.choice(heads) + " ".join([p, *rest]))


@mutation("sh-group", RCE, "Parentheses and braces group commands (2.9.4).", SH)
def group(attack: Attack, rng: Random) -> str:
    """`(whoami)`."""
    return commands(
        attack,
        lambda p, rest: rng.choice((" ({})", "{{ {};}}", " ( {} )", "if {};then :;fi")).format(" ".join([p, *rest])),
    )


@mutation("sh-shell-c", RCE, "sh -c runs its argument.", SH)
def shell_c(attack: Attack, rng: Random) -> str:
    """`sh -c 'whoami'`."""
    shells = ("sh -c", "bash -c", "/bin/sh -c", "dash -c", "bash -lc", "sh -ec")
    return commands(attack, lambda p, rest: f"{rng.choice(shells)} '{' '.join([p, *rest])}'")


@mutation("sh-base64", RCE, "A shell runs what it reads; base64 -d undoes base64.", SH)
def base64_pipe(attack: Attack, rng: Random) -> str:
    """`echo d2hvYW1p|base64 -d|sh`."""

    def command(program: str, rest: list[str]) -> str:
        code = base64.b64encode(" ".join([program, *rest]).encode()).decode()
        forms = (
            "echo {}|base64 -d|sh",
            "echo {} | base64 --decode | bash",
            'sh -c "$(echo {}|base64 -d)"',
            "base64 -d<<<{}|sh",
            "eval $(printf {}|base64 -d)",
        )
        return rng.choice(forms[:3] + forms[4:] if "bash" not in attack.languages else forms).format(code)

    return commands(attack, command)


@mutation("sh-printf", RCE, "printf writes octal escapes (POSIX printf).", SH)
def printf(attack: Attack, rng: Random) -> str:
    """`$(printf '\\167\\150...')`."""

    def command(program: str, rest: list[str]) -> str:
        code = "".join(f"\\{ord(c):03o}" for c in " ".join([program, *rest]))
        return rng.choice((f"printf '{code}'|sh", f"eval \"$(printf '{code}')\"", f"$(printf '{code}')"))

    return commands(attack, command)


@mutation("sh-hex", RCE, "xxd -r -p undoes hexadecimal.", SH)
def hexadecimal(attack: Attack, rng: Random) -> str:
    """`echo 77686f|xxd -r -p|sh`."""
    return commands(attack, lambda p, rest: f"echo {' '.join([p, *rest]).encode().hex()}|xxd -r -p|sh")


@mutation("sh-reversed", RCE, "rev turns a line around; <<< gives a line (bash 3.6.7).", BASH)
def reversed_line(attack: Attack, rng: Random) -> str:
    """`rev<<<'imaohw'|sh`."""

    def command(program: str, rest: list[str]) -> str:
        code = " ".join([program, *rest])[::-1]
        return rng.choice((f"rev<<<'{code}'|sh", f"$(rev<<<'{code}')", f"echo '{code}'|rev|bash"))

    return commands(attack, command)


@mutation("sh-translate", RCE, "tr maps letters to letters.", BASH)
def translate(attack: Attack, rng: Random) -> str:
    """`tr a-z b-za<<<vgnzlh`."""
    shifted = str.maketrans("bcdefghijklmnopqrstuvwxyza", "abcdefghijklmnopqrstuvwxyz")

    def command(program: str, rest: list[str]) -> str:
        code = " ".join([program, *rest]).translate(shifted)
        return f"$(tr 'a-z' 'b-za'<<<'{code}')"

    return commands(attack, command)


@mutation("sh-input", RCE, "Most readers read their input when they are given no file.", SH)
def redirected(attack: Attack, rng: Random) -> str:
    """`cat</etc/passwd`."""

    def command(program: str, rest: list[str]) -> str | None:
        if program not in ("cat", "head", "tail", "tac", "nl", "sort", "base64", "od", "rev") or len(rest) != 1:
            return None
        return f"{program}<{rest[0]}"

    return commands(attack, command)


@mutation("sh-separator", RCE, "Commands follow each other by ;, line end and &, all of which run the second.", SH)
def separator(attack: Attack, rng: Random) -> str | None:
    """Another separator."""
    found = re.search(r"(?<![;&|<>])(;|\n|&&|&)(?![;&|<>])", attack.payload)
    if not found or "`" in attack.payload or "$(" in attack.payload:
        return None
    options = [s for s in (";", "\n", "&", ";\n", "\r\n", " ; ") if s != found[1]]
    return attack.payload[: found.start()] + rng.choice(options) + attack.payload[found.end() :]


@mutation("sh-comment", RCE, "What follows # is a comment (2.3).", SH)
def comment(attack: Attack, rng: Random) -> str | None:
    """A comment behind."""
    if "#" in attack.payload or attack.payload[-1] in "'\"`":
        return None
    return attack.payload + rng.choice((" #", " # old note", ";#", "\n#"))


@mutation("sh-substitution", RCE, "`...` and $(...) are the same (2.6.3).", SH)
def substitution(attack: Attack, rng: Random) -> str | None:
    """The other form of substitution."""
    if found := re.fullmatch(r"([^`]*)`([^`]*)`([^`]*)", attack.payload, re.DOTALL):
        return f"{found[1]}$({found[2]}){found[3]}"
    if found := re.fullmatch(r"([^(]*)\$\(([^()`\\]*)\)([^)]*)", attack.payload, re.DOTALL):
        return f"{found[1]}`{found[2]}`{found[3]}"
    return None
