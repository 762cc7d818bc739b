"""`sidewatch eval`: labelled requests in, rates out."""

import json
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table

from .. import Engine, Request
from . import left as left_lists
from . import options, scoreboard, show
from .inputs import PROBLEMS, Stream, Unreadable, reason, request_of
from .options import Status
from .output import opened
from .scoreboard import RELATED, UNNAMED

#: Requests judged at once, while the next ones are read.
BATCH = 1024


@dataclass
class Label:
    """What a corpus says of a request."""

    id: object
    source: str
    malicious: bool
    kind: str
    weak: bool
    noisy: bool
    #: Whether a list of the project says that the label is wrong, or that its class is.
    disputed: bool = False
    misnamed: bool = False


@dataclass
class Rates:
    """Counts of one group of requests. Weak ones carry too little to be called an attack by themselves."""

    requests: int = 0
    flagged: int = 0
    strong: int = 0
    strong_flagged: int = 0
    agreed: int = 0
    agreed_flagged: int = 0
    named: int = 0
    named_right: int = 0
    named_pure: int = 0
    agreed_named: int = 0
    agreed_right: int = 0

    def add(self, label: Label, attack: bool, classes: set[str]) -> None:
        """Counts one verdict."""
        self.requests += 1
        self.flagged += attack
        if not label.weak:
            self.strong += 1
            self.strong_flagged += attack
        if not label.disputed and not label.weak:
            self.agreed += 1
            self.agreed_flagged += attack
        if attack and label.kind not in UNNAMED:
            self.named += 1
            self.agreed_named += not label.misnamed
            self.agreed_right += not label.misnamed and label.kind in classes
            if label.kind in classes:
                self.named_right += 1
                self.named_pure += not (classes - {label.kind} - RELATED.get(label.kind, set()))

    @property
    def rate(self) -> float | None:
        """Flagged requests of all."""
        return share(self.flagged, self.requests)

    @property
    def strong_rate(self) -> float | None:
        """Flagged requests of those that are not weak."""
        return share(self.strong_flagged, self.strong)

    @property
    def class_accuracy(self) -> float | None:
        """Right classes among the flagged attacks whose class is known."""
        return share(self.named_right, self.named)

    @property
    def agreed_accuracy(self) -> float | None:
        """Right classes among the flagged attacks whose class is known and not listed as wrong."""
        return share(self.agreed_right, self.agreed_named)

    @property
    def purity(self) -> float | None:
        """The same, counting only those with no unrelated class beside the right one."""
        return share(self.named_pure, self.named)

    @property
    def agreed_rate(self) -> float | None:
        """Flagged requests of those that are not weak and whose label is not disputed."""
        return share(self.agreed_flagged, self.agreed)


class Tables:
    """The groups that are told apart."""

    def __init__(self, *, agreed: bool = False) -> None:
        self.attacks, self.noisy, self.classes, self.legitimate = (defaultdict(Rates) for _ in range(4))
        self.agreed = agreed

    def add(self, label: Label, attack: bool, classes: set[str]) -> None:
        """Counts one verdict in every group it belongs to."""
        if not label.malicious:
            self.legitimate[label.source].add(label, attack, classes)
        elif label.noisy:
            self.noisy[label.source].add(label, attack, classes)
        else:
            self.attacks[label.source].add(label, attack, classes)
            if not is_copy(label.source):
                self.classes[label.kind].add(label, attack, classes)

    def print(self, console: Console) -> None:
        """Prints what there is."""
        print_rates(console, "Attacks by source", self.attacks, agreed=self.agreed)
        print_rates(console, "Attacks by source, of which many are none", self.noisy, agreed=self.agreed)
        print_rates(console, "Attacks by class", self.classes, agreed=self.agreed)
        print_rates(console, "Legitimate requests by source", self.legitimate, legitimate=True, agreed=self.agreed)
        found = [r.strong_rate for name, r in self.attacks.items() if not is_copy(name)]
        wrong = [r.rate for name, r in self.legitimate.items() if not is_copy(name)]
        known = ((name, [r for r in rates if r is not None]) for name, rates in (("TPR*", found), ("FPR", wrong)))
        texts = [f"{name} {100 * sum(rates) / len(rates):.2f} %" for name, rates in known if rates]
        console.print(f"Mean over sources: {', '.join(texts)}")


