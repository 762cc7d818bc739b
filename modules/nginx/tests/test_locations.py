"""Which location judges a request, and who the client is."""

import signal
import socket

import pytest
from conftest import SQLI, free_ports, request, wait_for
from upstreams import Upstream, swallow

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BODY = b"user=admin'+or+1%3D1--+"
QUERY = SQLI[6:]

SERVER = """
    server {{
        listen 127.0.0.1:{port};
        root {html};
        sidewatch monitor;
        sidewatch_events {events} all;
        location / {{ }}
        location /off/ {{ sidewatch off; location /off/on/ {{ sidewatch on; }} }}
        location /block/ {{ sidewatch block; location /block/inside/ {{ }} location /block/off/ {{ sidewatch off; }}
            location /block/watched/ {{ sidewatch monitor; }} }}
        location /quiet/ {{ sidewatch block; sidewatch_policy quiet.toml; }}
        location /status/ {{ sidewatch block; sidewatch_block_status 406; location /status/inside/ {{ }} }}
        location /if/ {{ sidewatch block; if ($arg_trusted) {{ sidewatch off; }} }}
        location /except/ {{ sidewatch block; limit_except GET {{ deny all; }} }}
        location /return/ {{ sidewatch block; return 200 "ok\\n"; }}

        location /rewritten/ {{ sidewatch_policy quiet.toml; rewrite ^ /block/index.html last; }}
        location /rewritten-quiet/ {{ sidewatch block; rewrite ^ /quiet/index.html last; }}
        location /tried-from-quiet/ {{ sidewatch_policy quiet.toml; try_files /missing @app; }}
        location /tried-from-off/ {{ sidewatch off; try_files /missing @app; }}
        location /tried-from-watched/ {{ try_files /missing @app; }}
        location /tried-to-off/ {{ sidewatch block; try_files /missing @off; }}
        location /tried-to-quiet/ {{ try_files /missing @quiet; }}
        location @app {{ sidewatch block; proxy_pass http://127.0.0.1:{origin}; }}
        location @off {{ sidewatch off; proxy_pass http://127.0.0.1:{origin}; }}
        location @quiet {{ sidewatch block; sidewatch_policy quiet.toml; proxy_pass http://127.0.0.1:{origin}; }}
        location /error/ {{ error_page 404 /off/error.html; root {html}/none; }}
        location /page/ {{ ssi on; alias {html}/; }}
        location /told-here/ {{ try_files /missing @elsewhere; }}
        location @elsewhere {{ sidewatch_events {html}/elsewhere.jsonl all; proxy_pass http://127.0.0.1:{origin}; }}
        location /accel/ {{ proxy_pass http://127.0.0.1:{accel}; }}
        location /protected/ {{ internal; sidewatch off; alias {html}/; }}
    }}
"""


