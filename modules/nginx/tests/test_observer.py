"""The module in the serving NGINX: a silent observer of every request, whatever becomes of it."""

from conftest import SQLI, free_ports, raw, request
from http2 import Http2

SERVER = """
    server {{
        listen 127.0.0.1:{port};
        sidewatch on;
        location / {{ root {html}; }}
        location /off/ {{ sidewatch off; return 200 "ok\\n"; }}
        location /return/ {{ return 200 "ok\\n"; }}
        location /api/ {{ proxy_pass http://127.0.0.1:{origin}; }}
        location /limited/ {{ client_max_body_size 1k; proxy_pass http://127.0.0.1:{origin}; }}
        location /again/ {{ error_page 404 = /api/fallback; proxy_intercept_errors on; root {html}; }}
    }}
    server {{
        listen 127.0.0.1:{origin};
        location / {{ return 200 "origin\\n"; }}
    }}
"""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BODY = b"user=admin'+or+1%3D1--+"


def serve(nginx):
    port, origin = free_ports(2)
    (nginx.folder / "html/index.html").write_text("<h1>shop</h1>\n")
    nginx.configure(SERVER.format(port=port, origin=origin, html=nginx.folder / "html"))
    nginx.start(port)
    return port


def test_requests_of_every_outcome_are_seen(nginx):
    port = serve(nginx)
    assert request(port, "GET", "/" + SQLI[6:])[0] == 200
    assert request(port, "GET", SQLI)[0] == 404
    assert request(port, "GET", "/return" + SQLI)[0] == 200
    assert request(port, "POST", "/api/login", BODY, FORM) == (200, b"origin\n")
    events = nginx.events(4)
    assert [e["request"]["target"] for e in events] == ["/" + SQLI[6:], SQLI, "/return" + SQLI, "/api/login"]
    assert all("sqli" in e["classes"] for e in events), events
    assert events[3]["findings"][0]["point"].endswith("user")
    assert events[0]["client"]["ip"] == "127.0.0.1"


def test_refused_requests_are_seen(nginx):
    port = serve(nginx)
    attack = b"/?id=1'%20union%20select%20name,password%20from%20users--"
    host = b"Host: shop.example\r\n"
    assert b" 400 " in raw(port, b"GET " + attack + b" HTTP/1.1\r\n" + host + host + b"\r\n")
    assert b" 400 " in raw(port, b"GET /%00" + attack[1:] + b" HTTP/1.1\r\n" + host + b"\r\n")
    assert b" 413 " in raw(port, b"POST /limited" + attack + b" HTTP/1.1\r\n" + host + b"Content-Length: 99999\r\n\r\n")
    events = nginx.events(3)
    assert all("sqli" in e["classes"] for e in events), events


def test_a_refused_head_is_read_as_it_was_sent(nginx):
    """The library reads what NGINX had of it: the fields before the line that was refused, that line, and the rest."""
    port = serve(nginx)
    head = b"GET / HTTP/1.1\r\nHost: shop.example\r\nX-A: 1\r\nX-B: 1'\r\n union select name from users--\r\n\r\n"
    assert b" 400 " in raw(port, head)
    (event,) = nginx.events()
    assert event["request"]["host"] == "shop.example"
    assert [f["point"] for f in event["findings"]] == ["header.x-b"]
    assert event["anomalies"] == ["folding"]


def test_a_path_refused_over_http2_is_seen(nginx):
    (port,) = free_ports(1)
    nginx.configure(f"server {{ listen 127.0.0.1:{port} http2; sidewatch on; location / {{ return 204; }} }}")
    nginx.start(port)
    client = Http2(port)
    assert client.request("GET", "/%00" + SQLI)[0] == 400
    client.close()
    (event,) = nginx.events()
    assert (event["request"]["target"], event["request"]["version"]) == ("/%00" + SQLI, "HTTP/2")
    assert event["classes"] == ["sqli"]


def test_the_absolute_form_is_kept(nginx):
    port = serve(nginx)
    assert b" 404 " in raw(port, b"GET http://shop.example%s HTTP/1.0\r\n\r\n" % SQLI.encode())
    (event,) = nginx.events()
    assert event["request"]["target"] == "http://shop.example" + SQLI


def test_an_internal_redirect_keeps_the_request(nginx):
    port = serve(nginx)
    status, body = request(port, "POST", "/again/missing", BODY, FORM)
    assert (status, body) == (200, b"origin\n")
    (event,) = nginx.events()
    assert event["request"]["target"] == "/again/missing"
    assert event["request"]["body_bytes"] == len(BODY)


def test_locations_can_be_left_out(nginx):
    port = serve(nginx)
    assert request(port, "GET", "/off" + SQLI) == (200, b"ok\n")
    assert nginx.no_event()


def test_answers_are_what_they_were_without_the_module(nginx):
    port = serve(nginx)
    assert request(port, "GET", "/") == (200, b"<h1>shop</h1>\n")
    assert request(port, "GET", "/missing")[0] == 404


def test_garbage_changes_nothing_for_others(nginx):
    port = serve(nginx)
    for data in (b"\x16\x03\x01\x02\x00\x01\x00", b"\0" * 4000, b"GET", b"GET / HTTP/1.1\r\nHost", b"\r\n\r\n"):
        raw(port, data)
    assert request(port, "GET", "/") == (200, b"<h1>shop</h1>\n")
