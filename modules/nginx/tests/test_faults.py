"""Failures inside the library: the module with a library that panics on demand. Nobody but the request in question notices."""

import concurrent.futures
import re

import pytest
from conftest import MODULE, ROOT, SQLI, free_ports, metrics, request, settled, wait_for

FAULTS = ROOT / "build/nginx-faults/ngx_http_sidewatch_module.so"
FAULT = {"X-Sidewatch-Fault": "panic"}

pytestmark = [
    pytest.mark.skipif(not FAULTS.exists(), reason="scripts/build.sh nginx-faults has not been run"),
    pytest.mark.skipif(
        MODULE.parent.name != "nginx", reason="the module that fails on demand is built for Debian's NGINX"
    ),
]


def serve(nginx, mode="on", workers=2):
    (port,) = free_ports(1)
    nginx.configure(
        f"server {{ listen 127.0.0.1:{port}; sidewatch {mode}; sidewatch_policy policy.toml; "
        'location / { return 200 "ok"; } location /block/ { sidewatch block; root html; } '
        "location = /status { sidewatch off; sidewatch_status; } }",
        workers=workers,
        module=FAULTS,
    )
    (nginx.folder / "policy.toml").write_text("")
    nginx.start(port)
    return port


def test_a_panic_takes_no_worker_down_and_is_counted_and_told(nginx):
    port = serve(nginx)
    workers = nginx.workers()
    targets = [("/fault" + SQLI, FAULT), (SQLI, {}), ("/plain", {})] * 50
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda t: request(port, "GET", t[0], headers=t[1]), targets))
    assert answers == [(200, b"ok")] * 150, "even the requests it fails on are served"
    got = settled(port)
    assert nginx.workers() == workers
    assert got["sidewatch_panics_total"] == 50
    assert got["sidewatch_library_errors_total"] == 0
    assert got['sidewatch_requests_total{verdict="none"}'] == 50
    assert got['sidewatch_requests_total{verdict="attack"}'] == 50
    assert got['sidewatch_requests_total{verdict="pass"}'] == 50
    events = nginx.events(50)
    assert len(events) == 50 and all(e["request"]["target"] == SQLI for e in events), "others are judged"
    log = nginx.log()
    told = re.findall(
        r"\[error\].*no verdict, request head: .*panic in sidewatch_transaction_request_header: fault asked for", log
    )
    assert len(told) == 1, "once, not for each"
    assert log.count("panic in") == 1, "nor on standard error"
    assert "+faults" in next(name for name in got if name.startswith("sidewatch_build_info"))


def test_a_transaction_that_failed_serves_again(nginx):
    port = serve(nginx, workers=1)
    for n in range(20):
        request(port, "GET", "/x", headers=FAULT)
        request(port, "GET", f"{SQLI}&n={n}")
    events = nginx.events(20)
    assert [e["request"]["target"] for e in events] == [f"{SQLI}&n={n}" for n in range(20)]
    wait_for(lambda: metrics(port)["sidewatch_panics_total"] == 20, "all are counted")
    assert metrics(port)['sidewatch_transactions{state="idle"}'] == 1


def test_in_line_a_failure_lets_the_request_pass(nginx):
    port = serve(nginx)
    (nginx.folder / "html/block").mkdir()
    (nginx.folder / "html/block/items").write_text("page")
    assert request(port, "GET", "/block" + SQLI)[0] == 403
    assert request(port, "GET", "/block" + SQLI, headers=FAULT) == (200, b"page")
