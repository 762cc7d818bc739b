"""Where events go: several places, samples, rates, and a full disk; what is left out is counted and told."""

import concurrent.futures
import json
import os
import re
import subprocess

import pytest
from conftest import HINT, SQLI, free_ports, metrics, request, settled, wait_for


def serve(nginx, directives, inside="", workers=2):
    """Serves `/` with these directives; gives the port. `sidewatch_events` of conftest.py no longer holds then."""
    (port,) = free_ports(1)
    nginx.configure(
        f"server {{ listen 127.0.0.1:{port}; sidewatch on; {directives} "
        f'location / {{ return 200 "ok"; }} {inside} location = /status {{ sidewatch off; sidewatch_status; }} }}',
        workers=workers,
    )
    nginx.start(port)
    return port


def send(port, targets):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda target: request(port, "GET", target)[0], targets)) == {200}


def lines(path):
    return [json.loads(line) for line in path.read_text().split("\n")[:-1]] if path.exists() else []


def sink(port, path):
    """The counters of one place: written, lost..."""
    return {
        name.split("_events_")[1].split("_total")[0]: value
        for name, value in metrics(port).items()
        if name.startswith("sidewatch_events_") and name.endswith(f'{{sink="{path}"}}')
    }


def test_one_event_goes_to_each_place_that_wants_it(nginx):
    everything, hints, attacks = (nginx.folder / name for name in ("all.jsonl", "hints.jsonl", "attacks.jsonl"))
    port = serve(
        nginx,
        f"sidewatch_events {everything} all; sidewatch_events {hints} findings; sidewatch_events {attacks};",
        f'location /own/ {{ sidewatch_events {attacks}; return 200 "ok"; }} '
        'location /off/ { sidewatch_events off; return 200 "ok"; }',
    )
    for target in ("/plain", HINT, SQLI, "/own/plain", "/own" + SQLI, "/off" + SQLI):
        request(port, "GET", target)
    # Each place has a writer of its own.
    wait_for(lambda: [len(lines(path)) for path in (everything, hints, attacks)] == [3, 2, 2], "all are written")
    assert sorted(e["request"]["target"] for e in lines(everything)) == sorted(["/plain", HINT, SQLI])
    assert sorted(e["request"]["target"] for e in lines(hints)) == sorted([HINT, SQLI])
    assert sorted(e["request"]["target"] for e in lines(attacks)) == sorted([SQLI, "/own" + SQLI])
    assert not nginx.events_file.stat().st_size, "the places of the level above hold no longer"
    assert settled(port)['sidewatch_requests_total{verdict="attack"}'] == 3, "attacks count where events are off"


def test_a_sample_thins_out_what_is_no_attack(nginx):
    path = nginx.folder / "all.jsonl"
    port = serve(nginx, f"sidewatch_events {path} all sample=20%;")
    send(port, ["/plain"] * 1000 + [SQLI] * 50)
    wait_for(lambda: sum(sink(port, path)[name] for name in ("written", "sampled_out")) == 1050, "all are counted")
    verdicts = [e["verdict"] for e in lines(path)]
    assert verdicts.count("attack") == 50
    # Six standard deviations of a binomial of 1000 and 0.2.
    assert 124 <= verdicts.count("pass") <= 276
    assert sink(port, path)["sampled_out"] == 1000 - verdicts.count("pass")


def test_attacks_are_sampled_where_that_is_asked_for(nginx):
    path = nginx.folder / "attacks.jsonl"
    port = serve(nginx, f"sidewatch_events {path} sample_attacks=1/10;")
    send(port, [SQLI] * 1000)
    wait_for(lambda: sum(sink(port, path)[name] for name in ("written", "sampled_out")) == 1000, "all are counted")
    assert 43 <= len(lines(path)) <= 157
    assert settled(port)['sidewatch_requests_total{verdict="attack"}'] == 1000


def test_a_flood_does_not_fill_the_disk_and_what_is_left_out_is_told(nginx):
    path = nginx.folder / "attacks.jsonl"
    port = serve(nginx, f"sidewatch_events {path} rate=2r/m burst=9;", workers=4)
    send(port, [SQLI] * 300)
    wait_for(lambda: sum(sink(port, path)[name] for name in ("written", "rate_limited")) == 300, "all are counted")
    assert 9 <= len(lines(path)) <= 10, "the burst holds for all workers together"
    assert settled(port)['sidewatch_requests_total{verdict="attack"}'] == 300
    pattern = re.compile(rf'events left out of "{re.escape(str(path))}": (\d+) over the rate, 0 lost')
    wait_for(lambda: pattern.search(nginx.error_log.read_text()), "the error log tells", 5)
    nginx.stop()
    told = [int(n) for n in pattern.findall(nginx.error_log.read_text())]
    assert sum(told) == 300 - len(lines(path)), "nothing is left out in silence"
    assert len(told) <= 6, "at once, and at the end of each worker"


