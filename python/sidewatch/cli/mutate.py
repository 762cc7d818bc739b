"""`sidewatch mutate`: attacks in, the same attacks written differently out."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click
from rich import box
from rich.table import Table

from ..mutate import CLASSES, MUTATIONS, PLACES, Attack, Mutation, attacks, chains, matrix, requests
from . import options, show
from .inputs import PROBLEMS, Stream, Unreadable
from .options import Status
from .output import opened

#: What the field `source` of the written requests says.
SOURCE = "mutate"


class Known(click.ParamType):
    """A name out of a list too long to show; the error shows the like-named ones."""

    def __init__(self, what: str, names: Sequence[str]):
        self.name = what
        self.names = names

    def convert(self, value, param, ctx):
        """The name, if it is one."""
        if value in self.names:
            return value
        near = [name for name in self.names if value.split("-")[0] in name][:8]
        hint = f"; there are {', '.join(near)}" if near else ""
        self.fail(f"'{value}' is no {self.name}{hint}. --list shows all.", param, ctx)


@click.command("mutate")
@click.argument("files", metavar="[FILE...]", nargs=-1, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--canonical", is_flag=True, help="Take the attacks that come with sidewatch.")
@click.option("--list", "listed", is_flag=True, help="List the mutations, with what they rest on, and end.")
@click.option("--class", "classes", multiple=True, type=Known("class", CLASSES), help="Only attacks of this class.")
@click.option(
    "--mutation", "names", multiple=True, type=Known("mutation", tuple(MUTATIONS)), help="Only this mutation."
)
@click.option(
    "--depth", type=click.IntRange(1, 8), default=1, show_default=True, help="Mutations in a row for each request."
)
@click.option(
    "--samples",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="Chains drawn for each attack at a depth of more than 1.",
)
@click.option(
    "--place", type=click.Choice(PLACES), help="Put the attacks there. Default: where each of them is, or belongs."
)
@click.option("--seed", default="1", show_default=True, help="The same seed gives the same requests.")
@click.option("--limit", type=click.IntRange(1), help="Write no more requests than this.")
@click.option("--originals", is_flag=True, help="Write each attack without mutation as well.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.option("--matrix", "measured", is_flag=True, help="Judge the requests, and write a table of what was found.")
@click.option(
    "--misses", type=click.Path(path_type=Path, dir_okay=False), help="With --matrix: write what was not found there."
)
@options.policy
@options.sensitivity
def mutate(files, canonical, listed, classes, names, place, limit, output, measured, misses, **how) -> int:
    """Writes attacks differently, so that what they attack does the same.

    A FILE, or the standard input for -, holds attacks: labelled requests as for eval, with the fields payload
    and place; or JSON lines or a TOML document (tables [[attack]]) with class and payload, and where known
    language, place, parameter and context, the quote that the payload starts in. An attack that names no
    language gets only the mutations that hold in every one of its class.

    Written are JSON lines with method, target, headers, body_b64, label, class and place, as eval and other
    engines' runners read them, with payload, parent and mutations. The id is that of the attack, a tilde, and
    the mutations.

    \b
    Examples:
      sidewatch mutate --canonical -o mutated.jsonl
      sidewatch mutate attacks.toml --class sqli --mutation sql-comment-blanks --place json
      sidewatch mutate corpus.jsonl.gz --depth 2 --samples 5 --seed 7 | sidewatch eval /dev/stdin
      sidewatch mutate --canonical --matrix > matrix.md
      sidewatch mutate --list

    \b
    Exit status:
      0  everything was mutated
      2  wrong usage, nothing could be read, or the results could not be written
      3  part of the input could not be read
    """
    mutations = [MUTATIONS[name] for name in dict.fromkeys(names)] or list(MUTATIONS.values())
    if listed:
        return list_mutations([m for m in mutations if not classes or set(classes) & set(m.classes)])
    if canonical == bool(files):
        raise click.UsageError("give files of attacks, - for the standard input, or --canonical")
    if misses and not measured:
        raise click.UsageError("--misses goes with --matrix")
    source = Source(files)
    found = (a for a in source if not classes or a.kind in classes)
    made = matrix.first(mutated(found, mutations, place, how), limit)
    if measured:
        result = matrix.measure(options.engine_of(how["policy"], how["sensitivity"]), made)
        with opened(output) as out:
            out.write(matrix.markdown(result, command_line()).encode())
        if misses:
            with opened(misses) as out:
                write(result.misses, out)
    else:
        with opened(output) as out:
            write(made, out)
    console = show.to_stderr()
    for problem in source.problems[:PROBLEMS]:
        show.warn(console, problem)
    if (more := len(source.problems) - PROBLEMS) > 0:
        show.warn(console, f"and {more:,} more of this kind")
    if not source.count:
        return Status.UNUSABLE
    return Status.PARTIAL if source.problems else Status.NOTHING


def command_line() -> str:
    """The command as a person would repeat it, without where the result goes."""
    words, skip = [], False
    for word in sys.argv[1:]:
        if skip:
            skip = False
        elif word in ("-o", "--output", "--misses"):
            skip = True
        else:
            words.append(word)
    return " ".join(["sidewatch", *words])


def write(made: Iterator[Attack] | list[Attack], out) -> None:
    """Requests as JSON lines."""
    for attack in made:
        out.write(json.dumps(requests.record_of(attack, SOURCE)).encode() + b"\n")


def mutated(found: Iterator[Attack], mutations: list[Mutation], place: str | None, how: dict) -> Iterator[Attack]:
    """The attacks, at the place that is wanted, mutated."""
    for attack in found:
        if place is not None:
            attack = replace(attack, places=(place,))
        if how["originals"]:
            yield attack
        for made in chains.variants(attack, mutations, how["depth"], how["samples"], how["seed"]):
            if place is None or made.place == place:
                yield made


class Source:
    """The attacks of files, or the canonical ones if there are no files."""

    def __init__(self, files: Sequence[Path]):
        self.files = files
        self.count = 0
        self.problems: list[str] = []

    def __iter__(self) -> Iterator[Attack]:
        if not self.files:
            self.count = 1
            yield from attacks.canonical()
        for path in self.files:
            yield from self._read(path)

    def _read(self, path: Path) -> Iterator[Attack]:
        name = "the standard input" if str(path) == "-" else str(path)
        try:
            stream = Stream(Path("/dev/stdin") if str(path) == "-" else path)
        except Unreadable as e:
            self.problems.append(f"{name}: {e}")
            return
        with stream:
            head = stream.peek().lstrip()
            found = self._lines(stream, name) if head.startswith(b"{") else self._document(stream, name)
            for attack in found:
                self.count += 1
                yield attack
        if stream.error:
            self.problems.append(f"{name}: {stream.error}, at byte {stream.position} of the file")

    def _document(self, stream: Stream, name: str) -> Iterator[Attack]:
        pieces = []
        while piece := stream.read():
            pieces.append(piece)
        try:
            text = b"".join(pieces).decode("utf-8")
            yield from attacks.list_of(attacks.tomllib.loads(text))
        except (attacks.Unusable, attacks.tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
            self.problems.append(f"{name}: neither JSON lines nor a TOML document of attacks: {e}")

    def _lines(self, stream: Stream, name: str) -> Iterator[Attack]:
        lines = ((number, line) for number, (_, line) in enumerate(stream.lines(), 1))
        for item in attacks.lines_of(lines):
            if isinstance(item, Attack):
                yield item
            else:
                self.problems.append(f"{name}: line {item[0]} is no attack: {item[1]}")


def list_mutations(mutations: list[Mutation]) -> int:
    """Every mutation with its classes, its languages, and why it changes nothing."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("mutation", no_wrap=True)
    table.add_column("family", no_wrap=True)
    table.add_column("classes", ratio=2)
    table.add_column("languages", ratio=2)
    table.add_column("why it changes nothing", ratio=5)
    for m in mutations:
        classes = "all" if m.classes == CLASSES else ", ".join(m.classes)
        table.add_row(m.name, m.family, classes, ", ".join(sorted(m.languages)) or "all", m.why)
    show.to_stdout().print(table)
    return Status.NOTHING
