"""The module in line: attacks are refused on the verdict, and nothing else is touched."""

import subprocess
import time

import pytest
from conftest import MODULE, ROOT, SQLI, free_ports, metrics, raw, request, wait_for
from http2 import Http2
from inline import BODY, FORM, HEAD, PLAIN, SERVER, Client, get, post, serve
from upstreams import drain


def test_an_attack_in_the_head_is_refused_and_never_reaches_the_application(nginx, upstream):
    origin = upstream()
    port = serve(nginx, origin)
    assert request(port, "GET", SQLI)[0] == 403
    assert request(port, "GET", "/items?id=42") == (200, b"origin\n")
    assert origin.connections == 1 and b"union" not in origin.received
    attack, plain = nginx.events(2)
    assert (attack["verdict"], attack["action"], attack["response"]["status"]) == ("attack", "block", 403)
    assert (plain["verdict"], plain["action"], plain["response"]["status"]) == ("pass", "pass", 200)


def test_what_only_the_whole_head_shows_is_refused_too(nginx, upstream):
    """A flood of parameters is told when all of them are there."""
    origin = upstream()
    port = serve(nginx, origin)
    assert request(port, "GET", "/?" + "a=1&" * 1500)[0] == 403
    assert request(port, "POST", "/?" + "a=1&" * 1500, b"a=1", FORM)[0] == 403
    assert origin.connections == 0


def test_a_suspicious_request_passes(nginx, upstream):
    port = serve(nginx, upstream())
    target = "/search?q=select+a+name+from+the+list"
    assert request(port, "GET", target)[0] == 200
    (event,) = nginx.events()
    assert event["verdict"] != "attack" and event["action"] == "pass"


@pytest.mark.parametrize("pieces", [1, 2, 40])
def test_an_attack_in_a_body_is_refused_before_the_application_sees_any_of_it(nginx, upstream, pieces):
    origin = upstream()
    port = serve(nginx, origin)
    body = b"note=" + b"word+" * 20 + BODY if pieces == 1 else b"note=" + b"word+" * 8_000 + b"&" + BODY
    client = Client(port)
    data = post(body)
    step = len(data) // pieces + 1
    for i in range(0, len(data), step):
        client.send(data[i : i + step])
        time.sleep(0.005)
    assert client.answer()[0] == 403
    client.close()
    assert origin.connections == 0
    (event,) = nginx.events()
    assert (event["action"], event["response"]["status"]) == ("block", 403)
    assert event["request"]["body_bytes"] == len(body)


def test_an_attack_at_the_beginning_of_a_large_body_is_refused_at_once(nginx, upstream):
    origin = upstream()
    port = serve(nginx, origin)
    client = Client(port)
    client.send(HEAD + b"Content-Length: 50000000\r\n\r\n" + BODY + b"&x=" + b"a" * 20_000)
    status, head, _ = client.answer()
    assert status == 403 and b"Connection: close" in head, "not held until all of it has come"
    client.close()
    assert origin.connections == 0


@pytest.mark.parametrize("attack", [True, False])
def test_chunked_bodies(nginx, upstream, attack):
    origin = upstream()
    port = serve(nginx, origin)
    client = Client(port)
    body = BODY if attack else PLAIN
    client.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    for i in range(0, len(body), 5):
        client.send(b"%x\r\n%s\r\n" % (len(body[i : i + 5]), body[i : i + 5]))
    client.send(b"0\r\n\r\n")
    assert client.answer()[0] == (403 if attack else 200)
    client.close()
    assert (body in origin.received) is not attack


def test_without_request_buffering_the_connection_to_the_application_is_cut(nginx, upstream):
    origin = upstream(drain)
    port = serve(nginx, origin, "proxy_request_buffering off; proxy_http_version 1.1;")
    client = Client(port)
    client.send(HEAD + b"Content-Length: 100000\r\n\r\nnote=" + b"word+" * 1000)
    wait_for(lambda: b"word+word" in origin.received, "the application has the first piece")
    client.send(b"&" + BODY + b"&")
    assert client.answer()[0] == 403
    assert origin.closed.wait(5), "the connection to the application is cut"
    assert b"admin" not in origin.received
    client.close()


