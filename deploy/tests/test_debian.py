"""The Debian packages: checked, installed on a clean Debian that boots, used there, and purged. `make test-deb` builds them first."""

import hashlib
import json
import os
import shutil
import subprocess

import machine as machines
import pytest
from conftest import ROOT, SQLI, wait_for

BUILT = ROOT / "build/deb"
NAMES = ("libsidewatch1", "libsidewatch-dev", "libnginx-mod-http-sidewatch", "sidewatch-nginx")
EVENTS = "/var/log/sidewatch/events.jsonl"
lacking = machines.missing()
if lacking and os.environ.get("DEB") == "required":
    raise RuntimeError(lacking)
pytestmark = pytest.mark.skipif(not list(BUILT.glob("*.deb")), reason="no packages: make deb")


def package(name):
    (found,) = BUILT.glob(f"{name}_*.deb")
    return found


@pytest.mark.skipif(not shutil.which("lintian"), reason="no lintian: apt-get install lintian")
def test_lintian_is_content():
    """No error and no warning. A tree with changes has a version too long for a medium."""
    (changes,) = BUILT.glob("*.changes")
    words = ["lintian", "--allow-root", "--fail-on=error,warning"]
    if "+changed" in changes.name:
        words.append("--suppress-tags=package-has-long-file-name")
    done = subprocess.run([*words, changes], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_library_is_named_after_its_soname():
    listing = subprocess.run(["dpkg-deb", "-c", package(NAMES[0])], capture_output=True, text=True, check=True).stdout
    assert "libsidewatch.so." + NAMES[0].removeprefix("libsidewatch") in listing


def test_the_module_asks_for_the_nginx_it_was_built_for():
    words = ["dpkg-deb", "-f", package("libnginx-mod-http-sidewatch"), "Depends"]
    assert "nginx-abi-" in subprocess.run(words, capture_output=True, text=True, check=True).stdout


def test_a_second_build_elsewhere_gives_the_same_files(tmp_path):
    """Compiled anew, in another folder: what is built has no path, no time and no chance in it."""
    done = subprocess.run([ROOT / "deploy/debian/build.sh", tmp_path], capture_output=True, text=True, timeout=3000)
    assert done.returncode == 0, done.stderr
    first, second = (
        {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in f.glob("*.deb")} for f in (BUILT, tmp_path)
    )
    assert len(first) >= len(NAMES) and first == second


@pytest.fixture(scope="module")
def machine():
    """A booted Debian with the packages installed."""
    if lacking:
        pytest.skip(lacking)
    it = machines.Machine(BUILT / "machine")
    try:
        it.make()
        it.before = files(it)
        it.install(*(package(name) for name in NAMES), also=["logrotate"])
        it.boot()
        yield it
    finally:
        it.stop()
        it.remove()


def files(machine):
    """What lies where packages install, but for the records of dpkg, and of other packages."""
    found = set()
    for folder in ("etc", "usr", "lib", "var/lib", "var/log", "run"):
        for path in (machine.folder / folder).rglob("*sidewatch*"):
            if "var/lib/dpkg" not in str(path):
                found.add(str(path.relative_to(machine.folder)))
    return found


def events(machine, number):
    def read():
        lines = machine.run("cat", EVENTS).stdout.splitlines()
        return [json.loads(line) for line in lines] if len(lines) >= number else None

    return wait_for(read, f"{number} event(s)")


def test_the_service_runs_and_finds_an_attack(machine):
    assert machine.run("systemctl", "is-active", "sidewatch-nginx").stdout.strip() == "active"
    assert machine.http(f"http://127.0.0.1:8081{SQLI}", "-H", "X-Sidewatch-Client: 192.0.2.7") == "204"
    (event,) = events(machine, 1)
    assert (event["client"]["ip"], event["classes"]) == ("192.0.2.7", ["sqli"])


def test_it_runs_as_its_own_user_and_its_events_are_not_for_everyone(machine):
    pid = machine.check("cat", "/run/sidewatch/nginx.pid").strip()
    status = machine.check("cat", f"/proc/{pid}/status")
    assert "CapEff:\t0000000000000000" in status and "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status
    assert machine.check("stat", "-c", "%U:%G %a", EVENTS).strip() == "sidewatch:sidewatch 640"
    assert machine.check("stat", "-c", "%U:%G %a", "/var/log/sidewatch").strip() == "sidewatch:sidewatch 750"


def test_a_wrong_policy_is_refused_at_reload_and_the_old_one_goes_on(machine):
    policy = machine.folder / "etc/sidewatch/policy.toml"
    was, before = policy.read_text(), len(events(machine, 1))
    policy.write_text('[detection]\ndisabled = ["sqlinjection"]\n')
    assert machine.run("systemctl", "reload", "sidewatch-nginx").returncode != 0
    assert "unknown class `sqlinjection`" in machine.check("journalctl", "-u", "sidewatch-nginx", "--no-pager")
    assert machine.http(f"http://127.0.0.1:8081{SQLI}") == "204"
    events(machine, before + 1)
    policy.write_text(was)
    machine.check("systemctl", "reload", "sidewatch-nginx")
    assert machine.run("systemctl", "is-active", "sidewatch-nginx").stdout.strip() == "active"


def test_rotation_by_the_rules_of_the_package(machine):
    before = len(events(machine, 1))
    machine.check("logrotate", "-f", "/etc/logrotate.d/sidewatch-nginx")
    wait_for(lambda: machine.run("stat", "-c", "%s", EVENTS).stdout.strip() == "0", "a new file")
    assert len(machine.check("cat", EVENTS + ".1").splitlines()) == before

    def attacked():
        machine.http(f"http://127.0.0.1:8081{SQLI}")
        return machine.run("cat", EVENTS).stdout

    wait_for(attacked, "an event in the new file")
    assert machine.check("stat", "-c", "%U:%G %a", EVENTS).strip() == "sidewatch:sidewatch 640"


def test_the_module_is_loaded_into_the_serving_nginx_too(machine):
    """Debian's nginx.service with its own configuration: the module is enabled as Debian's modules are, and mirrors or observes."""
    assert "mod-http-sidewatch.conf" in machine.check("ls", "/etc/nginx/modules-enabled")
    (machine.folder / "etc/nginx/conf.d/observer.conf").write_text(
        "sidewatch_events /var/log/nginx/sidewatch.jsonl;\n"
        'server { listen 127.0.0.1:8090; sidewatch on; location / { return 200 "ok"; } }\n'
    )
    machine.check("nginx", "-t")
    machine.check("systemctl", "restart", "nginx")
    assert machine.http(f"http://127.0.0.1:8090{SQLI}") == "200"
    wait_for(lambda: "sqli" in machine.run("cat", "/var/log/nginx/sidewatch.jsonl").stdout, "the observer's event")
    (machine.folder / "etc/nginx/conf.d/observer.conf").unlink()


def test_a_program_builds_with_pkg_config(machine):
    """Against the shared library, and against the static one."""
    example = "/usr/share/doc/libsidewatch-dev/examples/inspect.c"
    build = f"cc {example} -o /root/%s $(pkg-config --cflags --libs %s sidewatch)"
    machine.check("sh", "-c", build % ("shared", "") + " && /root/shared")
    assert "libsidewatch.so.1" in machine.check("ldd", "/root/shared")
    machine.check("sh", "-c", build.replace("cc ", "cc -static ") % ("static", "--static") + " && /root/static")


def test_an_edited_configuration_survives_reinstallation(machine):
    conf = machine.folder / "etc/sidewatch/nginx.conf"
    conf.write_text(conf.read_text() + "# edited\n")
    machine.check("dpkg", "--force-confold", "-i", *(f"/root/{package(name).name}" for name in NAMES))
    assert conf.read_text().endswith("# edited\n")
    assert machine.http("http://127.0.0.1:8081/") == "204"


def test_purge_leaves_nothing(machine):
    """Last: after it only what was there before is."""
    machine.check("dpkg", "--purge", *reversed(NAMES))
    assert machine.run("systemctl", "is-active", "sidewatch-nginx").stdout.strip() == "inactive"
    machine.check("nginx", "-t")
    left = files(machine) - machine.before - {"var/log/nginx/sidewatch.jsonl"}
    left = {path for path in left if not path.startswith("run/")}
    assert left == set()
