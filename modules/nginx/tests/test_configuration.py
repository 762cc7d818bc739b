"""Directives, policies, and what happens when they are wrong."""

import signal

import pytest
from conftest import SQLI, free_ports, request, wait_for


def one_server(nginx, directives, inside="sidewatch on;"):
    (port,) = free_ports(1)
    nginx.configure(f'{directives}\nserver {{ listen 127.0.0.1:{port}; {inside} location / {{ return 200 "ok"; }} }}')
    return port


@pytest.mark.parametrize(
    ("directives", "inside", "want"),
    [
        ("", "sidewatch maybe;", 'invalid value "maybe" in "sidewatch" directive'),
        ("sidewatch_policy missing.toml;", "", "cannot open sidewatch policy"),
        ("sidewatch_policy .;", "", "is no regular file"),
        ("", "sidewatch_events /dev/null some;", '"all", "findings" or "attacks" is expected'),
        ("", "location /x { sidewatch off; sidewatch_mirror_target; }", "makes no sense"),
        ("sidewatch_policy a.toml; sidewatch_policy b.toml;", "", '"sidewatch_policy" directive is duplicate'),
    ],
)
def test_wrong_directives_are_refused_with_the_reason(nginx, directives, inside, want):
    (nginx.folder / "a.toml").write_text("")
    one_server(nginx, directives, inside)
    status, text = nginx.test()
    assert status != 0
    assert want in text
    assert "nginx.conf:" in text


def test_a_bad_policy_is_refused_with_line_and_reason(nginx):
    (nginx.folder / "policy.toml").write_text("[limits]\n\nfindings = 0\n")
    one_server(nginx, "sidewatch_policy policy.toml;")
    status, text = nginx.test()
    assert status != 0
    assert "policy.toml" in text and "line 3, column 12: 0 is out of range, expected 1 to 4096" in text


def test_observing_without_a_place_to_write_is_refused(nginx):
    one_server(nginx, "")
    conf = nginx.folder / "nginx.conf"
    conf.write_text(conf.read_text().replace(f"sidewatch_events {nginx.events_file};", ""))
    status, text = nginx.test()
    assert status != 0 and 'no "sidewatch_events"' in text


def test_a_reload_with_a_bad_policy_keeps_the_old_one(nginx):
    policy = nginx.folder / "policy.toml"
    policy.write_text('[detection]\ndisabled = ["scanner"]\n')
    port = one_server(nginx, "sidewatch_policy policy.toml;")
    nginx.start(port)
    request(port, "GET", SQLI)
    nginx.events(1)

    policy.write_text('[detection]\ndisabled = ["sqlinjection"]\n')
    nginx.signal(signal.SIGHUP)
    wait_for(lambda: "unknown class `sqlinjection`" in nginx.error_log.read_text(), "the reason is logged")
    request(port, "GET", SQLI)
    assert len(nginx.events(2)) == 2, "the old policy goes on"

    policy.write_text('[detection]\ndisabled = ["sqli"]\n')
    nginx.signal(signal.SIGHUP)

    def sqli_is_off():
        before = len(nginx.events(2))
        request(port, "GET", SQLI)
        return nginx.no_event(0.1) or len(nginx.events(2)) == before

    wait_for(sqli_is_off, "the new policy is in force")


def test_events_of_ordinary_requests_on_demand(nginx):
    (port,) = free_ports(1)
    nginx.configure(
        f"server {{ listen 127.0.0.1:{port}; sidewatch on; sidewatch_events {nginx.folder}/all.jsonl all; "
        'location / { return 200 "ok"; } }'
    )
    nginx.start(port)
    nginx.events_file = nginx.folder / "all.jsonl"
    request(port, "GET", "/plain?page=2")
    (event,) = nginx.events(1)
    assert (event["verdict"], event["findings"], event["score"]) == ("pass", [], 0)


def test_policies_differ_by_location(nginx):
    (nginx.folder / "quiet.toml").write_text('[detection]\ndisabled = ["sqli"]\n')
    (port,) = free_ports(1)
    nginx.configure(
        f"server {{ listen 127.0.0.1:{port}; sidewatch on; "
        'location / { return 200 "ok"; } '
        'location /quiet/ { sidewatch_policy quiet.toml; return 200 "ok"; } }'
    )
    nginx.start(port)
    request(port, "GET", "/quiet" + SQLI)
    request(port, "GET", SQLI)
    (event,) = nginx.events(1)
    assert event["request"]["target"] == SQLI
