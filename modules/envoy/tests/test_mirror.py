"""The module as the target of `request_mirror_policies`: what it is told of the original request, and what it finds."""

import socket
import subprocess
import time

import pytest
from conftest import (
    ATTACK,
    FORM,
    MUTATIONS,
    ROUTER,
    SQLI,
    chunked,
    cluster,
    curl,
    free_port,
    listener,
    raw,
    request,
    route,
    wait_for,
)


def test_the_original_request_is_what_is_reported(envoy, mirror):
    front = mirror()
    assert request(front, "GET", SQLI, headers={"X-Request-Id": "req-1"}) == (200, b"origin\n")
    (event,) = envoy.events()
    assert event["request"]["method"] == "GET"
    assert event["request"]["target"] == SQLI
    assert event["request"]["host"] == "shop.example"
    assert event["request"]["version"] == "HTTP/1.1"
    assert event["client"]["ip"] == "127.0.0.1" and event["client"]["port"] > 0
    assert event["client"]["port"] != front
    assert event["id"] == "req-1"
    assert "response" not in event and "server" not in event
    assert event["verdict"] == "attack" and event["anomalies"] == []
    (finding,) = event["findings"]
    assert (finding["class"], finding["point"]) == ("sqli", "query.id")


def test_ordinary_requests_are_not_written(envoy, mirror):
    front = mirror()
    for target in ("/", "/items?id=42&sort=name", "/search?q=O%27Neill+and+sons"):
        assert request(front, "GET", target)[0] == 200
    assert request(front, "POST", "/cart", b"item=7&note=leave+it+at+the+door", FORM)[0] == 200
    wait_for(lambda: envoy.stat("requests") == 4, "all are judged")
    assert envoy.no_event()


@pytest.mark.parametrize("http2", [False, True])
def test_bodies_are_judged_small_large_and_chunked(envoy, mirror, http2):
    """Both ways to the target: HTTP/1 and HTTP/2."""
    front = mirror(http2=http2)
    small = b"page=1&" + ATTACK
    large = b"note=" + b"word+" * 400_000 + b"&" + ATTACK
    assert request(front, "POST", "/small", small, FORM)[0] == 200
    assert request(front, "POST", "/large", large, FORM)[0] == 200
    assert request(front, "POST", "/chunked", chunked(small, 3), FORM | {"Transfer-Encoding": "chunked"})[0] == 200
    events = {e["request"]["target"]: e for e in envoy.events(3)}
    assert set(events) == {"/small", "/large", "/chunked"}
    for event in events.values():
        assert any(f["class"] == "sqli" and f["point"].endswith("user") for f in event["findings"]), event
        assert event["request"]["version"] == "HTTP/1.1" and event["anomalies"] == []
    assert events["/large"]["request"]["body_bytes"] == len(large)


def test_http2_clients_are_mirrored_as_such(envoy, mirror):
    front = mirror()
    assert curl(front, SQLI)[0] == 200
    assert curl(front, "/login", body=ATTACK)[0] == 200
    events = envoy.events(2)
    assert [e["request"]["version"] for e in events] == ["HTTP/2", "HTTP/2"]
    assert all(e["anomalies"] == [] for e in events)


def test_the_target_answers_204_itself_at_the_end_of_the_body(envoy, mirror):
    target = free_port()
    mirror(target_port=target)
    assert request(target, "GET", SQLI) == (204, b"")
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", target), 5) as s:
        s.sendall(head + b"abc")
        s.settimeout(0.3)
        with pytest.raises(TimeoutError):
            s.recv(1)
        s.settimeout(5)
        s.sendall(b"def")
        assert s.recv(100).startswith(b"HTTP/1.1 204 ")
    assert curl(target, "/x", body=b"a" * 300_000) == (204, b"")


def test_headers_of_the_mirror_are_no_input(envoy, mirror):
    front = mirror(config={"events": envoy.events_to_file("all")})
    request(front, "GET", "/", headers={"X-Sidewatch-Target": "/harmless", "X-Sidewatch-Method": "PUT"})
    request(front, "GET", SQLI, headers={"X-Sidewatch-Client": "203.0.113.9", "X-Custom": "plain"})
    events = envoy.events(2)
    assert not [f for e in events for f in e["findings"] if "sidewatch" in f["point"]]
    assert {e["client"]["ip"] for e in events} == {"127.0.0.1"}, "what the client sends is replaced"


