"""What several commands share: options, the engine they make, and the exit status."""

from enum import IntEnum
from pathlib import Path

import click

from .. import Engine, PolicyError


class Status(IntEnum):
    """How a command went."""

    NOTHING = 0
    FOUND = 1
    UNUSABLE = 2
    PARTIAL = 3


sensitivity = click.option(
    "--sensitivity",
    type=click.Choice(["strict", "default", "relaxed"]),
    help="How sure a finding has to be for an attack: 30, 50 or 75 of 100. Overrides the policy.",
)
policy = click.option(
    "--policy",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Policy to judge by (TOML).",
)
files = click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))


def engine_of(policy: Path | None, sensitivity: str | None) -> Engine:
    """The engine that the options ask for."""
    try:
        return Engine(policy.read_text("utf-8") if policy else None, sensitivity=sensitivity)
    except (PolicyError, UnicodeDecodeError, OSError) as e:
        error = click.ClickException(f"{policy}: {e}")
        error.exit_code = Status.UNUSABLE
        raise error from None
