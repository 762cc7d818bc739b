"""The status location: what is counted, in a format that Prometheus' own client reads, over all workers and reloads."""

import concurrent.futures
import http.client
import os
import signal
import subprocess
import time

from conftest import HINT, NGINX, SQLI, free_ports, metrics, request, settled, wait_for

XSS = "/search?q=%3Cscript%3Ealert(1)%3C/script%3E"

SERVER = """
    server {{
        listen 127.0.0.1:{port};
        sidewatch on;
        location / {{ return 200 "ok\\n"; }}
        location /strict/ {{ sidewatch_policy strict.toml; return 200 "ok\\n"; }}
        location = /status {{ sidewatch off; sidewatch_status; }}
        location = /read {{ proxy_pass http://127.0.0.1:{port}/; }}
    }}
"""


def serve(nginx, workers=2, server=SERVER):
    (port,) = free_ports(1)
    (nginx.folder / "strict.toml").write_text('[detection]\nsensitivity = "strict"\n')
    nginx.configure(server.format(port=port), workers=workers)
    nginx.start(port)
    return port


def test_prometheus_reads_the_page(nginx):
    port = serve(nginx)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/status")
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.getheader("Content-Type") == "text/plain; version=0.0.4"
    assert answer.read().endswith(b"\n")
    got = metrics(port)
    assert got["sidewatch_workers"] == 2
    (build,) = [key for key in got if key.startswith("sidewatch_build_info")]
    version = subprocess.run([NGINX, "-v"], capture_output=True, text=True).stderr.split("/")[1].split()[0]
    assert f'nginx="{version}"' in build and 'abi="1.' in build
    assert abs(got["sidewatch_start_time_seconds"] - time.time()) < 60
    assert abs(got['sidewatch_engine_loaded_timestamp_seconds{policy="default"}'] - time.time()) < 60
    assert f'sidewatch_engine_loaded_timestamp_seconds{{policy="{nginx.folder}/strict.toml"}}' in got


def test_the_page_is_for_reading(nginx):
    port = serve(nginx)
    assert request(port, "HEAD", "/status") == (200, b"")
    assert request(port, "POST", "/status", b"x=1")[0] == 405


def test_verdicts_classes_and_bytes_are_counted_over_all_workers(nginx):
    port = serve(nginx, workers=4)
    targets = ["/plain?a=1"] * 40 + [SQLI] * 30 + [XSS] * 20 + [HINT] * 10
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert set(pool.map(lambda target: request(port, "GET", target)[0], targets)) == {200}
    got = settled(port)
    assert got['sidewatch_requests_total{verdict="pass"}'] == 40
    assert got['sidewatch_requests_total{verdict="suspicious"}'] == 10
    assert got['sidewatch_requests_total{verdict="attack"}'] == 50
    assert got['sidewatch_requests_total{verdict="none"}'] == 0
    assert got['sidewatch_attacks_total{class="sqli"}'] == 30
    assert got['sidewatch_attacks_total{class="xss"}'] == 20
    assert got["sidewatch_request_bytes_total"] > sum(map(len, targets))
    assert 0 < got['sidewatch_transactions{state="idle"}'] <= 4 * 2 * 64
    sink = f'{{sink="{nginx.events_file}"}}'
    assert got[f"sidewatch_events_written_total{sink}"] == 50
    assert got[f"sidewatch_event_bytes_total{sink}"] == nginx.events_file.stat().st_size
    assert got["sidewatch_panics_total"] == got["sidewatch_library_errors_total"] == 0


def test_bodies_that_were_read_count_as_bytes(nginx):
    port = serve(nginx)
    assert request(port, "POST", "/read", b"a" * 100_000)[0] == 200
    wait_for(lambda: metrics(port)["sidewatch_request_bytes_total"] > 100_000, "the body is counted")


def test_a_request_that_is_going_on_is_a_transaction_in_use(nginx):
    port = serve(nginx)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.putrequest("POST", "/read")
    connection.putheader("Content-Length", "10")
    connection.endheaders()
    connection.send(b"12345")
    wait_for(lambda: metrics(port)['sidewatch_transactions{state="in_use"}'] == 1, "it is in use")
    connection.close()
    wait_for(lambda: metrics(port)['sidewatch_transactions{state="in_use"}'] == 0, "it was given back")


def test_counters_survive_a_reload(nginx):
    port = serve(nginx)
    for _ in range(5):
        request(port, "GET", SQLI)
    nginx.events(5)
    before = settled(port)
    old = nginx.workers()
    nginx.signal(signal.SIGHUP)
    wait_for(lambda: not set(old) & set(nginx.workers()) and len(nginx.workers()) == 2, "new workers serve")
    after = metrics(port)
    for name in (
        'sidewatch_requests_total{verdict="attack"}',
        'sidewatch_attacks_total{class="sqli"}',
        f'sidewatch_events_written_total{{sink="{nginx.events_file}"}}',
        "sidewatch_start_time_seconds",
    ):
        assert after[name] == before[name], name
    assert after["sidewatch_workers"] == 2
    assert after['sidewatch_transactions{state="in_use"}'] == 0
    request(port, "GET", SQLI)
    wait_for(lambda: metrics(port)['sidewatch_requests_total{verdict="attack"}'] == 6, "counting goes on")


def test_a_killed_worker_leaves_its_counters_and_no_transaction_in_use(nginx):
    port = serve(nginx, workers=1)
    request(port, "GET", SQLI)
    nginx.events(1)
    held = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    held.putrequest("POST", "/read")
    held.putheader("Content-Length", "10")
    held.endheaders()
    wait_for(lambda: metrics(port)['sidewatch_transactions{state="in_use"}'] == 1, "it is in use")
    (old,) = nginx.workers()
    os.kill(old, signal.SIGKILL)
    nginx.killed = True
    wait_for(lambda: nginx.workers() not in ([], [old]), "a new worker serves")
    wait_for(lambda: metrics(port)["sidewatch_workers"] == 1, "the new one has taken the place of the old one")
    got = metrics(port)
    assert got['sidewatch_requests_total{verdict="attack"}'] == 1
    assert got['sidewatch_transactions{state="in_use"}'] == 0
    held.close()
