"""Captures from Python."""

import os
import subprocess
import sys

import packets
import pytest
from conftest import ANSWER, ATTACK, PLAIN

import sidewatch


@pytest.mark.parametrize("form", [packets.pcap, packets.pcapng])
@pytest.mark.parametrize("gz", [False, True])
def test_captures_are_read(write, engine, form, gz):
    path = write("traffic", form(packets.talk(ATTACK, ANSWER, PLAIN, ANSWER)), gz=gz)
    scan = sidewatch.scan_pcap(path, engine)
    (event,) = scan
    assert (event.verdict, event.status, event.client) == ("attack", 200, (packets.CLIENT, 40000))
    assert packets.BEGIN <= event.time < packets.BEGIN + 60
    assert (scan.transactions, scan.error, scan.error_offset) == (2, None, None)
    assert scan.position == path.stat().st_size
    assert scan.counts["http"] == 1 and scan.counts["connections"] == 1


def test_what_is_given_can_be_chosen(capture):
    given = {only: len(list(sidewatch.scan_pcap(capture, only=only))) for only in ("attacks", "findings", "all")}
    assert given == {"attacks": 1, "findings": 1, "all": 2}


def test_a_cut_capture_gives_what_came_before(write):
    whole = packets.pcap(packets.talk(ATTACK, ANSWER, PLAIN, ANSWER))
    path = write("cut.pcap", whole[:-3])
    scan = sidewatch.scan_pcap(path)
    assert [e.verdict for e in scan] == ["attack"]
    last = len(whole) - 16 - 54
    assert scan.error_offset == last and f"byte {last}" in scan.error


def test_reading_in_steps(capture):
    scan, events = sidewatch.scan_pcap(capture, only="all"), []
    while (more := scan.read(3)) is not None:
        events += more
    assert len(events) == 2 and scan.read() is None and next(scan, None) is None


def test_what_is_left_out_is_counted(write):
    hello = bytes.fromhex("16030100f4010000f00303") + bytes(233)
    path = write("tls.pcap", packets.pcap(packets.talk(hello, port=1) + packets.talk(bytes(99), bytes(99), port=2)))
    scan = sidewatch.scan_pcap(path)
    assert list(scan) == []
    assert scan.drops["tls"] == (1, len(hello), "TLS.")
    assert scan.drops["undecided"][:2] == (2, 198)
    assert (scan.counts["tls"], scan.counts["undecided"], scan.transactions) == (1, 1, 0)


def test_transactions_are_listed_without_judging(write):
    answer = ANSWER.replace(b"Length: 5\r\n\r\nhello", b"Length: 6\r\n\r\nuid=0(")
    path = write("traffic.pcap", packets.pcap(packets.talk(ATTACK, answer)))
    (one,) = sidewatch.transactions(path, keep_bodies=4)
    assert (one.verdict, one.method, one.status, one.response_body) == ("pass", "GET", 200, b"uid=")
    assert next(sidewatch.transactions(path)).response_body == b""


@pytest.mark.parametrize("written", [0, -1])
def test_an_interrupt_ends_a_scan_that_waits_for_a_pipe(tmp_path, capture, written):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    program = f"""
import os, signal, sidewatch, threading, time

def interrupt():
    end = open({str(pipe)!r}, "wb", buffering=0)
    end.write({capture.read_bytes()[:written]!r})
    time.sleep(0.5)  # other threads run while it waits
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)

signal.signal(signal.SIGINT, signal.default_int_handler)
threading.Thread(target=interrupt, daemon=True).start()
try:
    scan = sidewatch.scan_pcap({str(pipe)!r})
    list(scan)
except KeyboardInterrupt:
    print("interrupted", *((event.verdict for event in scan) if {written} else ()))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert done.stdout == ("interrupted attack\n" if written else "interrupted\n"), done.stderr
