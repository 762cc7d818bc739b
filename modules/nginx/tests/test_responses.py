"""Responses as the observer sees them, and as the client gets them: the second must not know of the first."""

import gzip
import hashlib
import re
import socket
import subprocess

import pytest
from conftest import MODULE, SQLI, free_ports, raw, request
from http2 import Http2
from upstreams import Upstream

TEXT = ("<p>%s</p>\n" % ("a word of text " * 40)).encode()
LARGE = b"".join(b"line %06d of a large file\n" % i for i in range(60_000))

SERVER = """
    gzip_types text/plain application/octet-stream;
    gzip_min_length 20;
    sendfile on;
    server {{
        {directives}
        listen 127.0.0.1:{port};
        listen 127.0.0.1:{port2} http2;
        root {html};
        location / {{ }}
        location /gzip/ {{ alias {html}/; gzip on; }}
        location /ssi/ {{ alias {html}/; ssi on; }}
        location /sub/ {{ alias {html}/; sub_filter word WORD; sub_filter_once off; }}
        location /aio/ {{ alias {html}/; aio threads; output_buffers 2 16k; }}
        location /direct/ {{ alias {html}/; directio 4k; }}
        location /nosendfile/ {{ alias {html}/; sendfile off; }}
        location /return {{ return 200 "some text\\n"; }}
        location /empty {{ return 204; }}
        location /moved {{ return 301 /index.html; }}
        location /errors/ {{ alias {html}/missing/; error_page 404 /error.html; }}
        location /again/ {{ alias {html}/missing/; error_page 404 = /app/fallback; }}
        location /try/ {{ try_files /missing /index.html; }}
        location /app/ {{ proxy_pass http://127.0.0.1:{origin}; proxy_http_version 1.1; add_header X-Added yes; }}
        location /unbuffered/ {{ proxy_pass http://127.0.0.1:{origin}/app/; proxy_buffering off; proxy_http_version 1.1; }}
        location /packed/ {{ proxy_pass http://127.0.0.1:{origin}; gunzip on; }}
        location /auth/ {{ alias {html}/; auth_request /ask; }}
        location = /ask {{ internal; return 204; }}
        location /copied/ {{ alias {html}/; mirror /copy; }}
        location = /copy {{ internal; proxy_pass http://127.0.0.1:{origin}/app/copy; }}
        location /down/ {{ proxy_pass http://127.0.0.1:1; }}
        location /late/ {{ alias {html}/; post_action /ask; }}
        location /socket/ {{
            proxy_pass http://127.0.0.1:{sockets};
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }}
    }}
    server {{
        listen 127.0.0.1:{origin};
        root {html};
        location /app/ {{ alias {html}/; }}
        location /app/fallback {{ return 200 "fallback\\n"; }}
        location /app/copy {{ return 200 "the answer to a copy\\n"; }}
        location /packed/ {{ alias {html}/; gzip_static always; }}
    }}
"""


def echo(connection, upstream):
    """Agrees to a WebSocket, then sends back what comes."""
    upstream.read_head(connection)
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n"
    )
    while data := upstream.read(connection):
        connection.sendall(data)


@pytest.fixture(scope="module")
def sockets():
    upstream = Upstream(echo)
    yield upstream
    upstream.close()


def serve(nginx, sockets, directives="sidewatch on;", module=True, ports=None):
    html = nginx.folder / "html"
    (html / "index.html").write_bytes(TEXT)
    (html / "large.txt").write_bytes(LARGE)
    (html / "packed.html.gz").write_bytes(gzip.compress(TEXT, mtime=0))
    (html / "page.html").write_text('before <!--# include virtual="/return" --> after\n')
    (html / "error.html").write_text("<h1>nothing here</h1>\n")
    for path in html.iterdir():
        subprocess.run(["touch", "-d", "2024-05-05 12:00:00 UTC", path], check=True)
    port, port2, origin = ports or free_ports(3)
    directives = f"{directives} sidewatch_events {nginx.events_file} all;" if module else ""
    text = SERVER.format(port=port, port2=port2, origin=origin, sockets=sockets.port, html=html, directives=directives)
    nginx.configure(text, module=MODULE if module else None)
    nginx.start(port)
    return port, port2