def test_without_request_buffering_an_ordinary_body_streams_on(nginx, upstream):
    origin = upstream()
    port = serve(nginx, origin, "proxy_request_buffering off; proxy_http_version 1.1;")
    client = Client(port)
    body = b"note=" + b"word+" * 10_000
    client.send(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body[:9000])
    wait_for(lambda: b"word+word" in origin.received, "the first piece is not held up")
    client.send(body[9000:])
    assert client.answer()[0] == 200
    assert origin.received.endswith(body)
    client.close()


FORM2 = [("content-type", "application/x-www-form-urlencoded")]


def serve2(nginx, origin, location=""):
    (port,) = free_ports(1)
    nginx.configure(
        SERVER.format(port=f"{port} http2", origin=origin.port, events=nginx.events_file, server="", location=location)
    )
    nginx.start(port)
    return port


@pytest.mark.parametrize("buffering", ["on", "off"])
@pytest.mark.parametrize("length", [True, False])
def test_http2(nginx, upstream, buffering, length):
    origin = upstream()
    port = serve2(nginx, origin, f"proxy_request_buffering {buffering}; proxy_http_version 1.1;")
    client = Http2(port)
    large = b"note=" + b"word+" * 60_000

    def post(target, body):
        return client.request("POST", target, body, [*FORM2, ("content-length", str(len(body)))] if length else FORM2)

    assert client.request("GET", SQLI)[0] == 403
    assert client.request("GET", "/items?id=42") == (200, b"origin\n")
    assert post("/login", BODY)[0] == 403
    assert post("/plain", large)[0] == 200
    assert post("/large", large + b"&" + BODY)[0] == 403
    assert post("/early", BODY + b"&" + large)[0] == 403
    assert post("/after", PLAIN)[0] == 200
    client.close()
    events = nginx.events(7)
    assert {e["request"]["version"] for e in events} == {"HTTP/2"}
    for event in events:
        assert event["action"] == ("block" if event["verdict"] == "attack" else "pass")
    # Without buffering and without a length, all may have been passed on before the end tells that it was an attack: the
    # application then never gets that end.
    assert b"admin" not in origin.received or (buffering == "off" and not length)
    assert BODY + b"\r\n0\r\n" not in origin.received


def test_a_refused_stream_leaves_the_others_of_its_connection_alone(nginx, upstream):
    client = Http2(serve2(nginx, upstream()))
    slow = client.begin("POST", "/slow", FORM2, end=False)
    client.send(slow, PLAIN)
    cut = client.begin("POST", "/cut", FORM2, end=False)
    client.send(cut, BODY + b"&x=" + b"y" * 20_000)
    refused = client.begin("GET", SQLI)
    plain = client.begin("GET", "/items?id=42")
    assert [client.answer(s)[0] for s in (cut, refused, plain)] == [403, 403, 200]
    client.send(slow, b"&more=words", end=True)
    assert client.answer(slow)[0] == 200
    client.close()


@pytest.mark.parametrize("status", [400, 404, 418, 429, 451, 503, 599])
def test_the_status_is_a_matter_of_configuration(nginx, upstream, status):
    port = serve(nginx, upstream(), server=f"sidewatch_block_status {status};")
    assert request(port, "GET", SQLI)[0] == status
    assert request(port, "POST", "/login", BODY, FORM)[0] == status
    assert [e["response"]["status"] for e in nginx.events(2)] == [status] * 2


def test_444_closes_without_an_answer(nginx, upstream):
    port = serve(nginx, upstream(), server="sidewatch_block_status 444;")
    assert raw(port, get(SQLI.encode())) == b""
    assert raw(port, post(BODY)) == b""
    for event in nginx.events(2):
        assert event["action"] == "block" and "response" not in event


ERROR_PAGES = """
    error_page 403 {page};
    location = /refused.html {{ internal; root {html}; }}
    location = /refused {{ internal; proxy_pass http://127.0.0.1:{pages}; }}
    location @refused {{ return 403 "named\\n"; }}
"""


