"""A capture of the cases, read by `sidewatch scan`: a TCP connection a case, a segment a piece."""

import json
import struct
import subprocess
import sys
from collections import defaultdict

from .. import script
from ..cases import POLICY, ROOT, Case
from . import Closed, Events

DOORS = ("pcap",)
CLIENT, SERVER, PORT = bytes([192, 0, 2, 7]), bytes([198, 51, 100, 80]), 20000
BEGIN = 1_780_000_000
SYN, ACK, PSH, FIN = 0x02, 0x10, 0x08, 0x01
SEGMENT = 1460


def play(cases: list[Case], doors: list[str]) -> Events:
    """Writes the capture and scans it with the command."""
    file = ROOT / "target/conformance/cases.pcap"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(capture(cases))
    command = [
        sys.executable,
        "-c",
        "from sidewatch.cli import main; main()",
        "scan",
        "--all",
        "--format",
        "jsonl",
        "--quiet",
    ]
    done = subprocess.run([*command, "--policy", POLICY, file], capture_output=True, text=True, timeout=120)
    if done.returncode not in (0, 1):
        raise Closed(f"sidewatch scan failed: {done.stderr.strip()}")
    out = defaultdict(list)
    for line in done.stdout.splitlines():
        event = json.loads(line)
        out[cases[event["client"]["port"] - PORT].name].append(event)
    return dict.fromkeys(doors, out)


def capture(cases: list[Case]) -> bytes:
    """A pcap file."""
    out, time = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)], BEGIN * 1_000_000
    for i, case in enumerate(cases):
        for frame in frames(case, PORT + i):
            time += 250
            out.append(struct.pack("<IIII", time // 1_000_000, time % 1_000_000, len(frame), len(frame)) + frame)
    return b"".join(out)


def frames(case: Case, port: int):
    """The frames of one connection, from handshake to close; each side acknowledges what it got."""
    seq = [1000, 0xFFFFFF00]  # the server's numbers pass through zero

    def segment(way: int, flags: int, data: bytes = b"") -> bytes:
        ends = (port, 80) if way == 0 else (80, port)
        ack = seq[1 - way] if flags & ACK else 0
        tcp = struct.pack(">HHIIBBHHH", *ends, seq[way], ack, 5 << 4, flags, 65535, 0, 0) + data
        addresses = (CLIENT, SERVER) if way == 0 else (SERVER, CLIENT)
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0) + b"".join(addresses)
        seq[way] = (seq[way] + len(data) + bool(flags & (SYN | FIN))) & 0xFFFFFFFF
        return bytes(12) + b"\x08\x00" + ip + tcp

    yield segment(0, SYN)
    yield segment(1, SYN | ACK)
    yield segment(0, ACK)
    for is_client, piece, is_lost in script.turns(case):
        for at in range(0, len(piece), SEGMENT):
            frame = segment(0 if is_client else 1, PSH | ACK, piece[at : at + SEGMENT])
            if not is_lost:
                yield frame
            yield segment(1 if is_client else 0, ACK)
    yield segment(0, FIN | ACK)
    yield segment(1, FIN | ACK)
    yield segment(0, ACK)
