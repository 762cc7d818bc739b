"""Captures for tests, built byte by byte: Ethernet, IPv4, TCP, pcap and pcapng."""

import struct

CLIENT, SERVER = "192.0.2.7", "198.51.100.80"
BEGIN = 1_700_000_000


def tcp(source: str, target: str, ports: tuple[int, int], seq: int, ack: int, flags: int, data: bytes = b"") -> bytes:
    """An Ethernet frame with one TCP segment. Checksums are left at zero: a mirror often sees them so."""
    segment = struct.pack(">HHIIBBHHH", *ports, seq, ack, 5 << 4, flags, 65535, 0, 0) + data
    packed = [bytes(map(int, address.split("."))) for address in (source, target)]
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(segment), 1, 0, 64, 6, 0) + packed[0] + packed[1]
    return bytes(12) + b"\x08\x00" + ip + segment


def talk(*turns: bytes, port: int = 40000) -> list[bytes]:
    """The frames of one connection, from handshake to close; client and server take turns."""
    frames, seq = [], [1000, 5000]

    def send(way: int, flags: int, data: bytes = b"") -> None:
        ends = [(CLIENT, SERVER, (port, 80)), (SERVER, CLIENT, (80, port))][way]
        frames.append(tcp(*ends, seq[way], seq[1 - way], flags, data))
        seq[way] += len(data) + bool(flags & 3)

    send(0, 0x02)
    send(1, 0x12)
    send(0, 0x10)
    for i, data in enumerate(turns):
        for at in range(0, len(data), 1400):
            send(i % 2, 0x18, data[at : at + 1400])
    send(0, 0x11)
    send(1, 0x11)
    send(0, 0x10)
    return frames


def pcap(frames: list[bytes]) -> bytes:
    """A pcap file, one frame a second."""
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
    for i, frame in enumerate(frames):
        out += (struct.pack("<IIII", BEGIN + i, 0, len(frame), len(frame)), frame)
    return b"".join(out)


def pcapng(frames: list[bytes]) -> bytes:
    """A pcapng file: a section header, an Ethernet interface, enhanced packet blocks."""

    def block(kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        size = struct.pack("<I", 12 + len(body))
        return struct.pack("<I", kind) + size + body + size

    out = [
        block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)),
        block(1, struct.pack("<HHI", 1, 0, 0)),
    ]
    for i, frame in enumerate(frames):
        time = (BEGIN + i) * 1_000_000
        head = struct.pack("<IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(frame), len(frame))
        out.append(block(6, head + frame))
    return b"".join(out)
