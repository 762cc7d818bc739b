"""Where events are written to, and in which format."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click

from .. import Event
from . import show
from .options import Status

FORMATS = ("jsonl", "json", "table")


@contextlib.contextmanager
def opened(path: Path | None) -> Iterator[BinaryIO]:
    """The standard output, or a file that appears under its name only when it is whole."""
    if path is None:
        yield sys.stdout.buffer
        return
    target = path.resolve()
    try:
        if path.exists() and not path.is_file():  # a pipe or device: there is nothing to replace
            name, out = None, path.open("wb")
        else:
            descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
            out = os.fdopen(descriptor, "wb")
    except OSError as e:
        error = click.ClickException(f"cannot write {path}: {e.strerror}")
        error.exit_code = Status.UNUSABLE
        raise error from None
    if name is None:
        with out:
            yield out
        return
    part = Path(name)
    try:
        with out:
            try:
                yield out
            except KeyboardInterrupt:  # what there is so far, in whole lines, is better than nothing
                out.flush()
                finish(part, target)
                raise
        finish(part, target)
    finally:
        part.unlink(missing_ok=True)


def finish(part: Path, target: Path) -> None:
    """Gives the file its name, and the rights that a file made in the ordinary way would have."""
    mask = os.umask(0)
    os.umask(mask)
    part.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~mask)
    part.replace(target)


class Writer:
    """Writes events in one of the FORMATS; `close` ends the document."""

    def __init__(self, out: BinaryIO, form: str):
        self.out = out
        self.form = form
        self.table = show.EventTable() if form == "table" else None
        self.count = 0

    def write(self, events: list[Event]) -> None:
        """Writes events: whole lines, handed on at once to whoever reads along."""
        if self.table:
            for event in events:
                self.table.add(event.to_dict())
            return
        lines = []
        for event in events:
            if self.form == "json":
                lines.append(",\n" if self.count else "[\n")
                lines.append(event.to_json())
            else:
                lines += (event.to_json(), "\n")
            self.count += 1
        if lines:
            self.out.write("".join(lines).encode())
            self.out.flush()

    def close(self) -> None:
        """Ends the document."""
        if self.table:
            if self.out is sys.stdout.buffer:
                return self.table.print(show.to_stdout())
            with open(self.out.fileno(), "w", encoding="utf-8", closefd=False) as text:
                self.table.print(show.to_stdout(text))
        elif self.form == "json":
            self.out.write(b"\n]\n" if self.count else b"[]\n")
        self.out.flush()