@click.command("eval")
@options.files
@click.option(
    "--verdicts",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the verdict of every request to this file, as JSON lines.",
)
@click.option(
    "--scoreboard",
    "board_to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the rates per source and class at every sensitivity to this file.",
)
@click.option(
    "--check",
    "check_with",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Compare with the rates in this file; tell which are worse.",
)
@click.option(
    "--tables",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Make the tables of this page of Markdown anew, between its marks.",
)
@click.option(
    "--left",
    "left_in",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of lists of requests whose label is disputed, or that are known to be misjudged.",
)
@options.policy
@options.sensitivity
def evaluate(files, verdicts, board_to, check_with, tables, left_in, policy, sensitivity) -> int:
    """Judges labelled requests and tells how often it is right.

    A FILE holds JSON lines, compressed with gzip or not, each with method, target, headers, body or body_b64
    as for scan, and with id, source, label (malicious or benign), class, and weak and noisy where they are
    true.

    The tables tell by source and by class: TPR, the share of attacks found; TPR*, the same without weak
    requests, which carry too little to be called an attack by themselves; class, the share of the attacks
    found that were given the right class; pure, the same with no unrelated class beside it; FPR, the share
    of legitimate requests called an attack.

    --verdicts writes lines with the fields id, attack and classes: the classes the verdict rests on, and those
    techniques that corpora label as classes of their own (log4shell, shellshock, deserialization); includes of
    edges (esi) count as ssi too.

    --scoreboard writes TPR*, class, pure and FPR at the three sensitivities, --check compares them with those
    of an earlier run, and --tables fills a page such as docs/detection.md, between the lines
    <!-- scoreboard: begin --> and <!-- scoreboard: end -->.

    --left reads lists, one file a class with the columns id, judged (no-attack, missed, other-class,
    wrong-label or false-alarm) and reason. It adds the columns agreed: the rate without requests whose label
    is listed as wrong, and class agreed: that of the right class without those listed as other-class. It tells
    which lines are stale, and which misjudged requests are in no list.

    \b
    Examples:
      sidewatch eval corpus/*.jsonl.gz
      sidewatch eval own-traffic.jsonl --sensitivity relaxed --verdicts verdicts.jsonl
      sidewatch eval corpus/*.jsonl.gz --check scoreboard/rates.json --left scoreboard/left

    \b
    Exit status:
      0  everything was judged, and nothing is worse than --check says
      1  a rate is worse than --check says
      2  wrong usage, nothing could be read, or the results could not be written
      3  part of the input could not be read
    """
    engine = options.engine_of(policy, sensitivity)
    before = scoreboard.read(check_with) if check_with else None
    left = left_lists.read(left_in) if left_in else None
    page = tables.read_text("utf-8") if tables else ""
    if tables:
        scoreboard.fill(page, scoreboard.Board().rates())  # complains before the work, not after it
    console = show.to_stderr()
    bench = Bench(Tables(agreed=left is not None), scoreboard.Board(), left)
    partial = judge(files, engine, bench, verdicts, console)
    if not bench.judged:
        return Status.UNUSABLE
    out = show.to_stdout()
    bench.tables.print(out)
    if left:
        left.print(out)
    rates = bench.board.rates()
    if board_to:
        scoreboard.write(board_to, rates)
    if tables:
        with opened(tables) as file:
            file.write(scoreboard.fill(page, rates).encode())
    status = Status.PARTIAL if partial else Status.NOTHING
    if before:
        fallen, missing = scoreboard.falls(before, rates)
        if missing:
            show.warn(console, f"not judged, so not compared: {', '.join(missing)}")
        if fallen:
            scoreboard.print_falls(out, fallen)
            return Status.FOUND
        out.print(f"No rate is worse than {check_with} says.")
    return status


@dataclass
class Bench:
    """Where verdicts are counted."""

    tables: Tables
    board: scoreboard.Board
    left: left_lists.Left | None
    judged: int = 0


def judge(files, engine: Engine, bench: Bench, verdicts: Path | None, console: Console) -> bool:
    """Judges the files. Tells whether part of them could not be read."""
    corpora = [Corpus(path) for path in files]
    before = 0
    with (
        opened(verdicts or Path("/dev/null")) as out,
        show.progress(console) as bar,
        ThreadPoolExecutor(1) as pool,
    ):
        task = bar.add_task("judging", total=sum(corpus.size for corpus in corpora))
        for corpus in corpora:
            waiting = None
            for labels, requests in corpus.batches():
                # While the engine judges this batch on all processors, the next one is read.
                job = labels, pool.submit(engine.inspect_many, requests)
                bench.judged += len(labels)
                settle(waiting, bench, out)
                waiting = job
                bar.update(task, completed=before + corpus.position)
            settle(waiting, bench, out)
            before += corpus.size
            for problem in corpus.problems[:PROBLEMS]:
                show.warn(console, f"{corpus.path}: {problem}")
            if (more := len(corpus.problems) - PROBLEMS) > 0:
                show.warn(console, f"{corpus.path}: and {more:,} more of this kind")
    return any(corpus.problems for corpus in corpora)


