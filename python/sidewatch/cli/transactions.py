"""`sidewatch transactions`: what a capture holds, without judging it."""

import base64
import json
from pathlib import Path

import click

from .. import CaptureError, Event
from .. import transactions as read
from . import options, show
from .options import Status
from .output import opened

#: Bytes kept of each body.
BODY = 8 << 20


@click.command()
@options.files
@click.option("--format", "_form", type=click.Choice(["jsonl"]), default="jsonl", help="The only one there is.")
@click.option("--bodies", is_flag=True, help="With the decoded bodies, of each at most 8 MiB, in base64.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
def transactions(files, _form, bodies, output) -> int:
    """Lists the HTTP transactions of captures.

    For each FILE (pcap or pcapng, compressed with gzip or not) one line is written: an object with the fields
    pcap (the file's name) and tx, a list of objects with method, target, host and status; null stands for
    what was not captured. With --bodies also request_body_b64 and response_body_b64, transfer and content
    codings removed. Nothing is judged, and nothing is masked.

    \b
    Examples:
      sidewatch transactions traffic.pcap | jq -r '.tx[] | [.method, .host, .target, .status] | @tsv'
      sidewatch transactions *.pcap --bodies -o transactions.jsonl

    \b
    Exit status:
      0  everything was read
      2  wrong usage, nothing could be read, or the results could not be written
      3  part of the input could not be read
    """
    console, unread, partial = show.to_stderr(), 0, False
    with opened(output) as out, show.progress(console) as bar:
        task = bar.add_task("reading", total=len(files))
        for path in files:
            try:
                scan = read(path, keep_bodies=BODY if bodies else 0)
            except (CaptureError, OSError) as e:
                text = str(e) if isinstance(e, CaptureError) else f"{path}: {e.strerror or e}"
                show.warn(console, text)
                unread += 1
                continue
            # Written as it is read: a capture may hold more than fits in memory.
            out.write(f'{{"pcap": {json.dumps(path.name)}, "tx": ['.encode())
            between = ""
            while (events := scan.read()) is not None:
                for event in events:
                    if event.method is None and event.status is None and not event.response_body:
                        continue  # bytes that are no message
                    out.write((between + json.dumps(transaction_of(event, bodies))).encode())
                    between = ", "
            out.write(b"]}\n")
            if scan.error:
                show.warn(console, f"{path}: {scan.error}")
                partial = True
            bar.advance(task)
        out.flush()
    if unread == len(files):
        return Status.UNUSABLE
    return Status.PARTIAL if partial or unread else Status.NOTHING


def transaction_of(event: Event, bodies: bool) -> dict:
    """One transaction as it is written."""
    one = {"method": event.method, "target": event.target, "host": event.host, "status": event.status}
    if bodies:
        answered = event.status is not None or bool(event.response_body)
        for name, body, seen in (
            ("request_body_b64", event.request_body, event.method is not None),
            ("response_body_b64", event.response_body, answered),
        ):
            one[name] = base64.b64encode(body).decode() if seen else None
    return one
