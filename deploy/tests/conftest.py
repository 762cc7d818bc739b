"""The shipped configurations, run as they are but for paths and ports, on loopback."""

import http.client
import json
import os
import socket
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
MODULE = ROOT / "build/nginx/ngx_http_sidewatch_module.so"
NGINX = os.environ.get("SIDEWATCH_NGINX", "/usr/sbin/nginx")
SQLI = "/items?id=1'+union+select+name,password+from+users--"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def free_ports(number):
    """Ports that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def wait_for(condition, what, timeout=10.0):
    """Waits until `condition` holds, and gives what it gave."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if got := condition():
            return got
        time.sleep(0.02)
    raise AssertionError(f"waited {timeout} s in vain: {what}")


def can_connect(port):
    try:
        socket.create_connection(("127.0.0.1", port), 0.5).close()
        return True
    except OSError:
        return False


def request(port, method, target, body=None, headers=None):
    """Sends one request; status and body of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(
            method, target, body, {"Host": "shop.example", "User-Agent": "Mozilla/5.0"} | (headers or {})
        )
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def replaced(text, *pairs):
    """`text` with every `(old, new)` replaced; each must be there, so that no test runs on what it did not mean to."""
    for old, new in pairs:
        assert old in text, f"{old!r} is not in the shipped file"
        text = text.replace(old, new)
    return text


class MirrorTarget:
    """deploy/nginx/mirror-target.conf, run by the NGINX of this machine."""

    def __init__(self, folder: Path):
        self.folder, self.process = folder, None
        (self.port,) = free_ports(1)
        self.events_file, self.pid_file = folder / "log/events.jsonl", folder / "run/nginx.pid"
        for name in ("log", "run", "lib"):
            (folder / name).mkdir()
        (folder / "policy.toml").write_text((DEPLOY / "nginx/policy.toml").read_text())
        self.conf = folder / "nginx.conf"
        text = replaced(
            (DEPLOY / "nginx/mirror-target.conf").read_text(),
            ("modules/ngx_http_sidewatch_module.so", str(MODULE)),
            ("/run/sidewatch", str(folder / "run")),
            ("/var/lib/sidewatch", str(folder / "lib")),
            ("/var/log/sidewatch", str(folder / "log")),
            ("/etc/sidewatch", str(folder)),
            ("127.0.0.1:8081", f"127.0.0.1:{self.port}"),
            ("error_log stderr", f"error_log {folder}/error.log"),
        )
        self.conf.write_text(("user root;\n" if os.geteuid() == 0 else "") + text)

    def start(self):
        self.process = subprocess.Popen(
            [NGINX, "-e", f"{self.folder}/error.log", "-c", str(self.conf), "-g", "daemon off;"]
        )
        wait_for(lambda: can_connect(self.port), "the mirror target listens")
        return self

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)

    def events(self, number=1, timeout=10.0):
        """The events written, once there are at least `number` of them."""

        def read():
            # What is being written is no line yet.
            lines = self.events_file.read_text().split("\n")[:-1] if self.events_file.exists() else []
            return [json.loads(line) for line in lines] if len(lines) >= number else None

        return wait_for(read, f"{number} event(s)", timeout)


@pytest.fixture
def target(tmp_path):
    """A running mirror target."""
    tmp_path.chmod(0o755)
    server = MirrorTarget(tmp_path)
    yield server.start()
    server.stop()
