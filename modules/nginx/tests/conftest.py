"""A real NGINX with the module, configured by each test, on loopback ports of its own."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from upstreams import Upstream, swallow

ROOT = Path(__file__).resolve().parents[3]

MODULE = Path(os.environ.get("SIDEWATCH_NGINX_MODULE", ROOT / "build/nginx/ngx_http_sidewatch_module.so"))
# Not NGINX, in which NGINX itself looks for the sockets of its predecessor.
NGINX = os.environ.get("SIDEWATCH_NGINX", "/usr/sbin/nginx")


def free_ports(number):
    """Ports that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Nginx:
    """One NGINX master: configuration, life, requests, events."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.events_file = folder / "events.jsonl"
        self.error_log = folder / "error.log"
        self.process = None
        self.number = 1  # of workers
        self.killed = False  # a test killed a worker: the error log may tell so
        for name in ("html", "logs"):
            (folder / name).mkdir(exist_ok=True)

    def configure(
        self,
        http: str,
        workers: int = 1,
        main: str = "",
        module: Path | None = MODULE,
        connections: int = 256,
    ):
        """Writes nginx.conf with `http` inside the http block; without the module's directives if there is none."""
        self.number = workers
        user = "user root;" if os.geteuid() == 0 else ""
        temp = "\n".join(
            f"{kind}_temp_path {self.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (self.folder / "nginx.conf").write_text(
            f"""{user}
{f"load_module {module};" if module else ""}
worker_processes {workers};
daemon off;
pid {self.folder}/nginx.pid;
error_log {self.error_log} info;
{main}
events {{ worker_connections {connections}; }}
http {{
    {temp}
    access_log off;
    client_body_buffer_size 8k;
    client_max_body_size 64m;
    {f"sidewatch_events {self.events_file};" if module else ""}
    {http}
}}
"""
        )

    def command(self, *args):
        return [NGINX, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"), "-e", str(self.error_log), *args]

    def test(self):
        """What `nginx -t` says: exit status and text."""
        done = subprocess.run(self.command("-t"), capture_output=True, text=True, timeout=20)
        return done.returncode, done.stderr

    def start(self, port):
        status, text = self.test()
        assert status == 0, text
        self.process = subprocess.Popen(self.command())
        wait_for(lambda: can_connect(port), "NGINX listens")
        wait_for(lambda: len(self.workers()) == self.number, f"{self.number} worker(s) serve")

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise
        log = self.log()
        assert self.killed or "exited on signal" not in log, log[-2000:]

    def log(self):
        """The error log; garbage stands there as it was sent."""
        return self.error_log.read_text(errors="replace") if self.error_log.exists() else ""

    def workers(self):
        """The process ids of the workers that serve."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        titles = {}
        for pid in children:
            with contextlib.suppress(OSError):  # one that has just ended
                titles[int(pid)] = Path(f"/proc/{pid}/cmdline").read_bytes()
        return sorted(pid for pid, title in titles.items() if title.startswith(b"nginx: worker process\0"))

    def events(self, number=1, timeout=15.0):
        """The events written, once there are at least `number` of them."""

        def read():
            if not self.events_file.exists():
                return []
            # What is being written is no line yet.
            lines = self.events_file.read_text().split("\n")[:-1]
            return [json.loads(line) for line in lines] if len(lines) >= number else []

        wait_for(lambda: len(read()) >= number, f"{number} event(s)", timeout)
        return read()

    def no_event(self, wait=0.3):
        time.sleep(wait)
        return not self.events_file.exists() or self.events_file.stat().st_size == 0


def wait_for(condition, what, timeout=10.0):
    """Waits until `condition` holds."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if condition():
            return
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
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        headers = {"Host": "shop.example", "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"} | (headers or {})
        if body is not None and "Transfer-Encoding" not in headers:
            headers["Content-Length"] = str(len(body))
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        if body is not None:
            connection.send(body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def metrics(port, target="/status"):
    """What the status location shows, as Prometheus' own parser reads it: series to value."""
    status, text = request(port, "GET", target)
    assert status == 200
    got = {}
    for family in text_string_to_metric_families(text.decode()):
        assert family.documentation and family.type in ("counter", "gauge"), family
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
            series = sample.name + (f"{{{labels}}}" if labels else "")
            assert series not in got, f"{series} stands there twice"
            got[series] = sample.value
    return got


def settled(port):
    """The same once no request is under way: an answer may be here before the worker that gave it has counted the request, but
    each is counted before its transaction is given back."""
    shown = {}

    def nothing_in_use():
        shown.update(metrics(port))
        return shown['sidewatch_transactions{state="in_use"}'] == 0

    wait_for(nothing_in_use, "no transaction is in use")
    return shown


def raw(port, data):
    """Sends bytes and reads until the server closes."""
    with socket.create_connection(("127.0.0.1", port), 2) as s:
        s.sendall(data)
        got = b""
        try:
            while chunk := s.recv(65536):
                got += chunk
        except TimeoutError:
            pass  # NGINX lingers after it has refused a body
        return got


@pytest.fixture
def nginx(tmp_path):
    tmp_path.chmod(0o755)
    server = Nginx(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def upstream():
    """Makes applications; without an argument, one that reads requests and answers 200."""
    made = []

    def make(answer=swallow):
        made.append(Upstream(answer))
        return made[-1]

    yield make
    for one in made:
        one.close()


SQLI = "/items?id=1'+union+select+name,password+from+users--"
HINT = "/items?id=1+or+1"
"""Mirror configuration that keeps what the original request was; README.md shows the same."""
MIRROR = """
    upstream origin {{ server 127.0.0.1:{origin}; }}
    upstream watch {{ server 127.0.0.1:{watch}; }}
    server {{
        listen 127.0.0.1:{front};
        underscores_in_headers on;
        location / {{
            mirror /sidewatch-mirror;
            proxy_pass http://origin;
            proxy_set_header Host $http_host;
        }}
        location = /sidewatch-mirror {{
            internal;
            proxy_pass http://watch$request_uri;
            proxy_http_version 1.1;
            proxy_connect_timeout 200ms;
            proxy_read_timeout 500ms;
            proxy_set_header Host sidewatch;
            proxy_set_header X-Sidewatch-Host $http_host;
            proxy_set_header X-Sidewatch-Method $request_method;
            proxy_set_header X-Sidewatch-Target $request_uri;
            proxy_set_header X-Sidewatch-Protocol $server_protocol;
            proxy_set_header X-Sidewatch-Id $request_id;
            proxy_set_header X-Sidewatch-Client $remote_addr;
            proxy_set_header X-Sidewatch-Client-Port $remote_port;
            proxy_set_header X-Sidewatch-Transfer-Encoding $http_transfer_encoding;
        }}
    }}
    server {{
        listen 127.0.0.1:{origin};
        location / {{ return 200 "ok\\n"; }}
    }}
    server {{
        listen 127.0.0.1:{watch};
        underscores_in_headers on;
        location / {{ sidewatch_mirror_target; }}
    }}
"""


@pytest.fixture
def mirror(nginx):
    """A serving NGINX that mirrors to a sidewatch NGINX; gives the server and the port to send to."""
    front, origin, watch = free_ports(3)
    nginx.configure(MIRROR.format(front=front, origin=origin, watch=watch), workers=2)
    nginx.start(watch)
    return nginx, front
