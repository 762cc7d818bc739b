"""Variables: what access logs, headers and conditions can tell of the verdict."""

import json

from conftest import SQLI, free_ports, raw, request, wait_for
from upstreams import Upstream, swallow

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BODY = b"user=admin'+or+1%3D1--+"

HTTP = """
    log_format verdict escape=json
        '{{"verdict":"$sidewatch_verdict","action":"$sidewatch_action","score":"$sidewatch_score","classes":"$sidewatch_classes",'
        '"anomalies":"$sidewatch_anomalies","id":"$sidewatch_id","request_id":"$request_id","target":"$request_uri"}}';
    log_format loud '$sidewatch_verdict';
    map $sidewatch_verdict $is_attack {{ attack 1; default 0; }}
    server {{
        listen 127.0.0.1:{port};
        sidewatch block;
        sidewatch_events {events} all;
        access_log {access} verdict;
        location / {{ return 200 "ok\\n"; }}
        location /watched/ {{
            sidewatch monitor;
            access_log {access} verdict;
            access_log {attacks} loud if=$is_attack;
            proxy_pass http://127.0.0.1:{origin};
            proxy_set_header X-Sidewatch-Verdict $sidewatch_verdict;
            proxy_set_header X-Request-ID $sidewatch_id;
            add_header X-Verdict $sidewatch_verdict always;
        }}
        location /off/ {{ sidewatch off; return 200 "[$sidewatch_verdict$sidewatch_action$sidewatch_id$sidewatch_classes]\\n"; }}
        location /blocked/ {{ proxy_pass http://127.0.0.1:{origin}; }}
    }}
    server {{
        listen 127.0.0.1:{target};
        access_log {access} verdict;
        location / {{ sidewatch_mirror_target; sidewatch_events {events} all; }}
    }}
"""


def serve(nginx):
    origin = Upstream(swallow)
    port, target = free_ports(2)
    access = nginx.folder / "access.log"
    conf = HTTP.format(
        port=port,
        origin=origin.port,
        target=target,
        events=nginx.events_file,
        access=access,
        attacks=nginx.folder / "attacks.log",
    )
    nginx.configure(conf)
    path = nginx.folder / "nginx.conf"
    path.write_text(path.read_text().replace("access_log off;", ""))
    nginx.start(port)
    lines = []

    def log(number):
        wait_for(lambda: access.exists() and access.read_text().count("\n") >= number, "lines in the access log")
        lines[:] = [json.loads(line) for line in access.read_text().splitlines()]
        return lines[number - 1]

    return port, target, origin, log


def test_access_logs_tell_the_verdict_of_the_event(nginx):
    port, target, _, log = serve(nginx)
    requests = [
        lambda: request(port, "GET", "/watched" + SQLI),
        lambda: request(port, "GET", "/watched/items?id=42"),
        lambda: request(port, "POST", "/watched/login", BODY, FORM),
        lambda: request(port, "GET", "/watched/?q=<script>alert(1)</script>&odd=%zz&id=1'+union+select+1,2,3--"),
        lambda: request(port, "GET", "/blocked" + SQLI),
        lambda: request(port, "POST", "/blocked/login", BODY, FORM),
        lambda: request(port, "GET", "/return" + SQLI),
        lambda: request(port, "GET", "/return?" + "a=1&" * 1500),
        lambda: raw(port, b"GET /%00" + SQLI.encode() + b" HTTP/1.1\r\nHost: a\r\n\r\n"),
    ]
    for number, send in enumerate(requests, 1):
        send()
        line = log(number)
        event = nginx.events(number)[number - 1]
        assert line["verdict"] == event["verdict"]
        assert line["score"] == str(event["score"])
        assert line["classes"] == ",".join(event["classes"])
        assert line["anomalies"] == ",".join(event["anomalies"])
        assert line["id"] == line["request_id"] == event["id"] and len(event["id"]) == 32
        assert line["action"] == event.get("action", "pass")
    assert [log(n)["action"] for n in (5, 6, 7)] == ["block", "block", "pass"]
    assert log(4)["classes"] == "sqli,xss" and log(4)["anomalies"]
    assert len({log(n)["id"] for n in range(1, 10)}) == 9
    assert (nginx.folder / "attacks.log").read_text().splitlines() == ["attack"] * 3

    request(target, "GET", SQLI, headers={"X-Sidewatch-Id": "of-the-original", "X-Sidewatch-Target": "/x?a=1"})
    assert log(10)["id"] == "of-the-original" == nginx.events(10)[9]["id"] != log(10)["request_id"]


def test_an_application_can_be_told(nginx):
    port, _, origin, log = serve(nginx)
    request(port, "GET", "/watched" + SQLI)
    assert b"\r\nX-Sidewatch-Verdict: attack\r\n" in origin.received
    assert f"\r\nX-Request-ID: {log(1)['id']}\r\n".encode() in origin.received
    got = raw(port, b"GET /watched/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert b"\r\nX-Verdict: pass\r\n" in got


def test_what_is_not_judged_has_no_verdict(nginx):
    port, _, _, log = serve(nginx)
    assert request(port, "GET", "/off" + SQLI) == (200, b"[]\n")
    line = log(1)
    assert {line[name] for name in ("verdict", "action", "score", "classes", "anomalies", "id")} == {""}
