"""The module as the target of `mirror`: what it is told of the original request, and what it finds."""

import concurrent.futures
import json
import signal

import pytest
from conftest import SQLI, raw, request, wait_for


def test_the_original_request_is_what_is_reported(mirror):
    nginx, front = mirror
    assert request(front, "GET", SQLI) == (200, b"ok\n")
    (event,) = nginx.events()
    assert event["request"]["method"] == "GET"
    assert event["request"]["target"] == SQLI
    assert event["request"]["host"] == "shop.example"
    assert event["request"]["version"] == "HTTP/1.1"
    assert event["client"]["ip"] == "127.0.0.1" and event["client"]["port"] > 0
    assert len(event["id"]) == 32
    assert event["verdict"] == "attack"
    (finding,) = event["findings"]
    assert (finding["class"], finding["point"]) == ("sqli", "query.id")


def test_ordinary_requests_are_not_written(mirror):
    nginx, front = mirror
    for target in ("/", "/items?id=42&sort=name", "/search?q=O%27Neill+and+sons"):
        assert request(front, "GET", target)[0] == 200
    assert request(front, "POST", "/cart", b"item=7&note=leave+it+at+the+door", FORM)[0] == 200
    assert nginx.no_event()


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_bodies_are_judged_small_large_and_chunked(mirror):
    nginx, front = mirror
    attack = b"&user=admin'+or+1%3D1--+"
    small = b"page=1" + attack
    large = b"note=" + b"word+" * 50_000 + attack  # far beyond client_body_buffer_size: spilled to disk
    assert request(front, "POST", "/small", small, FORM)[0] == 200
    assert request(front, "POST", "/large", large, FORM)[0] == 200
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(small), small)
    assert request(front, "POST", "/chunked", chunks, FORM | {"Transfer-Encoding": "chunked"})[0] == 200
    events = {e["request"]["target"]: e for e in nginx.events(3)}
    assert set(events) == {"/small", "/large", "/chunked"}
    for event in events.values():
        assert event["request"]["method"] == "POST"
        assert any(f["class"] == "sqli" and f["point"].endswith("user") for f in event["findings"]), event
    assert events["/large"]["request"]["body_bytes"] == len(large)


def test_a_chunked_request_is_no_smuggling(mirror):
    """The mirror sends a Content-Length in the place of the chunks: the original had only one of the two."""
    nginx, front = mirror
    body = b"user=admin'+or+1%3D1--+"
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    assert request(front, "POST", "/chunked", chunks, FORM | {"Transfer-Encoding": "chunked"})[0] == 200
    (event,) = nginx.events()
    assert event["classes"] == ["sqli"]


def test_a_request_without_a_host_is_mirrored(mirror):
    """It needs none in HTTP/1.0: a payload must not pass unseen because of that."""
    nginx, front = mirror
    answer = raw(front, b"GET %s HTTP/1.0\r\n\r\n" % SQLI.encode())
    if b" 400 " in answer and b"nginx/1.22" not in answer:
        pytest.skip("this NGINX itself refuses it, as 1.30 does")
    assert b" 200 " in answer
    (event,) = nginx.events()
    assert (event["request"]["host"], event["request"]["version"]) == ("", "HTTP/1.0")


def test_headers_of_the_mirror_are_no_input(mirror):
    """What the mirror itself adds is not judged: only what the client sent is."""
    nginx, front = mirror
    request(front, "GET", SQLI, headers={"X-Custom": "plain"})
    (event,) = nginx.events()
    assert not [f for f in event["findings"] if "sidewatch" in f["point"]]


def test_a_client_cannot_speak_for_the_mirror(mirror):
    """Headers of the same name that the client sent are replaced by the mirror."""
    nginx, front = mirror
    request(front, "GET", SQLI, headers={"X-Sidewatch-Client": "203.0.113.9", "X-Sidewatch-Target": "/harmless"})
    (event,) = nginx.events()
    assert event["client"]["ip"] == "127.0.0.1"
    assert event["request"]["target"] == SQLI


def test_lines_of_several_workers_stay_whole(mirror):
    nginx, front = mirror
    targets = [f"{SQLI}&n={i}" for i in range(200)]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda t: request(front, "GET", t)[0], targets))
    assert statuses == [200] * len(targets)
    events = nginx.events(len(targets))  # every line parses, or this raises
    assert sorted(e["request"]["target"] for e in events) == sorted(targets)


def test_usr1_opens_the_event_file_anew(mirror):
    nginx, front = mirror
    request(front, "GET", SQLI)
    nginx.events()
    rotated = nginx.folder / "events.jsonl.1"
    nginx.events_file.rename(rotated)
    nginx.signal(signal.SIGUSR1)
    wait_for(nginx.events_file.exists, "the event file is opened anew")

    def lands_in_the_new_file():
        request(front, "GET", SQLI + "2")
        return nginx.events_file.stat().st_size > 0

    wait_for(lands_in_the_new_file, "events go to the new file")
    assert json.loads(rotated.read_text().splitlines()[0])["verdict"] == "attack"


def test_requests_that_nginx_refuses_never_reach_a_mirror(mirror):
    """A known limit of mirroring: the observer in the serving NGINX sees these."""
    nginx, front = mirror
    assert b"400 Bad Request" in raw(front, b"GET /%00 HTTP/1.1\r\nHost: shop.example\r\n\r\n")
    assert nginx.no_event()
