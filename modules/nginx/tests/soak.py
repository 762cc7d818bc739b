#!/usr/bin/env python3
"""Memory of the workers under many requests of every kind: prints a table, fails if it grows. `soak.py --help` has the arguments."""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

import load
from conftest import Nginx, free_ports, metrics, wait_for

CONF = """
    keepalive_requests 100000;
    upstream origin {{ server 127.0.0.1:{origin}; keepalive 32; }}
    server {{
        listen 127.0.0.1:{port};
        client_body_buffer_size 64k;
        sidewatch on;
        sidewatch_events {folder}/events.jsonl findings rate=100r/s;
        sidewatch_events syslog:server=unix:{folder}/nobody.sock all sample=10%;
        location / {{ proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; }}
        location = /status {{ sidewatch off; sidewatch_status; }}
    }}
    server {{ listen 127.0.0.1:{origin}; location / {{ return 200 "{page}"; }} }}
"""

# Requests until the memory stands still: each of a worker's transactions has then had the largest of every kind of request,
# also those at the bottom of the pool, whose turn comes only when all connections are busy at once.
WARM_UP = 100_000


def memory(pid: int) -> dict:
    """What a process holds of its own, and its open files: KiB and a number."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {
        "anonymous": int(fields["RssAnon"].split()[0]),
        "resident": int(fields["VmRSS"].split()[0]),
        "files": len(list(Path(f"/proc/{pid}/fd").iterdir())),
    }


def soak(nginx: Nginx, number: int, samples: int = 20, workers: int = 2, out=None) -> list[str]:
    """Sends at least `number` requests after a warm-up, samples the workers' memory meanwhile; what is wrong, one line each."""
    port, origin = free_ports(2)
    page = "<!doctype html><title>shop</title>" + "<p>Garden chairs and tables.</p>" * 40
    nginx.configure(CONF.format(port=port, origin=origin, folder=nginx.folder, page=page), workers=workers)
    nginx.start(port)
    requests = load.write(nginx.folder / "requests", load.mixed())
    pids = nginx.workers()
    rows = []
    seconds = 1
    warm_up = max(WARM_UP, number // 5)
    print(
        f"{'requests':>10}  {'attacks':>9}  " + "  ".join(f"worker {pid}: own / resident KiB, files" for pid in pids),
        file=out,
    )
    while not rows or rows[-1][0] < warm_up + number:
        before = rows[-1][0] if rows else 0
        load.wrk(f"http://127.0.0.1:{port}/", requests, seconds, connections=16)
        got = metrics(port)
        sent = sum(int(value) for name, value in got.items() if name.startswith("sidewatch_requests_total"))
        attacks = int(got['sidewatch_requests_total{verdict="attack"}'])
        rows.append((sent, [memory(pid) for pid in pids]))
        cells = [f"{m['anonymous']:>18} / {m['resident']}, {m['files']}" for m in rows[-1][1]]
        print(f"{sent:>10}  {attacks:>9}  " + "  ".join(f"{cell:<38}" for cell in cells), file=out, flush=True)
        seconds = max(1, min(60, round(seconds * ((warm_up + number) / samples) / max(sent - before, 1))))
    wrong = [] if nginx.workers() == pids else [f"the workers {pids} are now {nginx.workers()}"]
    # Once warm the rest is to be flat: the first fifth after that compared with the last. A leak of a byte a request would
    # show in a million.
    warm = [row for row in rows if row[0] >= warm_up]
    fifth = max(len(warm) // 5, 1)
    for place, pid in enumerate(pids):
        early, late = (
            statistics.median(row[1][place]["anonymous"] for row in part) for part in (warm[:fifth], warm[-fifth:])
        )
        print(f"worker {pid}: {early:.0f} KiB at first, {late:.0f} KiB at last", file=out)
        if late > early + 512:
            wrong.append(f"worker {pid} has grown from {early:.0f} to {late:.0f} KiB")
        if rows[-1][1][place]["files"] > warm[0][1][place]["files"] + 70:
            wrong.append(f"worker {pid} holds {rows[-1][1][place]['files']} files")
    try:
        wait_for(lambda: metrics(port)['sidewatch_transactions{state="in_use"}'] == 0, "")
    except AssertionError:
        wrong.append("transactions are in use, and nobody sends anything")
    log = nginx.log()
    wrong += [line for line in log.splitlines() if "[alert]" in line or "[emerg]" in line or "no verdict" in line][:5]
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--requests",
        type=int,
        default=1_000_000,
        help="how many to send at least, after a warm-up (default: %(default)s)",
    )
    parser.add_argument(
        "--samples", type=int, default=20, help="how often to look at the memory (default: about %(default)s)"
    )
    parser.add_argument("--workers", type=int, default=2, help="worker processes (default: %(default)s)")
    arguments = parser.parse_args()
    if min(arguments.requests, arguments.samples - 4, arguments.workers) < 1:
        parser.error("at least 1 request, 5 samples and 1 worker are needed")
    with tempfile.TemporaryDirectory(prefix="sidewatch-soak-") as folder:
        Path(folder).chmod(0o755)
        nginx = Nginx(Path(folder))
        try:
            wrong = soak(nginx, arguments.requests, arguments.samples, arguments.workers)
        finally:
            nginx.stop()
    for line in wrong:
        print(f"error: {line}", file=sys.stderr)
    print("soak: " + ("failed" if wrong else "passed, memory is flat"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
