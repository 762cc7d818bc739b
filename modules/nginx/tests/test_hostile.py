"""Hostile clients: garbage, half requests, slow ones, gigantic ones, resets, crowds. Nothing changes for the others."""

import contextlib
import random
import re
import shutil
import socket
import struct
import subprocess
import threading
import time

import pytest
from conftest import SQLI, free_ports, metrics, request, wait_for

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
HEAD = b"POST /items HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/x-www-form-urlencoded\r\n"
SECONDS = 3


class Neighbour(threading.Thread):
    """A client that behaves, meanwhile: every request has to be answered, and judged as it deserves."""

    def __init__(self, port):
        super().__init__()
        self.port = port
        self.done = threading.Event()
        self.sent = 0
        self.wrong = []

    def run(self):
        while not self.done.is_set() and not self.wrong:
            number = self.sent
            for method, target, body in (
                ("GET", f"/plain?n={number}", None),
                ("GET", f"{SQLI}&n={number}", None),
                ("POST", f"/login?n={number}", b"user=admin'+or+1%3D1--+"),
            ):
                try:
                    answer = request(self.port, method, target, body, FORM if body else None)
                except OSError as error:
                    answer = error
                if answer != (200, b"origin\n"):
                    self.wrong.append((target, answer))
            self.sent += 1


@contextlib.contextmanager
def besides(nginx):
    """Serves a site and a neighbour who uses it; at the end nothing may have changed for either. Gives the port."""
    port, origin = free_ports(2)
    nginx.configure(
        f"""
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        sidewatch on;
        client_header_timeout 2s;
        client_body_timeout 2s;
        location / {{ proxy_pass http://127.0.0.1:{origin}; }}
        location = /status {{ sidewatch off; sidewatch_status; }}
    }}
    server {{ listen 127.0.0.1:{origin}; location / {{ return 200 "origin\\n"; }} }}
""",
        workers=2,
        main="worker_rlimit_nofile 16384;",
        connections=8192,
    )
    nginx.start(port)
    workers = nginx.workers()
    neighbour = Neighbour(port)
    neighbour.start()
    try:
        yield port
    finally:
        neighbour.done.set()
        neighbour.join(30)
    assert neighbour.wrong == []
    assert neighbour.sent > 0
    attacks = [re.escape(SQLI) + r"&n=(\d+)", r"/login\?n=(\d+)"]
    want = list(range(neighbour.sent))
    nginx.events(2 * neighbour.sent)

    def seen():
        targets = [(e["verdict"], e["request"]["target"]) for e in nginx.events() if "request" in e]
        found = [[re.fullmatch(a, t) for v, t in targets if v == "attack"] for a in attacks]
        return all(sorted(int(m[1]) for m in matches if m) == want for matches in found)

    wait_for(seen, "each attack of the neighbour is an event, once")
    assert not [e for e in nginx.events() if e.get("request", {}).get("target", "").startswith("/plain")]
    assert nginx.workers() == workers, "the workers live"
    wait_for(lambda: metrics(port)['sidewatch_transactions{state="in_use"}'] == 0, "no transaction is left over", 15)
    got = metrics(port)
    assert got["sidewatch_panics_total"] == got["sidewatch_library_errors_total"] == 0
    bad = [line for line in nginx.log().splitlines() if re.search(r"\[(alert|crit|emerg)\]", line)]
    assert bad == []


def crowd(port, number):
    return [socket.create_connection(("127.0.0.1", port), 5) for _ in range(number)]


def close(sockets, reset=False):
    for s in sockets:
        if reset:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.close()


def send(s, data):
    """As much as the server takes: it may have closed."""
    s.settimeout(2)
    with contextlib.suppress(OSError):
        s.sendall(data)


def test_garbage(nginx):
    chance = random.Random(1)
    with besides(nginx) as port:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            sockets = crowd(port, 20)
            for s in sockets:
                data = bytearray(chance.randbytes(chance.randrange(1, 4000)))
                if chance.random() < 0.5:
                    data[:0] = chance.choice(
                        [b"GET ", b"POST / HTTP/1.1\r\n", HEAD, b"\x16\x03\x01", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]
                    )
                send(s, data)
            close(sockets, reset=chance.random() < 0.5)


def test_half_requests(nginx):
    whole = HEAD + b"Content-Length: 27\r\n\r\nuser=admin'+or+1%3D1--+end"
    with besides(nginx) as port:
        sockets = crowd(port, 4 * len(whole))
        for n, s in enumerate(sockets):
            send(s, whole[: n // 4])
        time.sleep(1)
        close(sockets[::2])
        close(sockets[1::2], reset=True)


def test_resets_in_the_middle_of_bodies(nginx):
    with besides(nginx) as port:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            sockets = crowd(port, 20)
            for n, s in enumerate(sockets):
                framing = (
                    b"Content-Length: 1000000\r\n\r\n" if n % 2 else b"Transfer-Encoding: chunked\r\n\r\nfffff\r\n"
                )
                send(s, HEAD + framing + b"a=1'+union+select&" + b"words+and+" * 180 * n)
            close(sockets, reset=True)


def test_gigantic_heads(nginx):
    heads = [
        b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nCookie: " + b"a=b; " * 200_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(100_000)) + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(2_000)) + b"\r\n",
        b"A" * 1_000_000,
    ]
    with besides(nginx) as port:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            sockets = crowd(port, len(heads))
            for s, head in zip(sockets, heads, strict=True):
                send(s, head)
            close(sockets)


def test_thousands_of_connections(nginx):
    with besides(nginx) as port:
        sockets = crowd(port, 3_000)
        for n, s in enumerate(sockets):
            if n % 3:
                send(s, b"GET / HTTP/1.1\r\nHost: x\r\n" + (b"\r\n" if n % 3 == 1 else b""))
        time.sleep(SECONDS)
        close(sockets, reset=True)


@pytest.mark.skipif(not shutil.which("slowhttptest"), reason="slowhttptest is not installed")
@pytest.mark.parametrize(
    "attack", [["-H"], ["-B", "-s", "8192"], ["-X", "-w", "10", "-y", "20", "-n", "1"], ["-R"]], ids=lambda a: a[0]
)
def test_slowhttptest(nginx, attack):
    """Slow heads, slow bodies, slow readers, and ranges without end."""
    with besides(nginx) as port:
        done = subprocess.run(
            [
                "slowhttptest",
                *attack,
                "-c",
                "400",
                "-r",
                "400",
                "-i",
                "1",
                "-l",
                str(SECONDS + 2),
                "-p",
                "3",
                "-u",
                f"http://127.0.0.1:{port}/slow",
            ],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=nginx.folder,
        )
        assert "Exit status" in done.stdout, done.stdout + done.stderr
