"""Events as syslog messages: what rsyslog makes of them, the grammar of RFC 5424, and servers that are slow, gone or back."""

import json
import re
import shutil
import signal
import socket
import subprocess
import urllib.parse
from pathlib import Path

import jsonschema
import pytest
from conftest import HINT, ROOT, SQLI, free_ports, metrics, raw, request, wait_for

SCHEMA = json.loads((ROOT / "docs/event.schema.json").read_text())
# RFC 5424 section 6, as far as this module uses it: one element of structured data, a message without BOM.
MESSAGE = re.compile(
    r"<(?P<pri>\d{1,3})>1 (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (?P<host>[!-~]{1,255}) (?P<app>[!-~]{1,48}) "
    r"(?P<pid>\d{1,128}) (?P<id>[!-~]{1,32}) \[(?P<sd>[!#-<>-\\^-~]{1,32}(?: [!#-<>-\\^-~]{1,32}=\"(?:[^\"\\\]]|\\.)*\")*)\] "
    r"(?P<message>.*)",
    re.DOTALL,
)
RSYSLOG = shutil.which("rsyslogd") or "/usr/sbin/rsyslogd"


def parse(datagram):
    """Header, structured data and event of a message."""
    match = MESSAGE.fullmatch(datagram.decode())
    assert match, datagram
    got = match.groupdict()
    got["params"] = {
        name: re.sub(r"\\(.)", r"\1", value) for name, value in re.findall(r' ([^=]+)="((?:[^"\\\]]|\\.)*)"', got["sd"])
    }
    got["event"] = json.loads(got["message"])
    jsonschema.validate(got["event"], SCHEMA)
    return got


def serve(nginx, parameters, more="", level="", inside="sidewatch on;"):
    (port,) = free_ports(1)
    nginx.configure(
        f"large_client_header_buffers 4 64k; server {{ listen 127.0.0.1:{port}; {inside} "
        f"sidewatch_events syslog:{parameters} {level}; {more} "
        'location / { return 200 "ok"; } location = /status { sidewatch off; sidewatch_status; } }',
        workers=1,
    )
    nginx.start(port)
    return port


def sink(port, name):
    return {
        series.split("_events_")[1].split("_total")[0]: value
        for series, value in metrics(port).items()
        if series.startswith("sidewatch_events_") and series.endswith(f'{{sink="syslog:{name}"}}')
    }


def unix_server(path, buffer=None):
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    if buffer:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    server.bind(str(path))
    server.settimeout(5)
    return server


def udp_server(address="127.0.0.1", port=0):
    server = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((address, port))
    server.settimeout(5)
    return server


def test_messages_over_udp_follow_the_grammar(nginx):
    with udp_server() as server:
        port = serve(nginx, f"server=127.0.0.1:{server.getsockname()[1]}", level="all")
        for target in ("/plain", HINT, SQLI):
            request(port, "GET", target)
        got = [parse(server.recv(65536)) for _ in range(3)]
    assert [int(m["pri"]) for m in got] == [23 * 8 + 6, 23 * 8 + 5, 23 * 8 + 4], "local7; info, notice, warning"
    assert [m["params"]["verdict"] for m in got] == ["pass", "suspicious", "attack"]
    assert [m["event"]["request"]["target"] for m in got] == ["/plain", HINT, SQLI]
    for message in got:
        assert message["host"].lower() == socket.gethostname().lower()
        assert (message["app"], message["id"]) == ("sidewatch", "event")
        assert int(message["pid"]) in nginx.workers()
        assert message["params"]["score"] == str(message["event"]["score"])
        assert message["params"]["classes"] == ",".join(message["event"]["classes"])
        assert message["sd"].startswith("sidewatch@32473 ")
        assert "shortened" not in message["params"]


def test_messages_over_ipv6_and_every_parameter(nginx):
    with udp_server("::1") as server:
        port = serve(
            nginx, f"server=[::1]:{server.getsockname()[1]},facility=authpriv,severity=crit,tag=shop-waf,nohostname"
        )
        request(port, "GET", SQLI)
        message = parse(server.recv(65536))
    assert (int(message["pri"]), message["app"], message["host"]) == (10 * 8 + 2, "shop-waf", "-")