@pytest.mark.parametrize(
    ("page", "want"),
    [
        ("/refused.html", (403, b"static\n")),
        ("=200 /refused.html", (200, b"static\n")),
        ("/refused", (403, b"origin\n")),
        ("@refused", (403, b"named\n")),
    ],
)
def test_error_pages(nginx, upstream, page, want):
    """Static, proxied and named ones, for attacks in heads and in bodies; the body of an attack goes nowhere."""
    origin, pages = upstream(), upstream()
    (nginx.folder / "html/refused.html").write_text("static\n")
    port = serve(nginx, origin, server=ERROR_PAGES.format(page=page, html=nginx.folder / "html", pages=pages.port))
    assert request(port, "GET", SQLI) == want
    assert request(port, "POST", "/login", BODY, FORM) == want
    assert request(port, "POST", "/login", b"", FORM | {"X-Note": "'; drop table users--"}) == want
    for gap in (0, 0.1):
        client = Client(port)
        client.send(HEAD + b"Content-Length: 30000\r\n\r\n")
        time.sleep(gap)
        client.send(BODY + b"&x=" + b"y" * 20_000)
        status, _, body = client.answer()
        assert (status, body) == want
        client.close()
    assert origin.connections == 0
    assert b"admin" not in pages.received
    assert {e["action"] for e in nginx.events(5)} == {"block"}


def test_passwords_and_satisfy_any_do_not_let_an_attack_by(nginx, upstream):
    origin = upstream()
    passwords = nginx.folder / "passwords"
    passwords.write_text("ann:{PLAIN}secret\n")
    port = serve(
        nginx, origin, f"satisfy any; allow 127.0.0.1; deny all; auth_basic shop; auth_basic_user_file {passwords};"
    )
    assert request(port, "GET", SQLI)[0] == 403
    assert request(port, "GET", SQLI, headers={"Authorization": "Basic YW5uOnNlY3JldA=="})[0] == 403
    assert request(port, "GET", "/items?id=42")[0] == 200
    assert origin.connections == 1


def test_grpc(nginx, upstream):
    """A proxy that streams: the call is cut, and the application never gets the end of the message."""
    origin = upstream()
    (between,) = free_ports(1)
    port = serve(
        nginx,
        origin,
        server=f"location /shop.Cart/ {{ grpc_pass grpc://127.0.0.1:{between}; }}",
        http=f"server {{ listen 127.0.0.1:{between} http2; location / {{ proxy_pass http://127.0.0.1:{origin.port}; }} }}",
    )
    message = b"\n" + bytes([len(BODY)]) + b"1' union select name,password from users--"[: len(BODY)]
    attack = b"\0" + len(message).to_bytes(4, "big") + message
    for body, status in ((b"\0\0\0\0\x04\n\x02ok", 200), (attack, 403)):
        fields = {"Content-Type": "application/grpc", "TE": "trailers"}
        assert request(port, "POST", "/shop.Cart/Add", body, fields)[0] == status
    assert [e["action"] for e in nginx.events(2)] == ["pass", "block"]
    assert b"union" not in origin.received


def test_a_mirror_and_an_authorization_get_no_attack(nginx, upstream):
    origin, other = upstream(), upstream()
    port = serve(
        nginx,
        origin,
        "mirror /copy; auth_request /auth;",
        f"location = /copy {{ internal; proxy_pass http://127.0.0.1:{other.port}; }}"
        f"location = /auth {{ internal; proxy_pass http://127.0.0.1:{other.port}; proxy_pass_request_body off; "
        "proxy_set_header Content-Length ''; }",
    )
    assert request(port, "GET", SQLI)[0] == 403
    assert other.connections == 0
    assert request(port, "POST", "/login", PLAIN, FORM)[0] == 200
    wait_for(lambda: other.connections == 2, "copy and authorization")
    assert request(port, "POST", "/login", BODY, FORM)[0] == 403
    assert b"admin" not in origin.received + other.received
    assert [e["action"] for e in nginx.events(3)] == ["block", "pass", "block"], (
        "one event for each request of a client"
    )


def test_monitor_refuses_nothing(nginx, upstream):
    origin = upstream()
    port = serve(nginx, origin, "sidewatch monitor;")
    assert request(port, "GET", SQLI)[0] == 200
    assert request(port, "POST", "/login", BODY, FORM)[0] == 200
    for event in nginx.events(2):
        assert event["verdict"] == "attack" and "action" not in event


def test_the_status_page_counts_refusals_and_responses(nginx, upstream):
    port = serve(nginx, upstream(), server="location = /status { sidewatch off; sidewatch_status; }")
    request(port, "GET", SQLI)
    request(port, "POST", "/login", BODY, FORM)
    answer = request(port, "GET", "/items?id=42")[1]
    nginx.events(3)
    told = metrics(port)
    assert told["sidewatch_blocked_total"] == 2
    assert told["sidewatch_responses_total"] == 3
    assert told["sidewatch_response_bytes_total"] > len(answer) + 2 * len(b"403 Forbidden")


