"""The demo: attacks a mirrored NGINX on loopback and shows what sidewatch found. `make demo` prepares and runs it.

    python demo/run.py [--offline] [--sqlmap SECONDS]

Exit status: 0 if attacks were found and no ordinary request was flagged, 1 if not, 2 if the demo could not run.
"""

import argparse
import collections
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import attacks
import traffic
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text
from servers import HERE, ROOT, Missing, Servers

FOLDER = ROOT / "build" / "demo"
BUNDLED = HERE / "traffic.pcap.gz"
ORDINARY = "127.0.1."
SIDEWATCH = Path(sys.executable).with_name("sidewatch")
console = Console(width=max(Console().width, 120), highlight=False)


def online(sqlmap_seconds):
    """Runs the servers and the traffic. Gives the events that NGINX wrote, and the capture, if one could be made."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Servers(FOLDER) as servers, Progress(*columns, console=console) as progress:

        def bar(what, total):
            task = progress.add_task(what, total=total)
            return lambda done: progress.update(task, completed=done)

        sent = traffic.send(
            servers.front,
            bar("ordinary traffic: browsers, apps, uploads", traffic.TOTAL),
        )
        attacks.run_curls(servers.front, bar("attacks sent by curl", len(attacks.CURLS)))
        done = bar("path probing by ffuf", 1)
        ffuf = attacks.run_ffuf(servers.front, FOLDER, 20)
        done(1)
        done = bar(f"SQL injection by sqlmap, {sqlmap_seconds} s at most", 1)
        sqlmap = attacks.run_sqlmap(servers.front, FOLDER, sqlmap_seconds)
        done(1)
        time.sleep(0.5)
    console.print(
        f"sent {sent} ordinary requests and {len(attacks.CURLS)} attacks by curl; ffuf: {ffuf}; sqlmap: {sqlmap}"
    )
    events = read_events(servers.events)
    return events, servers.capture if servers.recorder else None


def read_events(path):
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def scan(capture):
    """What `sidewatch scan` says of a capture."""
    out = FOLDER / "scan.jsonl"
    command = [
        str(SIDEWATCH),
        "scan",
        str(capture),
        "--format",
        "jsonl",
        "-o",
        str(out),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode not in (0, 1):
        raise Missing(f"'{' '.join(command)}' failed with status {done.returncode}: {done.stderr.strip()}")
    console.print(
        f"$ sidewatch scan {capture.relative_to(ROOT)} --format jsonl -o {out.relative_to(ROOT)}",
        style="dim",
    )
    return read_events(out)


def show(events, title):
    """One row for each way in which something was found, the rest counted."""
    table = Table(title=title, title_justify="left", expand=True)
    for name, options in (
        ("client", {"no_wrap": True}),
        ("request", {"ratio": 3, "no_wrap": True, "overflow": "ellipsis"}),
        ("class", {"no_wrap": True}),
        ("point", {"ratio": 2, "overflow": "fold"}),
        ("excerpt", {"ratio": 3, "no_wrap": True, "overflow": "ellipsis"}),
        ("sure", {"justify": "right"}),
        ("why", {"ratio": 5}),
    ):
        table.add_column(name, **options)
    seen, more = set(), 0
    for event in events:
        for finding in event["findings"]:
            if finding["confidence"] < 50:
                continue  # hints: they are in the events
            key = (
                finding["class"],
                finding["technique"],
                finding["point"].split("|")[0].split(".")[0],
            )
            if key in seen:
                more += 1
                continue
            seen.add(key)
            request = event.get("request") or {"method": "?", "target": "?"}
            cells = [
                (event.get("client") or {}).get("ip", "?"),
                f"{request['method']} {request['target']}",
                finding["class"],
                finding["point"],
                finding["excerpt"],
                str(finding["confidence"]),
                finding["reason"],
            ]
            table.add_row(*(Text(cell) for cell in cells))
    console.print(table)
    if more:
        console.print(f"and {more} findings of the kinds above")


def summary(events):
    """Counts by class, and the ordinary requests that were flagged."""
    attack = [e for e in events if e["verdict"] == "attack"]
    classes = collections.Counter(c for e in attack for c in e["classes"])
    flagged = [e for e in attack if (e.get("client") or {}).get("ip", "").startswith(ORDINARY)]
    table = Table(title="requests by class", title_justify="left")
    table.add_column("class")
    table.add_column("requests", justify="right")
    for name, number in classes.most_common():
        table.add_row(name, str(number))
    console.print(table)
    console.print(f"attacks: [bold]{len(attack)}[/] requests")
    style = "bold red" if flagged else "bold green"
    console.print(f"ordinary requests flagged: [{style}]{len(flagged)}[/] of {traffic.TOTAL}")
    for event in flagged:
        finding = event["findings"][0]
        console.print(
            Text(f"  {event['request']['target']}: {finding['class']} at {finding['point']}: {finding['excerpt']}")
        )
    return attack, flagged


def missed(events):
    """The attacks by curl that were not found, by class and target."""
    found = collections.Counter()
    for event in events:
        if event["verdict"] == "attack" and (event.get("client") or {}).get("ip") == attacks.CURL_ADDRESS:
            found.update((c, event["request"]["target"]) for c in event["classes"])
    wanted = collections.Counter((c.wants, c.target) for c in attacks.CURLS)
    return [key for key, number in wanted.items() if found[key] < number]


def fingerprint(events):
    """What must be equal, however the traffic was seen."""
    rows = collections.Counter()
    for event in events:
        if event["verdict"] == "attack":
            client = (event.get("client") or {}).get("ip")
            rows[
                client,
                event["request"]["method"],
                event["request"]["target"],
                tuple(event["classes"]),
            ] += 1
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--offline",
        action="store_true",
        help="only scan the capture that comes with the demo",
    )
    parser.add_argument(
        "--sqlmap",
        type=int,
        default=60,
        metavar="SECONDS",
        help="time for sqlmap (default 60)",
    )
    options = parser.parse_args()
    began = time.monotonic()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    events = capture = None
    if not options.offline:
        try:
            events, capture = online(options.sqlmap)
        except Missing as reason:
            console.print(f"[yellow]cannot go online: {reason}[/]\nshowing the offline half instead")
    if events is None:
        events = scan(BUNDLED)
        show(
            events,
            f"what sidewatch found in {BUNDLED.relative_to(ROOT)}, recorded from a run of this demo",
        )
        attack, flagged = summary(events)
        console.print(f"events: {(FOLDER / 'scan.jsonl').relative_to(ROOT)}")
        return finish(began, attack, flagged)
    show(events, "what the watching NGINX found in the mirrored traffic")
    attack, flagged = summary(events)
    for name, target in missed(events):
        console.print(Text(f"not found: {name} in {target}", style="yellow"))
    console.print(f"events: {(FOLDER / 'events.jsonl').relative_to(ROOT)} (JSON lines)\n")
    if capture is None:
        console.print("[yellow]no capture was recorded: tcpdump is missing or may not capture here[/]")
        return finish(began, attack, flagged)
    same = compare(fingerprint(events), fingerprint(scan(capture)))
    return finish(began, attack, flagged, same)


def compare(mirrored, captured):
    """Tells whether the capture shows the same attacks as the mirror."""
    both = mirrored & captured
    console.print(
        f"the capture of the same traffic shows {captured.total()} attacks, the mirror {mirrored.total()}, "
        f"{both.total()} of them the same"
    )
    for what, rows in (
        ("only in the mirror", mirrored - both),
        ("only in the capture", captured - both),
    ):
        for (client, method, target, classes), number in list(rows.items())[:5]:
            console.print(Text(f"  {what}: {number} x {client} {method} {target} {', '.join(classes)}"))
    return mirrored == captured


def finish(began, attack, flagged, same=True):
    console.print(f"the demo took {time.monotonic() - began:.0f} s and has stopped everything it started")
    return 0 if attack and not flagged and same else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Missing as problem:
        console.print(f"[red]{problem}[/]")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
