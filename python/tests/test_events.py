"""Events are what docs/event.schema.json says."""

import jsonschema
import packets
import pytest
from conftest import ANSWER, ATTACK, PLAIN

import sidewatch
from sidewatch import Request


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(ATTACK, id="attack"),
        pytest.param(PLAIN, id="pass"),
        pytest.param(b"", id="nothing"),
        pytest.param(bytes(range(256)) * 3, id="every byte"),
        pytest.param(b"G\x00T /\xff\xfe\x80?\xc3=\xf0\x9f\x92\xa9' or 1=1-- HTTP/9.9\nA\n\n", id="odd head"),
        pytest.param(b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nab", id="anomalies"),
        pytest.param(Request("GET", "/?a=" + "<script>alert(1)</script>" * 500), id="long"),
        pytest.param(Request("GET", "/" + "&".join(f"x{i}=1'or'1'='1" for i in range(300))), id="many"),
        pytest.param(Request("", "", [("", "")], b"\xff"), id="empty parts"),
        pytest.param(Request("GET", "/\u2028\u0007\x7f", id="\ud800" * 200, time=2e11), id="odd texts"),
    ],
)
def test_events_of_requests(engine, validate, request_):
    event = engine.inspect(request_)
    told = validate(event.to_json())
    assert told == event.to_dict()
    assert "\n" not in event.to_json()
    assert (told["verdict"], told["score"], told["classes"]) == (event.verdict, event.score, event.classes)
    assert [f["point"] for f in told["findings"]] == [f.point for f in event.findings]


@pytest.mark.parametrize(
    ("frames", "parts"),
    [
        pytest.param(packets.talk(ATTACK, ANSWER), {"request", "response"}, id="both"),
        pytest.param(packets.talk(ATTACK), {"request"}, id="request"),
        pytest.param(packets.talk(b"", ANSWER)[3:], {"response"}, id="response"),
    ],
)
def test_events_of_half_transactions(write, validate, frames, parts):
    (event,) = sidewatch.scan_pcap(write("half.pcap", packets.pcap(frames)), only="all")
    told = validate(event.to_json())
    assert {"request", "response"} & told.keys() == parts
    assert told["client"]["ip"] == packets.CLIENT
    assert (event.method is None) == ("request" not in parts)


def test_the_schema_refuses_what_is_no_event(engine, validate):
    event = engine.inspect(ATTACK).to_dict()
    for broken in (
        {**event, "extra": 1},
        {**event, "verdict": "maybe"},
        {k: v for k, v in event.items() if k != "score"},
    ):
        with pytest.raises(jsonschema.ValidationError):
            validate(broken)
