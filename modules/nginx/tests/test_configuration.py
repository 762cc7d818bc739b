"""Directives, policies, and what happens when they are wrong."""

import signal

import pytest
from conftest import SQLI, free_ports, request, wait_for


def one_server(nginx, directives, inside="sidewatch on;"):
    (port,) = free_ports(1)
    nginx.configure(f'{directives}\nserver {{ listen 127.0.0.1:{port};\n{inside}\nlocation / {{ return 200 "ok"; }} }}')
    return port


def line_of(nginx, directive):
    """Where in the configuration it stands."""
    lines = (nginx.folder / "nginx.conf").read_text().splitlines()
    return next(i for i, line in enumerate(lines, 1) if directive in line)


@pytest.mark.parametrize(
    ("directives", "inside", "want"),
    [
        (
            "",
            "sidewatch maybe;",
            'invalid value "maybe" in "sidewatch" directive: "on", "monitor", "block" or "off" is expected',
        ),
        ("", "sidewatch BLOCK;", 'invalid value "BLOCK"'),
        ("", "sidewatch;", 'invalid number of arguments in "sidewatch" directive'),
        ("", "sidewatch block monitor;", 'invalid number of arguments in "sidewatch" directive'),
        ("", "sidewatch block; sidewatch off;", '"sidewatch" directive is duplicate'),
        ("", "sidewatch_responses some;", 'invalid value "some"'),
        ("", "sidewatch_responses on; sidewatch_responses off;", '"sidewatch_responses" directive is duplicate'),
        ("", "sidewatch_on_error allow;", 'invalid value "allow"'),
        ("", "sidewatch_on_error pass; sidewatch_on_error block;", '"sidewatch_on_error" directive is duplicate'),
        ("", "sidewatch_block_status 200;", 'invalid status "200": 400 to 599 is expected, but for 408 and 494 to 499'),
        ("", "sidewatch_block_status 399;", 'invalid status "399"'),
        ("", "sidewatch_block_status 600;", 'invalid status "600"'),
        ("", "sidewatch_block_status 408;", 'invalid status "408"'),
        ("", "sidewatch_block_status 499;", 'invalid status "499"'),
        ("", "sidewatch_block_status forbidden;", 'invalid status "forbidden"'),
        ("", "sidewatch_block_status -403;", 'invalid status "-403"'),
        (
            "",
            "sidewatch_block_status 403; sidewatch_block_status 404;",
            '"sidewatch_block_status" directive is duplicate',
        ),
        ("", "location /x { sidewatch block; sidewatch_mirror_target; }", 'makes no sense with "sidewatch block"'),
        (
            "",
            "location /x { sidewatch_mirror_target; sidewatch block; }",
            'makes no sense with "sidewatch_mirror_target"',
        ),
        (
            "",
            "location /x { sidewatch_mirror_target; sidewatch off; }",
            'makes no sense with "sidewatch_mirror_target"',
        ),
        ("", "location /x { sidewatch_mirror_target; sidewatch_mirror_target; }", "is duplicate"),
        ("", "sidewatch_mirror_target;", "directive is not allowed here"),
        ("", "if ($arg_x) { sidewatch off; }", "directive is not allowed here"),
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
    assert f"nginx.conf:{line_of(nginx, inside or directives)}" in text


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


def test_every_mode_is_taken_everywhere(nginx):
    for mode in ("on", "monitor", "block", "off"):
        one_server(
            nginx,
            f"sidewatch {mode}; sidewatch_responses head; sidewatch_block_status 444; sidewatch_on_error block;",
            f"sidewatch {mode}; sidewatch_responses on; sidewatch_block_status 599; sidewatch_on_error pass;"
            f"location /a {{ sidewatch {mode}; sidewatch_responses off; if ($arg_x) {{ sidewatch {mode}; }} }}",
        )
        status, text = nginx.test()
        assert status == 0, text


def test_a_mirror_target_in_a_server_that_blocks_takes_copies(nginx):
    """It refuses nothing, and a location inside it believes no fields: only the target itself is asked by the mirror."""
    (port,) = free_ports(1)
    nginx.configure(
        f"server {{ listen 127.0.0.1:{port}; sidewatch block; location / {{ sidewatch_mirror_target; "
        f"location /inside {{ root {nginx.folder}/html; }} }} }}"
    )
    nginx.start(port)
    told = {"X-Sidewatch-Client": "203.0.113.9", "X-Sidewatch-Id": "told"}
    assert request(port, "GET", SQLI, headers=told)[0] == 204
    (event,) = nginx.events(1)
    assert "action" not in event and event["client"]["ip"] == "203.0.113.9"
    assert request(port, "GET", "/inside" + SQLI, headers=told)[0] == 404
    event = nginx.events(2)[1]
    assert event["client"]["ip"] == "127.0.0.1" and event["id"] != "told"