def test_the_id_of_a_mirrored_request_is_structured_data(nginx):
    path = nginx.folder / "log.sock"
    with unix_server(path) as server:
        port = serve(nginx, f"server=unix:{path}", inside="", more="location /m { sidewatch_mirror_target; }")
        odd = 'a"b]c\\d\u00e9'
        request(port, "GET", "/m" + SQLI, headers={"X-Sidewatch-Id": odd.encode().decode("latin-1")})
        message = parse(server.recv(65536))
    assert json.loads(f'"{message["params"]["id"]}"') == message["event"]["id"]
    assert message["event"]["id"].startswith('a"b]c\\d'), message["event"]["id"]


@pytest.mark.skipif(not Path(RSYSLOG).exists(), reason="rsyslogd is not installed")
@pytest.mark.parametrize("transport", ["udp", "unix"])
def test_rsyslog_reads_every_part(nginx, transport):
    """The server that most systems run takes the messages apart as they were meant."""
    folder = nginx.folder
    if transport == "udp":
        with udp_server() as free:
            number = free.getsockname()[1]
        load = f'module(load="imudp") input(type="imudp" address="127.0.0.1" port="{number}" ruleset="sidewatch")'
        server = f"127.0.0.1:{number}"
    else:
        load = (
            'module(load="imuxsock" SysSock.Use="off") '
            f'input(type="imuxsock" Socket="{folder}/rsyslog.sock" ruleset="sidewatch" UseSpecialParser="off")'
        )
        server = f"unix:{folder}/rsyslog.sock"
    (folder / "rsyslog.conf").write_text(
        f"""global(workDirectory="{folder}" parser.escapeControlCharactersOnReceive="off")
template(name="parts" type="list") {{
    constant(value="{{") property(name="syslogfacility-text" outname="facility" format="jsonf")
    constant(value=",") property(name="syslogseverity-text" outname="severity" format="jsonf")
    constant(value=",") property(name="app-name" outname="app" format="jsonf")
    constant(value=",") property(name="procid" outname="pid" format="jsonf")
    constant(value=",") property(name="msgid" outname="id" format="jsonf")
    constant(value=",") property(name="structured-data" outname="sd" format="jsonf")
    constant(value=",") property(name="timereported" outname="time" format="jsonf" dateFormat="rfc3339")
    constant(value=",") property(name="protocol-version" outname="version" format="jsonf")
    constant(value=",") property(name="msg" outname="message" format="jsonf") constant(value="}}\\n")
}}
ruleset(name="sidewatch" parser="rsyslog.rfc5424") {{
    action(type="omfile" file="{folder}/received.jsonl" template="parts")
}}
{load}
"""
    )
    rsyslog = subprocess.Popen(
        [RSYSLOG, "-n", "-f", f"{folder}/rsyslog.conf", "-i", f"{folder}/rsyslog.pid"],
        stdout=subprocess.DEVNULL,
        stderr=(folder / "rsyslog.err").open("w"),
    )
    try:
        received = folder / "received.jsonl"
        port = serve(nginx, f"server={server},tag=shop,facility=daemon")

        def arrives():
            request(port, "GET", SQLI)
            return received.exists() and received.read_text().endswith("\n")

        wait_for(arrives, "rsyslog has received an event")
        got = json.loads(received.read_text().splitlines()[0])
        event = json.loads(got["message"])
        jsonschema.validate(event, SCHEMA)
        assert event["request"]["target"] == SQLI
        assert (got["facility"], got["severity"], got["app"], got["id"]) == ("daemon", "warning", "shop", "event")
        assert int(got["pid"]) in nginx.workers()
        assert got["version"] == "1"
        assert got["sd"].startswith("[sidewatch@32473 ") and 'verdict="attack" classes="sqli"' in got["sd"], got
        assert got["time"][:10] == event["time"][:10]
    finally:
        rsyslog.send_signal(signal.SIGTERM)
        rsyslog.wait(10)


