"""The servers of the demo: the shop, a serving NGINX that mirrors, an NGINX that watches, and a recorder of packets."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
MODULE = ROOT / "build/nginx/ngx_http_sidewatch_module.so"
NGINX = os.environ.get("SIDEWATCH_NGINX", "/usr/sbin/nginx")

FRONT = """
    upstream shop {{ server 127.0.0.1:{shop}; keepalive 8; }}
    upstream watch {{ server 127.0.0.1:{watch}; keepalive 8; }}
    server {{
        listen 127.0.0.1:{front};
        underscores_in_headers on;
        client_max_body_size 16m;
        location / {{
            mirror /sidewatch-mirror;
            proxy_pass http://shop;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Connection "";
        }}
        location = /sidewatch-mirror {{
            internal;
            proxy_pass http://watch$request_uri;
            proxy_http_version 1.1;
            proxy_connect_timeout 200ms;
            proxy_read_timeout 500ms;
            proxy_set_header Host sidewatch;
            proxy_set_header Connection "";
            proxy_set_header X-Sidewatch-Method $request_method;
            proxy_set_header X-Sidewatch-Target $request_uri;
            proxy_set_header X-Sidewatch-Host $http_host;
            proxy_set_header X-Sidewatch-Protocol $server_protocol;
            proxy_set_header X-Sidewatch-Id $request_id;
            proxy_set_header X-Sidewatch-Client $remote_addr;
            proxy_set_header X-Sidewatch-Client-Port $remote_port;
            proxy_set_header X-Sidewatch-Transfer-Encoding $http_transfer_encoding;
        }}
    }}
"""
WATCH = """
    server {{
        listen 127.0.0.1:{watch};
        underscores_in_headers on;
        client_max_body_size 16m;
        location / {{ sidewatch_mirror_target; }}
    }}
    sidewatch_events {events};
"""


class Missing(Exception):
    """Something the online half needs is not there."""


def free_ports(number):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def wait_for(port, process, what):
    for _ in range(200):
        if process.poll() is not None:
            raise Missing(f"{what} ended at once with status {process.returncode}")
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        time.sleep(0.05)
    raise Missing(f"{what} does not listen on port {port}")


class Servers:
    """Starts everything on entry, stops everything on exit, whatever happens in between."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.events = folder / "events.jsonl"
        self.capture = folder / "traffic.pcap"
        self.front = self.recorder = None
        self.running = []

    def __enter__(self):
        if not Path(NGINX).exists():
            raise Missing(f"no NGINX at {NGINX}")
        if not MODULE.exists():
            raise Missing("the NGINX module has not been built")
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def start(self):
        shop, watch, self.front = free_ports(3)
        self.record()
        for name, port, command in (
            ("shop", shop, [sys.executable, str(HERE / "app.py"), str(shop)]),
            (
                "watching NGINX",
                watch,
                self.nginx("watch", WATCH.format(watch=watch, events=self.events)),
            ),
            (
                "serving NGINX",
                self.front,
                self.nginx("front", FRONT.format(front=self.front, shop=shop, watch=watch)),
            ),
        ):
            log = (self.folder / f"{name.split()[0]}.log").open("wb")
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            self.running.append((name, process))
            wait_for(port, process, name)

    def nginx(self, name, http):
        prefix = self.folder / name
        prefix.mkdir(exist_ok=True)
        user = "user root;" if os.geteuid() == 0 else ""
        load = f"load_module {MODULE};" if "sidewatch_events" in http else ""
        temp = "".join(f"{t}_temp_path {prefix}/{t}; " for t in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        conf = prefix / "nginx.conf"
        conf.write_text(
            f"{user}\n{load}\nworker_processes 2;\ndaemon off;\npid {prefix}/nginx.pid;\nerror_log {prefix}/error.log;\n"
            f"events {{ worker_connections 512; }}\nhttp {{\n    {temp}\n    access_log {prefix}/access.log;\n{http}}}\n"
        )
        command = [
            NGINX,
            "-p",
            str(prefix),
            "-c",
            str(conf),
            "-e",
            str(prefix / "error.log"),
        ]
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True, timeout=20)
        if checked.returncode:
            raise Missing(f"NGINX refuses its configuration: {checked.stderr.strip()}")
        return command

    def record(self):
        """Records the serving NGINX's traffic, where there is tcpdump and the right to use it."""
        if shutil.which("tcpdump") is None:
            return
        command = ["tcpdump", "-i", "lo", "-U", "-s", "0", "-B", "32768", "-w", str(self.capture),
                   f"tcp port {self.front} and host 127.0.0.1 or tcp port {self.front} and net 127.0.0.0/8"]  # fmt: skip
        if os.geteuid() == 0:
            command[1:1] = ["-Z", "root"]
        with (self.folder / "tcpdump.log").open("wb") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for _ in range(60):
            if process.poll() is not None:
                return  # no right to capture: the demo says so
            if b"listening on" in (self.folder / "tcpdump.log").read_bytes():
                self.recorder = process
                self.running.append(("tcpdump", process))
                return
            time.sleep(0.05)
        process.kill()

    def __exit__(self, *_):
        time.sleep(0.5 if self.recorder else 0)  # the kernel hands the last packets to the recorder
        for _, process in reversed(self.running):
            process.send_signal(signal.SIGTERM)
        for _, process in reversed(self.running):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()
