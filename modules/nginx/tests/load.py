"""Load for a real NGINX: requests of the benchmarks' traffic, sent by wrk."""

import json
import random
import shutil
import subprocess
from pathlib import Path

from conftest import ROOT

TRAFFIC = ROOT / "benches/traffic"
REPLAY = Path(__file__).with_name("replay.lua")

# Odd requests, which NGINX refuses or understands in its own way. Each gets one answer.
GARBAGE = [
    b"GET /%00 HTTP/1.1\r\nHost: shop.example\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: shop.example\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: shop.example\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: shop.example\r\nX: " + b"y" * 40_000 + b"\r\n\r\n",
    b"POST /x HTTP/1.1\r\nHost: shop.example\r\nContent-Length: -1\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
]


def request_bytes(path: Path, body: bytes | None = None) -> bytes:
    """A request of a traffic file as it goes over the wire; `body` instead of its own."""
    head, _, own = path.read_bytes().partition(b"\n\n")
    body = own.rstrip(b"\n") if body is None else body
    lines = [line for line in head.split(b"\n") if not line.lower().startswith((b"content-length:", b"connection:"))]
    if body or lines[0].startswith((b"POST", b"PUT", b"PATCH")):
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def folder(name: str) -> list[bytes]:
    """Every request of a folder of the traffic; those that make two requests out of one are left out."""
    paths = sorted((TRAFFIC / name).glob("*.http"))
    assert paths, f"no traffic in {TRAFFIC / name}"
    return [request_bytes(path) for path in paths if path.stem != "smuggling"]


def write(path: Path, requests: list[bytes]) -> Path:
    """A file that replay.lua reads."""
    path.write_bytes(b"".join(b"%d\n%s" % (len(request), request) for request in requests))
    return path


def mixed(seed: int = 1) -> list[bytes]:
    """Requests of every kind: ordinary ones, bodies small and large, attacks, and a few that NGINX refuses."""
    chance = random.Random(seed)
    form = TRAFFIC / "api/contact-form.http"
    bodies = [
        request_bytes(form, b"note=" + b"words+and+more+" * 2_000),
        request_bytes(form, b"x=" + chance.randbytes(20_000)),
        request_bytes(form, b"&".join(b"p%d=%d" % (n, n) for n in range(2_000))),
    ]
    requests = 8 * folder("browser") + 4 * folder("api") + folder("attack") + bodies + GARBAGE
    chance.shuffle(requests)
    return requests


def wrk(url: str, requests: Path, seconds: int, connections: int = 64, threads: int = 2) -> dict:
    """Sends the requests for so long; what wrk counted."""
    program = shutil.which("wrk")
    assert program, "wrk is not installed"
    done = subprocess.run(
        [
            program,
            f"-t{threads}",
            f"-c{connections}",
            f"-d{seconds}s",
            "--timeout",
            "10s",
            "-s",
            REPLAY,
            url,
            "--",
            requests,
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 60,
    )
    return json.loads(done.stdout.splitlines()[-1])
