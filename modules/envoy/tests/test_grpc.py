"""gRPC through Envoy: a real client and a real server, in every position."""

import concurrent.futures

import grpc
import pytest
from conftest import ROUTER, cluster, free_port, listener, module, route

ATTACK = "1' union select name,password from users--"


def field(number, text):
    """A string field of a protobuf message."""
    data = text.encode()
    return bytes([number << 3 | 2, len(data)]) + data


class Service(grpc.GenericRpcHandler):
    """Takes and gives bytes: no schema is needed on the way."""

    def service(self, details):
        if details.method == "/shop.Items/Find":
            return grpc.unary_unary_rpc_method_handler(lambda request, context: b"\n\x05found")
        if details.method == "/shop.Items/Chat":
            return grpc.stream_stream_rpc_method_handler(lambda requests, context: requests)
        return None


@pytest.fixture
def server():
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(4), handlers=[Service()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield port
    server.stop(None)


def call(port, message):
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        return channel.unary_unary("/shop.Items/Find")(message, timeout=10)


def start(envoy, server, config):
    config = {"events": envoy.events_to_file(), **config}
    envoy.configure([listener([module(config), ROUTER], [route()])], [cluster("origin", server, http2=True)])
    envoy.start()
    return envoy.port()


def test_messages_are_judged(envoy, server):
    port = start(envoy, server, {"position": "observer"})
    assert call(port, field(1, "a plain name")) == b"\n\x05found"
    assert call(port, field(1, ATTACK)) == b"\n\x05found"
    (event,) = envoy.events()
    assert event["request"]["target"] == "/shop.Items/Find" and event["request"]["version"] == "HTTP/2"
    assert event["response"]["status"] == 200
    (finding,) = event["findings"]
    assert finding["class"] == "sqli" and finding["point"].startswith("body.grpc"), finding


def test_a_stream_of_messages_is_judged(envoy, server):
    """Each message is answered before the next is sent: nothing may be held back."""
    for position in ("observer", "inline"):
        port = start(envoy, server, {"position": position})
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            messages = [field(1, f"message {i}") for i in range(20)]
            assert list(channel.stream_stream("/shop.Items/Chat")(iter(messages), timeout=10)) == messages
        envoy.stop()


def test_in_line_an_attack_is_refused_in_the_words_of_grpc(envoy, server):
    port = start(envoy, server, {"position": "inline"})
    assert call(port, field(1, "a plain name")) == b"\n\x05found"
    with pytest.raises(grpc.RpcError) as refused:
        call(port, field(1, ATTACK))
    assert refused.value.code() == grpc.StatusCode.PERMISSION_DENIED
    (event,) = envoy.events()
    assert event["verdict"] == "attack" and envoy.stat("blocked") == 1


def test_mirrored_calls_are_judged(envoy, server):
    target = free_port()
    config = {"position": "mirror_target", "events": envoy.events_to_file()}
    envoy.configure(
        [
            listener([ROUTER], [route(request_mirror_policies=[{"cluster": "watch"}])]),
            listener([module(config, terminal_filter=True)], [], name="watch", port=target),
        ],
        [cluster("origin", server, http2=True), cluster("watch", target, http2=True)],
    )
    envoy.start()
    assert call(envoy.port(), field(1, ATTACK)) == b"\n\x05found"
    (event,) = envoy.events()
    assert event["findings"][0]["class"] == "sqli"