@pytest.mark.parametrize(
    ("target", "headers", "status", "body"),
    [
        ("/index.html", {}, 200, TEXT),
        ("/large.txt", {}, 200, LARGE),
        ("/aio/large.txt", {}, 200, LARGE),
        ("/direct/large.txt", {}, 200, LARGE),
        ("/nosendfile/large.txt", {}, 200, LARGE),
        ("/gzip/large.txt", {"Accept-Encoding": "gzip"}, 200, LARGE),
        ("/large.txt", {"Range": "bytes=100000-299999"}, 206, LARGE[100_000:300_000]),
        ("/return", {}, 200, b"some text\n"),
        ("/empty", {}, 204, b""),
        ("/missing", {}, 404, None),
        ("/errors/x", {}, 404, b"<h1>nothing here</h1>\n"),
        ("/again/x", {}, 200, b"fallback\n"),
        ("/try/x", {}, 200, TEXT),
        ("/app/index.html", {}, 200, TEXT),
        ("/app/large.txt", {}, 200, LARGE),
        ("/unbuffered/large.txt", {}, 200, LARGE),
        ("/app/missing", {}, 404, None),
        ("/down/x", {}, 502, None),
        ("/index.html", {"If-Modified-Since": "Sun, 05 May 2024 12:00:00 GMT"}, 304, b""),
        ("/large.txt", {"Range": "bytes=9999999-"}, 416, None),
        ("/auth/index.html", {}, 200, TEXT),
        ("/copied/index.html", {}, 200, TEXT),
        ("/late/index.html", {}, 200, TEXT),
    ],
)
def test_status_and_body_are_those_that_were_sent(nginx, sockets, target, headers, status, body):
    port, port2 = serve(nginx, sockets)
    got = request(port, "GET", target, headers=headers)
    assert got[0] == status
    plain = gzip.decompress(got[1]) if "Accept-Encoding" in headers else got[1]
    assert body is None or plain == body
    (event,) = nginx.events()
    assert event["response"] == {"status": status, "body_bytes": len(plain)}
    if "Range" in headers:
        return
    stream = Http2(port2)
    assert stream.request("GET", target, headers=[(k.lower(), v) for k, v in headers.items()])[0] == status
    stream.close()
    assert nginx.events(2)[1]["response"]["status"] == status
    assert nginx.events(2)[1]["response"]["body_bytes"] == len(plain)


def test_heads_only(nginx, sockets):
    port, _ = serve(nginx, sockets)
    assert request(port, "HEAD", "/large.txt") == (200, b"")
    assert request(port, "HEAD", "/app/large.txt") == (200, b"")
    assert [e["response"] for e in nginx.events(2)] == [{"status": 200, "body_bytes": 0}] * 2


