"""The module in the serving Envoy: a silent observer of requests and responses, whatever becomes of them."""

import concurrent.futures
import json
import socket

from conftest import ATTACK, FORM, ROUTER, SQLI, chunked, cluster, curl, listener, module, raw, request, route, wait_for

OBSERVER = {"position": "observer"}


def test_a_request_and_its_response_become_an_event(envoy, serve):
    port = serve(OBSERVER)
    assert request(port, "GET", SQLI, headers={"X-Request-Id": "req-1"}) == (200, b"origin\n")
    (event,) = envoy.events()
    assert event["request"] == {
        "method": "GET",
        "target": SQLI,
        "host": "shop.example",
        "version": "HTTP/1.1",
        "body_bytes": 0,
    }
    assert event["response"] == {"status": 200, "body_bytes": 7}
    assert event["client"]["ip"] == "127.0.0.1" and event["client"]["port"] > 0
    assert event["server"] == {"ip": "127.0.0.1", "port": port}
    assert event["id"] == "req-1"
    assert event["verdict"] == "attack" and event["anomalies"] == []
    (finding,) = event["findings"]
    assert (finding["class"], finding["point"]) == ("sqli", "query.id")


def test_an_id_is_there_without_the_client_sending_one(envoy, serve):
    request(serve(OBSERVER), "GET", SQLI)
    (event,) = envoy.events()
    assert len(event["id"]) == 36


def test_ordinary_requests_are_not_written_but_counted(envoy, serve):
    port = serve(OBSERVER)
    for target in ("/", "/items?id=42&sort=name", "/search?q=O%27Neill+and+sons"):
        assert request(port, "GET", target)[0] == 200
    assert request(port, "POST", "/cart", b"item=7&note=leave+it+at+the+door", FORM)[0] == 200
    assert request(port, "GET", SQLI)[0] == 200
    envoy.events(1)
    assert len(envoy.events(1)) == 1
    assert [envoy.stat(n) for n in ("requests", "attacks", "suspicious", "events", "errors", "panics")] == [
        5,
        1,
        0,
        1,
        0,
        0,
    ]


def test_bodies_are_judged_small_large_and_chunked(envoy, serve, origin):
    port = serve(OBSERVER)
    small = b"page=1&" + ATTACK
    large = b"note=" + b"word+" * 400_000 + b"&" + ATTACK  # 2 MB: beyond every buffer of Envoy
    assert request(port, "POST", "/small", small, FORM)[0] == 200
    assert request(port, "POST", "/large", large, FORM)[0] == 200
    assert request(port, "POST", "/chunked", chunked(small, 3), FORM | {"Transfer-Encoding": "chunked"})[0] == 200
    events = {e["request"]["target"]: e for e in envoy.events(3)}
    assert set(events) == {"/small", "/large", "/chunked"}
    for event in events.values():
        assert any(f["class"] == "sqli" and f["point"].endswith("user") for f in event["findings"]), event
        assert event["anomalies"] == []
    assert events["/large"]["request"]["body_bytes"] == len(large)
    assert events["/chunked"]["request"]["body_bytes"] == len(small)
    assert {path: body for _, path, _, body in origin.seen} == {"/small": small, "/large": large, "/chunked": small}


def test_http2_is_judged_like_http1(envoy, serve):
    port = serve(OBSERVER)
    target = "/login?next=%2F"
    agent = ("-A", "Mozilla/5.0 (X11; Linux x86_64)")
    for http2 in (True, False):
        assert curl(port, SQLI, *agent, http2=http2) == (200, b"origin\n")
        assert curl(port, target, *agent, body=ATTACK, http2=http2)[0] == 200
    two_get, two_post, one_get, one_post = map(comparable, envoy.events(4))
    assert two_get.pop("version") == two_post.pop("version") == "HTTP/2"
    assert one_get.pop("version") == one_post.pop("version") == "HTTP/1.1"
    assert two_get == one_get and two_post == one_post


def comparable(event):
    """An event without the fields that differ from run to run, the version beside the rest."""
    event = {k: v for k, v in event.items() if k not in ("time", "id", "client", "server")}
    event["version"] = event["request"].pop("version")
    return event


