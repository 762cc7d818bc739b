"""Memory over many requests, all positions in one Envoy: HTTP/1 and HTTP/2, attacks and ordinary requests, with bodies."""

import subprocess

from conftest import ATTACK, MUTATIONS, ROUTER, SQLI, cluster, free_port, listener, module, route


def test_memory_is_flat(envoy):
    front, inline, watch = free_port(), free_port(), free_port()
    direct = {"match": {"prefix": "/items"}, "direct_response": {"status": 200}}
    mirrored = route("inline", request_mirror_policies=[{"cluster": "watch", "request_headers_mutations": MUTATIONS}])
    events = {"path": "/dev/null", "write": "all"}
    envoy.configure(
        [
            listener([module({"position": "observer", "events": events}), ROUTER], [mirrored], port=front),
            listener([module({"position": "inline", "events": events}), ROUTER], [direct], "inline", inline),
            listener(
                [module({"position": "mirror_target", "events": events}, terminal_filter=True)], [], "watch", watch
            ),
        ],
        [cluster("inline", inline), cluster("watch", watch)],
    )
    envoy.start()
    body = envoy.folder / "body"
    body.write_bytes(b"note=" + b"word+" * 4000 + b"&" + ATTACK)

    def load(number):
        for args in (
            ["--h1", "/items?id=42"],
            ["-m", "20", SQLI],
            ["--h1", "-d", str(body), "/form"],
            ["-m", "20", "-d", str(body), "/form"],
        ):
            command = ["h2load", "-n", str(number), "-c", "8", *args[:-1], f"http://127.0.0.1:{front}{args[-1]}"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=120)
            assert f"{number} done" in done.stdout and " 0 errored" in done.stdout, done.stdout

    load(3000)  # pools, buffers and Envoy's own caches come to their size
    before = envoy.resident()
    load(4000)
    grown = envoy.resident() - before
    # Four loads, each judged three times.
    assert envoy.stat("requests") == 3 * 4 * 7000
    assert envoy.stat("panics") == envoy.stat("errors") == envoy.stat("events_lost") == 0
    # Envoy without the module grows by some megabytes here; 350 bytes leaked of each request would be 16.
    assert grown < 16_000_000, f"{grown} bytes more after {3 * 4 * 4000} judged requests"
