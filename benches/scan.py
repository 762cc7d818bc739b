#!/usr/bin/env python3
"""How fast `sidewatch scan` reads a large capture, and with how much memory.

Makes a capture of the size asked for, scans it, prints the figures, deletes it. What is in it: connections of eight
requests each, sent by browsers and applications as in `benches/traffic/`, one attack in a hundred requests, and answers
of the size that pages, pictures and APIs have, in packets of 1,460 bytes.

Memory has to be flat: what is resident in the last quarter of the capture must not be more than in the second, but for
some noise; if it is, the command fails. The first is left out: of a second the start of the command is a good part.
"""

import argparse
import itertools
import json
import random
import resource
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TRAFFIC = Path(__file__).parent / "traffic"
MSS = 1460
REQUESTS_A_CONNECTION = 8
ATTACK_EVERY = 100
# What answers hold: a page, a list of an API, a picture, a script, nothing new.
ANSWERS = [
    (b"text/html; charset=utf-8", 38_000),
    (b"application/json", 6_000),
    (b"image/jpeg", 90_000),
    (b"text/javascript", 45_000),
    (None, 0),
]
GIGABYTE = 10**9


def request(path: Path) -> bytes:
    """A request as it goes over the wire: the files have lines that end in LF and leave out the length."""
    head, _, body = path.read_bytes().partition(b"\n\n")
    body = body.removesuffix(b"\n")
    return head.replace(b"{length}", str(len(body)).encode()).replace(b"\n", b"\r\n") + b"\r\n\r\n" + body


def requests(*folders: str) -> list[bytes]:
    return [request(path) for folder in folders for path in sorted((TRAFFIC / folder).glob("*.http"))]


