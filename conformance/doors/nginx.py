"""A real NGINX with the module, in each of its positions. Every case has a connection of its own, known again by its port."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from .. import client
from ..cases import POLICY, ROOT, Case
from ..origin import Origin
from . import Closed, Events

DOORS = ("nginx-mirror", "nginx-observer")
MODULE = ROOT / "build/nginx/ngx_http_sidewatch_module.so"
NGINX = os.environ.get("NGINX", "/usr/sbin/nginx")
PATIENCE = 15.0

# The serving NGINX as modules/nginx/README.md shows it.
SERVER = """
    server {{
        listen 127.0.0.1:{port};
        underscores_in_headers on;
        {server}
        location / {{
            {location}
            proxy_pass http://127.0.0.1:{origin};
            proxy_set_header Host $http_host;
        }}
        {more}
    }}
"""
MIRROR = """
        location = /sidewatch-mirror {{
            internal;
            proxy_pass http://watch$request_uri;
            proxy_http_version 1.1;
            proxy_connect_timeout 2s;
            proxy_read_timeout 5s;
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
"""
WATCH = """
    upstream watch {{ server 127.0.0.1:{watch}; keepalive 16; }}
    server {{
        listen 127.0.0.1:{watch};
        underscores_in_headers on;
        client_max_body_size 0;
        location / {{ sidewatch_mirror_target; }}
    }}
"""


def play(cases: list[Case], doors: list[str]) -> Events:
    """Plays the cases through one NGINX a door."""
    if not MODULE.exists():
        raise Closed(f"no {MODULE.relative_to(ROOT)}: run scripts/build.sh nginx")
    return {door: through(door, cases) for door in doors}


def configuration(door: str, port: int, watch: int, origin: int) -> str:
    """The http block of a door."""
    given = {"server": "", "location": "", "more": ""}
    if door == "nginx-mirror":
        given |= {"location": "mirror /sidewatch-mirror;", "more": MIRROR.format()}
    else:
        given |= {"server": "sidewatch on;"}
    text = SERVER.format(port=port, origin=origin, **given)
    return text + (WATCH.format(watch=watch) if door == "nginx-mirror" else "")


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def through(door: str, cases: list[Case]) -> dict[str, list[dict]]:
    """The events of the cases in one position."""
    origin, folder = Origin(), Path(tempfile.mkdtemp(prefix="sidewatch-conformance-"))
    port, watch = free_ports(2)
    temps = "".join(f"{k}_temp_path {folder}/{k};" for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(f"""{user}
load_module {MODULE};
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{ worker_connections 512; }}
http {{
    {temps}
    access_log off;
    client_body_buffer_size 8k;
    client_max_body_size 0;
    client_header_timeout 2s;
    client_body_timeout 2s;
    sidewatch_policy {POLICY};
    sidewatch_events {folder}/events.jsonl all;
    {configuration(door, port, watch, origin.port)}
}}
""")
    process = subprocess.Popen([NGINX, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"])
    try:
        wait_until_it_listens(port, process, folder)
        names = {}
        for case in cases:
            origin.plan([e.response for e in case.exchanges])
            own = client.play(port, case)
            if own in names:
                raise Closed("a client port was used twice")
            names[own] = case.name
        process.send_signal(signal.SIGQUIT)  # after the requests under way
        process.wait(PATIENCE)
        return grouped(folder / "events.jsonl", names)
    except subprocess.TimeoutExpired as e:
        raise Closed(f"NGINX did not end: {(folder / 'error.log').read_text()[-1000:]}") from e
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        origin.close()
        log = (folder / "error.log").read_text() if (folder / "error.log").exists() else ""
        kept = ROOT / f"target/conformance/{door}.log"
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(log)
        shutil.rmtree(folder)


def wait_until_it_listens(port: int, process: subprocess.Popen, folder: Path) -> None:
    """Waits for NGINX, or tells why it does not start."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
            return
        except OSError:
            time.sleep(0.02)
    log = folder / "error.log"
    raise Closed(f"NGINX does not start: {log.read_text()[-1000:] if log.exists() else NGINX}")


def grouped(file: Path, names: dict[int, str]) -> dict[str, list[dict]]:
    """The events of a file by the case that the client's port tells."""
    out = defaultdict(list)
    for line in file.read_text("utf-8").splitlines():
        event = json.loads(line)
        name = names.get(event["client"]["port"])
        if name is not None:
            out[name].append(event)
    return out
