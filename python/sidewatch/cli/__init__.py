"""The command `sidewatch`.

What comes in: the command line. What goes out: results on the standard output or in a file, everything else
(progress, summaries, warnings) on the standard error. What always holds: every command tells by its exit
status how it went; what could be read is shown before what could not is complained about. To add one: a file
with a click command, and its line at the end of this one.
"""

import contextlib
import os
import sys

import click

from .. import __version__
from . import interrupt
from .eval import evaluate
from .inspect import inspect
from .mutate import mutate
from .options import Status
from .scan import scan
from .transactions import transactions

#: Exit status of a command that a signal has ended, as a shell reports it.
BROKEN_PIPE, INTERRUPTED = 128 + 13, 128 + 2


class Group(click.Group):
    """Commands that return their exit status. No failure may look like one of the results."""

    def invoke(self, ctx: click.Context) -> None:
        try:
            with interrupt.noticed():
                status = super().invoke(ctx)
                sys.stdout.flush()
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            status = INTERRUPTED
        except BrokenPipeError:  # nobody reads any more: not worth a word
            status = BROKEN_PIPE
        except OSError as e:
            click.echo(f"Error: cannot write: {e.strerror or e}", err=True)
            status = Status.UNUSABLE
        if status in (BROKEN_PIPE, Status.UNUSABLE):
            # What is still buffered has nowhere to go: without this, the interpreter complains at its end.
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        ctx.exit(status or 0)


@click.group(
    cls=Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "-V", "--version", prog_name="sidewatch", message="%(prog)s %(version)s")
def cli() -> None:
    """Finds web attacks in a copy of HTTP traffic: in captures, logs and single requests.

    \b
    Examples:
      sidewatch scan traffic.pcapng
      sidewatch scan *.pcap.gz browser.har --format jsonl -o events.jsonl
      sidewatch inspect 'http://shop.example/item?id=1%27+or+1=1--'
      sidewatch inspect --trace < request.txt
      sidewatch eval corpus/*.jsonl.gz --verdicts verdicts.jsonl
      sidewatch mutate --canonical -o mutated.jsonl
      sidewatch transactions traffic.pcap --bodies

    \b
    Exit status of scan and inspect (the help of each command tells its own):
      0  nothing was found
      1  attacks were found
      2  wrong usage, nothing could be read, or the results could not be written
      3  part of the input could not be read; what could was judged
    """


def main() -> None:
    """Runs the command line."""
    cli(prog_name="sidewatch")


for command in (scan, inspect, evaluate, mutate, transactions):
    cli.add_command(command)
