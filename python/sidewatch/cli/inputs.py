"""Files of requests: of what kind they are, told by their content, and how each kind is read.

A reader gives the events of a file in batches, and knows how far it has come (`position`, in bytes of the
file), how many requests there were, and what could not be read (`problems`, each with its place). It never
raises for what a file holds: what can be read is given, the rest is a problem.
"""

import base64
import binascii
import codecs
import contextlib
import json
import re
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import quote_plus

from .. import CaptureError, Engine, Event, Request, Scan, scan_pcap

#: What a file can be.
KINDS = "pcap, pcapng, HAR, JSON lines of requests, or raw HTTP/1 requests, each compressed with gzip or not"

CHUNK = 256 << 10
#: Longest JSON line or HAR entry.
LONGEST = 64 << 20
#: Requests handed to the engine at once.
BATCH = 512
#: Problems of one file that are told one by one.
PROBLEMS = 10

CAPTURES = {
    b"\xa1\xb2\xc3\xd4": "pcap",
    b"\xd4\xc3\xb2\xa1": "pcap",
    b"\xa1\xb2\x3c\x4d": "pcap",
    b"\x4d\x3c\xb2\xa1": "pcap",
    b"\xa1\xb2\xcd\x34": "pcap",
    b"\x34\xcd\xb2\xa1": "pcap",
    b"\x0a\x0d\x0d\x0a": "pcapng",
}
METHOD = rb"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40}"
REQUEST_LINE = re.compile(rb"[\r\n]*" + METHOD + rb" +[^\r\n]+[ \t]+HTTP/[0-9.]+[ \t]*(\r?\n|$)")
SHORT_REQUEST = re.compile(rb"[\r\n]*(GET|POST|HEAD|PUT|DELETE|OPTIONS|PATCH|CONNECT|TRACE) +[/*hH][^\r\n]*(\r?\n|$)")
REQUEST_RECORD = re.compile(rb'"(method|target)"\s*:\s*"')
HAR_LOG = re.compile(rb'"log"\s*:\s*\{')
HAR_ENTRIES = re.compile(r'"entries"\s*:\s*\[')


class Unreadable(Exception):
    """A file of which nothing can be read, and why."""


