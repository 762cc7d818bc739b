"""What the doors of real servers have in common: ports, life, and the way back from an event to its case."""

import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

from .. import client, client2
from ..cases import ROOT, Case
from ..origin import Origin
from . import Closed

PATIENCE = 20.0


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


@contextmanager
def folder(door: str, log: str):
    """A folder for a server; its log is kept as target/conformance/DOOR.log."""
    path = Path(tempfile.mkdtemp(prefix="sidewatch-conformance-"))
    try:
        yield path
    finally:
        kept = ROOT / f"target/conformance/{door}.log"
        kept.parent.mkdir(parents=True, exist_ok=True)
        if (path / log).exists():
            shutil.copyfile(path / log, kept)
        shutil.rmtree(path)


@contextmanager
def running(command: list, port: int, log: Path, **more):
    """A server, once it listens; killed at the end if it has not ended by itself."""
    process = subprocess.Popen(command, **more)
    try:
        wait_for(lambda: process.poll() is not None or listens(port), f"{command[0]} listens on port {port}")
        if process.poll() is not None:
            text = log.read_text(errors="replace")[-1500:] if log.exists() else ""
            raise Closed(f"{command[0]} ended with {process.returncode}: {text}")
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def listens(port: int) -> bool:
    """Whether somebody does."""
    try:
        socket.create_connection(("127.0.0.1", port), 0.5).close()
        return True
    except OSError:
        return False


def wait_for(condition, what: str) -> None:
    """Waits until `condition` holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise Closed(f"waited {PATIENCE:.0f} s in vain: {what}")
        time.sleep(0.02)


def stop(process: subprocess.Popen, number: int) -> None:
    """Ends a server and waits for it."""
    process.send_signal(number)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        raise Closed(f"{process.args[0]} did not end within {PATIENCE:.0f} s") from None


def send(door: str, port: int, origin: Origin, cases: list[Case]) -> dict[int, str]:
    """Plays every case; the case of each client port."""
    play = client2.play if door.endswith("-h2") else client.play
    names = {}
    for case in cases:
        origin.plan(case)
        own = play(port, case)
        if own is None:
            continue
        if own in names:
            raise Closed("a client port was used twice")
        names[own] = case.name
    if origin.failure:
        raise Closed(f"the application failed: {origin.failure!r}")
    return names


def read(file: Path, names: dict[int, str]) -> dict[str, list[dict]]:
    """The events of a file, by the case that the client's port tells."""
    out = defaultdict(list)
    for line in file.read_text("utf-8").splitlines() if file.exists() else ():
        event = json.loads(line)
        if name := names.get(event.get("client", {}).get("port")):
            out[name].append(event)
    return out
