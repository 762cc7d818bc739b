"""A clean Debian with an init of its own: made by mmdebstrap, booted by systemd-nspawn, with no network but loopback."""

import contextlib
import os
import shutil
import subprocess
import time
from pathlib import Path

from conftest import wait_for

BASE = "systemd-sysv,gcc,libc6-dev,pkg-config"


def missing():
    """What a test of a whole machine lacks here, or nothing."""
    if os.geteuid() != 0:
        return "root is needed to make a clean Debian"
    lacking = [tool for tool in ("mmdebstrap", "systemd-nspawn", "nsenter") if not shutil.which(tool)]
    return f"not installed: {', '.join(lacking)} (apt-get install mmdebstrap systemd-container)" if lacking else ""


def run(*words, **options):
    return subprocess.run(
        [str(w) for w in words], capture_output=True, text=True, timeout=options.pop("timeout", 300), **options
    )


class Machine:
    """One Debian in a folder."""

    def __init__(self, folder: Path):
        self.folder, self.boot_log, self.nspawn, self.init = folder, folder.with_suffix(".boot.log"), None, None

    def make(self):
        """The base system, without documentation: half a minute to three, by how far Debian's mirror is."""
        self.remove()
        no_docs = [f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("man", "locale", "info")]
        done = run(
            "mmdebstrap", "--quiet", "--mode=root", "--variant=apt", "--dpkgopt=force-unsafe-io", *no_docs,
            f"--include={BASE}", "--skip=cleanup/apt", "bookworm", self.folder, timeout=900,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]

    def install(self, *packages, also=()):
        """Installs package files, and what they depend on, before the first boot; `also` names packages of Debian."""
        for package in packages:
            shutil.copy(package, self.folder / "root")
        policy = self.folder / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        words = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-y", "-q", "--no-install-recommends", "install"]
        done = run("chroot", self.folder, *words, *(f"/root/{p.name}" for p in packages), *also, timeout=900)
        policy.unlink()
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    def boot(self):
        """Starts the init; services come up as they would on a machine."""
        # One with systemd on the host would register with it; one without cannot.
        options = ["--quiet", "--register=no", "--keep-unit", "--private-network", "--resolv-conf=off", "--boot"]
        with self.boot_log.open("w") as log:
            self.nspawn = subprocess.Popen(
                ["systemd-nspawn", f"--directory={self.folder}", *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

        def init():
            # Its first child only sets the second one up, and ends; the second becomes the init.
            assert self.nspawn.poll() is None, self.boot_log.read_text()[-2000:]
            for child in Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children").read_text().split():
                with contextlib.suppress(OSError):
                    if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                        return child
            return None

        self.init = wait_for(init, "the machine has an init", 30)
        try:
            wait_for(
                lambda: self.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded"), "boot", 90
            )
        except AssertionError:
            raise AssertionError(self.boot_log.read_text()[-2000:]) from None

    def run(self, *words, timeout=120):
        """Runs a command in the machine."""
        return run("nsenter", f"--target={self.init}", "--all", "--", *words, timeout=timeout)

    def check(self, *words):
        """Runs a command that must succeed, and gives what it printed."""
        done = self.run(*words)
        assert done.returncode == 0, f"{words}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

    def http(self, url, *options):
        """The status that curl of this machine gets from a server inside."""
        words = [
            "curl",
            "--silent",
            "--output",
            "/dev/null",
            "--write-out",
            "%{http_code}",
            "--path-as-is",
            "--max-time",
            "10",
        ]
        done = run("nsenter", f"--target={self.init}", "--net", "--", *words, *options, url)
        return done.stdout

    def stop(self):
        if self.nspawn and self.nspawn.poll() is None:
            if self.init:
                self.run("systemctl", "poweroff", "--force")
            end = time.monotonic() + 20
            while self.nspawn.poll() is None and time.monotonic() < end:
                time.sleep(0.1)
            if self.nspawn.poll() is None:
                self.nspawn.kill()
                self.nspawn.wait()

    def remove(self):
        if self.folder.exists():
            shutil.rmtree(self.folder)