def settle(job, bench: Bench, out) -> None:
    """Counts and writes the verdicts of a batch."""
    if job is None:
        return
    labels, events = job[0], job[1].result()
    lines = []
    for label, event in zip(labels, events, strict=True):
        attack, classes = event.is_attack, set(event.classes)
        if attack:
            classes = scoreboard.labels_of(f for f in event.findings if f.class_name in classes)
        if bench.left:
            label.disputed = bench.left.disputed(label.id, label.malicious)
            label.misnamed = bench.left.misnamed(label.id, label.malicious)
            named = attack and label.kind in classes
            bench.left.add(label.id, label.kind, label.malicious, label.weak, attack, named=named)
        bench.tables.add(label, attack, classes if attack else set())
        total = not (label.noisy or is_copy(label.source))
        bench.board.add(
            label.source,
            label.malicious,
            label.kind,
            event,
            weak=label.weak,
            disputed=label.disputed,
            misnamed=label.misnamed,
            total=total,
        )
        lines.append(json.dumps({"id": label.id, "attack": attack, "classes": sorted(classes)}))
    out.write("".join(f"{line}\n" for line in lines).encode())


class Corpus:
    """A file of labelled requests."""

    def __init__(self, path: Path):
        self.path = path
        self.position = 0
        self.problems: list[str] = []
        try:
            self.size = path.stat().st_size
        except OSError:
            self.size = 0

    def batches(self) -> Iterator[tuple[list[Label], list[Request]]]:
        """Labels and requests."""
        try:
            stream = Stream(self.path)
        except Unreadable as e:
            self.problems.append(str(e))
            return
        with stream:
            pairs = self._pairs(stream)
            while batch := list(islice(pairs, BATCH)):
                self.position = stream.position
                yield [label for label, _ in batch], [request for _, request in batch]
        if stream.error:
            self.problems.append(f"{stream.error}, at byte {stream.position} of the file")

    def _pairs(self, stream: Stream) -> Iterator[tuple[Label, Request]]:
        for number, (offset, line) in enumerate(stream.lines(), 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
                yield label_of(record), request_of(record)
            except (ValueError, TypeError, KeyError, RecursionError) as e:
                problem = f"line {number} at byte {offset} is no labelled request: {reason(e)}"
                self.problems.append(problem)


def label_of(record: dict) -> Label:
    """What a line says of its request."""
    if record["label"] not in ("malicious", "benign"):
        raise ValueError(f"its label is {record['label']!r}, expected 'malicious' or 'benign'")
    malicious = record["label"] == "malicious"
    kind = record.get("class") or ("other" if malicious else "none")
    weak, noisy = bool(record.get("weak")), bool(record.get("noisy"))
    return Label(record["id"], record.get("source") or "?", malicious, kind, weak, noisy)


def is_copy(source: str) -> bool:
    """Whether a source is, by its name, the whole of another that is there in part: it would count twice."""
    return "_full" in source


def share(part: int, whole: int) -> float | None:
    """A share, if there is anything to share."""
    return part / whole if whole else None


def print_rates(
    console: Console,
    title: str,
    groups: dict[str, Rates],
    *,
    legitimate: bool = False,
    agreed: bool = False,
) -> None:
    """One table."""
    if not groups:
        return
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", min_width=20)
    named = ("class agreed %",) if agreed and not legitimate else ()
    rates = ("FPR %",) if legitimate else ("TPR %", "TPR* %", "class %", "pure %")
    for name in ("requests", "flagged", *rates, *(("agreed %",) if agreed else ()), *named):
        table.add_column(name, justify="right")
    for name, r in sorted(groups.items()):
        rates = (r.rate,) if legitimate else (r.rate, r.strong_rate, r.class_accuracy, r.purity)
        rates += (r.agreed_rate,) if agreed else ()
        rates += (r.agreed_accuracy,) if named else ()
        cells = ("-" if rate is None else f"{100 * rate:.2f}" for rate in rates)
        table.add_row(name, f"{r.requests:,}", f"{r.flagged:,}", *cells)
    console.print(table)
