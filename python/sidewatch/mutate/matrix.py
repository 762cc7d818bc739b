"""The evasion matrix: how many of the mutated attacks an engine still finds, by class and mutation."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from .. import Engine, Request
from .model import MUTATIONS, Attack
from .requests import parts_of

#: Requests judged at once, and the bytes that they may have together.
BATCH, BATCH_BYTES = 512, 32 << 20
#: What an attack without mutation is called.
PLAIN = "as written"


@dataclass
class Cell:
    """The attacks of one class under one mutation."""

    attacks: int = 0
    found: int = 0
    named: int = 0

    def add(self, found: bool, named: bool) -> None:
        """Counts one."""
        self.attacks += 1
        self.found += found
        self.named += named

    def merge(self, other: "Cell") -> None:
        """Counts what another cell counted."""
        self.attacks += other.attacks
        self.found += other.found
        self.named += other.named

    @property
    def rate(self) -> float:
        """The share that was found, in per cent."""
        return 100 * self.found / self.attacks if self.attacks else 100.0

    @property
    def named_rate(self) -> float:
        """The share that was found as what it is, in per cent."""
        return 100 * self.named / self.attacks if self.attacks else 100.0

    @property
    def text(self) -> str:
        """How many were found, and of how many if some were not."""
        return str(self.found) if self.found == self.attacks else f"**{self.found} of {self.attacks}**"


@dataclass
class Matrix:
    """Cells by class and mutation."""

    cells: dict[tuple[str, str], Cell] = field(default_factory=lambda: defaultdict(Cell))
    misses: list[Attack] = field(default_factory=list)

    def add(self, attack: Attack, found: bool, named: bool) -> None:
        """Counts one attack."""
        key = "+".join(attack.mutations) if len(attack.mutations) == 1 else f"{len(attack.mutations)} mutations"
        self.cells[attack.kind, key if attack.mutations else PLAIN].add(found, named)
        if not found:
            self.misses.append(attack)

    def sum(self, kind: str | None = None, family: str | None = None) -> Cell:
        """All cells of a class, of a family, or of both."""
        total = Cell()
        for (k, name), cell in self.cells.items():
            if (kind is None or k == kind) and (family is None or family_of(name) == family):
                total.merge(cell)
        return total

    @property
    def classes(self) -> list[str]:
        """The classes there are."""
        return list(dict.fromkeys(kind for kind, _ in self.cells))

    def text(self) -> str:
        """The rates by class, and each cell in which something was missed, for a terminal or a test's output."""
        total = self.sum()
        lines = [f"{kind:16}{c.attacks:8,}{c.rate:9.2f} %" for kind in self.classes if (c := self.sum(kind))]
        lines.append(f"{'all':16}{total.attacks:8,}{total.rate:9.2f} %")
        missed = [f"{kind:16}{name:32}{c.text}" for (kind, name), c in self.cells.items() if c.found < c.attacks]
        return "\n".join([*lines, "", *missed])


def family_of(name: str) -> str:
    """The family of a mutation; what is none has its own name."""
    return MUTATIONS[name].family if name in MUTATIONS else name


def batches(attacks: Iterable[Attack]) -> Iterator[list[tuple[Attack, Request]]]:
    """Attacks and their requests, in batches of bounded size."""
    batch, size = [], 0
    for attack in attacks:
        parts = parts_of(attack)
        request = Request(parts["method"], parts["target"].encode(), headers_of(parts["headers"]), parts["body"])
        batch.append((attack, request))
        size += len(parts["body"] or b"")
        if len(batch) == BATCH or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def headers_of(headers: list[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Header fields as bytes, those that are no UTF-8 as well."""
    return [(name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in headers]


def measure(engine: Engine, attacks: Iterable[Attack]) -> Matrix:
    """What the engine finds. An attack counts as found if its request is called an attack, of whatever class."""
    matrix = Matrix()
    for batch in batches(attacks):
        events = engine.inspect_many([request for _, request in batch])
        for (attack, _), event in zip(batch, events, strict=True):
            matrix.add(attack, event.is_attack, event.is_attack and attack.kind in event.classes)
    return matrix


INTRODUCTION = """\
# Evasion, measured

An attack can be written in many ways that make no difference to what it attacks. `sidewatch mutate --canonical --matrix`
takes the canonical attacks of each class, writes each of them in every way that its class and language allow, one mutation
at a time, and counts how many are still found at the default sensitivity. Each mutation names the source by which it
changes nothing; tests run what can be run (SQL by SQLite, shell commands by bash, scripts by node, documents by expat) and
compare. `sidewatch mutate` writes the same requests as JSON lines, for other engines to be tested with.
"""


def markdown(matrix: Matrix, command: str) -> str:
    """The matrix as a page of the documentation."""
    families = list(dict.fromkeys(m.family for m in MUTATIONS.values()))
    families = [f for f in families if any(family_of(name) == f for _, name in matrix.cells)]
    total = matrix.sum()
    out = [
        INTRODUCTION,
        f"<!-- Written by `{command}`. -->",
        "",
        f"{total.attacks:,} requests, {total.found:,} found: **{total.rate:.2f} %**, "
        f"{total.named_rate:.2f} % by the class of the attack.",
        "",
        f"| class | requests | found % | class % | {' | '.join(families)} |",
        f"| --- | ---: | ---: | ---: | {' | '.join('---:' for _ in families)} |",
    ]
    for kind in matrix.classes:
        cell = matrix.sum(kind)
        parts = [matrix.sum(kind, family) for family in families]
        rates = " | ".join(f"{part.rate:.1f}" if part.attacks else "" for part in parts)
        out.append(f"| {kind} | {cell.attacks:,} | {cell.rate:.2f} | {cell.named_rate:.2f} | {rates} |")
    out += [
        "",
        "Below, every mutation with the number of attacks of each class that were found; where some were not, of how many.",
    ]
    for family in families:
        out += table(matrix, family)
    others = sorted({name for _, name in matrix.cells if name not in MUTATIONS})
    for name in others:
        cells = ((kind, matrix.cells[kind, name]) for kind in matrix.classes if (kind, name) in matrix.cells)
        out += ["", f"## {name}", "", ", ".join(f"{kind} {cell.text}" for kind, cell in cells)]
    return "\n".join(out) + "\n"


def table(matrix: Matrix, family: str) -> list[str]:
    """The rows of one family."""
    names = [m.name for m in MUTATIONS.values() if m.family == family]
    names = [name for name in names if any(n == name for _, n in matrix.cells)]
    classes = [kind for kind in matrix.classes if matrix.sum(kind, family).attacks]
    out = [
        "",
        f"## {family}",
        "",
        f"| mutation | why it changes nothing | only in | {' | '.join(classes)} |",
        f"| --- | --- | --- | {' | '.join('---:' for _ in classes)} |",
    ]
    for name in names:
        mutation = MUTATIONS[name]
        why = mutation.why.replace("|", "\\|").replace("<", "&lt;")
        cells = (matrix.cells[kind, name].text if (kind, name) in matrix.cells else "" for kind in classes)
        out.append(f"| {name} | {why} | {', '.join(sorted(mutation.languages))} | {' | '.join(cells)} |")
    return out


def first(attacks: Iterable[Attack], limit: int | None) -> Iterator[Attack]:
    """No more attacks than wanted."""
    return iter(attacks) if limit is None else islice(attacks, limit)