def test_a_refused_request_has_a_response(nginx, sockets):
    port, _ = serve(nginx, sockets)
    assert b" 400 " in raw(port, b"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n")
    assert b" 405 " in raw(port, b"TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert [e["response"]["status"] for e in nginx.events(2)] == [400, 405]


def test_what_subrequests_bring_is_not_the_response(nginx, sockets):
    """The page as it was before SSI; its parts are no responses of their own."""
    port, _ = serve(nginx, sockets)
    assert request(port, "GET", "/ssi/page.html") == (200, b"before some text\n after\n")
    (event,) = nginx.events()
    assert event["response"]["body_bytes"] == (nginx.folder / "html/page.html").stat().st_size
    assert request(port, "GET", "/sub/index.html")[1] == TEXT.replace(b"word", b"WORD")
    assert nginx.events(2)[1]["response"]["body_bytes"] == len(TEXT)


def test_a_packed_response_is_seen_as_the_application_sent_it(nginx, sockets):
    port, _ = serve(nginx, sockets)
    assert request(port, "GET", "/packed/packed.html") == (200, TEXT)
    assert nginx.events()[0]["response"]["body_bytes"] == (nginx.folder / "html/packed.html.gz").stat().st_size


def test_the_body_is_read_in_the_coding_its_head_tells(nginx, sockets):
    """The head before NGINX packed the body, and before it unpacked it: reading the one as the other would be an oddity."""
    (nginx.folder / "keep.toml").write_text("[limits]\nkeep_body = 100000\n")
    port, _ = serve(nginx, sockets, "sidewatch on; sidewatch_policy keep.toml;")
    assert request(port, "GET", "/gzip/large.txt", headers={"Accept-Encoding": "gzip"})[0] == 200
    assert request(port, "GET", "/packed/packed.html") == (200, TEXT)
    assert [e["anomalies"] for e in nginx.events(2)] == [[], []]


def test_a_websocket(nginx, sockets):
    port, _ = serve(nginx, sockets)
    with socket.create_connection(("127.0.0.1", port), 5) as s:
        s.sendall(b"GET /socket/ HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        got = b""
        while b"\r\n\r\n" not in got:
            got += s.recv(1000)
        assert got.startswith(b"HTTP/1.1 101 ")
        for message in (b"one", b"two" * 5000):
            s.sendall(message)
            back = b""
            while len(back) < len(message):
                back += s.recv(65536)
            assert back == message
    assert nginx.events()[0]["response"] == {"status": 101, "body_bytes": 0}


def test_a_client_that_goes_away(nginx, sockets):
    port, _ = serve(nginx, sockets)
    size = 64 << 20  # more than sockets hold
    with (nginx.folder / "html/huge.bin").open("wb") as huge:
        huge.truncate(size)
    with socket.create_connection(("127.0.0.1", port), 5) as s:
        s.sendall(b"GET /huge.bin HTTP/1.1\r\nHost: a\r\n\r\n")
        s.recv(1000)
    (event,) = nginx.events()
    assert event["response"]["status"] == 200
    assert 0 < event["response"]["body_bytes"] < size, "read as the client takes it, not all at once"


@pytest.mark.parametrize(
    ("mode", "want"),
    [("on", {"status": 200, "body_bytes": len(LARGE)}), ("head", {"status": 200, "body_bytes": 0}), ("off", None)],
)
def test_what_is_judged_is_a_matter_of_configuration(nginx, sockets, mode, want):
    port, _ = serve(nginx, sockets, f"sidewatch on; sidewatch_responses {mode};")
    assert request(port, "GET", "/large.txt") == (200, LARGE)
    assert nginx.events()[0].get("response") == want


def test_a_mirror_target_answers_no_client(nginx):
    (port,) = free_ports(1)
    nginx.configure(f"server {{ listen 127.0.0.1:{port}; location / {{ sidewatch_mirror_target; }} }}")
    nginx.start(port)
    assert request(port, "GET", SQLI)[0] == 204
    assert "response" not in nginx.events()[0]


def answers(port, port2):
    """What clients get of every kind of response, byte for byte, but for the time of day."""
    ask = []
    for target in (
        "index.html",
        "gzip/index.html",
        "large.txt",
        "gzip/large.txt",
        "ssi/page.html",
        "sub/index.html",
        "aio/large.txt",
        "direct/large.txt",
        "nosendfile/large.txt",
        "return",
        "empty",
        "moved",
        "missing",
        "errors/x",
        "again/x",
        "try/x",
        "app/index.html",
        "app/large.txt",
        "unbuffered/large.txt",
        "app/missing",
        "packed/packed.html",
        "down/x",
        "auth/index.html",
        "copied/index.html",
        "late/index.html",
    ):
        for method in ("GET", "HEAD", "POST"):
            ask.append((method, target, ""))
        ask.append(("GET", target, "Accept-Encoding: gzip\r\n"))
        ask.append(("GET", target, "Range: bytes=5-20\r\n"))
    ask += [
        ("GET", "large.txt", f"{field}\r\n")
        for field in (
            "Range: bytes=-7",
            "Range: bytes=1000-",
            "Range: bytes=99999999-",
            "Range: bytes=0-9,100000-200000",
            "If-Modified-Since: Sun, 05 May 2024 12:00:00 GMT",
            "If-None-Match: *",
            "If-Match: none",
            "If-Unmodified-Since: Sun, 05 May 1999 12:00:00 GMT",
            "If-Range: x\r\nRange: bytes=5-20",
        )
    ]
    seen = {}
    for method, target, field in ask:
        text = f"{method} /{target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{field}\r\n"
        seen[method, target, field] = raw(port, text.encode())
    seen["HTTP/1.0"] = raw(port, b"GET /gzip/large.txt HTTP/1.0\r\n\r\n")
    seen["HTTP/0.9"] = raw(port, b"GET /large.txt\r\n")
    for refused in (b"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"):
        seen[refused] = raw(port, refused)
    stream = Http2(port2)
    for target in ("/index.html", "/large.txt", "/gzip/large.txt", "/missing", "/moved", "/app/large.txt"):
        for method in ("GET", "HEAD"):
            for fields in ([], [("accept-encoding", "gzip")], [("range", "bytes=5-20")]):
                number = stream.begin(method, target, fields)
                status, body = stream.answer(number)
                head = {k: v for k, v in stream.answers[number][2].items() if k != "date"}
                seen[2, method, target, str(fields)] = (status, head, hashlib.sha256(body).hexdigest())
    stream.close()
    # The time of day, and the number that NGINX gives to a border between ranges.
    hide = re.compile(rb"Date: [^\r]+|(?<=boundary=)\d{20}|(?<=--)\d{20}")
    return {k: hashlib.sha256(hide.sub(b"", v)).hexdigest() if isinstance(v, bytes) else v for k, v in seen.items()}


@pytest.mark.parametrize("directives", ["sidewatch on;", "sidewatch block; sidewatch_responses head;"])
def test_clients_get_the_same_bytes_with_and_without_the_module(nginx, sockets, directives):
    ports = free_ports(3)
    with_module = answers(*serve(nginx, sockets, directives, ports=ports))
    nginx.events(len(with_module) - 5)
    nginx.stop()
    without = answers(*serve(nginx, sockets, directives, module=False, ports=ports))
    assert {k: (v, without[k]) for k, v in with_module.items() if v != without[k]} == {}


def test_a_response_that_takes_its_time_is_passed_on_as_it_comes(nginx):
    def slow(connection, upstream):
        upstream.read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nfirst")
        upstream.closed.wait(5)  # set by the test, once the first piece is there
        connection.sendall(b"after")

    origin = Upstream(slow)
    (port,) = free_ports(1)
    nginx.configure(
        f"server {{ listen 127.0.0.1:{port}; sidewatch block; sidewatch_events {nginx.events_file} all; "
        f"location / {{ proxy_pass http://127.0.0.1:{origin.port}; proxy_buffering off; }} }}"
    )
    nginx.start(port)
    with socket.create_connection(("127.0.0.1", port), 5) as s:
        s.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        got = b""
        while not got.endswith(b"first"):
            got += s.recv(1000)
        origin.closed.set()
        while piece := s.recv(1000):
            got += piece
        assert got.endswith(b"firstafter")
    origin.close()
    assert nginx.events()[0]["response"]["body_bytes"] == 10
