"""The comparison itself: it reads the page, and it fails when it must. `make conformance` runs the cases."""

import copy
from dataclasses import replace
from importlib import import_module

import pytest

from conformance import cases, compare, origin, rules, script, wire
from conformance.__main__ import MODULES, unused

PAGE = """
| doors | field | difference | why |
| --- | --- | --- | --- |
| `far-*` | `time` | added | it has a clock |
| `far-*` | `response` | absent | it sees none |
| `in-line` | `response` | blocked | it answers itself |
| `far-*` | `anomalies` | without `pipelined` `bare_lf` | it cannot know |

| reason | doors | held | what happens |
| --- | --- | --- | --- |
| `refused` | `far-mirror` | nothing | refused |
| `half` | `far-*` | classes | half of it is seen |
| `answered` | `far-*` | request | it answers itself |
| `hasty` | `far-*` | classes, sometimes | half of it is seen, if time is short |
"""
FINDING = {"class": "sqli", "technique": "tautology", "offset": 1, "length": 10, "confidence": 93, "point": "query.id"}
EVENT = {
    "verdict": "attack",
    "score": 93,
    "classes": ["sqli"],
    "request": {"method": "GET", "host": "shop.example"},
    "response": {"status": 200},
    "findings": [FINDING | {"excerpt": "1' or 1=1", "reason": "always true"}],
    "anomalies": ["pipelined", "method_unknown"],
}