def answer(kind: bytes | None, size: int, chance: random.Random) -> bytes:
    """A response with a body of about `size` bytes."""
    if kind is None:
        return b"HTTP/1.1 304 Not Modified\r\nDate: Sun, 01 Jun 2025 09:30:00 GMT\r\n\r\n"
    size += chance.randrange(size // 4)
    if kind.startswith(b"image/"):
        body = chance.randbytes(size)
    elif kind == b"application/json":
        rows = [
            {"id": n, "name": f"Article {n}", "price": n % 90 + 0.5, "tags": ["new", "green"]}
            for n in range(size // 70)
        ]
        body = json.dumps(rows).encode()
    else:
        words = b"the page has a list of things that people may want to read about and <a href='/x'>more</a> below "
        body = (words * (size // len(words) + 1))[:size]
    return (
        b"HTTP/1.1 200 OK\r\nServer: shop\r\nDate: Sun, 01 Jun 2025 09:30:00 GMT\r\nContent-Type: %b\r\n"
        b"Content-Length: %d\r\nCache-Control: private\r\n\r\n%b" % (kind, len(body), body)
    )


class Capture:
    """Writes TCP connections as pcap."""

    def __init__(self, out):
        self.out = out
        self.written = 0
        self.micros = 0
        self._write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))

    def _write(self, data: bytes) -> None:
        self.out.write(data)
        self.written += len(data)

    def connection(self, number: int, exchanges: list[tuple[bytes, bytes]]) -> None:
        """One connection from its handshake to both FINs."""
        client, server = (0x0A000000 + number // 20_000, 20_000 + number % 20_000), (0xC0000201, 80)
        up, down = number * 7919 & 0xFFFFFFFF, number * 104_729 & 0xFFFFFFFF
        self._packet(client, server, up, 0, 0x02, b"")
        self._packet(server, client, down, up + 1, 0x12, b"")
        up, down = up + 1, down + 1
        self._packet(client, server, up, down, 0x10, b"")
        for sent, answered in exchanges:
            up = self._stream(client, server, up, down, sent)
            down = self._stream(server, client, down, up, answered)
            self._packet(client, server, up, down, 0x10, b"")
        self._packet(client, server, up, down, 0x11, b"")
        self._packet(server, client, down, up + 1, 0x11, b"")
        self._packet(client, server, up + 1, down + 1, 0x10, b"")

    def _stream(self, source, target, seq: int, ack: int, data: bytes) -> int:
        for at in range(0, len(data), MSS):
            self._packet(source, target, seq + at, ack, 0x18, data[at : at + MSS])
        return seq + len(data)

    def _packet(self, source, target, seq: int, ack: int, flags: int, data: bytes) -> None:
        self.micros += 12
        tcp = struct.pack(
            ">HHIIBBHHH", source[1], target[1], seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 0x50, flags, 64_000, 0, 0
        )
        ip = struct.pack(">BBHHHBBHII", 0x45, 0, 40 + len(data), 0, 0x4000, 64, 6, 0, source[0], target[0])
        size = 54 + len(data)
        head = struct.pack("<IIII", 1_750_000_000 + self.micros // 10**6, self.micros % 10**6, size, size)
        self._write(b"".join((head, b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0", ip, tcp, data)))


def make(path: Path, size: int) -> tuple[int, int, int]:
    """Fills `path`; gives the bytes, the requests and the attacks it has."""
    chance = random.Random(1)
    ordinary, attacks = itertools.cycle(requests("browser", "api")), itertools.cycle(requests("attack"))
    # Some answers of each kind, made once: it is the scan that is measured.
    answers = itertools.cycle([answer(kind, n, chance) for _ in range(16) for kind, n in ANSWERS])
    sent = attacked = 0
    with path.open("wb", buffering=1 << 20) as out:
        capture = Capture(out)
        for number in itertools.count():
            if capture.written >= size:
                return capture.written, sent, attacked
            exchanges = []
            for _ in range(REQUESTS_A_CONNECTION):
                sent += 1
                attack = sent % ATTACK_EVERY == 0
                attacked += attack
                exchanges.append((next(attacks if attack else ordinary), next(answers)))
            capture.connection(number, exchanges)


def resident(pid: int) -> int:
    """Resident bytes of a process; 0 once it has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * resource.getpagesize()


def scan(command: list[str], path: Path) -> tuple[float, float, list[int]]:
    """Runs the command; gives its seconds of processor and of wall clock, and its resident size every 10 ms."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    sizes = []
    with subprocess.Popen([*command, str(path), "--format", "jsonl", "-o", str(path.with_suffix(".jsonl"))]) as process:
        while process.poll() is None:
            sizes.append(resident(process.pid))
            time.sleep(0.01)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall, [n for n in sizes if n]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=1.1, help="size of the capture (default: %(default)s)")
    parser.add_argument(
        "--folder", type=Path, help="where to make it (default: the system's folder for temporary files)"
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    parser.add_argument("command", nargs="*", default=["sidewatch", "scan"], help="default: sidewatch scan")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        path = Path(folder) / "large.pcap"
        size, sent, attacks = make(path, int(args.gigabytes * GIGABYTE))
        print(f"capture: {size / GIGABYTE:.2f} GB, {sent:,} requests, {attacks:,} attacks", flush=True)
        path.read_bytes()  # so that the disk is not what is measured
        cpu, wall, sizes = scan(args.command, path)
        events = sum(1 for _ in path.with_suffix(".jsonl").open())
    quarter = len(sizes) // 4
    early, end = max(sizes[quarter : 2 * quarter]), max(sizes[-quarter:])
    print(f"processor: {cpu:.2f} s, {size / cpu / GIGABYTE:.3f} GB/s on one core")
    print(f"wall clock: {wall:.2f} s, {size / wall / GIGABYTE:.3f} GB/s")
    print(f"events: {events:,}")
    print(f"resident: {early / 2**20:.1f} MiB at most in the second quarter, {end / 2**20:.1f} MiB in the last")
    if args.json:
        figures = {"bytes": size, "requests": sent, "cpu_seconds": cpu, "wall_seconds": wall, "events": events}
        args.json.write_text(json.dumps(figures | {"resident_second_quarter": early, "resident_last_quarter": end}))
    if end > early * 1.1 + 2 * 2**20:
        sys.exit("memory is not flat")


if __name__ == "__main__":
    main()
