"""Messages taken apart as a strict server would: what a host that has parsed a request hands to the library.

A second, plain reading of HTTP/1 that owes nothing to the library's own parser. What it does not understand it refuses, as servers do.
"""

import itertools
import re
from dataclasses import dataclass, field

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
REQUEST_LINE = re.compile(rb"(%s) ([^\s]+) HTTP/(1\.[01])\Z" % TOKEN)
STATUS_LINE = re.compile(rb"HTTP/(1\.[01]) (\d{3})(?: .*)?\Z", re.S)
FIELD = re.compile(rb"(%s):[ \t]*(.*?)[ \t]*\Z" % TOKEN, re.S)
VERSIONS = {b"1.0": 10, b"1.1": 11}


class Refused(Exception):
    """A strict server would refuse this."""


@dataclass
class Parts:
    """A message in parts. `start` is method, target and version, or status and version."""

    start: tuple
    headers: list[tuple[bytes, bytes]]
    body: list[bytes] = field(default_factory=list)
    trailers: list[tuple[bytes, bytes]] = field(default_factory=list)


def request(pieces: tuple[bytes, ...], cut_off: bool = False) -> Parts:
    """The parts of a request; body pieces end where the pieces sent did. A body that is cut off is told as far as it came."""
    parts, at, raw = head(pieces, REQUEST_LINE)
    method, target, version = parts.start
    parts.start = (method, target, VERSIONS[version])
    rest(parts, at, raw, pieces, length=0, cut_off=cut_off)
    return parts


def response(pieces: tuple[bytes, ...], to_head: bool = False) -> Parts:
    """The parts of a response; interim responses are passed over."""
    parts, at, raw = head(pieces, STATUS_LINE)
    version, status = parts.start
    if status.startswith(b"1"):
        return response((raw[at:],), to_head)
    parts.start = (int(status), VERSIONS[version])
    if not (to_head or status in (b"204", b"304")):
        rest(parts, at, raw, pieces, length=len(raw) - at)
    return parts


def head(pieces: tuple[bytes, ...], start_line: re.Pattern) -> tuple[Parts, int, bytes]:
    """Start line and fields, and where they end."""
    raw = b"".join(pieces)
    end = raw.find(b"\r\n\r\n")
    if end < 0:
        raise Refused("no end of the head")
    first, *lines = raw[:end].split(b"\r\n")
    start = start_line.match(first)
    fields = [FIELD.match(line) for line in lines]
    if start is None or None in fields:
        raise Refused("a line that does not parse")
    if b"\0" in raw[:end] or b"\n" in raw[:end].replace(b"\r\n", b"") or b"\r" in raw[:end].replace(b"\r\n", b""):
        raise Refused("a control byte in the head")
    return Parts(start.groups(), [f.groups() for f in fields]), end + 4, raw


def rest(parts: Parts, at: int, raw: bytes, pieces: tuple[bytes, ...], length: int, cut_off: bool = False) -> None:
    """Reads the body from `at`; `length` is what it has where no field tells."""
    fields = [(name.lower(), value) for name, value in parts.headers]
    lengths = [v for n, v in fields if n == b"content-length"]
    codings = [v.lower() for n, v in fields if n == b"transfer-encoding"]
    if len(lengths) > 1 or len(codings) > 1 or (lengths and codings) or not all(v.isdigit() for v in lengths):
        raise Refused("framing that servers disagree about")
    if codings:
        if codings != [b"chunked"]:
            raise Refused("an unknown transfer coding")
        ranges, end = chunks(raw, at, parts)
    else:
        end = at + int(lengths[0]) if lengths else at + length
        if cut_off:
            end = min(end, len(raw))
        ranges = [(at, end)]
    if end != len(raw):
        raise Refused("not exactly one message")
    cuts, place = [0], 0
    for piece in pieces:
        place += len(piece)
        cuts.append(place)
    for a, b in ranges:
        inner = [a, *(c for c in cuts if a < c < b), b]
        parts.body += [raw[x:y] for x, y in itertools.pairwise(inner) if x < y]


def chunks(raw: bytes, at: int, parts: Parts) -> tuple[list[tuple[int, int]], int]:
    """Where the data of the chunks lie, and where the body ends."""
    ranges = []
    while True:
        end = raw.find(b"\r\n", at)
        size = re.match(rb"([0-9A-Fa-f]+)(?:;.*)?\Z", raw[at:end]) if end >= 0 else None
        if size is None:
            raise Refused("a chunk size that does not parse")
        at, n = end + 2, int(size[1], 16)
        if n == 0:
            break
        ranges.append((at, at + n))
        if raw[at + n : at + n + 2] != b"\r\n":
            raise Refused("a chunk that does not end where it should")
        at += n + 2
    while not raw.startswith(b"\r\n", at):
        end = raw.find(b"\r\n", at)
        trailer = FIELD.match(raw[at:end]) if end >= 0 else None
        if trailer is None:
            raise Refused("a trailer that does not parse")
        parts.trailers.append(trailer.groups())
        at = end + 2
    return ranges, at + 2