def long_attacks():
    """Requests whose events are long in every way: the target, one finding after another, escapes and characters of many bytes."""
    many = "&".join(f"p{i}=1'+union+select+name,password+from+users--" for i in range(80))
    yield "/long?x=" + "a" * 20_000 + "&id=1'+union+select+name,password+from+users--"
    yield "/many?" + many
    yield '/quotes?x="' + '"\\' * 6_000 + "&" + many
    # At each place of a character.
    for n in range(4):
        yield "/umlauts?" + "x" * n + "=" + "\u00e9\u4e2d\U0001f600" * 1_500 + "&" + many


@pytest.mark.parametrize("size", [1024, 1200, 2048, 4096, 8192, 65000])
def test_an_event_larger_than_a_message_is_shortened_and_stays_valid(nginx, size):
    path = nginx.folder / "log.sock"
    whole = nginx.folder / "whole.jsonl"
    with unix_server(path) as server:
        port = serve(nginx, f"server=unix:{path},size={size}", more=f"sidewatch_events {whole};")
        for number, target in enumerate(long_attacks(), 1):
            raw(port, f"GET {target} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n".encode())
            datagram = server.recv(1 << 20)
            assert len(datagram) <= size
            message = parse(datagram)
            wait_for(lambda number=number: whole.read_text().count("\n") == number, "the file has it whole")
            full = json.loads(whole.read_text().splitlines()[-1])
            short = message["event"]
            assert (short["verdict"], short["score"], short["classes"]) == (
                full["verdict"],
                full["score"],
                full["classes"],
            )
            left_out = int(message["params"].get("shortened", 0))
            assert len(short["findings"]) == len(full["findings"]) - left_out
            if "shortened" not in message["params"]:
                assert short == full
                continue
            for a, b in zip(short["findings"], full["findings"], strict=False):
                for name in b:
                    same = a[name] == b[name]
                    assert same or (a[name].endswith("...") and b[name].startswith(a[name][:-3])), name
            assert full["request"]["target"].startswith(short["request"]["target"].removesuffix("..."))
        shortened = sink(port, f"unix:{path}")["shortened"]
        assert size >= 8192 or shortened == 7


def test_a_full_socket_loses_events_and_holds_up_nobody(nginx):
    path = nginx.folder / "log.sock"
    with unix_server(path, buffer=4096) as server:
        port = serve(nginx, f"server=unix:{path}")
        for _ in range(300):
            assert request(port, "GET", SQLI)[0] == 200
        wait_for(lambda: sum(sink(port, f"unix:{path}")[n] for n in ("written", "lost")) == 300, "all are counted")
        counted = sink(port, f"unix:{path}")
        assert counted["written"] > 0 and counted["lost"] > 0
        server.setblocking(False)
        received = 0
        while True:
            try:
                parse(server.recv(65536))
                received += 1
            except BlockingIOError:
                break
        assert received == counted["written"], "what is counted as written was there to be read"
        request(port, "GET", SQLI)
        server.settimeout(5)
        parse(server.recv(65536))
    log = nginx.error_log.read_text()
    assert log.count(f'an event for "syslog:unix:{path}" was lost') == 1, "once, not for each"


def test_a_server_that_comes_late_goes_and_comes_back(nginx):
    path = nginx.folder / "log.sock"
    port = serve(nginx, f"server=unix:{path}")
    assert request(port, "GET", SQLI)[0] == 200
    wait_for(lambda: sink(port, f"unix:{path}")["lost"] == 1, "nobody is there: it is lost")
    for n in range(2):
        with unix_server(path) as server:
            request(port, "GET", SQLI + f"&n={n}")
            assert parse(server.recv(65536))["event"]["request"]["target"].endswith(f"&n={n}")
        path.unlink()
    wait_for(lambda: sink(port, f"unix:{path}")["written"] == 2, "both are counted")
    nginx.stop()
    assert "(2: No such file or directory)" in nginx.error_log.read_text()
    assert f'events left out of "syslog:unix:{path}": 0 over the rate, 1 lost' in nginx.error_log.read_text()