def test_lesser_events_leave_room_for_attacks(nginx):
    path = nginx.folder / "all.jsonl"
    port = serve(nginx, f"sidewatch_events {path} all rate=2r/m burst=9;", workers=1)
    for target in ["/plain"] * 20 + [HINT] * 20 + [SQLI] * 20:
        request(port, "GET", target)
    verdicts = [e["verdict"] for e in lines(path)]
    assert verdicts[:9] == ["pass"] * 3 + ["suspicious"] * 3 + ["attack"] * 3
    assert len(verdicts) <= 10


def test_a_rate_lets_events_through_again_after_a_while(nginx):
    path = nginx.folder / "attacks.jsonl"
    port = serve(nginx, f"sidewatch_events {path} rate=20r/s burst=1;", workers=1)

    def three_are_written():
        request(port, "GET", SQLI)
        return len(lines(path)) >= 3

    wait_for(three_are_written, "one each 50 ms is written")
    assert sink(port, path)["rate_limited"] > 0


def test_a_rate_survives_a_reload(nginx):
    path = nginx.folder / "attacks.jsonl"
    port = serve(nginx, f"sidewatch_events {path} rate=1r/m burst=3;", workers=1)
    send(port, [SQLI] * 10)
    old = nginx.workers()
    nginx.signal(1)
    wait_for(lambda: len(nginx.workers()) == 1 and nginx.workers() != old, "a new worker serves")
    send(port, [SQLI] * 10)
    wait_for(lambda: sink(port, path)["rate_limited"] >= 16, "all are counted")
    assert len(lines(path)) <= 4


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk_loses_events_counts_them_and_tears_no_later_line(nginx):
    small = nginx.folder / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", small], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no mounting here: {mounted.stderr}")
    try:
        path = small / "attacks.jsonl"
        port = serve(nginx, f"sidewatch_events {path};")
        send(port, [SQLI] * 60)
        wait_for(lambda: sum(sink(port, path)[name] for name in ("written", "lost")) == 60, "all are counted")
        counted = sink(port, path)
        assert counted["lost"] > 0
        whole = path.read_text()
        assert whole.count("\n") == counted["written"], "what is counted as written is there"
        assert not whole.endswith("\n"), "the last line was cut off by the end of the disk"
        # Somebody makes room; the lines after are whole.
        os.truncate(path, 4096)
        send(port, [SQLI + "&again"])
        wait_for(lambda: sink(port, path)["written"] == counted["written"] + 1, "it is written again")
        assert json.loads(path.read_text().splitlines()[-1])["request"]["target"] == SQLI + "&again"
        log = nginx.error_log.read_text()
        assert log.count("No space left on device") == 1, "once, not for each"
        assert "was lost" in log
    finally:
        nginx.stop()
        subprocess.run(["umount", small], check=True)


@pytest.mark.parametrize(
    ("directives", "want"),
    [
        ("sidewatch_events F some;", '"all", "findings" or "attacks" is expected'),
        ("sidewatch_events F all sample=0%;", 'invalid parameter "sample=0%"'),
        ("sidewatch_events F all sample=101%;", 'invalid parameter "sample=101%"'),
        ("sidewatch_events F all sample=2/3;", 'invalid parameter "sample=2/3"'),
        ("sidewatch_events F all sample=1/0;", 'invalid parameter "sample=1/0"'),
        ("sidewatch_events F sample=10%;", '"sample=10%" thins out no attacks'),
        ("sidewatch_events F rate=100;", 'invalid parameter "rate=100"'),
        ("sidewatch_events F rate=0r/s;", 'invalid parameter "rate=0r/s"'),
        ("sidewatch_events F rate=9999999r/s;", 'invalid parameter "rate=9999999r/s"'),
        ("sidewatch_events F burst=10;", 'has "burst" without "rate"'),
        ("sidewatch_events F rate=1r/s burst=-1;", 'invalid parameter "burst=-1"'),
        ("sidewatch_events F speed=1r/s;", 'invalid parameter "speed=1r/s"'),
        ("sidewatch_events F; sidewatch_events F all;", "is duplicate"),
        ("sidewatch_events F; sidewatch_events off;", 'is "off" and something else'),
        ("sidewatch_events off; sidewatch_events F;", 'is "off" and something else'),
        ("sidewatch_events off all;", 'has parameters after "off"'),
        ("sidewatch_events F rate=1r/s; location /x { sidewatch_events F rate=2r/s; }", "has another rate elsewhere"),
        ("".join(f"sidewatch_events F{i};" for i in range(17)), "more than 16 times"),
    ],
)
def test_wrong_parameters_are_refused_with_the_reason(nginx, directives, want):
    directives = re.sub(r"\bF(\d*)", rf"{nginx.folder}/f\1.jsonl", directives)
    nginx.configure(f"server {{ listen 127.0.0.1:1; sidewatch on; {directives} }}")
    status, text = nginx.test()
    assert status != 0 and want in text and "nginx.conf:" in text, text


def test_requests_are_answered_where_nothing_can_be_written(nginx):
    port = serve(nginx, "sidewatch_events /dev/full;")
    send(port, [SQLI] * 100)
    wait_for(lambda: sink(port, "/dev/full")["lost"] == 100, "all are lost, and counted")
