"""Configurations, policies, and what happens when they are wrong."""

import json

import pytest
from conftest import ROUTER, SQLI, cluster, listener, module, request, route, wait_for

LISTENER = "type.googleapis.com/envoy.config.listener.v3.Listener"


def static(envoy, config, text=False):
    envoy.configure([listener([module(config, text), ROUTER], [route()])], [cluster("origin", 1)])


@pytest.mark.parametrize("text", [False, True])
@pytest.mark.parametrize(
    ("config", "want"),
    [
        ({}, "missing field `position`"),
        ({"position": "sideways"}, "unknown variant `sideways`, expected one of `observer`, `mirror_target`, `inline`"),
        ({"position": "observer"}, 'the position `observer` needs `events` or `"metadata": true`'),
        ({"position": "inline", "polcy": "x"}, "unknown field `polcy`"),
        ({"position": "inline", "events": {"path": "/missing/x"}}, 'events.path "/missing/x": No such file'),
        ({"position": "inline", "policy_file": "/missing.toml"}, 'policy_file "/missing.toml": No such file'),
        ({"position": "inline", "policy": "[limits]\n\nfindings = 0\n"}, "policy line 3, column 12: 0 is out of range"),
        ({"position": "inline", "policy": "[detection\n"}, "policy line 1, column 11"),
        ({"position": "inline", "block_status": 200}, "`block_status` is 200, expected 400 to 599"),
        ({"position": "inline", "hold_body": -1}, "invalid value: integer `-1`"),
        ({"position": "observer", "block_status": 403}, "`block_status` makes no sense with the position `observer`"),
    ],
)
def test_wrong_configurations_are_refused_with_the_reason(envoy, config, want, text):
    static(envoy, config, text)
    status, said = envoy.validate()
    assert status != 0
    assert "sidewatch: configuration refused: " in said and want in said, said[-2000:]


def test_text_that_is_no_json_is_refused(envoy):
    static(envoy, "position: observer", text=True)
    status, said = envoy.validate()
    assert status != 0 and "expected value at line 1 column 1" in said


def test_a_filter_without_configuration_is_refused(envoy):
    filter_ = module({})
    del filter_["typed_config"]["filter_config"]
    envoy.configure([listener([filter_, ROUTER], [route()])], [cluster("origin", 1)])
    status, said = envoy.validate()
    assert status != 0 and "`position` is needed" in said


def test_a_bad_policy_file_is_refused_with_line_and_reason(envoy):
    policy = envoy.folder / "policy.toml"
    policy.write_text('[detection]\ndisabled = ["sqlinjection"]\n')
    static(envoy, {"position": "inline", "policy_file": str(policy)})
    status, said = envoy.validate()
    assert status != 0
    assert f'policy_file "{policy}": policy line 2, column 12: unknown class `sqlinjection`' in said


@pytest.mark.parametrize("text", [False, True])
def test_numbers_and_texts_arrive_both_ways(envoy, serve, text):
    """A Struct knows only floating-point numbers; a StringValue arrives as written."""
    port = serve({"position": "inline", "block_status": 451, "hold_body": 1000}, text=text)
    assert request(port, "GET", SQLI)[0] == 451


class Dynamic:
    """A listener that Envoy reads from a file and reads again when the file is replaced."""

    def __init__(self, envoy, origin):
        self.envoy = envoy
        self.policy = envoy.folder / "policy.toml"
        self.file = envoy.folder / "listeners.json"
        self.version = 0
        self.policy.write_text("")
        self.write({"position": "inline", "policy_file": str(self.policy), "events": envoy.events_to_file()})
        envoy.configure(
            [],
            [cluster("origin", origin.port)],
            node={"id": "test", "cluster": "test"},
            dynamic_resources={"lds_config": {"path_config_source": {"path": str(self.file)}}},
        )
        envoy.start()
        wait_for(lambda: envoy.admin("GET", "/listeners")[1], "the listener is there")

    def write(self, config):
        self.put([module(config), ROUTER])

    def put(self, filters):
        self.version += 1
        resource = {"@type": LISTENER, **listener(filters, [route()])}
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps({"version_info": str(self.version), "resources": [resource]}))
        new.rename(self.file)

    def status(self):
        return request(self.envoy.port(), "GET", SQLI)[0]


def test_a_reload_with_a_wrong_configuration_keeps_the_old_one(envoy, origin):
    dynamic = Dynamic(envoy, origin)
    base = {"position": "inline", "policy_file": str(dynamic.policy), "events": envoy.events_to_file()}
    assert dynamic.status() == 403

    dynamic.policy.write_text("[limits]\nfindings = 0\n")
    dynamic.write({**base, "block_status": 406})
    envoy.wait_for_log("policy line 2, column 12: 0 is out of range")
    assert dynamic.status() == 403

    dynamic.write({**base, "blok_status": 406})
    envoy.wait_for_log("unknown field `blok_status`")
    assert dynamic.status() == 403

    dynamic.policy.write_text("")
    dynamic.write({**base, "block_status": 406})
    wait_for(lambda: dynamic.status() == 406, "the new configuration is in force")

    dynamic.policy.write_text('[detection]\ndisabled = ["sqli"]\n')
    dynamic.write({**base, "block_status": 407})
    wait_for(lambda: dynamic.status() == 200, "the new policy is in force")


def test_configurations_come_and_go_without_a_trace(envoy, origin):
    """Reload upon reload between requests: old configurations leave no memory behind."""
    dynamic = Dynamic(envoy, origin)

    def reload(times):
        for i in range(times):
            dynamic.write({"position": "inline", "policy": f"# {dynamic.version}\n", "block_status": 400 + i})
            wait_for(lambda i=i: dynamic.status() == 400 + i, "the new configuration is in force")
        wait_for(lambda: gauge(envoy, "listener_manager.total_filter_chains_draining") == 0, "the old ones are gone")

    reload(20)
    before = envoy.resident()
    reload(80)
    grown = envoy.resident() - before
    assert grown < 8_000_000, f"{grown} bytes more after 80 reloads"


def test_the_module_can_be_unloaded(envoy, origin):
    """Without `do_not_close` Envoy unloads the module with its last configuration, while the workers go on."""
    filter_ = module({"position": "inline", "events": envoy.events_to_file()})
    filter_["typed_config"]["dynamic_module_config"]["do_not_close"] = False
    dynamic = Dynamic(envoy, origin)
    for _ in range(3):
        for filters, want in (([filter_, ROUTER], 403), ([ROUTER], 200)):
            dynamic.put(filters)
            wait_for(lambda want=want: dynamic.status() == want, "the new configuration is in force")
            wait_for(lambda: gauge(envoy, "listener_manager.total_filter_chains_draining") == 0, "the old is gone")


def gauge(envoy, name):
    return int(envoy.admin("GET", f"/stats?filter=^{name}$")[1].rsplit(b":", 1)[1])
