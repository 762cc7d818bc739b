"""`sidewatch scan`: files in, events out."""

import sys
from pathlib import Path

import click

from . import options, show
from .inputs import Reader, Unreadable, open_file
from .options import Status
from .output import FORMATS, Writer, opened


@click.command()
@options.files
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="jsonl: one event a line; json: one list; table. Default: table on a terminal, else jsonl.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write events to this file.")
@click.option("--all", "everything", is_flag=True, help="Write transactions without findings, too.")
@options.policy
@options.sensitivity
@click.option("-q", "--quiet", is_flag=True, help="No summary; warnings are still shown.")
def scan(files, form, output, everything, policy, sensitivity, quiet) -> int:
    """Finds attacks in files.

    A FILE is a capture (pcap, pcapng), a HAR file, JSON lines of requests, or raw HTTP/1 requests one after
    the other; each may be compressed with gzip. What it is, its content tells, not its name.

    A JSON line is an object with the fields method, target, headers (a list of [name, value] pairs) and body,
    or body_b64 for a body in base64. Its id, if there is one, is shown in the event. Other fields are
    ignored.

    Events go to the standard output or to the file given with -o. Progress, warnings and a summary go to the
    standard error: how many requests there were, how many attacks of which class, and what was left out of a
    capture and why.

    \b
    Examples:
      sidewatch scan traffic.pcap
      sidewatch scan *.pcapng.gz --format jsonl -o events.jsonl
      sidewatch scan requests.txt --all | jq .verdict
      sidewatch scan browser.har --sensitivity strict --policy site.toml

    \b
    Exit status:
      0  nothing was found (at most something suspicious)
      1  attacks were found
      2  wrong usage, nothing could be read, or the results could not be written
      3  part of the input could not be read: a file that is cut, damaged, missing or of an
         unknown kind; events found are written, and a warning tells file, offset and reason
    """
    engine = options.engine_of(policy, sensitivity)
    form = form or ("table" if output is None and sys.stdout.isatty() else "jsonl")
    console, tally, unread, partial = show.to_stderr(), show.Tally(), 0, False
    with opened(output) as out, show.progress(console) as bar:
        writer = Writer(out, form)
        for path in files:
            try:
                reader = open_file(path, engine, everything=everything)
            except Unreadable as e:
                show.warn(console, f"{path}: {e}")
                unread += 1
                continue
            read(reader, writer, tally, bar)
            for problem in reader.problems:
                show.warn(console, f"{path}: {problem}")
            if reader.more_problems:
                show.warn(console, f"{path}: and {reader.more_problems:,} more of this kind")
            partial = partial or bool(reader.problems)
            if not quiet:
                console.print(f"{path}: {reader.kind}, {show.number(reader.requests, 'request')}")
                show.drops(console, reader.drops)
        bar.stop()
        writer.close()
    if unread == len(files):
        return Status.UNUSABLE
    if not quiet:
        console.print(str(tally))
    if partial or unread:
        return Status.PARTIAL
    return Status.FOUND if tally.attacks else Status.NOTHING


def read(reader: Reader, writer: Writer, tally: show.Tally, bar) -> None:
    """Reads one file to its end, as far as that goes."""
    task = bar.add_task(reader.path.name, total=reader.path.stat().st_size)
    for events in reader.batches():
        tally.add(events)
        writer.write(events)
        bar.update(task, completed=reader.position)
    tally.requests += reader.requests
    bar.remove_task(task)
