"""A real NGINX with the module, in each of its positions. Every case has a connection of its own, known again by its port."""

import os
import signal
from contextlib import closing
from pathlib import Path

from ..cases import POLICY, ROOT, Case
from ..origin import Origin
from . import Closed, Events, serving

POSITIONS = {"mirror": "", "observer": "sidewatch monitor;", "inline": "sidewatch block;"}
DOORS = tuple(f"nginx-{position}{version}" for position in POSITIONS for version in ("", "-h2"))
MODULE = ROOT / "build/nginx/ngx_http_sidewatch_module.so"
NGINX = os.environ.get("SIDEWATCH_NGINX", "/usr/sbin/nginx")

# The serving NGINX as modules/nginx/README.md shows it.
SERVER = """
    server {{
        listen 127.0.0.1:{port}{http2};
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
    position = door.split("-")[1]
    given = {
        "server": POSITIONS[position],
        "location": "",
        "more": "",
        "http2": " http2" if door.endswith("-h2") else "",
    }
    if position != "mirror":
        return SERVER.format(port=port, origin=origin, **given)
    given |= {"location": "mirror /sidewatch-mirror;", "more": MIRROR.format()}
    return SERVER.format(port=port, origin=origin, **given) + WATCH.format(watch=watch)


def through(door: str, cases: list[Case]) -> dict[str, list[dict]]:
    """The events of the cases in one position."""
    port, watch = serving.free_ports(2)
    with closing(Origin()) as origin, serving.folder(door, "error.log") as folder:
        write_configuration(folder, configuration(door, port, watch, origin.port))
        log = folder / "error.log"
        command = [NGINX, "-p", folder, "-c", folder / "nginx.conf", "-e", log]
        with serving.running(command, port, log) as process:
            names = serving.send(door, port, origin, cases)
            serving.stop(process, signal.SIGQUIT)  # after the requests under way
        return serving.read(folder / "events.jsonl", names)


def write_configuration(folder: Path, http: str) -> None:
    """Writes nginx.conf."""
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
    sidewatch_policy {POLICY};
    sidewatch_events {folder}/events.jsonl all;
    {http}
}}
""")