def test_requests_of_every_outcome_are_seen(envoy, serve):
    port = serve(
        OBSERVER,
        routes=[
            {"match": {"prefix": "/direct"}, "direct_response": {"status": 200, "body": {"inline_string": "here\n"}}},
            {"match": {"prefix": "/moved"}, "redirect": {"path_redirect": "/"}},
            route("dead", "/dead"),
            route("origin", "/items"),
            route("origin", "/missing"),
        ],
    )
    query = SQLI[6:]
    wanted = {"/direct": 200, "/moved": 301, "/missing": 404, "/items": 200, "/unrouted": 404, "/dead": 503}
    for path, status in wanted.items():
        assert request(port, "GET", path + query)[0] == status
    events = envoy.events(len(wanted))
    assert {e["request"]["target"].split("?")[0]: e["response"]["status"] for e in events} == wanted
    assert all("sqli" in e["classes"] for e in events)


def test_a_filter_ahead_that_answers_hides_nothing(envoy, serve):
    deny = {
        "name": "rbac",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
            "rules": {"action": "ALLOW", "policies": {}},
        },
    }
    port = serve(OBSERVER, before=[deny])
    assert request(port, "GET", SQLI)[0] == 403
    (event,) = envoy.events()
    assert event["request"]["target"] == SQLI and event["response"]["status"] == 403


def test_responses_stream_through_unchanged(envoy, serve):
    port = serve(OBSERVER)
    assert request(port, "GET", "/stream" + SQLI) == (200, b"one\n" + b"two\n" * 5000 + b"three\n")
    (event,) = envoy.events()
    assert event["response"] == {"status": 200, "body_bytes": 20010}


def test_responses_can_be_left_out(envoy, serve):
    request(serve({**OBSERVER, "responses": False}), "GET", SQLI)
    (event,) = envoy.events()
    assert "response" not in event


def test_trailers_are_judged(envoy, serve):
    port = serve(OBSERVER, http_protocol_options={"enable_trailers": True})
    head = b"POST /t HTTP/1.1\r\nHost: shop.example\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    body = b"2\r\nok\r\n0\r\nX-Sum: 1' union select name,password from users--\r\n\r\n"
    assert b" 200 " in raw(port, head + body)
    (event,) = envoy.events()
    assert event["findings"][0]["point"] == "header.x-sum"


def test_a_websocket_passes_and_its_request_is_judged_at_once(envoy, serve):
    port = serve(OBSERVER, upgrade_configs=[{"upgrade_type": "websocket"}])
    head = (
        f"GET {SQLI} HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), 5) as s:
        s.sendall(head.encode())
        got = b""
        while not got.endswith(b"\r\n\r\n"):
            got += s.recv(1)
        assert b" 101 " in got
        (event,) = envoy.events()  # the connection is still open
        assert event["response"]["status"] == 101
        for _ in range(3):
            s.sendall(b"\x81\x85\x01\x02\x03\x04\x69\x67\x6f\x68\x6e")
            assert s.recv(100) == b"\x81\x85\x01\x02\x03\x04\x69\x67\x6f\x68\x6e"
    wait_for(lambda: envoy.stat("requests") == 1, "the stream is over")
    assert len(envoy.events()) == 1


def test_aborted_requests_are_judged_as_far_as_they_came(envoy, serve):
    port = serve(OBSERVER)
    with socket.create_connection(("127.0.0.1", port), 5) as s:
        s.sendall(b"POST /cut HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 5000\r\n")
        s.sendall(b"Content-Type: application/x-www-form-urlencoded\r\n\r\n" + ATTACK + b"&rest=")
        wait_for(lambda: envoy.admin("GET", "/stats?filter=downstream_cx_rx_bytes_total")[0] == 200, "sent")
    (event,) = envoy.events()
    assert event["request"]["target"] == "/cut" and "sqli" in event["classes"]
    assert request(port, "GET", "/") == (200, b"origin\n")


def test_garbage_changes_nothing_for_others(envoy, serve):
    port = serve(OBSERVER)
    for data in (b"\x16\x03\x01\x02\x00\x01\x00", b"\0" * 4000, b"GET", b"GET / HTTP/1.1\r\nHost", b"\r\n\r\n"):
        raw(port, data, 0.3)
    raw(port, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 500, 0.3)
    raw(port, b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", 0.3)
    assert request(port, "GET", "/") == (200, b"origin\n")
    assert envoy.stat("panics") == envoy.stat("errors") == 0


def test_lines_of_several_workers_stay_whole(envoy, serve):
    port = serve(OBSERVER, workers=4)
    targets = [f"{SQLI}&n={i}" for i in range(400)]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda t: request(port, "GET", t)[0], targets))
    assert statuses == [200] * len(targets)
    events = envoy.events(len(targets))  # every line parses, or this raises
    assert sorted(e["request"]["target"] for e in events) == sorted(targets)


