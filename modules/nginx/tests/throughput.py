#!/usr/bin/env python3
"""Requests a second through NGINX with the module on, in line and off, and with ModSecurity and the OWASP CRS in its place.

Servers that differ in nothing else take turns in short rounds: wrk sends the page views and API calls of benches/traffic over 64
connections, GETs are answered from a file, POSTs go to an application (another NGINX). Medians are printed and written as JSON.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import load
from conftest import MODULE, NGINX, ROOT, Nginx, free_ports

MODSECURITY = Path("/usr/lib/nginx/modules/ngx_http_modsecurity_module.so")
CRS = Path("/usr/share/modsecurity-crs/rules")
# What Debian's package recommends and brings, but for its audit log, which the others do not write either.
RULES = """
Include /etc/nginx/modsecurity.conf
Include /etc/modsecurity/crs/crs-setup.conf
Include /usr/share/modsecurity-crs/rules/*.conf
SecRuleEngine {mode}
SecAuditEngine Off
SecDebugLogLevel 0
"""
SERVER = """
    keepalive_requests 1000000;
    open_file_cache max=100;
    upstream application {{ server 127.0.0.1:{origin}; keepalive 64; }}
    server {{
        listen 127.0.0.1:{port};
        client_body_buffer_size 64k;
        {engine}
        location / {{ root {html}; try_files /index.html =404; }}
        {posts}
    }}
"""
PAGE = "<!doctype html><title>shop</title>\n" + "<p>Garden chairs and tables.</p>\n" * 30


def engines(folder: Path) -> dict:
    """The engines by name: directives of the server, module, main directives."""
    (folder / "rules.conf").write_text(RULES.format(mode="DetectionOnly"))
    found = {
        "module off": ("sidewatch off;", MODULE, ""),
        "sidewatch on (observer)": ("sidewatch on;", MODULE, ""),
        "sidewatch block (in line)": ("sidewatch block;", MODULE, ""),
    }
    if MODSECURITY.exists() and CRS.exists():
        rules = f"modsecurity on; modsecurity_rules_file {folder}/rules.conf;"
        found["ModSecurity 3 + CRS"] = (rules, None, f"load_module {MODSECURITY};")
    else:
        print(
            "ModSecurity is left out: libnginx-mod-http-modsecurity and modsecurity-crs are not installed",
            file=sys.stderr,
        )
    return found


def processor_seconds(pids: list[int]) -> float:
    """What the processes have had of the processor, user and system."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def start(folder: Path, name: str, engine: tuple, origin: int, posts: list[str], workers: int):
    """A server with this engine; it and its port."""
    directives, module, main = engine
    folder.mkdir()
    folder.chmod(0o755)
    nginx = Nginx(folder)
    (folder / "html/index.html").write_text(PAGE)
    (port,) = free_ports(1)
    places = "\n".join(
        f"location = {post} {{ proxy_pass http://application; proxy_http_version 1.1; proxy_set_header Connection ''; }}"
        for post in posts
    )
    nginx.configure(
        SERVER.format(port=port, origin=origin, engine=directives, html=folder / "html", posts=places),
        workers=workers, module=module, main=main, connections=1024,
    )  # fmt: skip
    try:
        nginx.start(port)
    except AssertionError:
        print(f"{name} does not start:\n{nginx.test()[1]}", file=sys.stderr)
        raise
    return nginx, port


def measure(rounds: int, seconds: int, workers: int, folder: Path) -> list[dict]:
    requests = load.folder("browser") + load.folder("api")
    replay = load.write(folder / "requests", requests)
    posts = sorted({r.split()[1].partition(b"?")[0].decode() for r in requests if r.startswith(b"POST")})
    (origin,) = free_ports(1)
    application = Nginx(folder)
    application.configure(
        f'server {{ listen 127.0.0.1:{origin}; keepalive_requests 1000000; location / {{ return 200 "ok\\n"; }} }}',
        module=None, connections=1024,
    )  # fmt: skip
    servers = {"application": application}
    results = {}
    try:
        application.start(origin)
        for name, engine in engines(folder).items():
            place = folder / str(len(servers))
            servers[name], port = start(place, name, engine, origin, posts, workers)
            results[name] = {"port": port, "rounds": []}
        for number in range(rounds + 1):
            for name, result in results.items():
                pids = servers[name].workers()
                before = processor_seconds(pids)
                got = load.wrk(f"http://127.0.0.1:{result['port']}/", replay, seconds if number else 1)
                got["cpu"] = (processor_seconds(pids) - before) / got["requests"]
                if got["not_2xx"] or got["timeout"]:
                    raise SystemExit(
                        f"{name}: {got['not_2xx']} of {got['requests']} answers are errors, {got['timeout']} came too late"
                    )
                # The first round warms everything up.
                if number:
                    result["rounds"].append(got)
    finally:
        for server in servers.values():
            server.stop()
    rows = []
    for name, result in results.items():
        rows.append(
            {
                "work": "browser GETs of 1 KB and API POSTs",
                "engine": name,
                "requests_per_second": round(
                    statistics.median(r["requests"] * 1e6 / r["microseconds"] for r in result["rounds"])
                ),
                "cpu_us_per_request": round(statistics.median(r["cpu"] for r in result["rounds"]) * 1e6, 1),
                "p50_ms": statistics.median(r["p50"] for r in result["rounds"]) / 1000,
                "p99_ms": statistics.median(r["p99"] for r in result["rounds"]) / 1000,
                "requests": sum(r["requests"] for r in result["rounds"]),
                "rounds": len(result["rounds"]),
            }
        )
    return rows


def table(rows: list[dict]) -> str:
    off = rows[0]
    lines = [
        "| engine | requests/s | of off | CPU a request, µs | more than off, µs | p50, ms | p99, ms |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        share = row["requests_per_second"] / off["requests_per_second"]
        more = row["cpu_us_per_request"] - off["cpu_us_per_request"]
        lines.append(
            f"| {row['engine']} | {row['requests_per_second']:,} | {share:.1%} | {row['cpu_us_per_request']} | {more:.1f} "
            f"| {row['p50_ms']:.2f} | {row['p99_ms']:.2f} |"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each server (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=3, help="seconds of a round (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="worker processes (default: %(default)s)")
    parser.add_argument(
        "--json",
        type=Path,
        default=ROOT / "target/bench-nginx.json",
        help="where the figures go (default: %(default)s)",
    )
    arguments = parser.parse_args()
    if min(arguments.rounds, arguments.seconds, arguments.workers) < 1:
        parser.error("at least 1 round, 1 second and 1 worker are needed")
    with tempfile.TemporaryDirectory(prefix="sidewatch-throughput-") as folder:
        Path(folder).chmod(0o755)
        rows = measure(arguments.rounds, arguments.seconds, arguments.workers, Path(folder))
    version = (
        subprocess.run([NGINX, "-v"], capture_output=True, text=True, check=True).stderr.strip().rpartition(" ")[2]
    )
    print(
        f"{version}, {arguments.workers} workers, {os.cpu_count()} processors ({platform.machine()}), wrk on the same machine\n"
    )
    print(table(rows))
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(
        json.dumps({"nginx": version, "workers": arguments.workers, "rows": rows}, indent=2) + "\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