@pytest.fixture
def known(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    return rules.load(page)


def case(*unlike):
    return cases.Case("a case", "topic", (), (), unlike, False, False)


def changed(**values):
    return copy.deepcopy(EVENT) | values


def test_equal_events_are_the_same(known):
    assert compare.judge("near", case(), [EVENT], [copy.deepcopy(EVENT)], known) == ("same", [])


def test_documented_differences_pass_and_only_at_their_doors(known):
    got = changed(time="now", anomalies=["method_unknown"])
    del got["response"]
    assert compare.judge("far-mirror", case(), [got], [EVENT], known) == ("same", [])
    mark, problems = compare.judge("near", case(), [got], [EVENT], known)
    assert mark == "different" and len(problems) == 3, problems


@pytest.mark.parametrize(
    "other",
    [
        changed(score=92),
        changed(verdict="suspicious"),
        changed(id="x"),
        changed(request={"method": "GET", "host": ""}),
        changed(request={"method": "GET", "host": "shop.example", "new": 1}),
        changed(response={"status": 500}),
        changed(anomalies=["pipelined"]),
        changed(anomalies=["method_unknown", "pipelined"]),
        changed(anomalies=["pipelined", "method_unknown", "bare_lf"]),
        changed(findings=[]),
        changed(findings=[*EVENT["findings"], FINDING | {"point": "query.b"}]),
        changed(findings=[EVENT["findings"][0] | {"excerpt": "1' or 1"}]),
        changed(findings=[EVENT["findings"][0] | {"offset": 2}]),
    ],
)
def test_any_other_difference_is_told(known, other):
    mark, problems = compare.judge("far-mirror", case(), [other], [EVENT], known)
    assert mark == "different" and problems


def test_the_number_of_events_counts(known):
    for got in ([], [EVENT, EVENT]):
        assert compare.judge("near", case(), got, [EVENT], known)[0] == "different"


def test_what_an_excuse_says_still_holds(known):
    refused, half = case("refused"), case("half")
    assert compare.judge("far-mirror", refused, [], [EVENT], known) == ("excused", [])
    assert compare.judge("far-mirror", refused, [EVENT], [EVENT], known)[0] == "different"
    assert compare.judge("near", refused, [], [EVENT], known)[0] == "different", "an excuse counts at its doors only"
    assert compare.judge("far-mirror", half, [changed(findings=[])], [EVENT], known) == ("excused", [])
    assert compare.judge("far-mirror", half, [changed(classes=["xss"])], [EVENT], known)[0] == "different"
    mark, problems = compare.judge("far-mirror", half, [EVENT], [EVENT], known)
    assert mark == "different" and "out of date" in problems[0]


def test_what_differs_sometimes_may_be_the_same(known):
    assert compare.judge("far-mirror", case("hasty"), [EVENT], [EVENT], known) == ("excused", [])
    assert compare.judge("far-mirror", case("hasty"), [changed(classes=[])], [EVENT], known)[0] == "different"


def test_an_answer_of_the_servers_own_changes_nothing_else(known):
    got = changed(response={"status": 400})
    assert compare.judge("far-mirror", case("answered"), [got], [EVENT], known) == ("excused", [])
    assert compare.judge("far-mirror", case("answered"), [got | {"score": 1}], [EVENT], known)[0] == "different"
    assert compare.judge("far-mirror", case("answered"), [EVENT], [EVENT], known)[0] == "different"


def test_in_line_an_attack_must_be_answered(known):
    blocked, ordinary = changed(response={"status": 403}), changed(verdict="pass", response={"status": 403})
    assert compare.judge("in-line", case(), [blocked], [EVENT], known) == ("same", [])
    assert compare.judge("in-line", case(), [EVENT], [EVENT], known)[0] == "different"
    assert compare.judge("in-line", case(), [ordinary], [changed(verdict="pass")], known)[0] == "different"


def test_secrets_may_not_be_shown(known):
    told = replace(case(), secrets=("always",))
    assert compare.judge("near", told, [EVENT], [EVENT], known) == ("different", ["shows the secret 'always'"])


def test_rows_that_nothing_needs_are_told(known):
    assert len(unused(known)) == 8
    got = changed(time="now", anomalies=["method_unknown"])
    compare.judge("far-mirror", case(), [got], [EVENT], known)
    compare.judge("far-mirror", case("refused"), [], [EVENT], known)
    left = unused(known)
    assert len(left) == 6 and any("(bare_lf)" in text for text in left), left


def test_a_page_that_is_wrong_is_refused(tmp_path):
    page = tmp_path / "page.md"
    for text in (
        PAGE.replace("| added |", "| perhaps |"),
        PAGE.replace("| classes |", "| much |"),
        PAGE.split("| reason")[0],
    ):
        page.write_text(text)
        with pytest.raises(rules.RuleError):
            rules.load(page)


def test_the_page_names_every_door():
    text = rules.PAGE.read_text("utf-8")
    for name in MODULES:
        for door in import_module(f"conformance.doors.{name}").DOORS:
            assert f"`{door}`" in text, door
    assert rules.load().reasons


def test_cases_are_read_and_say_what_comes_out():
    found = cases.load()
    assert len(found) >= 60 and len({c.name for c in found}) == len(found)
    assert all(c.events and c.exchanges for c in found)
    assert {e["verdict"] for c in found for e in c.events} == {"pass", "suspicious", "attack"}


@pytest.mark.parametrize(
    "table",
    [
        {"name": "x", "head": "GET / HTTP/1.1\r\n\r\n"},
        {"name": "x", "why": "y", "head": "GET / HTTP/1.1\r\n\r\n", "haed": "z"},
        {"name": "x", "why": "y", "send": [{"head": "GET / HTTP/1.1\r\n\r\n", "boby": ""}]},
    ],
)
def test_a_case_that_is_wrong_is_refused(table):
    with pytest.raises(cases.CaseError):
        cases.case_of(table, "topic")


def test_marks_in_texts():
    table = {"head": "POST /{hex:ff} HTTP/1.1\r\nContent-Length: {length}\r\n\r\n", "body": "a¦{pad}", "pad": ["bc", 2]}
    assert cases.exchange(table).request == (b"POST /\xff HTTP/1.1\r\nContent-Length: 5\r\n\r\na", b"bcbc")
    assert cases.exchange(table | {"cut": 32}).request[0].endswith(b"Content-Length")
    chunked = cases.exchange({"head": "POST / HTTP/1.1\r\n\r\n", "body": "abc", "chunks": 2}).request
    assert chunked[0].endswith(b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")


def test_a_strict_host_reads_requests_and_refuses_odd_ones():
    told = wire.request(
        (b"POST /a HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na", b"bc\r\n0\r\nT: 1\r\n\r\n")
    )
    assert (told.start, told.body, told.trailers) == ((b"POST", b"/a", 11), [b"a", b"bc"], [(b"T", b"1")])
    for odd in (
        b"GET /a HTTP/1.1\nHost: b\n\n",
        b"GET /a b HTTP/1.1\r\n\r\n",
        b"GET /a HTTP/1.1\r\n folded\r\n\r\n",
        b"GET /a HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /a HTTP/1.1\r\nContent-Length: 1\r\n\r\n",
        b"GET /a HTTP/1.1\r\n\r\nmore",
    ):
        with pytest.raises(wire.Refused):
            wire.request((odd,))


def test_scripts_carry_any_byte():
    assert script.record("line", b"GET", b"/\n\0", 11) == b"line 3 3 2\nGET/\n\x0011\n"


@pytest.mark.parametrize(
    ("response", "ends"),
    [
        ("HTTP/1.1 200 OK\r\n\r\n<p>until the end", True),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", False),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", False),
        ("HTTP/1.1 204 No Content\r\n\r\n", False),
        ('HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n', False),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", False),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nuntil the end", True),
    ],
)
def test_the_application_closes_a_connection_only_where_that_ends_the_body(response, ends):
    assert origin.ends_with_the_connection(response.encode()) is ends
