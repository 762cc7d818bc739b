"""Engines, requests, transactions and connections from Python."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import ANSWER, ATTACK, PLAIN

import sidewatch
from sidewatch import Engine, Request

FORM = (
    b"POST /login HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
    b"12\r\nuser=ann&password=\r\n1a\r\nhunter2&next=%27%20or%201=\r\nb\r\n1--&x=%3Cb>\r\n0\r\n\r\n"
)


def test_an_attack_is_found_and_explained(engine):
    event = engine.inspect(ATTACK)
    assert (event.verdict, event.is_attack, event.classes) == ("attack", True, ["sqli"])
    assert (event.method, event.target.split("?")[0], event.host) == ("GET", "/item", "shop.example")
    finding = event.findings[0]
    assert (finding.class_name, finding.technique, finding.point, finding.cwe) == (
        "sqli",
        "union-select",
        "query.id",
        89,
    )
    assert finding.severity == "critical" and finding.confidence >= 75 and event.score == finding.confidence
    assert "union select" in finding.excerpt and finding.reason and finding.gain and finding.decoders == []
    assert "sqli" in repr(event) and "union-select" in repr(finding)


def test_a_plain_request_passes(engine):
    event = engine.inspect(PLAIN)
    assert (event.verdict, event.score, event.findings, event.anomalies) == ("pass", 0, [], [])


def test_bytes_that_are_no_http_are_judged(engine):
    event = engine.inspect(b"\x00\xff' union select name, password from users--\r\n")
    assert event.is_attack and event.method is None
    assert engine.inspect(b"").verdict == "pass"
    assert engine.inspect(bytearray(ATTACK)).is_attack


def test_parts_and_bytes_are_judged_alike(engine):
    target = "/item?id=1'+union+select+name,password+from+users--"
    parts = engine.inspect(Request("GET", target, [("Host", "shop.example")]))
    assert parts.to_json() == engine.inspect(ATTACK).to_json()
    assert engine.inspect(Request(b"GET", target.encode(), [(b"Host", b"shop.example")])).to_json() == parts.to_json()


def test_a_request_tells_what_its_event_shows(engine, validate):
    request = Request(
        "POST", "/ü?q=\udcff", body="a=1", version="2", id="r-1", client="2001:db8::1", time=1.5, status=404
    )
    event = engine.inspect(request)
    told = validate(event.to_json())
    assert (event.client, event.time, event.status) == (("2001:db8::1", 0), 1.5, 404)
    assert (told["id"], told["time"], told["request"]["version"]) == (
        "r-1",
        "1970-01-01T00:00:01.500000Z",
        "HTTP/2",
    )
    assert told["request"]["target"] == "/ü?q=\\xff" and told["request"]["body_bytes"] == 3


def test_how_a_request_is_cut_does_not_matter(engine):
    whole = engine.inspect(FORM)
    assert whole.is_attack
    tx = engine.transaction()
    cuts = [(FORM[:i], FORM[i:]) for i in range(len(FORM) + 1)]
    cuts.append(tuple(FORM[i : i + 1] for i in range(len(FORM))))
    for pieces in cuts:
        for piece in pieces:
            tx.feed(piece)
        assert tx.end().to_json() == whole.to_json(), pieces
        tx.reset()


def test_a_transaction_takes_parts(engine):
    tx = engine.transaction()
    tx.set_client("192.0.2.1", 4711)
    tx.set_time(1)
    tx.set_id(b"abc")
    tx.request_line(b"POST", b"/x", "1.0")
    tx.request_header(b"Content-Type", b"application/json")
    tx.request_head_end()
    assert tx.verdict == "pass"
    for piece in (b'{"q": "1\' or ', b"'1'='1\"}"):
        tx.request_body(piece)
    event = tx.end()
    assert tx.verdict == event.verdict == "attack"
    assert event.findings[0].point == "body.json.q"
    assert event.client == ("192.0.2.1", 4711) and event.to_dict()["id"] == "abc"
    tx.reset()
    assert tx.verdict == "pass" and tx.end().client is None


def test_many_requests_keep_their_order(engine):
    requests = [ATTACK if i % 3 == 0 else Request("GET", f"/{i}") for i in range(300)]
    one_by_one = [engine.inspect(r).to_json() for r in requests]
    for threads in (None, 1, 4, 1000):
        assert [e.to_json() for e in engine.inspect_many(requests, threads=threads)] == one_by_one
    assert engine.inspect_many([]) == []


def test_findings_are_explained(engine):
    (finding, *_) = engine.inspect(ATTACK).findings
    assert finding.technique_meaning == "Rows of another query are added to the result."
    assert finding.capec == [66] and finding.owasp == ["A03:2021", "A05:2025"]
    assert finding.tokens == "string-end union select name , password from name comment"


def test_classes_are_those_the_verdict_rests_on():
    request = Request("GET", "/?a=1'+or+3=3--+&is_admin=1")
    engine = sidewatch.Engine()
    event = engine.inspect(request)
    assert {f.class_name for f in event.findings} == {"sqli", "mass_assign"} and event.classes == ["sqli"]
    assert event.to_dict()["classes"] == ["sqli"]
    assert [f.class_name for f in event.findings_at("default")] == ["sqli"]
    assert len(event.findings_at("strict")) == 2
    assert sidewatch.Engine(sensitivity="strict").inspect(request).classes == ["mass_assign", "sqli"]
    hint = engine.inspect(Request("GET", "/?is_admin=1"))
    assert hint.verdict == "suspicious" and hint.classes == ["mass_assign"], "of no attack, those of the hints"
    with pytest.raises(ValueError, match="sensitivity is 'loud'"):
        event.findings_at("loud")


def test_a_trace_tells_forms_and_detectors(engine):
    event, steps = engine.trace(Request("GET", "/?q=PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=="))
    assert event.is_attack
    step = next(s for s in steps if s.point == "query.q|base64")
    assert (step.place, step.trust, step.shown) == ("QueryValue", "guessed", "<script>alert(1)</script>")
    assert "xss" in step.woken and step.hits[0][0] == "xss" and step.length == len(step.shown)
    plain = next(s for s in steps if s.point == "query.q")
    assert plain.trust == "plain" and not plain.hits
    looks = {look.class_name: look for look in plain.looks}
    assert looks["ssi"].outcome == "not_woken" and looks["ssi"].reason == "holds none of <"


def test_a_connection_gives_events_as_they_end(engine):
    connection = engine.connection()
    connection.set_addresses(("192.0.2.1", 1234), ("192.0.2.2", 80))
    connection.set_time(2)
    assert connection.client(ATTACK + PLAIN) == []
    first, second = connection.server(ANSWER) + connection.server(ANSWER)
    assert (first.verdict, first.status, second.verdict) == ("attack", 200, "pass")
    assert first.client == ("192.0.2.1", 1234) and first.time == 2.0
    connection.client(PLAIN[:20])
    (rest,) = connection.close()
    assert rest.target.startswith("/basket?page=2") and rest.status is None


def test_requests_only_wait_for_no_responses(engine):
    connection = engine.connection(requests_only=True)
    events = connection.client((PLAIN + b"\r\n" + ATTACK) * 500) + connection.close()
    assert [e.verdict for e in events] == ["pass", "attack"] * 500
    assert not any("pipelined" in name for e in events for name in e.anomalies)


def test_secrets_are_masked(engine):
    request = Request(
        "GET",
        "/a?password=hunter2&q=1'+or+1=1--",
        [("Authorization", "Bearer s3cr3t"), ("Cookie", "sid=s3cr3t' or 1=1--")],
    )
    event = engine.inspect(request)
    assert event.is_attack
    assert "hunter2" not in event.to_json() and "s3cr3t" not in event.to_json()


def test_bodies_are_kept_where_asked():
    request = Request("POST", "/", body=b"a" * 100)
    assert Engine().inspect(request).request_body == b""
    assert Engine(keep_bodies=10).inspect(request).request_body == b"a" * 10


def test_a_policy_is_heeded():
    assert Engine('[detection]\ndisabled = ["sqli"]').inspect(ATTACK).verdict == "pass"
    by_sensitivity = [Engine(sensitivity=s) for s in ("strict", "default", "relaxed")]
    ranks = {"pass": 0, "suspicious": 1, "attack": 2}
    for query in ("1'", "a' or 'a", "../../x", "<b onx=1>", "{{7}}", "1;ls"):
        verdicts = [ranks[engine.inspect(Request("GET", f"/?q={query}")).verdict] for engine in by_sensitivity]
        assert verdicts == sorted(verdicts, reverse=True), query


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda e: Engine("[limits]\n\nwindow = 3"),
            sidewatch.PolicyError,
            "line 3, column 1: unknown field `window`",
        ),
        (lambda e: Engine("[detection"), ValueError, "line 1, column 11"),
        (lambda e: Engine(sensitivity="loud"), ValueError, "expected strict, default or relaxed"),
        (lambda e: Engine(keep_bodies=-1), OverflowError, ""),
        (lambda e: e.inspect("GET / HTTP/1.1"), TypeError, ""),
        (lambda e: e.inspect(None), TypeError, ""),
        (lambda e: e.inspect_many([PLAIN], threads=0), ValueError, "zero"),
        (
            lambda e: e.transaction().set_client("localhost"),
            ValueError,
            "'localhost' is no IPv4 or IPv6 address",
        ),
        (lambda e: e.transaction().set_time(-1.0), ValueError, "time -1"),
        (
            lambda e: e.transaction().request_line(b"GET", b"/", "4"),
            ValueError,
            "version is '4', expected 0.9",
        ),
        (lambda e: Request("GET", "/", time=float("nan")), ValueError, "NaN"),
        (lambda e: Request("GET", "/", client="::g"), ValueError, "'::g'"),
        (lambda e: Request("GET", 1), TypeError, ""),
        (lambda e: Request("GET", "/", [("a",)]), ValueError, ""),
        (lambda e: sidewatch.scan_pcap("/nowhere", e), FileNotFoundError, "No such file"),
        (
            lambda e: sidewatch.scan_pcap(__file__, e),
            sidewatch.CaptureError,
            "not a capture: expected pcap or pcapng",
        ),
        (
            lambda e: sidewatch.scan_pcap(__file__, only="some"),
            ValueError,
            "expected attacks, findings or all",
        ),
    ],
)
def test_failures_have_reasons(engine, call, error, text):
    with pytest.raises(error) as raised:
        call(engine)
    assert text in str(raised.value)


def test_threads_share_an_engine(engine):
    wanted = [engine.inspect(r).to_json() for r in (ATTACK, FORM, PLAIN)]
    with ThreadPoolExecutor(8) as pool:
        for round_of_events in pool.map(
            lambda _: [engine.inspect(r).to_json() for r in (ATTACK, FORM, PLAIN)], range(200)
        ):
            assert round_of_events == wanted


def test_other_threads_run_while_a_request_is_inspected(engine):
    request = Request("POST", "/", body=b"a'b <c> " * (1 << 19))
    for _ in range(5):
        span = []

        def work(span=span):
            span.append(time.monotonic())
            engine.inspect(request)
            span.append(time.monotonic())

        worker, ticks = threading.Thread(target=work), []
        worker.start()
        while worker.is_alive():
            ticks.append(time.monotonic())
        worker.join()
        begin, end = span
        # With the lock held all the time, ticks can only lie where the call begins and ends.
        if any(begin + (end - begin) / 4 < tick < end - (end - begin) / 4 for tick in ticks):
            return
    pytest.fail("no other thread ran in the middle of any of five long calls")


def test_a_transaction_is_for_one_thread_at_a_time(engine):
    tx, body = engine.transaction(), b"a'b <c> " * (1 << 19)
    tx.request_line(b"POST", b"/")
    tx.request_head_end()
    refused = []
    for _ in range(8):
        worker = threading.Thread(target=tx.request_body, args=(body,))
        worker.start()
        while worker.is_alive() and not refused:
            try:
                _ = tx.verdict
            except RuntimeError as e:
                refused.append(str(e))
        worker.join()
    assert refused and "used by another thread" in refused[0]
