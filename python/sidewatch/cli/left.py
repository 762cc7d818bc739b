"""What is still wrong and known: lists of requests that are judged other than their label, each with the reason.

A folder holds one file a class, `<class>.tsv`, with the columns id, judged and reason. An attack that is not flagged is
`no-attack` (nothing would execute it: the label is wrong) or `missed`, one that is flagged `other-class` if what a
server would execute is of another class than the label says; a legitimate request that is flagged is `wrong-label`
(it does carry an attack) or `false-alarm`.
"""

from dataclasses import dataclass, field
from pathlib import Path

import click
from rich.console import Console

from . import show
from .options import Status

HEADER = ["id", "judged", "reason"]
OF_ATTACKS, OF_LEGITIMATE = ("no-attack", "missed", "other-class"), ("wrong-label", "false-alarm")
#: Of attacks that are flagged.
MISNAMED = "other-class"
#: Most identifiers of one group that a complaint lists.
SHOWN = 5


@dataclass
class Left:
    """The lists, and how they fit what was judged."""

    judged: dict[str, str] = field(default_factory=dict)
    #: Listed, but judged as labelled now.
    stale: list[tuple[str, str]] = field(default_factory=list)
    #: Judged other than labelled, and not listed.
    unlisted: list[tuple[str, str]] = field(default_factory=list)
    #: Listed with a word that does not fit the label.
    odd: list[tuple[str, str]] = field(default_factory=list)

    def disputed(self, identity: object, malicious: bool) -> bool:
        """Whether the label of a request is listed as wrong."""
        return self.judged.get(str(identity)) == ("no-attack" if malicious else "wrong-label")

    def misnamed(self, identity: object, malicious: bool) -> bool:
        """Whether the class that the label names is listed as wrong."""
        return malicious and self.judged.get(str(identity)) == MISNAMED

    def add(self, identity: object, kind: str, malicious: bool, weak: bool, attack: bool, *, named: bool) -> None:
        """Compares the verdict on a request with the lists; `named` tells whether the class of its label was found."""
        name, judged = str(identity), self.judged.get(str(identity))
        if judged is not None and judged not in (OF_ATTACKS if malicious else OF_LEGITIMATE):
            self.odd.append((judged, name))
        elif judged == MISNAMED:
            if named or not attack:
                self.stale.append((judged, name))
        elif judged is not None and attack == malicious:
            self.stale.append((judged, name))
        elif judged is None and attack != malicious and not (malicious and weak):
            self.unlisted.append((kind if malicious else "legitimate", name))

    def print(self, console: Console) -> None:
        """Tells what does not fit."""
        words = {word: sum(judged == word for judged in self.judged.values()) for word in OF_ATTACKS + OF_LEGITIMATE}
        console.print(f"Left: {', '.join(f'{n:,} {word}' for word, n in words.items())}")
        for title, names in (
            ("listed, but judged as labelled now: take these lines out", self.stale),
            ("judged other than labelled, and in no list", self.unlisted),
            ("listed with a word that does not fit the label", self.odd),
        ):
            if not names:
                continue
            console.print(f"{show.number(len(names), 'request')} {title}:")
            groups: dict[str, list[str]] = {}
            for group, name in sorted(names):
                groups.setdefault(group, []).append(name)
            for group, members in groups.items():
                more = " ..." if len(members) > SHOWN else ""
                console.print(f"  {group} {len(members):,}: {' '.join(members[:SHOWN])}{more}")


def read(folder: Path) -> Left:
    """Reads the lists of a folder."""
    left = Left()
    for path in sorted(folder.glob("*.tsv")):
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as e:
            raise wrong(path, 0, str(e)) from None
        for number, line in enumerate(lines, 1):
            cells = line.split("\t")
            if (number == 1 and cells == HEADER) or not line.strip():
                continue
            if len(cells) != len(HEADER) or not all(cell.strip() for cell in cells):
                raise wrong(path, number, f"expected {len(HEADER)} columns ({', '.join(HEADER)}), found {line[:80]!r}")
            identity, judged, _ = cells
            if judged not in OF_ATTACKS + OF_LEGITIMATE:
                raise wrong(path, number, f"judged is {judged!r}, expected {', '.join(OF_ATTACKS + OF_LEGITIMATE)}")
            # A request may be left by two classes; that its label is wrong weighs more than that it is missed.
            if left.judged.get(identity) not in ("no-attack", "wrong-label", MISNAMED):
                left.judged[identity] = judged
    return left


def wrong(path: Path, number: int, reason: str) -> click.ClickException:
    """The complaint about a line."""
    error = click.ClickException(f"{path} line {number}: {reason}")
    error.exit_code = Status.UNUSABLE
    return error