def test_events_of_refused_requests_are_what_the_schema_says(nginx, upstream):
    jsonschema = pytest.importorskip("jsonschema")
    import json

    port = serve(nginx, upstream())
    request(port, "GET", SQLI)
    request(port, "POST", "/login", PLAIN, FORM)
    schema = json.loads((ROOT / "docs/event.schema.json").read_text())
    for event in nginx.events(2):
        jsonschema.Draft202012Validator(schema).validate(event)


FAULTY = r"""
#include <sidewatch.h>
#include <string.h>
/* The library, but for bodies and headers with the word "fault": there the call fails, as after a panic. */
static int has_fault(const uint8_t *data, size_t len) {
    size_t i;
    for (i = 0; i + 5 <= len; i++) {
        if (memcmp(data + i, "fault", 5) == 0) return 1;
    }
    return 0;
}
int32_t __real_sidewatch_transaction_request_body(sidewatch_transaction *, const uint8_t *, size_t);
int32_t __wrap_sidewatch_transaction_request_body(sidewatch_transaction *tx, const uint8_t *data, size_t len) {
    return has_fault(data, len) ? SIDEWATCH_ERROR_INTERNAL : __real_sidewatch_transaction_request_body(tx, data, len);
}
int32_t __real_sidewatch_transaction_request_header(sidewatch_transaction *, const uint8_t *, size_t, const uint8_t *, size_t);
int32_t __wrap_sidewatch_transaction_request_header(sidewatch_transaction *tx, const uint8_t *name, size_t name_len,
                                                    const uint8_t *value, size_t len) {
    return has_fault(value, len) ? SIDEWATCH_ERROR_INTERNAL
                                 : __real_sidewatch_transaction_request_header(tx, name, name_len, value, len);
}
"""


@pytest.fixture
def faulty_module(tmp_path):
    """The module with a library whose calls fail on demand."""
    (tmp_path / "faulty.c").write_text(FAULTY)
    objects = sorted(str(p) for p in (MODULE.parent / "obj").rglob("*.o") if "sidewatch" in p.name)
    module = tmp_path / "faulty.so"
    calls = ("request_body", "request_header")
    subprocess.run(
        [
            "cc",
            "-shared",
            "-fPIC",
            f"-I{ROOT}/include",
            *objects,
            str(tmp_path / "faulty.c"),
            str(ROOT / "target/release/libsidewatch.a"),
            "-lpthread",
            "-ldl",
            "-lm",
            "-Wl,--exclude-libs,ALL",
            *[f"-Wl,--wrap=sidewatch_transaction_{call}" for call in calls],
            "-o",
            str(module),
        ],
        check=True,
        timeout=120,
    )
    return module


@pytest.mark.parametrize("directive", ["", "sidewatch_on_error pass;", "sidewatch_on_error block;"])
def test_a_request_that_cannot_be_judged(nginx, upstream, faulty_module, directive):
    origin = upstream()
    (port,) = free_ports(1)
    nginx.configure(
        "log_format verdict '$status $sidewatch_verdict $sidewatch_action';"
        + SERVER.format(port=port, origin=origin.port, events=nginx.events_file, location="", server=directive),
        module=faulty_module,
    )
    conf = nginx.folder / "nginx.conf"
    conf.write_text(
        conf.read_text()
        .replace("access_log off;", "")
        .replace("sidewatch block;", f"sidewatch block; access_log {nginx.folder}/access.log verdict;")
    )
    nginx.start(port)
    want = 403 if "block" in directive else 200
    assert request(port, "POST", "/login", b"user=fault", FORM)[0] == want
    assert request(port, "GET", "/", headers={"X-Note": "fault"})[0] == want
    assert request(port, "GET", "/items?id=42")[0] == 200
    assert request(port, "GET", SQLI)[0] == 403
    (plain, attack) = nginx.events(2)
    assert (plain["action"], attack["action"]) == ("pass", "block")
    action = "block" if want == 403 else "pass"
    assert (nginx.folder / "access.log").read_text().splitlines() == [
        f"{want} - {action}",
        f"{want} - {action}",
        "200 pass pass",
        "403 attack block",
    ]
