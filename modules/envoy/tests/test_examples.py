"""The files that README.md shows: real Envoy accepts them, or the parts of them that are its configuration."""

import re

import pytest
import yaml
from conftest import MODULES, ROOT, ROUTER, SQLI, cluster, curl, listener, module, request, route

EXAMPLES = ROOT / "modules/envoy/examples"
NAMES = sorted(p.name for p in EXAMPLES.glob("*.yaml"))
OF_KUBERNETES = {
    "istio-mirror.yaml": ["ConfigMap", "Deployment", "Service", "VirtualService"],
    "istio-observer.yaml": ["EnvoyFilter", "Deployment"],
    "envoy-gateway.yaml": ["EnvoyProxy", "GatewayClass", "EnvoyExtensionPolicy"],
    "envoy-gateway-mirror.yaml": ["HTTPRoute"],
}
PLAIN = [n for n in NAMES if n not in OF_KUBERNETES]


def text(name, envoy, ports=None):
    """An example, its events and ports moved to where the test runs."""
    out = (EXAMPLES / name).read_text().replace("/var/log/sidewatch", str(envoy.folder))
    for old, new in (ports or {}).items():
        out = out.replace(f"port_value: {old}", f"port_value: {new}")
    return out


def objects(name, envoy):
    return list(yaml.safe_load_all(text(name, envoy)))


def validate(envoy, configuration):
    (envoy.folder / "envoy.yaml").write_text(configuration)
    status, said = envoy.validate("envoy.yaml")
    assert status == 0, said[-2000:]


def test_the_readme_names_every_example():
    readme = (ROOT / "modules/envoy/README.md").read_text()
    assert set(re.findall(r"\(examples/([a-z-]+\.yaml)\)", readme)) == set(NAMES)


def test_the_readme_names_every_option_and_counter():
    readme = (ROOT / "modules/envoy/README.md").read_text()
    source = (ROOT / "modules/envoy/src/config.rs").read_text()
    written = source.split("struct Written {")[1].split("}")[0]
    events = source.split("pub(crate) struct Events {")[1].split("}")[0]
    options = [o for o in re.findall(r"^    (\w+): ", written, re.M) if o != "events"]
    options += [f"events.{o}" for o in re.findall(r"^    pub (\w+): ", events, re.M)]
    assert len(options) > 12
    for option in options:
        assert f"| `{option}` |" in readme, option
    counters = re.findall(r'"(sidewatch\.\w+)",', (ROOT / "modules/envoy/src/host.rs").read_text())
    assert len(counters) == 9
    for counter in counters:
        assert f"`{counter}`" in readme, counter


@pytest.mark.parametrize("name", PLAIN)
def test_envoy_accepts_the_plain_ones(envoy, name):
    validate(envoy, text(name, envoy))


@pytest.mark.parametrize("name", OF_KUBERNETES)
def test_the_others_are_of_the_right_kinds(envoy, name):
    found = objects(name, envoy)
    assert [o["kind"] for o in found] == OF_KUBERNETES[name]
    assert all(o["apiVersion"] and o["metadata"]["name"] for o in found)


def test_envoy_accepts_what_istio_would_give_it(envoy):
    config_map = objects("istio-mirror.yaml", envoy)[0]
    validate(envoy, config_map["data"]["envoy.yaml"])
    envoy_filter = objects("istio-observer.yaml", envoy)[0]
    patch = envoy_filter["spec"]["configPatches"][0]["patch"]
    envoy.configure([listener([patch["value"], ROUTER], [route()])], [cluster("origin", 1)])
    status, said = envoy.validate()
    assert status == 0, said[-2000:]


def test_envoy_accepts_what_envoy_gateway_would_give_it(envoy, origin):
    """The configuration arrives as JSON; the module is found by its path."""
    proxy, _, policy = objects("envoy-gateway.yaml", envoy)
    (entry,) = proxy["spec"]["dynamicModules"]
    (used,) = policy["spec"]["dynamicModule"]
    assert used["name"] == entry["name"]
    assert entry["source"]["local"]["path"].endswith("/libsidewatch_envoy.so")
    filter_ = module(used["config"])
    filter_["typed_config"]["dynamic_module_config"] = {
        "module": {"local": {"filename": str(MODULES / "libsidewatch_envoy.so")}},
        "do_not_close": entry["doNotClose"],
    }
    envoy.configure([listener([filter_, ROUTER], [route()])], [cluster("origin", origin.port)])
    envoy.start()
    assert request(envoy.port(), "GET", SQLI)[0] == 403
    assert envoy.stat("blocked") == 1


def test_mirror_and_target_work_together(envoy, origin, tmp_path_factory):
    """The two files as they are, but for the ports: two Envoys, the second judges what the first one serves."""
    from conftest import Envoy, free_port

    ports = {8080: 0, 8081: free_port(), 3000: origin.port, 9902: 0}
    target = Envoy(tmp_path_factory.mktemp("target"))
    (target.folder / "envoy.json").write_text(text("mirror-target.yaml", target, ports))
    (envoy.folder / "envoy.json").write_text(
        text("mirror.yaml", envoy, ports).replace("localhost", "127.0.0.1")
        + "admin:\n  address: { socket_address: { address: 127.0.0.1, port_value: 0 } }\n"
    )
    for server in (target, envoy):
        file = server.folder / "envoy.json"
        file.rename(server.folder / "envoy.yaml")
        command = server.command
        server.command = lambda *args, config="envoy.yaml", command=command: command(*args, config=config)
    try:
        target.start()
        envoy.start()
        front = envoy.port()
        assert curl(front, SQLI, "-H", "x-sidewatch-target: /harmless", "-H", "x-sidewatch-id: x")[0] == 200
        (event,) = target.events()
        assert event["request"]["target"] == SQLI and event["request"]["version"] == "HTTP/2"
        assert event["request"]["host"] == "shop.example"
        assert event["client"]["ip"] == "127.0.0.1" and event["client"]["port"] > 0
        assert len(event["id"]) == 36
    finally:
        target.stop()


def test_a_policy_for_some_routes(envoy, origin):
    """Two instances of the filter, the second for one route only, as README.md says."""
    quiet = module({"position": "inline", "policy": '[detection]\ndisabled = ["sqli"]\n'})
    quiet |= {"name": "sidewatch-quiet", "disabled": True}
    loud = module({"position": "inline"})

    def switch(disabled):
        return {"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "disabled": disabled, "config": {}}

    special = route(prefix="/quiet")
    special["typed_per_filter_config"] = {"sidewatch": switch(True), "sidewatch-quiet": switch(False)}
    envoy.configure([listener([quiet, loud, ROUTER], [special, route()])], [cluster("origin", origin.port)])
    envoy.start()
    assert request(envoy.port(), "GET", "/quiet" + SQLI)[0] == 200
    assert request(envoy.port(), "GET", "/quiet?f=../../../etc/passwd")[0] == 403
    assert request(envoy.port(), "GET", SQLI)[0] == 403
