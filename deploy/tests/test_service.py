"""The mirror target as a service: its configuration, its unit, the rotation of its events."""

import gzip
import json
import os
import re
import shutil
import subprocess
import threading

import pytest
from conftest import DEPLOY, NGINX, SQLI, replaced, request, wait_for

UNIT = DEPLOY / "systemd/sidewatch-nginx.service"


def test_the_shipped_configuration_reports_the_original_request(target):
    headers = {
        "X-Sidewatch-Client": "192.0.2.7",
        "X-Sidewatch-Method": "DELETE",
        "X-Sidewatch-Target": SQLI,
        "X-Sidewatch-Host": "shop.example:8443",
        "under_score": "kept",
    }
    assert request(target.port, "GET", "/other", headers=headers) == (204, b"")
    (event,) = target.events()
    assert event["client"]["ip"] == "192.0.2.7"
    assert (event["request"]["method"], event["request"]["target"]) == ("DELETE", SQLI)
    assert event["request"]["host"] == "shop.example:8443"
    assert event["classes"] == ["sqli"]


def test_a_large_body_is_taken(target):
    body = b"note=" + b"word+" * 500_000 + b"&user=admin'+or+1%3D1--+"
    assert request(target.port, "POST", "/", body, {"Content-Type": "application/x-www-form-urlencoded"})[0] == 204
    (event,) = target.events()
    assert event["request"]["body_bytes"] == len(body)


def test_rotation_loses_and_tears_no_event(target, tmp_path):
    """`logrotate -f` five times, with the shipped rules, while four clients attack."""
    rules = replaced(
        (DEPLOY / "logrotate/sidewatch-nginx").read_text(),
        ("/var/log/sidewatch", str(tmp_path / "log")),
        ("/run/sidewatch/nginx.pid", str(target.pid_file)),
        ("su sidewatch sidewatch", f"su {user()}"),
        ("create 0640 sidewatch sidewatch", f"create 0640 {user()}"),
    )
    (tmp_path / "rules").write_text(rules)
    (tmp_path / "rules").chmod(0o644)
    (tmp_path / "log").chmod(0o750)
    done, sent, failures = threading.Event(), [[] for _ in range(4)], []

    def attack(number):
        while not done.is_set():
            path = f"{SQLI}&n={number}.{len(sent[number])}"
            if request(target.port, "GET", path)[0] != 204:
                failures.append(path)
            sent[number].append(path)

    clients = [threading.Thread(target=attack, args=(n,)) for n in range(4)]
    for client in clients:
        client.start()
    for rotation in range(1, 6):
        before = sum(map(len, sent))
        wait_for(lambda before=before: sum(map(len, sent)) > before + 50, "attacks between two rotations", 30)
        rotate(tmp_path)
        wait_for(target.events_file.exists, f"rotation {rotation} opened a new file")
    done.set()
    for client in clients:
        client.join()
    assert not failures

    def all_there():
        seen = [event["request"]["target"] for event in all_events(tmp_path / "log")]
        return seen if len(seen) >= sum(map(len, sent)) else None

    assert sorted(wait_for(all_there, "every event")) == sorted(path for paths in sent for path in paths)
    files = sorted(p.name for p in (tmp_path / "log").iterdir())
    assert files == ["events.jsonl", "events.jsonl.1"] + [f"events.jsonl.{n}.gz" for n in range(2, 6)]
    assert {(tmp_path / "log" / f).stat().st_mode & 0o777 for f in files[:2]} <= {0o640, 0o644}


def rotate(folder):
    tool = shutil.which("logrotate", path="/usr/sbin:/usr/bin:/sbin")
    done = subprocess.run(
        [tool, "-f", "-s", folder / "state", folder / "rules"], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0 and "error" not in done.stderr, done.stderr


def all_events(folder):
    """Each line of every file; a torn one does not parse."""
    for file in folder.iterdir():
        with (gzip.open if file.suffix == ".gz" else open)(file, "rt") as lines:
            yield from map(json.loads, lines)


def user():
    import grp
    import pwd

    return f"{pwd.getpwuid(os.geteuid()).pw_name} {grp.getgrgid(os.getegid()).gr_name}"


analyze = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze: apt-get install systemd")


@analyze
def test_systemd_accepts_the_unit(tmp_path):
    """`systemd-analyze verify` says nothing: no unknown directive, no missing program or page."""
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/usr/sbin/nginx", NGINX))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, timeout=60)
    said = [line for line in done.stderr.splitlines() if UNIT.name in line]
    assert (done.returncode, said) == (0, []), done.stderr


@analyze
def test_the_unit_exposes_little(tmp_path):
    """The exposure that `systemd-analyze security` computes, 0 (none) to 10; what is left is mostly the network, which it is for."""
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text())
    words = ["systemd-analyze", "security", "--offline=yes", "--no-pager", "--threshold=20", unit]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout[-400:] + done.stderr
    assert float(re.search(r"exposure level for .*: ([0-9.]+)", done.stdout)[1]) <= 2.0