def test_the_client_from_x_forwarded_for(envoy, mirror):
    """The mirroring Envoy appends the address it has seen, and its own when it sends the copy."""
    target = free_port()
    mirror(config={"client_header": "X-Forwarded-For", "client_hops": 1}, target_port=target)
    request(target, "GET", SQLI, headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.7, 192.0.2.2"})
    (event,) = envoy.events()
    assert event["client"] == {"ip": "198.51.100.7", "port": 0}, "what a client says of itself is not believed"


def test_the_suffix_of_the_host_is_undone(envoy, mirror):
    front = mirror()
    for host in ("shop.example", "shop.example:8080"):
        request(front, "GET", SQLI, headers={"Host": host})
        assert envoy.events()[-1]["request"]["host"] == host
        envoy.events_file.write_text("")


def test_a_host_that_ends_in_shadow_can_be_kept(envoy, mirror):
    policy = {"cluster": "watch", "disable_shadow_host_suffix_append": True}
    front = mirror(config={"strip_shadow_suffix": False}, policy=policy)
    request(front, "GET", SQLI, headers={"Host": "my-shadow:8080"})
    (event,) = envoy.events()
    assert event["request"]["host"] == "my-shadow:8080"


def test_the_mirror_of_the_nginx_module_is_understood(envoy, mirror):
    """Every field that the NGINX module's README shows."""
    target = free_port()
    mirror(target_port=target)
    original = {
        "Method": "POST",
        "Target": SQLI,
        "Host": "shop.example:8443",
        "Protocol": "HTTP/2.0",
        "Id": "0123456789abcdef",
        "Client": "2001:db8::7",
        "Client-Port": "40000",
        "Transfer-Encoding": "",
    }
    headers = {f"X-Sidewatch-{name}": value for name, value in original.items()}
    assert request(target, "GET", "/mirrored", headers={"Host": "watch"} | headers)[0] == 204
    (event,) = envoy.events()
    assert event["client"] == {"ip": "2001:db8::7", "port": 40000}
    assert event["id"] == "0123456789abcdef"
    request_ = event["request"]
    assert (request_["method"], request_["target"]) == ("POST", SQLI)
    assert (request_["host"], request_["version"]) == ("shop.example:8443", "HTTP/2")


def test_what_a_mirror_makes_up_is_not_the_clients(envoy, mirror):
    """The mirror of NGINX gives a length to a chunked request, and a Host to one that had none."""
    target = free_port()
    mirror(target_port=target)
    headers = {"X-Sidewatch-Transfer-Encoding": "chunked", "X-Sidewatch-Protocol": "HTTP/1.0", "Host": "sidewatch"}
    assert request(target, "POST", "/mirrored", ATTACK, FORM | headers)[0] == 204
    (event,) = envoy.events()
    assert event["request"]["host"] == ""
    assert not [f for f in event["findings"] if f["technique"] == "cl-te"], event


def test_clients_do_not_wait_for_the_target(envoy, mirror, origin):
    """A target that is dead, or stops reading, changes nothing for clients."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        policy = {"cluster": "silent", "request_headers_mutations": MUTATIONS}
        front = start_with_silent_target(envoy, origin, policy, port)
        begun = time.monotonic()
        for _ in range(20):
            assert request(front, "GET", SQLI)[0] == 200
        assert request(front, "POST", "/", b"a" * 2_000_000)[0] == 200
        assert time.monotonic() - begun < 15, "the route's timeout would be 15 s each"


def start_with_silent_target(envoy, origin, policy, port):
    envoy.configure(
        [listener([ROUTER], [route(request_mirror_policies=[policy])])],
        [cluster("origin", origin.port), cluster("silent", port)],
    )
    envoy.start()
    return envoy.port()


def test_a_request_cut_short_is_judged_as_far_as_it_came(envoy, mirror):
    front = mirror()
    with socket.create_connection(("127.0.0.1", front), 5) as s:
        s.sendall(b"POST /cut HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 5000\r\n")
        s.sendall(b"Content-Type: application/x-www-form-urlencoded\r\n\r\n" + ATTACK + b"&rest=")
        time.sleep(0.2)
    (event,) = envoy.events()
    assert event["request"]["target"] == "/cut" and "sqli" in event["classes"]


def test_many_streams_of_one_connection(envoy, mirror):
    front = mirror()
    command = ["h2load", "-n", "2000", "-c", "4", "-m", "50", f"http://127.0.0.1:{front}{SQLI}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert "2000 succeeded, 0 failed" in done.stdout, done.stdout
    assert len(envoy.events(2000)) == 2000


def test_requests_that_envoy_refuses_never_reach_a_mirror(envoy, mirror):
    """A known limit of mirroring."""
    front = mirror()
    assert b" 400 " in raw(front, b"GET " + SQLI.encode() + b" HTTP/1.1\r\n\r\n")
    assert envoy.no_event()
