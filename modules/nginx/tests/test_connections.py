"""Connections on which requests were refused: what follows keeps its step."""

import contextlib
import itertools
import re
import threading
import time
from random import Random

import pytest
from conftest import SQLI
from inline import BODY, HEAD, PLAIN, Client, get, post, serve


def test_a_connection_serves_on_after_a_refused_head(nginx, upstream):
    port = serve(nginx, upstream())
    client = Client(port)
    for _ in range(3):
        client.send(get(SQLI.encode()))
        status, head, _ = client.answer()
        assert status == 403 and b"Connection: keep-alive" in head
        client.send(get(b"/items?id=42"))
        assert client.answer()[0] == 200
    client.close()


def test_the_body_of_a_request_refused_for_its_head_is_no_request(nginx, upstream):
    """What looks like a request inside the body of a refused one is not answered: the connection keeps its step."""
    origin = upstream()
    port = serve(nginx, origin)
    inner = get(b"/smuggled")
    for framing in (
        b"Content-Length: %d\r\n\r\n%s" % (len(inner), inner),
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(inner), inner),
    ):
        for gap in (0, 0.1):
            client = Client(port)
            head, body = framing.split(b"\r\n\r\n", 1)
            client.send(HEAD.replace(b"/login", SQLI.encode()) + head + b"\r\n\r\n")
            time.sleep(gap)
            client.send(body + get(b"/after"))
            assert client.answer()[0] == 403
            assert client.answer()[0] == 200
            client.close()
    assert b"/smuggled" not in origin.received and origin.received.count(b"GET /after") == 4


def test_a_connection_serves_on_after_a_body_that_came_with_its_head(nginx, upstream):
    port = serve(nginx, upstream())
    client = Client(port)
    client.send(post(BODY) + get(b"/after"))
    assert [client.answer()[0], client.answer()[0]] == [403, 200]
    client.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY) + get(b"/after"))
    assert [client.answer()[0], client.answer()[0]] == [403, 200]
    client.close()


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("large", [False, True])
def test_a_connection_with_a_cut_body_is_closed(nginx, upstream, chunked, large):
    """What comes after the cut is not taken for a request."""
    origin = upstream()
    port = serve(nginx, origin)
    client = Client(port)
    body = BODY + b"&x=1&y=" + b"z" * (30_000 if large else 0)
    frame = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if chunked else body
    client.send(
        HEAD + (b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"Content-Length: %d\r\n\r\n" % len(body))
    )
    time.sleep(0.1)
    client.send(frame[:-3])
    time.sleep(0.1)
    client.send(frame[-3:] + get(b"/after"))
    status, head, _ = client.answer()
    assert status == 403 and b"Connection: close" in head
    assert client.is_closed()
    client.close()
    assert origin.connections == 0


def test_pipelined_requests_are_judged_one_by_one(nginx, upstream):
    port = serve(nginx, upstream())
    client = Client(port)
    client.send(get() + get(SQLI.encode()) + post(PLAIN) + get(SQLI.encode()) + get())
    assert [client.answer()[0] for _ in range(5)] == [200, 403, 200, 403, 200]
    client.close()


def any_request(random, number):
    """One request that tells its number: its bytes, and whether it is an attack."""
    target = b"/r%d" % number + (b"?" + SQLI.encode() if random.random() < 0.2 else b"")
    head = (b"POST " if random.random() < 0.7 else b"GET ") + target + b" HTTP/1.1\r\nHost: shop.example\r\n"
    if head.startswith(b"GET"):
        return head + b"\r\n", b"?" in target
    attack = random.random() < 0.3
    padding = b"x=" + b"word+" * random.choice([0, 1, 100, 5000]) + get(b"/smuggled")
    body = b"&".join(random.sample([BODY, padding], 2) if attack else [padding, PLAIN])
    head += b"Content-Type: application/x-www-form-urlencoded\r\n"
    if random.random() < 0.5:
        return head + b"Content-Length: %d\r\n\r\n" % len(body) + body, attack or b"?" in target
    cuts = [0, *sorted(random.sample(range(1, len(body)), 3)), len(body)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (b - a, body[a:b]) for a, b in itertools.pairwise(cuts))
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n", attack or b"?" in target


@pytest.mark.parametrize("seed", range(40))
def test_connections_keep_their_step(nginx, upstream, seed):
    """Requests of every kind on one connection, in any pieces: each has its answer, or the connection has ended before it."""
    random = Random(seed)
    origin = upstream()
    buffering = "proxy_request_buffering off; proxy_http_version 1.1;" if seed % 4 == 3 else ""
    port = serve(nginx, origin, buffering)
    requests = [any_request(random, number) for number in range(6)]
    data = b"".join(text for text, _ in requests)
    client = Client(port)

    def send():
        rest = data
        with contextlib.suppress(OSError):  # closed after a cut
            while rest:
                piece = random.choice([1, 10, 500, 3000, 100_000])
                client.send(rest[:piece])
                rest = rest[piece:]
                time.sleep(random.choice([0, 0, 0.002, 0.01]))

    sender = threading.Thread(target=send)
    sender.start()
    answered = 0
    for _, attack in requests:
        status, head, _ = client.answer()
        answered += 1
        assert status == (403 if attack else 200), (answered, head)
        if b"Connection: close" in head:
            assert attack
            break
    if answered < len(requests):
        with contextlib.suppress(ConnectionResetError):
            assert client.socket.recv(1) == b""
    sender.join()
    client.close()
    passed = re.findall(rb"(?:GET|POST) /r(\d)[? ]", origin.received)
    plain = [b"%d" % number for number, (_, attack) in enumerate(requests[:answered]) if not attack]
    assert [number for number in passed if number in plain] == plain
    assert buffering or (passed == plain and b"admin" not in origin.received)


def test_expect_100_continue(nginx, upstream):
    port = serve(nginx, upstream())
    client = Client(port)
    expect = b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    client.send(HEAD.replace(b"/login", SQLI.encode()) + expect)
    status, _, _ = client.answer()
    assert status == 403, "a head that is an attack: its body is not asked for"
    client.close()
    client = Client(port)
    client.send(HEAD + expect)
    got = b""
    while b"\r\n\r\n" not in got:
        got += client.socket.recv(1000)
    assert got == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.send(BODY)
    assert client.answer()[0] == 403
    client.close()
