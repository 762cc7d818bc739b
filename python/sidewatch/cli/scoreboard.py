"""Rates per source and class at every sensitivity: kept in a file, compared with it, shown as tables in the docs.

What comes in: labels and events. What goes out: `scoreboard/rates.json`, one row a line so that a change of rates reads
as a diff, and the tables of `docs/detection.md`. What always holds: the figures of the docs come from the file, the
file from the command.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table

from .. import Event, Finding
from .options import Status
from .output import opened

SENSITIVITIES = ("strict", "default", "relaxed")
#: Labels that name no class of their own: there is nothing to compare with.
UNNAMED = ("other", "none")
#: Techniques that corpora label as classes.
SERIALIZED = (
    "dotnet-serialized",
    "gadget-class",
    "java-serialized",
    "json-type",
    "node-serialized",
    "php-object",
    "python-pickle",
    "ruby-marshal",
    "viewstate",
    "xml-object",
    "yaml-object",
)
FINER = {"log4shell": "log4shell", "shellshock": "shellshock"} | dict.fromkeys(SERIALIZED, "deserialization")
#: Classes that corpora label as another class: they know includes of servers, not of edges.
COARSER = {"esi": "ssi"}
#: Classes that are one attack under two names. All others beside the right one are counted as impure.
RELATED = {"rce": set(FINER.values()), "ssi": {"esi"}} | {name: {"rce"} for name in FINER.values()}
#: All sources, or all classes.
ALL = "*"
ABOUT = "Written by `sidewatch eval --scoreboard`; docs/detection.md explains the rates. Never edit it by hand."
BEGIN, END = "<!-- scoreboard: begin -->", "<!-- scoreboard: end -->"


def classes_at(event: Event, sensitivity: str) -> set[str]:
    """The classes found at a sensitivity, and the techniques that corpora call classes."""
    if not event.score:
        return set()
    return labels_of(event.findings_at(sensitivity))


def labels_of(findings: Iterable[Finding]) -> set[str]:
    """The classes of findings, under the names of this engine and those of corpora."""
    return {
        name for f in findings for name in (f.class_name, FINER.get(f.technique), COARSER.get(f.class_name)) if name
    }


@dataclass
class Counts:
    """One group of requests at one sensitivity."""

    flagged: int = 0
    strong_flagged: int = 0
    agreed_flagged: int = 0
    right: int = 0
    pure: int = 0
    agreed_right: int = 0
    #: Flagged attacks whose class is listed as wrong.
    misnamed: int = 0


@dataclass
class Row:
    """One group of requests."""

    requests: int = 0
    strong: int = 0
    agreed: int = 0
    at: dict[str, Counts] = field(default_factory=lambda: {name: Counts() for name in SENSITIVITIES})

    def add(self, kind: str, weak: bool, disputed: bool, found: dict[str, set[str]], *, misnamed: bool = False) -> None:
        """Counts a request of that class, in which these classes were found."""
        agreed = not (weak or disputed)
        self.requests += 1
        self.strong += not weak
        self.agreed += agreed
        for name, classes in found.items():
            counts, attack = self.at[name], bool(classes)
            counts.flagged += attack
            counts.strong_flagged += attack and not weak
            counts.agreed_flagged += attack and agreed
            counts.misnamed += attack and misnamed
            if attack and kind in classes:
                counts.right += 1
                counts.agreed_right += not misnamed
                counts.pure += not (classes - {kind} - RELATED.get(kind, set()))

    def attack_rates(self, named: dict[str, int]) -> dict:
        """Requests and rates of attacks. `named` counts the flagged attacks whose class is known."""
        rates = {
            name: {
                "TPR*": percent(c.strong_flagged, self.strong),
                "agreed": percent(c.agreed_flagged, self.agreed),
                "class": percent(c.right, named[name]),
                "class agreed": percent(c.agreed_right, named[name] - c.misnamed),
                "pure": percent(c.pure, named[name]),
            }
            for name, c in self.at.items()
        }
        return {"requests": self.requests} | rates

    def legitimate_rates(self) -> dict:
        """Requests and rates of legitimate requests."""
        return {"requests": self.requests} | {
            name: {"FPR": percent(c.flagged, self.requests), "agreed": percent(c.agreed_flagged, self.agreed)}
            for name, c in self.at.items()
        }


class Board:
    """Counts what is labelled and found, in every group."""

    def __init__(self) -> None:
        self.attacks: dict[tuple[str, str], Row] = defaultdict(Row)
        self.named: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(SENSITIVITIES, 0))
        self.legitimate: dict[str, Row] = defaultdict(Row)

    def add(
        self,
        source: str,
        malicious: bool,
        kind: str,
        event: Event,
        *,
        weak: bool,
        disputed: bool,
        misnamed: bool,
        total: bool,
    ) -> None:
        """Counts a request; `disputed` says that its label is listed as wrong, `misnamed` that its class is, `total`
        whether it counts in the rows over all sources."""
        found = {name: classes_at(event, name) for name in SENSITIVITIES}
        if not malicious:
            self.legitimate[source].add(kind, weak, disputed, found)
            return
        groups = [(source, kind), (source, ALL)]
        if total:
            groups += [(ALL, kind), (ALL, ALL)]
        for group in groups:
            self.attacks[group].add(kind, weak, disputed, found, misnamed=misnamed)
            if kind not in UNNAMED:
                for name, classes in found.items():
                    self.named[group][name] += bool(classes)

    def rates(self) -> dict:
        """All rates, sorted."""
        attacks: dict = {}
        for source, kind in sorted(self.attacks):
            row = self.attacks[source, kind].attack_rates(self.named[source, kind])
            attacks.setdefault(source, {})[kind] = row
        legitimate = {source: row.legitimate_rates() for source, row in sorted(self.legitimate.items())}
        return {"about": ABOUT, "attacks": attacks, "legitimate": legitimate}


def percent(part: int, whole: int) -> float | None:
    """A share in percent, to two places, if there is anything to share."""
    return round(100 * part / whole, 2) if whole else None


def text_of(rates: dict) -> str:
    """The file: JSON with one row a line."""
    lines = ["{", f'"about": {json.dumps(rates["about"])},', '"attacks": {']
    sources = []
    for source, rows in rates["attacks"].items():
        inner = ",\n".join(f"  {json.dumps(kind)}: {json.dumps(row)}" for kind, row in rows.items())
        sources.append(f" {json.dumps(source)}: {{\n{inner}\n }}")
    lines += [",\n".join(sources), "},", '"legitimate": {']
    lines.append(",\n".join(f" {json.dumps(source)}: {json.dumps(row)}" for source, row in rates["legitimate"].items()))
    return "\n".join([*lines, "}", "}"]) + "\n"


def write(path: Path, rates: dict) -> None:
    """Writes the file."""
    with opened(path) as out:
        out.write(text_of(rates).encode())


def read(path: Path) -> dict:
    """Reads the file."""
    try:
        rates = json.loads(path.read_text("utf-8"))
        return {"about": rates["about"], "attacks": rates["attacks"], "legitimate": rates["legitimate"]}
    except (OSError, ValueError, KeyError, TypeError) as e:
        error = click.ClickException(f"{path} is no scoreboard: {e}")
        error.exit_code = Status.UNUSABLE
        raise error from None


@dataclass
class Fall:
    """A rate that is worse than it was."""

    group: str
    sensitivity: str
    rate: str
    before: float
    now: float | None


def falls(before: dict, now: dict) -> tuple[list[Fall], list[str]]:
    """The rates of `now` that are worse than those of `before`, and the sources that were not judged."""
    found: list[Fall] = []
    missing = sorted(
        {s for s in before["attacks"] if s != ALL and s not in now["attacks"]}
        | {s for s in before["legitimate"] if s not in now["legitimate"]}
    )
    for part, worse in (("attacks", lambda was, new: new < was), ("legitimate", lambda was, new: new > was)):
        for name, was, new in pairs(part, before[part], now[part]):
            source = name.split(" ")[0]
            if source in missing or (missing and source == ALL):
                continue  # over fewer sources the sum is another
            for sensitivity in SENSITIVITIES:
                for rate, value in was[sensitivity].items():
                    current = (new or {}).get(sensitivity, {}).get(rate)
                    if value is not None and (current is None or worse(value, current)):
                        found.append(Fall(name, sensitivity, rate, value, current))
    return found, missing


def pairs(part: str, before: dict, now: dict):
    """Rows of both with their names."""
    for source, rows in before.items():
        if part == "legitimate":
            yield source, rows, now.get(source)
            continue
        for kind, row in rows.items():
            yield f"{source} {kind}", row, now.get(source, {}).get(kind)


def print_falls(console: Console, fallen: list[Fall]) -> None:
    """The table of what is worse."""
    table = Table(title="Worse than the scoreboard says", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("source and class", "sensitivity", "rate"):
        table.add_column(name)
    for name in ("before %", "now %"):
        table.add_column(name, justify="right")
    for f in fallen:
        table.add_row(f.group, f.sensitivity, f.rate, f"{f.before:.2f}", "-" if f.now is None else f"{f.now:.2f}")
    console.print(table)


def markdown(rates: dict) -> str:
    """The tables of the docs."""
    attacks = rates["attacks"]
    sources = [(name, rows[ALL]) for name, rows in attacks.items() if name != ALL]
    classes = [(f"`{name}`", row) for name, row in attacks.get(ALL, {}).items() if name not in (ALL, *UNNAMED)]
    head = "TPR* strict | TPR* default | TPR* relaxed | agreed | class | class agreed | pure"
    out = [BEGIN, ""]
    for title, rows in (("attacks from", sources), ("class", classes)):
        out += [f"| {title} | requests | {head} |", "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
        for name, row in rows:
            cells = [row[s]["TPR*"] for s in SENSITIVITIES]
            cells += [row["default"][rate] for rate in ("agreed", "class", "class agreed", "pure")]
            out.append(f"| {name} | {row['requests']:,} | {' | '.join(map(cell, cells))} |")
        out.append("")
    out += [
        "| legitimate requests from | requests | FPR strict | FPR default | FPR relaxed | agreed |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, row in rates["legitimate"].items():
        cells = [row[s]["FPR"] for s in SENSITIVITIES] + [row["default"]["agreed"]]
        out.append(f"| {name} | {row['requests']:,} | {' | '.join(map(cell, cells))} |")
    return "\n".join([*out, "", END])


def cell(rate: float | None) -> str:
    """A rate as the tables show it."""
    return "-" if rate is None else f"{rate:.2f}"


def fill(page: str, rates: dict) -> str:
    """The page with the tables between its marks made anew."""
    before, found, rest = page.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise click.ClickException(f"the page has no lines {BEGIN} and {END}")
    return before + markdown(rates) + after