class Stream:
    """A file read forwards, decompressed if it is gzip. Damage ends it: `error` then tells why."""

    def __init__(self, path: Path):
        try:
            self._file = path.open("rb")
            self._ahead = self._file.read(CHUNK)
        except OSError as e:
            raise Unreadable(e.strerror or str(e)) from None
        self._gzip = zlib.decompressobj(31) if self._ahead.startswith(b"\x1f\x8b") else None
        self._peeked = b""
        self._taken = len(self._ahead)
        self.position = 0
        self.error: str | None = None

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def peek(self) -> bytes:
        """The beginning, not taken away."""
        if not self._peeked:
            self._peeked = self.read()
        return self._peeked

    def read(self) -> bytes:
        """The next piece, empty at the end."""
        if self._peeked:
            piece, self._peeked = self._peeked, b""
            return piece
        while not self.error:
            piece, self._ahead = self._ahead, b""
            try:
                if not piece:
                    piece = self._file.read(CHUNK)
                    self._taken += len(piece)
                self.position = self._taken  # counted: a pipe cannot tell
                if self._gzip is None:
                    return piece
                plain = self._inflate(piece)
            except (OSError, zlib.error) as e:
                self.error = f"read failed: {e}"
                break
            if plain or plain is None:
                return plain or b""
        return b""

    def _inflate(self, piece: bytes) -> bytes | None:
        """Decompresses; None at the end."""
        if self._gzip.eof:
            if not piece.strip(b"\0"):
                return None
            self._gzip = zlib.decompressobj(31)
        elif not piece:
            self.error = "the compressed data ends early"
            return None
        plain = self._gzip.decompress(piece, CHUNK)
        self._ahead = self._gzip.unconsumed_tail or self._gzip.unused_data
        return plain

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Every line with its offset. One that is longer than LONGEST is given cut, in pieces."""
        offset, held = 0, []
        size = 0
        while piece := self.read():
            head, *more = piece.split(b"\n")
            held.append(head)
            size += len(head)
            for line in more:
                yield offset, b"".join(held)
                offset += size + 1
                held, size = [line], len(line)
            if size > LONGEST:
                yield offset, b"".join(held)
                offset, held, size = offset + size, [], 0
        if size:
            yield offset, b"".join(held)


class Reader:
    """What all readers have in common."""

    kind = ""

    def __init__(self, path: Path, engine: Engine, everything: bool):
        self.path = path
        self.engine = engine
        self.everything = everything
        self.requests = 0
        self.position = 0
        self.problems: list[str] = []
        self.more_problems = 0
        self.drops: dict[str, tuple[int, int, str]] = {}

    def batches(self) -> Iterator[list[Event]]:
        """The events wanted: those with findings, or all."""
        raise NotImplementedError

    def problem(self, text: str) -> None:
        """Notes what could not be read."""
        if len(self.problems) < PROBLEMS:
            self.problems.append(text)
        else:
            self.more_problems += 1

    def wanted(self, events: list[Event]) -> list[Event]:
        """Counts the events, and leaves out those nobody asked for."""
        self.requests += len(events)
        return events if self.everything else [e for e in events if e.findings]


class Capture(Reader):
    """pcap and pcapng."""

    def __init__(self, path: Path, engine: Engine, everything: bool, kind: str):
        super().__init__(path, engine, everything)
        self.kind = kind
        try:
            self.scan: Scan = scan_pcap(path, engine, only="all" if everything else "findings")
        except CaptureError as e:
            raise Unreadable(str(e).removeprefix(f"{path}: ")) from None
        except OSError as e:
            raise Unreadable(e.strerror or str(e)) from None

    def batches(self) -> Iterator[list[Event]]:
        while (events := self.scan.read()) is not None:
            self.requests = self.scan.transactions
            self.position = self.scan.position
            yield events
        self.requests = self.scan.transactions
        self.drops = self.scan.drops
        if self.scan.error:
            self.problem(self.scan.error)
        if bad := self.scan.counts["bad_blocks"]:
            self.problem(f"{bad} damaged blocks were skipped")


class Streamed(Reader):
    """Everything that is read here, in Python."""

    def __init__(self, path: Path, engine: Engine, everything: bool, stream: Stream):
        super().__init__(path, engine, everything)
        self.stream = stream

    def batches(self) -> Iterator[list[Event]]:
        with self.stream:
            for events in self.read():
                self.position = self.stream.position
                yield self.wanted(events)
        if self.stream.error:
            self.problem(f"{self.stream.error}, at byte {self.stream.position} of the file")

    def read(self) -> Iterator[list[Event]]:
        """All events."""
        raise NotImplementedError


class Lines(Streamed):
    """JSON lines of requests."""

    kind = "JSON lines"

    def read(self) -> Iterator[list[Event]]:
        batch = []
        for number, (offset, line) in enumerate(self.stream.lines(), 1):
            if not line.strip():
                continue
            try:
                batch.append(request_of(json.loads(line)))
            except (ValueError, TypeError, RecursionError) as e:
                self.problem(f"line {number} at byte {offset} is no request: {reason(e)}")
            if len(batch) == BATCH:
                yield self.engine.inspect_many(batch)
                batch = []
        yield self.engine.inspect_many(batch)


class Raw(Streamed):
    """Raw HTTP/1 requests, one after the other."""

    kind = "raw HTTP"

    def read(self) -> Iterator[list[Event]]:
        connection = self.engine.connection(requests_only=True)
        while piece := self.stream.read():
            yield connection.client(piece)
        yield connection.close()


class Har(Streamed):
    """HTTP Archive 1.2, read entry by entry: a file that is cut still gives the entries before the cut."""

    kind = "HAR"

    def read(self) -> Iterator[list[Event]]:
        batch = []
        for number, (offset, entry) in enumerate(self._entries(), 1):
            try:
                batch.append(request_of_har(entry))
            except (ValueError, TypeError, KeyError, AttributeError) as e:
                self.problem(f"entry {number} at byte {offset} is no request: {reason(e)}")
            if len(batch) == BATCH:
                yield self.engine.inspect_many(batch)
                batch = []
        yield self.engine.inspect_many(batch)

    def _entries(self) -> Iterator[tuple[int, object]]:
        utf8 = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
        text, offset, over = "", 0, False

        def more(least: int) -> None:
            nonlocal text, over
            pieces = [text]
            while least > 0 and not over:
                piece = self.stream.read()
                over = not piece
                pieces.append(utf8.decode(piece, over))
                least -= len(pieces[-1])
            text = "".join(pieces)

        def drop(n: int) -> None:
            nonlocal text, offset
            offset += len(text[:n].encode("utf-8", "surrogateescape"))
            text = text[n:]

        while not (start := HAR_ENTRIES.search(text)):
            if over:
                return self.problem(f"the file ends at byte {offset + len(text)}, before its entries")
            drop(max(0, len(text) - 64))
            more(1)
        drop(start.end())
        decoder = json.JSONDecoder()
        while True:
            drop(len(text) - len(text.lstrip(", \t\r\n")))
            if not text:
                if over:
                    return self.problem(f"the file ends at byte {offset}, between two entries")
                more(1)
                continue
            if text[0] == "]":
                while self.stream.read():
                    pass
                return
            try:
                entry, end = decoder.raw_decode(text)
            except (ValueError, RecursionError) as e:
                if not over and len(text) < LONGEST and not isinstance(e, RecursionError):
                    more(len(text))  # twice as much each time: the work stays linear
                    continue
                return self.problem(f"the entry at byte {offset} cannot be read: {reason(e)}")
            yield offset, entry
            drop(end)


def request_of(record: object) -> Request:
    """The request of one JSON line: method, target, headers, body or body_b64."""
    if not isinstance(record, dict):
        raise ValueError("it is no JSON object")
    for field in ("method", "target"):
        if not isinstance(record.get(field), str):
            raise ValueError(f"the field '{field}' is missing or no text")
    body, coded = record.get("body"), record.get("body_b64")
    if coded is not None:
        try:
            body = base64.b64decode(coded, validate=True)
        except (binascii.Error, ValueError, TypeError) as e:
            raise ValueError(f"'body_b64' is no base64: {e}") from None
    headers = [tuple(pair) for pair in record.get("headers") or ()]
    identifier = record.get("id")
    return Request(
        record["method"], record["target"], headers, body, id=None if identifier is None else str(identifier)
    )


def request_of_har(entry: dict) -> Request:
    """The request of one entry of a HAR file."""
    request = entry["request"]
    pairs = [(h["name"], h["value"]) for h in request.get("headers", ())]
    special = {name: value for name, value in pairs if name.startswith(":")}
    headers = [(name, value) for name, value in pairs if not name.startswith(":")]
    authority, target = split_url(request["url"])
    target = special.get(":path", target)
    if not any(name.lower() == "host" for name, _ in headers):
        headers.insert(0, ("Host", special.get(":authority", authority)))
    version = re.fullmatch(r"(?:HTTP/|h)([0-9.]+)", request.get("httpVersion") or "", re.IGNORECASE)
    version = version[1] if version and version[1] in ("0.9", "1.0", "2", "2.0", "3", "3.0") else "1.1"
    began = None
    if isinstance(started := entry.get("startedDateTime"), str):
        with contextlib.suppress(ValueError):
            # Python 3.10 does not know the Z.
            began = datetime.fromisoformat(re.sub("Z$", "+00:00", started)).timestamp()
    status = (entry.get("response") or {}).get("status")
    status = status if isinstance(status, int) and 0 < status < 1000 else None
    body = har_body(request.get("postData") or {})
    return Request(request["method"], target, headers, body, version=version, time=began, status=status)


def har_body(data: dict) -> bytes | str | None:
    """The body of a request in a HAR file."""
    text = data.get("text")
    if text and data.get("encoding") == "base64":
        return base64.b64decode(text)
    if not text and (params := data.get("params")):
        pairs = ((quote_plus(p.get("name", "")), quote_plus(p.get("value") or "")) for p in params)
        return "&".join("=".join(pair) for pair in pairs)
    return text or None


def split_url(url: str) -> tuple[str, str]:
    """Authority, without user, and target of a URL; the target as it is written, the fragment dropped."""
    rest = url.split("://", 1)[-1].split("#", 1)[0]
    authority = re.split(r"[/?]", rest, maxsplit=1)[0]
    target = rest[len(authority) :]
    return authority.rsplit("@", 1)[-1], target if target.startswith("/") else f"/{target}"


def reason(error: BaseException) -> str:
    """Why something could not be read, without the place inside a line or entry that would only confuse."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at its character {error.pos}"
    if isinstance(error, KeyError):
        return f"the field {error} is missing"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return str(error)


def open_file(path: Path, engine: Engine, *, everything: bool) -> Reader:
    """A reader for a file, by what the file begins with. Raises Unreadable."""
    stream = Stream(path)
    head = stream.peek()
    if kind := CAPTURES.get(head[:4]):
        stream.__exit__()
        if not path.is_file():
            raise Unreadable("a capture has to be a file: this pipe cannot be read twice")
        return Capture(path, engine, everything, kind)
    if stream.error and not head:
        raise Unreadable(stream.error)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        line = text.split(b"\n", 1)[0]
        if REQUEST_RECORD.search(line) and not HAR_LOG.match(text[1:].lstrip()):
            return Lines(path, engine, everything, stream)
        if HAR_LOG.search(text):
            return Har(path, engine, everything, stream)
    elif REQUEST_LINE.match(head) or SHORT_REQUEST.match(head):
        return Raw(path, engine, everything, stream)
    stream.__exit__()
    raise Unreadable(unknown(head))


def unknown(head: bytes) -> str:
    """Says that a file is of no known kind."""
    if not head:
        return f"the file is empty; expected {KINDS}"
    return f"unknown kind of file, it begins with {str(head[:24])[1:]}; expected {KINDS}"