def accel(connection, upstream):
    upstream.read_head(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Accel-Redirect: /protected/index.html\r\nConnection: close\r\n\r\n")


@pytest.fixture
def shop(nginx):
    """A server with every kind of location; the port."""
    origin, redirecting = Upstream(swallow), Upstream(accel)
    html = nginx.folder / "html"
    for path in (
        "",
        "off/",
        "off/on/",
        "block/",
        "block/inside/",
        "block/off/",
        "block/watched/",
        "quiet/",
        "status/inside/",
        "if/",
        "except/",
    ):
        (html / path).mkdir(parents=True, exist_ok=True)
        (html / path / "index.html").write_text("page\n")
    (html / "off/error.html").write_text("error\n")
    (nginx.folder / "quiet.toml").write_text('[detection]\ndisabled = ["sqli"]\n')
    (port,) = free_ports(1)
    nginx.configure(
        SERVER.format(port=port, html=html, events=nginx.events_file, origin=origin.port, accel=redirecting.port)
    )
    nginx.start(port)
    yield nginx, port
    origin.close()
    redirecting.close()


@pytest.mark.parametrize(
    ("path", "status", "verdict", "action"),
    [
        ("/", 200, "attack", None),
        ("/off/", 200, None, None),
        ("/off/on/", 200, "attack", None),
        ("/block/", 403, "attack", "block"),
        ("/block/inside/", 403, "attack", "block"),
        ("/block/off/", 200, None, None),
        ("/block/watched/", 200, "attack", None),
        ("/quiet/", 200, "pass", "pass"),
        ("/status/inside/", 406, "attack", "block"),
        ("/if/", 403, "attack", "block"),
        ("/except/", 403, "attack", "block"),
        # The answer of `return` is made before the location is settled: seen, not refused.
        ("/return/", 200, "attack", None),
        # `rewrite` comes before judging: the location it leads to has the word.
        ("/rewritten/", 403, "attack", "block"),
        ("/rewritten-quiet/", 200, "pass", "pass"),
        # Later redirects keep the policy of the first location that judged; each may refuse, or not look on.
        ("/tried-from-quiet/", 200, "pass", "pass"),
        ("/tried-from-off/", 403, "attack", "block"),
        ("/tried-from-watched/", 403, "attack", "block"),
        ("/tried-to-off/", 403, "attack", "block"),
        ("/tried-to-quiet/", 403, "attack", "block"),
        ("/error/", 404, "attack", None),
        ("/accel/", 200, "attack", None),
    ],
)
def test_locations(shop, path, status, verdict, action):
    nginx, port = shop
    assert request(port, "GET", path + QUERY)[0] == status
    if verdict is None:
        assert nginx.no_event()
        return
    (event,) = nginx.events()
    assert (event["verdict"], event.get("action"), event["response"]["status"]) == (verdict, action, status)


def test_an_if_that_switches_off(shop):
    nginx, port = shop
    assert request(port, "GET", "/if/" + QUERY + "&trusted=1")[0] == 200
    assert nginx.no_event()


def test_a_subrequest_is_not_refused_for_the_request_it_belongs_to(shop):
    nginx, port = shop
    (nginx.folder / "html/page.html").write_text('[<!--# include virtual="/block/index.html" -->]')
    assert request(port, "GET", "/page/page.html" + QUERY) == (200, b"[page\n]")
    (event,) = nginx.events()
    assert event["verdict"] == "attack" and "action" not in event


def test_events_go_where_the_first_location_says(shop):
    nginx, port = shop
    assert request(port, "GET", "/told-here/" + QUERY)[0] == 200
    assert nginx.events()[0]["verdict"] == "attack"
    assert (nginx.folder / "html/elsewhere.jsonl").read_text() == ""


def test_a_body_is_judged_by_the_location_that_reads_it(shop):
    nginx, port = shop
    assert request(port, "POST", "/tried-from-watched/", BODY, FORM)[0] == 403
    assert request(port, "POST", "/tried-from-quiet/", BODY, FORM)[0] == 200
    assert request(port, "POST", "/tried-to-off/", BODY, FORM)[0] == 200
    got = [(e["verdict"], e["action"], e["request"]["body_bytes"]) for e in nginx.events(3)]
    assert got == [("attack", "block", len(BODY)), ("pass", "pass", len(BODY)), ("pass", "pass", 0)]


def test_a_reload_takes_the_new_mode_for_new_requests(nginx):
    (port,) = free_ports(1)
    conf = f"server {{{{ listen 127.0.0.1:{port}; sidewatch {{}}; root {nginx.folder}/html; }}}}"
    (nginx.folder / "html/index.html").write_text("page\n")
    nginx.configure(conf.format("monitor"))
    nginx.start(port)
    assert request(port, "GET", "/" + QUERY)[0] == 200
    nginx.configure(conf.format("block"))
    nginx.signal(signal.SIGHUP)
    wait_for(lambda: request(port, "GET", "/" + QUERY)[0] == 403, "the new mode is in force")
    nginx.configure(conf.format("blok"))
    nginx.signal(signal.SIGHUP)
    wait_for(lambda: 'invalid value "blok"' in nginx.error_log.read_text(), "the reason is logged")
    assert request(port, "GET", "/" + QUERY)[0] == 403, "the old mode goes on"


CLIENTS = """
    server {{
        listen 127.0.0.1:{port};
        sidewatch on;
        real_ip_header X-Forwarded-For;
        set_real_ip_from 127.0.0.1;
        location / {{ return 200 "ok\\n"; }}
        location /recursive/ {{ set_real_ip_from 10.0.0.0/8; real_ip_recursive on; proxy_pass http://127.0.0.1:{port}/; }}
        location /block/ {{ sidewatch block; proxy_pass http://127.0.0.1:{port}/; }}
    }}
    server {{
        listen 127.0.0.1:{late};
        sidewatch on;
        location / {{ set_real_ip_from 127.0.0.1; real_ip_header X-Real-IP; root html; }}
    }}
    server {{
        listen 127.0.0.1:{proxy} proxy_protocol;
        sidewatch on;
        set_real_ip_from 127.0.0.1;
        real_ip_header proxy_protocol;
        location / {{ root html; }}
    }}
    server {{
        listen 127.0.0.1:{unnamed} proxy_protocol;
        sidewatch on;
        location / {{ root html; }}
    }}
    server {{ listen unix:{folder}/socket; sidewatch on; location / {{ return 200 "ok\\n"; }} }}
    server {{ listen [::1]:{port}; sidewatch on; location / {{ return 200 "ok\\n"; }} }}
"""


def test_the_client_is_whom_realip_says(nginx):
    port, late, proxy, unnamed = free_ports(4)
    nginx.configure(CLIENTS.format(port=port, late=late, proxy=proxy, unnamed=unnamed, folder=nginx.folder))
    nginx.start(port)

    def client(number):
        return nginx.events(number)[number - 1].get("client")

    assert request(port, "GET", SQLI)[0] == 200
    assert client(1)["ip"] == "127.0.0.1" and client(1)["port"] > 0
    request(port, "GET", SQLI, headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9:4711"})
    assert client(2) == {"ip": "203.0.113.9", "port": 4711}
    request(port, "GET", SQLI, headers={"X-Forwarded-For": "2001:db8::7"})
    assert client(3)["ip"] == "2001:db8::7"
    request(port, "GET", "/block" + SQLI, headers={"X-Forwarded-For": "203.0.113.9"})
    assert client(4) == {"ip": "203.0.113.9", "port": 0}, "of a refused request too"
    request(late, "GET", SQLI, headers={"X-Real-IP": "203.0.113.10"})
    assert client(5)["ip"] == "203.0.113.10", "realip that acts in a location"

    def send(where, data):
        with where as s:
            s.sendall(data + b"GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % SQLI.encode())
            while s.recv(4096):
                pass

    header = b"PROXY TCP4 203.0.113.11 192.0.2.1 5000 80\r\n"
    send(socket.create_connection(("127.0.0.1", proxy), 5), header)
    assert client(6) == {"ip": "203.0.113.11", "port": 5000}
    send(socket.create_connection(("127.0.0.1", unnamed), 5), header)
    assert client(7)["ip"] == "127.0.0.1", "as $remote_addr: without realip the header is not believed"
    local = socket.socket(socket.AF_UNIX)
    local.connect(f"{nginx.folder}/socket")
    send(local, b"")
    assert client(8) is None
    try:
        six = socket.create_connection(("::1", port), 5)
    except OSError:
        return
    send(six, b"")
    assert client(9)["ip"] == "::1"