def test_the_verdict_goes_to_the_access_log(envoy, serve):
    log = envoy.folder / "access.log"
    line = "%REQ(:PATH)% %DYNAMIC_METADATA(sidewatch:verdict)% %DYNAMIC_METADATA(sidewatch:classes)%\n"
    access = {
        "name": "file",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
            "path": str(log),
            "log_format": {"text_format_source": {"inline_string": line}},
        },
    }
    port = serve({**OBSERVER, "metadata": True}, access_log=[access])
    request(port, "GET", "/plain")
    request(port, "GET", SQLI)
    wait_for(lambda: log.exists() and log.read_text().count("\n") == 2, "two lines in the access log", 15)
    assert log.read_text() == f"/plain pass \n{SQLI} attack sqli\n"


def test_routes_can_be_left_out(envoy, serve):
    off = {"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "disabled": True}
    port = serve(OBSERVER, routes=[{**route(prefix="/off"), "typed_per_filter_config": {"sidewatch": off}}, route()])
    request(port, "GET", "/off" + SQLI)
    request(port, "GET", SQLI)
    (event,) = envoy.events()
    assert event["request"]["target"] == SQLI and envoy.stat("requests") == 1


def test_two_listeners_have_policies_of_their_own(envoy, origin):
    quiet = {"position": "observer", "events": envoy.events_to_file(), "policy": '[detection]\ndisabled = ["sqli"]\n'}
    loud = {"position": "observer", "events": envoy.events_to_file()}
    envoy.configure(
        [listener([module(c), ROUTER], [route()], name=n) for n, c in (("quiet", quiet), ("loud", loud))],
        [cluster("origin", origin.port)],
    )
    envoy.start()
    request(envoy.port("quiet"), "GET", SQLI + "&to=quiet")
    request(envoy.port("loud"), "GET", SQLI + "&to=loud")
    (event,) = envoy.events()
    assert event["request"]["target"].endswith("to=loud")


def test_a_rotated_file_is_left_for_a_new_one(envoy, serve):
    port = serve(OBSERVER, workers=1)
    request(port, "GET", SQLI)
    envoy.events()
    rotated = envoy.folder / "events.jsonl.1"
    envoy.events_file.rename(rotated)

    def lands_in_the_new_file():
        request(port, "GET", SQLI + "2")
        return envoy.events_file.exists() and envoy.events_file.stat().st_size > 0

    wait_for(lands_in_the_new_file, "events go to the new file")
    assert json.loads(rotated.read_text().splitlines()[0])["verdict"] == "attack"


def test_a_full_disk_loses_events_and_nothing_else(envoy, serve):
    port = serve({**OBSERVER, "events": {"path": "/dev/full"}})
    for _ in range(3):
        assert request(port, "GET", SQLI) == (200, b"origin\n")
    wait_for(lambda: envoy.stat("events_lost") == 3, "losses are counted")
    envoy.wait_for_log('sidewatch: an event was lost: "/dev/full": No space left on device')


def test_a_rate_bounds_a_flood(envoy, serve):
    port = serve({**OBSERVER, "events": envoy.events_to_file(max_per_second=1)}, workers=1)
    for _ in range(20):
        request(port, "GET", SQLI)
    wait_for(lambda: envoy.stat("events") + envoy.stat("events_suppressed") == 20, "all are accounted for")
    assert envoy.stat("events_suppressed") > 0 and envoy.stat("attacks") == 20
