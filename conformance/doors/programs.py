"""The Rust API and the C ABI, each by a small program that plays a script of calls."""

import json
import subprocess
from collections import defaultdict

from .. import script, wire
from ..cases import POLICY, ROOT, Case
from . import Closed, Events

DOORS = ("rust-connection", "rust-bytes", "rust-parts", "c-connection", "c-bytes", "c-parts")
PLAYERS = {"rust": ROOT / "target/release/sidewatch-conformance", "c": ROOT / "build/conformance/play"}


def play(cases: list[Case], doors: list[str]) -> Events:
    """Plays the cases through the doors of both programs."""
    out = {}
    for program, path in PLAYERS.items():
        wanted = [d for d in doors if d.startswith(f"{program}-")]
        if not wanted:
            continue
        if not path.exists():
            raise Closed(f"no {path.relative_to(ROOT)}: run scripts/conformance.sh, which builds it")
        text = b"".join(calls(f"{door}/{case.name}", door.split("-")[1], case) for door in wanted for case in cases)
        out |= run(path, text, wanted)
    return out


def calls(label: str, kind: str, case: Case) -> bytes:
    """The script of one case; empty where the door cannot be entered."""
    if kind == "connection":
        return script.connection(label, case)
    out = []
    try:
        for exchange in case.exchanges:
            answered = bool(exchange.response) and not case.closes
            if kind == "bytes":
                out.append(script.raw(label, exchange, answered))
            else:
                out.append(script.parts(label, exchange, answered, case.closes))
        return b"".join(out)
    except wire.Refused:
        return b""


def run(path, text: bytes, doors: list[str]) -> Events:
    """What the player says to a script."""
    file = ROOT / "target/conformance" / f"{path.name}.script"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text)
    done = subprocess.run([path, POLICY, file], capture_output=True, timeout=120)
    if done.returncode:
        raise Closed(f"{path.name} failed: {done.stderr.decode(errors='replace').strip()}")
    out = {door: defaultdict(list) for door in doors}
    for line in done.stdout.decode().splitlines():
        label, event = line.split("\t", 1)
        door, name = label.split("/", 1)
        out[door][name].append(json.loads(event))
    return out
