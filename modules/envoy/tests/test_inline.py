"""The module in line: attacks are answered with 403, and what has already been passed on is cut off."""

import socket
import time

import pytest
from conftest import ATTACK, FORM, SQLI, chunked, curl, raw, request, wait_for

INLINE = {"position": "inline"}


def test_an_attack_in_the_head_never_reaches_the_application(envoy, serve, origin):
    port = serve(INLINE)
    assert request(port, "GET", SQLI) == (403, b"")
    assert curl(port, SQLI) == (403, b"")
    events = envoy.events(2)
    assert [(e["response"]["status"], e["action"]) for e in events] == [(403, "block")] * 2
    assert [e["request"]["version"] for e in events] == ["HTTP/1.1", "HTTP/2"]
    assert origin.begun == 0
    assert request(port, "GET", "/items?id=42") == (200, b"origin\n")
    assert [envoy.stat(n) for n in ("requests", "attacks", "blocked")] == [3, 2, 2]


def test_the_head_is_judged_before_the_body_comes(envoy, serve, origin):
    port = serve(INLINE)
    with socket.create_connection(("127.0.0.1", port), 5) as s:
        s.sendall(f"POST {SQLI} HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n".encode())
        assert s.recv(1000).startswith(b"HTTP/1.1 403 ")
    assert origin.begun == 0


@pytest.mark.parametrize("http2", [False, True])
def test_an_attack_in_the_body_is_cut_off(envoy, serve, origin, http2):
    port = serve(INLINE)
    large = b"note=" + b"word+" * 400_000 + b"&" + ATTACK
    for body in (b"page=1&" + ATTACK, large):
        assert curl(port, "/form", body=body, http2=http2)[0] == 403
    assert origin.seen == [], "no complete request has reached the application"
    assert len(envoy.events(2)) == 2 and envoy.stat("blocked") == 2


def test_an_attack_in_a_chunked_body_is_cut_off(envoy, serve, origin):
    port = serve(INLINE)
    body = chunked(b"page=1&" + ATTACK, 5)
    assert request(port, "POST", "/form", body, FORM | {"Transfer-Encoding": "chunked"})[0] == 403
    assert origin.seen == []


def test_ordinary_requests_pass_whole(envoy, serve, origin):
    port = serve(INLINE)
    large = b"note=" + b"word+" * 400_000
    assert request(port, "POST", "/form", large, FORM) == (200, b"origin\n")
    assert request(port, "POST", "/form", chunked(large), FORM | {"Transfer-Encoding": "chunked"})[0] == 200
    assert curl(port, "/form", body=large)[0] == 200
    assert [body for _, _, _, body in origin.seen] == [large] * 3
    assert envoy.no_event() and envoy.stat("blocked") == 0


def test_an_attack_after_the_answer_has_begun_ends_the_stream(envoy, serve, origin):
    """An application may answer before it has read everything: then nothing else can be answered."""
    port = serve(INLINE)
    head = f"POST /early HTTP/1.1\r\nHost: a\r\nContent-Type: {FORM['Content-Type']}\r\nContent-Length: 5000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), 5) as s:
        s.sendall(head.encode())
        got = b""
        while b"early" not in got:
            got += s.recv(1000)
        assert got.startswith(b"HTTP/1.1 200 ")
        s.sendall(ATTACK + b"&rest=" + b"word+" * 900)
        while data := s.recv(1000):
            got += data
    assert not got.endswith(b"0\r\n\r\n"), "the answer is cut off"
    (event,) = envoy.events()
    assert event["response"] == {"status": 200, "body_bytes": 5}
    assert envoy.stat("blocked") == 1


def test_a_small_body_can_be_held_until_it_is_judged(envoy, serve, origin):
    port = serve({**INLINE, "hold_body": 65536})
    small = b"page=1&" + ATTACK
    head = f"POST /held HTTP/1.1\r\nHost: a\r\nContent-Type: {FORM['Content-Type']}\r\nContent-Length: {{}}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), 5) as s:
        s.sendall(head.format(len(small)).encode() + small[:10])
        time.sleep(0.3)
        assert origin.begun == 0, "not even the head is passed on"
        s.sendall(small[10:])
        assert s.recv(1000).startswith(b"HTTP/1.1 403 ")
    assert origin.begun == 0
    # What is fine goes on whole, in one piece or several, and so does a body that is longer than what is held.
    fine = b"page=1&note=leave+it+at+the+door"
    with socket.create_connection(("127.0.0.1", port), 5) as s:
        for piece in (head.format(len(fine)).encode(), fine[:10], fine[10:20], fine[20:]):
            s.sendall(piece)
            time.sleep(0.1)
        assert s.recv(1000).startswith(b"HTTP/1.1 200 ")
    large = b"note=" + b"word+" * 20_000
    assert request(port, "POST", "/held", large, FORM)[0] == 200
    assert curl(port, "/held", body=fine)[0] == 200
    assert [body for _, _, _, body in origin.seen] == [fine, large, fine]
    (event,) = envoy.events()
    assert event["request"]["body_bytes"] == len(small)
    wait_for(lambda: envoy.stat("requests") == 4, "all are judged")
    assert envoy.stat("blocked") == 1


def test_a_client_that_leaves_while_its_body_is_held(envoy, serve, origin):
    port = serve({**INLINE, "hold_body": 65536})
    head = f"POST /held HTTP/1.1\r\nHost: a\r\nContent-Type: {FORM['Content-Type']}\r\nContent-Length: 5000\r\n\r\n"
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", port), 5) as s:
            s.sendall(head.encode() + ATTACK + b"&rest=")
    assert len(envoy.events(20)) == 20
    assert origin.begun == 0
    assert request(port, "GET", "/")[0] == 200


def test_a_client_that_waits_is_not_kept_waiting(envoy, serve, origin):
    """What could wait for an answer before it sends the body is not held."""
    port = serve({**INLINE, "hold_body": 65536})
    head = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), 5) as s:
        s.sendall(head)
        assert s.recv(1000).startswith(b"HTTP/1.1 100 ")
        s.sendall(b"hello")
        assert s.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_another_status(envoy, serve):
    assert request(serve({**INLINE, "block_status": 406}), "GET", SQLI)[0] == 406
    (event,) = envoy.events()
    assert event["response"]["status"] == 406


def test_what_the_policy_excludes_passes(envoy, serve):
    policy = '[[exclusions]]\nclasses = ["sqli"]\npoint = "query.id"\npath = "/items"\n'
    port = serve({**INLINE, "policy": policy})
    assert request(port, "GET", SQLI)[0] == 200
    assert request(port, "GET", "/other" + SQLI[6:])[0] == 403


def test_in_line_without_events(envoy, serve):
    port = serve({**INLINE, "events": None})
    assert request(port, "GET", SQLI)[0] == 403
    assert envoy.stat("attacks") == 1 and envoy.stat("events") == 0


def test_the_connection_goes_on_after_a_refusal(envoy, serve):
    port = serve(INLINE)
    one = f"GET {SQLI} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
    two = b"GET /fine HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    answers = raw(port, one + two)
    assert answers.startswith(b"HTTP/1.1 403 ") and b"HTTP/1.1 200 " in answers
