"""Tables, counts and warnings, for people."""

import sys
from collections import Counter

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

#: Most events that a table shows: more are for `--format jsonl`.
ROWS = 500
#: Width of a table that goes to no terminal.
WIDTH = 160

SEVERITY = {"low": "cyan", "medium": "yellow", "high": "red", "critical": "bold red"}
VERDICT = {"pass": "green", "suspicious": "yellow", "attack": "bold red"}


def to_stderr() -> Console:
    """Where everything goes that is no result."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def to_stdout(file=None) -> Console:
    """Where tables go; no narrower than a table needs, if it is no terminal that tells its width."""
    file = file or sys.stdout
    return Console(file=file, highlight=False, width=None if file.isatty() else WIDTH)


def progress(console: Console) -> Progress:
    """A progress bar, only on a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def warn(console: Console, text: str) -> None:
    """One line about what went wrong."""
    console.print(Text.assemble(("warning: ", "yellow"), text))


def number(n: int, of: str, plural: str | None = None) -> str:
    """A count and what it counts."""
    return f"{n:,} {of if n == 1 else plural or of + 's'}"


def size(n: int) -> str:
    """A number of bytes as people say it."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if n < 1000 or unit == "GB":
            return f"{n:,} {unit}" if unit == "bytes" else f"{n:,.1f} {unit}"
        n /= 1000
    raise AssertionError


class EventTable:
    """The findings of events as a table: one row for each class found in a request."""

    def __init__(self) -> None:
        self.table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False)
        column = self.table.add_column
        column("client", no_wrap=True, max_width=21)
        column("request", ratio=4, overflow="fold")
        column("class", no_wrap=True)
        column("point", ratio=2, overflow="fold")
        column("excerpt", ratio=3, overflow="fold")
        column("sure", justify="right", no_wrap=True)
        column("why", ratio=4)
        self.events = 0

    def add(self, event: dict) -> None:
        """Adds an event, given as its dictionary."""
        self.events += 1
        if self.events > ROWS:
            return
        client = (event.get("client") or {}).get("ip", "")
        request = event.get("request") or {"method": "(response", "target": "only)"}
        line = Text(f"{request['method']} {request['target']}")
        line.truncate(240, overflow="ellipsis")
        best = {}
        for finding in event["findings"]:
            known = best.setdefault(finding["class"], finding)
            if finding["confidence"] > known["confidence"]:
                best[finding["class"]] = finding
        for f in sorted(best.values(), key=lambda f: -f["confidence"]):
            name = Text(f["class"], SEVERITY[f["severity"]])
            cells = (Text(f["point"]), Text(f["excerpt"]), Text(str(f["confidence"])), Text(f["reason"]))
            self.table.add_row(Text(client), line, name, *cells)
            client, line = "", Text()
        if not best:
            self.table.add_row(Text(client), line, Text("-"), Text(), Text(), Text(), Text())

    def print(self, console: Console) -> None:
        """Prints what there is."""
        if self.events:
            console.print(self.table)
        if self.events > ROWS:
            console.print(f"and {self.events - ROWS:,} more requests; --format jsonl lists them all")


class Tally:
    """Counts of events."""

    def __init__(self) -> None:
        self.requests = 0
        self.attacks = 0
        self.suspicious = 0
        self.classes: Counter[str] = Counter()

    def add(self, events) -> None:
        """Counts events."""
        for event in events:
            if event.is_attack:
                self.attacks += 1
                self.classes.update(event.classes)
            elif event.verdict == "suspicious":
                self.suspicious += 1

    def __str__(self) -> str:
        classes = ", ".join(f"{name} {n:,}" for name, n in self.classes.most_common())
        return (
            f"{number(self.requests, 'request')}: {number(self.attacks, 'attack')}"
            + (f" ({classes})" if classes else "")
            + f", {self.suspicious:,} suspicious"
        )


def drops(console: Console, dropped: dict[str, tuple[int, int, str]]) -> None:
    """What was left out of a capture, and why."""
    for packets, amount, meaning in sorted(dropped.values(), key=lambda d: -d[1]):
        console.print(f"  left out: {number(packets, 'packet')}, {size(amount)}: {meaning}", style="dim")
