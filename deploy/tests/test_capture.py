"""deploy/capture/receive.sh: packets in VXLAN, as a cloud's mirror sends them, become events. A network namespace of its own."""

import ipaddress
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import DEPLOY, SQLI, wait_for

SIDEWATCH = Path(sys.executable).parent / "sidewatch"
pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("tcpdump"), reason="root and tcpdump are needed"),
    pytest.mark.skipif(not SIDEWATCH.exists(), reason="no sidewatch command: scripts/build.sh python"),
]
CLIENT, SERVER = "198.51.100.7", "10.0.0.5"
# Runs in the namespace: sends each line of hexadecimal digits as a datagram to the port of VXLAN.
SEND = """
import socket, sys
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for line in sys.stdin:
    out.sendto(bytes.fromhex(line), ("127.0.0.1", 4789))
"""


def frame(source, target, ports, sequence, acknowledged, flags, data=b""):
    """A TCP segment in IPv4 in Ethernet; its checksums are left out, as network cards often do."""
    tcp = struct.pack("!HHIIBBHHH", *ports, sequence, acknowledged, 0x50, flags, 0xFFFF, 0, 0) + data
    addresses = ipaddress.ip_address(source).packed + ipaddress.ip_address(target).packed
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0) + addresses
    return b"\x02" * 6 + b"\x04" * 6 + b"\x08\x00" + ip + tcp


def connection(request):
    """The packets of one request, each with the header of VXLAN for the network 4242."""
    there, back = (CLIENT, SERVER, (40312, 80)), (SERVER, CLIENT, (80, 40312))
    packets = [
        frame(*there, 1000, 0, 0x02),
        frame(*back, 5000, 1001, 0x12),
        frame(*there, 1001, 5001, 0x10),
        frame(*there, 1001, 5001, 0x18, request[:20]),
        frame(*there, 1021, 5001, 0x18, request[20:]),
        frame(*there, 1001 + len(request), 5001, 0x11),
    ]
    return [b"\x08\x00\x00\x00" + (4242).to_bytes(3, "big") + b"\x00" + packet for packet in packets]


def test_mirrored_packets_become_events(tmp_path):
    name = f"sidewatch-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    inside = ["ip", "netns", "exec", name]
    events, said = tmp_path / "events.jsonl", tmp_path / "said"
    receiver = None
    try:
        subprocess.run([*inside, "ip", "link", "set", "lo", "up"], check=True)
        with said.open("w") as file:
            receiver = subprocess.Popen(
                [*inside, DEPLOY / "capture/receive.sh", "lo", events, "1"],
                env={**os.environ, "SIDEWATCH": str(SIDEWATCH)},
                stderr=file,
            )
        wait_for(lambda: "listening on lo" in said.read_text(), "tcpdump listens")
        packets = connection(f"GET {SQLI} HTTP/1.1\r\nHost: shop.example\r\n\r\n".encode())
        sent = "\n".join(packet.hex() for packet in packets)
        subprocess.run([*inside, sys.executable, "-c", SEND], input=sent, text=True, check=True, timeout=30)

        def found():
            # A capture ends when a packet arrives after its time.
            subprocess.run([*inside, sys.executable, "-c", SEND], input="00\n", text=True, check=True, timeout=60)
            return events.exists() and events.read_text()

        (event,) = map(json.loads, wait_for(found, "an event", 90).splitlines())
        assert event["client"]["ip"] == CLIENT
        assert (event["request"]["target"], event["classes"]) == (SQLI, ["sqli"])
    finally:
        if receiver:
            receiver.send_signal(signal.SIGTERM)
            receiver.wait(60)
        subprocess.run(["ip", "netns", "del", name], check=True)


@pytest.mark.parametrize(
    ("words", "want"),
    [
        (("lo",), "usage: receive.sh INTERFACE EVENTS_FILE [SECONDS]"),
        (("nowhere0", "events"), "no interface 'nowhere0'"),
        (("lo", "events", "soon"), "SECONDS: a whole number from 1 is expected, not 'soon'"),
    ],
)
def test_wrong_words_are_refused(tmp_path, words, want):
    done = subprocess.run(
        [DEPLOY / "capture/receive.sh", *words], cwd=tmp_path, capture_output=True, text=True, timeout=20
    )
    assert done.returncode == 2 and want in done.stderr
    assert list(tmp_path.iterdir()) == []
