"""A panic anywhere in the library takes nothing down: it is caught, counted and logged. With a module built to panic on demand."""

import pytest
from conftest import ROOT, SQLI, Envoy, request, wait_for


@pytest.fixture
def envoy(tmp_path):
    server = Envoy(tmp_path, modules=ROOT / "build/envoy-panic")
    yield server
    server.stop()


def panic(where):
    return {"X-Sidewatch-Panic": where}


@pytest.mark.parametrize("position", ["observer", "inline"])
def test_the_request_goes_on_and_so_does_envoy(envoy, serve, origin, position):
    port = serve({"position": position})
    for where in ("head", "body", "response", "end"):
        assert request(port, "POST", "/", b"a" * 100_000, panic(where)) == (200, b"origin\n")
    assert len(origin.seen) == 4 and all(len(body) == 100_000 for _, _, _, body in origin.seen)
    wait_for(lambda: envoy.stat("requests") == 4, "all are over")
    assert envoy.stat("panics") == envoy.stat("errors") == 4
    envoy.wait_for_log("sidewatch: caught a panic, please report it; the request has no verdict: panicked at")
    assert request(port, "GET", SQLI)[0] == (403 if position == "inline" else 200)
    (event,) = envoy.events()
    assert event["request"]["target"] == SQLI


def test_in_line_a_failure_can_block(envoy, serve, origin):
    port = serve({"position": "inline", "on_error": "block"})
    assert request(port, "GET", "/", headers=panic("head"))[0] == 503
    assert request(port, "GET", "/")[0] == 200
    assert origin.begun == 1


def test_the_mirror_target_answers_all_the_same(envoy, mirror):
    from conftest import free_port

    target = free_port()
    mirror(target_port=target)
    assert request(target, "GET", "/", headers=panic("head"))[0] == 204
    assert request(target, "POST", "/", b"a" * 100_000, panic("body"))[0] == 204
    assert request(target, "GET", SQLI)[0] == 204
    (event,) = envoy.events()
    assert event["verdict"] == "attack" and envoy.stat("panics") == 2