def test_a_udp_server_that_goes_and_comes_back(nginx):
    with udp_server() as server:
        number = server.getsockname()[1]
    port = serve(nginx, f"server=127.0.0.1:{number}")
    for _ in range(4):
        assert request(port, "GET", SQLI)[0] == 200
    with udp_server(port=number) as server:
        request(port, "GET", SQLI + "&back")
        # An event is sent after its answer: the last one before may come first.
        targets = [parse(server.recv(65536))["event"]["request"]["target"]]
        if targets == [SQLI]:
            targets.append(parse(server.recv(65536))["event"]["request"]["target"])
        assert targets[-1] == SQLI + "&back"


def test_a_rate_and_a_sample_hold_for_messages_too(nginx):
    path = nginx.folder / "log.sock"
    with unix_server(path, buffer=1 << 20) as server:
        port = serve(nginx, f"server=unix:{path}", level="rate=1r/m burst=3")
        for _ in range(10):
            request(port, "GET", SQLI)
        wait_for(lambda: sink(port, f"unix:{path}")["rate_limited"] == 7, "the rest is counted")
        server.setblocking(False)
        for _ in range(3):
            parse(server.recv(65536))
        with pytest.raises(BlockingIOError):
            server.recv(65536)


@pytest.mark.parametrize(
    ("parameters", "want"),
    [
        ("", 'unknown syslog parameter ""'),
        ("facility=local1", "no syslog server in"),
        ("server=", "no host in syslog server"),
        ("server=127.0.0.1:99999", 'invalid port in syslog server "127.0.0.1:99999"'),
        ("server=unix:", "no path in the unix domain socket in syslog server"),
        ("server=127.0.0.1,facility=local9", 'unknown syslog facility "local9"'),
        ("server=127.0.0.1,severity=loud", 'unknown syslog severity "loud"'),
        ("server=127.0.0.1,tag=", 'syslog tag "" is not 1 to 48'),
        ("server=127.0.0.1,tag=" + "x" * 49, "is not 1 to 48"),
        ("server=127.0.0.1,size=100", 'syslog size "100" is not 1024 to 65000 bytes'),
        ("server=127.0.0.1,size=1m", 'syslog size "1m" is not'),
        ("server=127.0.0.1,color=red", 'unknown syslog parameter "color=red"'),
    ],
)
def test_wrong_parameters_are_refused_with_the_value(nginx, parameters, want):
    nginx.configure(f"server {{ listen 127.0.0.1:1; sidewatch on; sidewatch_events syslog:{parameters}; }}")
    status, text = nginx.test()
    assert status != 0 and want in text and "nginx.conf:" in text, text


def test_a_worker_holds_one_socket_a_server(nginx):
    """However often it was lost."""
    path = nginx.folder / "log.sock"
    port = serve(nginx, f"server=unix:{path}")
    (worker,) = nginx.workers()
    request(port, "GET", SQLI)
    before = len(list(Path(f"/proc/{worker}/fd").iterdir()))
    for _ in range(20):
        with unix_server(path):
            request(port, "GET", SQLI)
        request(port, "GET", SQLI)
        path.unlink()
    assert len(list(Path(f"/proc/{worker}/fd").iterdir())) <= before + 2


def test_urls_in_targets_survive_the_way(nginx):
    """Nothing of a request breaks out of the structured data or the message."""
    path = nginx.folder / "log.sock"
    with unix_server(path) as server:
        port = serve(nginx, f"server=unix:{path}")
        target = SQLI + "&x=" + urllib.parse.quote('"] [evil@1 x="1"]\n<13>1 - - - - - -')
        request(port, "GET", target)
        message = parse(server.recv(65536))
        assert set(message["params"]) <= {"id", "verdict", "classes", "score"}
        assert message["event"]["request"]["target"] == target
