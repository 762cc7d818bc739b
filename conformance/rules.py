"""What may differ between doors, read from the tables of docs/conformance.md: there, and nowhere else, is it written down."""

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from .cases import ROOT

PAGE = ROOT / "docs/conformance.md"
FIELDS = ("doors", "field", "difference", "why")
REASONS = ("reason", "doors", "held", "what happens")
HELD = ("nothing", "request", "classes", "verdict", "differs")


class RuleError(Exception):
    """The page cannot be read."""


@dataclass
class FieldRule:
    """A field of events that differs at some doors."""

    doors: list[str]
    path: str
    kind: str
    values: frozenset[str]
    row: str
    used: set[str] = field(default_factory=set)


@dataclass
class Reason:
    """Why some doors cannot carry a case, and what still holds there."""

    name: str
    doors: list[str]
    held: str
    sometimes: bool
    used: bool = False


@dataclass
class Rules:
    """All of the page."""

    fields: list[FieldRule]
    reasons: list[Reason]

    def of_door(self, door: str) -> list[FieldRule]:
        """The rows about a door."""
        return [r for r in self.fields if matches(door, r.doors)]

    def reason(self, door: str, names: tuple[str, ...]) -> Reason | None:
        """The row that excuses a door from a case with these reasons."""
        return next((r for r in self.reasons if r.name in names and matches(door, r.doors)), None)


def matches(door: str, patterns: list[str]) -> bool:
    """Whether a door is meant."""
    return any(fnmatchcase(door, p) for p in patterns)


def code(cell: str) -> list[str]:
    """The words of a cell that are set as code."""
    return re.findall(r"`([^`]+)`", cell)


def table(text: str, columns: tuple[str, ...]) -> list[list[str]]:
    """The rows of the table with these columns."""
    rows, inside = [], False
    for line in text.splitlines():
        cells = tuple(c.strip() for c in line.strip().strip("|").split("|")) if line.startswith("|") else ()
        if cells == columns:
            inside = True
        elif not cells:
            inside = False
        elif inside and not set("".join(cells)) <= set("-: "):
            if len(cells) != len(columns):
                raise RuleError(f"{PAGE.name}: a row with {len(cells)} cells instead of {len(columns)}: {line}")
            rows.append(list(cells))
    if not rows:
        raise RuleError(f"{PAGE.name} has no table with the columns {', '.join(columns)}")
    return rows


def load(path: Path = PAGE) -> Rules:
    """The rules of the page."""
    text = path.read_text("utf-8")
    fields = []
    for doors, path_cell, difference, _why in table(text, FIELDS):
        kind = difference.split(" ")[0].rstrip(":")
        if kind not in ("added", "absent", "blocked", "is", "without"):
            raise RuleError(f"{PAGE.name}: no such difference: {difference}")
        for name in code(path_cell):
            row = f"{doors} {path_cell} {difference}"
            fields.append(FieldRule(code(doors), name, kind, frozenset(code(difference)), row))
    reasons = []
    for name, doors, held, _ in table(text, REASONS):
        kind, _, often = held.partition(", ")
        reasons.append(Reason(code(name)[0], code(doors), kind, often == "sometimes"))
    if wrong := [r.held for r in reasons if r.held not in HELD]:
        raise RuleError(f"{PAGE.name}: held is one of {', '.join(HELD)}, not {', '.join(wrong)}")
    return Rules(fields, reasons)
