"""The cases of core/testdata/conformance: what is sent, in which pieces, and the events that must come out.

A case is a request and its response, or several of them on one connection:

    name, why       a unique name, and what the case is for
    unlike          reasons (docs/conformance.md) for which some doors cannot carry it
    pipelined       the next request is sent before the response to this one has come
    secrets         texts that no event may show
    lost            numbers of the pieces of each request that a capture misses, from 0
    closes          the client closes after its last byte: the request is cut off
    [[case.send]]   head, body, response; a case with one request has these keys itself
    [[case.event]]  verdict, classes, findings, anomalies; a case with one event has these keys itself, at its end

Texts are what goes over the wire, with marks: `¦` ends a piece (a TCP segment, a read); `{pad}` stands for the text of
`pad = [text, times]`; `{hex:00ff}` for bytes; `{length}` for the length of what follows the head. `coding` (gzip, deflate) and then
`chunks` (a chunk size) are put on the body; `cut` cuts the request into pieces of so many bytes.

A finding is `class technique offset+length confidence point`. `python -m conformance --record` writes the events of the reference
into the files.
"""

import gzip
import re
import sys
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "core/testdata/conformance"
POLICY = FOLDER / "policy.toml"
RESPONSE = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"

SEND_KEYS = {"head", "body", "pad", "coding", "chunks", "cut", "response"}
EVENT_KEYS = ("verdict", "classes", "findings", "anomalies")
CASE_KEYS = {"name", "why", "unlike", "secrets", "lost", "pipelined", "closes", "send", "event"}


class CaseError(Exception):
    """A case file is wrong."""


@dataclass(frozen=True)
class Exchange:
    """A request and its response, in the pieces in which they are sent."""

    request: tuple[bytes, ...]
    response: tuple[bytes, ...]


@dataclass(frozen=True)
class Case:
    """One case."""

    name: str
    topic: str
    exchanges: tuple[Exchange, ...]
    events: tuple[dict, ...]
    unlike: tuple[str, ...]
    pipelined: bool
    closes: bool
    secrets: tuple[str, ...] = ()
    lost: tuple[int, ...] = ()

    def cut(self, size: int) -> "Case":
        """The same case, its requests in pieces of `size` bytes; pieces that are lost stay what they are."""
        if self.lost:
            return self
        wholes = [b"".join(e.request) for e in self.exchanges]
        requests = [tuple(w[i : i + size] for i in range(0, len(w), size)) for w in wholes]
        exchanges = tuple(Exchange(r, e.response) for r, e in zip(requests, self.exchanges, strict=True))
        return replace(self, exchanges=exchanges)


def digest(finding: dict) -> str:
    """A finding of an event as cases write it."""
    f = finding
    return f"{f['class']} {f['technique']} {f['offset']}+{f['length']} {f['confidence']} {f['point']}"


def summary(event: dict) -> dict:
    """What cases tell of an event."""
    return {
        "verdict": event["verdict"],
        "classes": event["classes"],
        "findings": [digest(f) for f in event["findings"]],
        "anomalies": event["anomalies"],
    }


def pieces(text: str, pad: tuple[str, int], length: int | None = None) -> list[bytes]:
    """The marked text as bytes, piece by piece."""
    text = text.replace("{pad}", pad[0] * pad[1])
    if length is not None:
        text = text.replace("{length}", str(length))
    out = []
    for piece in text.split("¦"):
        parts = re.split(r"\{hex:([0-9a-f]+)\}", piece)
        out.append(b"".join(bytes.fromhex(p) if i % 2 else p.encode() for i, p in enumerate(parts)))
    return out


def chunked(body: list[bytes], size: int) -> list[bytes]:
    """The body in chunks of `size` bytes; the pieces stay where they were if they can."""
    whole = b"".join(body)
    out = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in (whole[i : i + size] for i in range(0, len(whole), size)))
    return [out + b"0\r\n\r\n"]


def message(table: dict, head: str, body: str | None) -> tuple[bytes, ...]:
    """The pieces of one message."""
    pad = tuple(table.get("pad", ("", 0)))
    if body is None:
        at = head.find("\r\n\r\n")
        body, head = ("", head) if at < 0 else (head[at + 4 :], head[: at + 4])
    content = pieces(body, pad)
    match table.get("coding"):
        case "gzip":
            content = [gzip.compress(b"".join(content), mtime=0)]
        case "deflate":
            content = [zlib.compress(b"".join(content))]
    if "chunks" in table:
        content = chunked(content, table["chunks"])
    start = pieces(head, pad, len(b"".join(content)))
    joined = [*start[:-1], start[-1] + content[0], *content[1:]]
    if "cut" in table:
        whole, size = b"".join(joined), table["cut"]
        joined = [whole[i : i + size] for i in range(0, len(whole), size)]
    return tuple(p for p in joined if p)


def exchange(table: dict) -> Exchange:
    """The request and response of a `send` table."""
    request = message(table, table["head"], table.get("body", ""))
    pad = {"pad": table["pad"]} if "pad" in table else {}
    return Exchange(request, message(pad, table.get("response", RESPONSE), None))


def case_of(table: dict, topic: str) -> Case:
    """A case as its table tells it."""
    name = table.get("name")
    known = CASE_KEYS | SEND_KEYS | set(EVENT_KEYS)
    if not name or not table.get("why"):
        raise CaseError(f"{topic}: a case needs a name and a why: {name}")
    sends = table.get("send") or [table]
    events = table.get("event") or ([table] if "verdict" in table else [])
    inner = [set(s) - SEND_KEYS for s in table.get("send", ())] + [
        set(e) - set(EVENT_KEYS) for e in table.get("event", ())
    ]
    if unknown := (set(table) - known).union(*inner):
        raise CaseError(f"{topic}: {name}: unknown keys: {', '.join(sorted(unknown))}")
    return Case(
        name=name,
        topic=topic,
        exchanges=tuple(exchange(s) for s in sends),
        events=tuple({k: e.get(k, []) for k in EVENT_KEYS} for e in events),
        unlike=tuple(table.get("unlike", ())),
        pipelined=table.get("pipelined", False),
        closes=table.get("closes", False),
        secrets=tuple(table.get("secrets", ())),
        lost=tuple(table.get("lost", ())),
    )


def files() -> list[Path]:
    """The case files."""
    return sorted(p for p in FOLDER.glob("*.toml") if p != POLICY)


def load() -> list[Case]:
    """Every case, in the order of files and lines."""
    cases = []
    for path in files():
        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except tomllib.TOMLDecodeError as e:
            raise CaseError(f"{path.name}: {e}") from e
        cases += [case_of(c, path.stem) for c in table["case"]]
    names = [c.name for c in cases]
    if twice := {n for n in names if names.count(n) > 1}:
        raise CaseError(f"names given twice: {', '.join(sorted(twice))}")
    return cases


def record(events: dict[str, list[dict]]) -> None:
    """Writes `events`, by the name of the case, into the files as what is expected."""
    for path in files():
        start, *blocks = re.split(r"(?m)^(?=\[\[case\]\]$)", path.read_text("utf-8"))
        written = [start]
        for block in blocks:
            name = tomllib.loads(block)["case"][0]["name"]
            kept = re.split(r"(?m)^(?:verdict = |\[\[case\.event\]\]$)", block, maxsplit=1)[0].rstrip("\n")
            found = [summary(e) for e in events[name]]
            tables = [expected(e) for e in found]
            single = len(found) == 1 and "[[case.send]]" not in block
            tail = tables[0] if single else "\n".join("[[case.event]]\n" + t for t in tables)
            written.append(f"{kept}\n{tail}\n\n")
        path.write_text("".join(written).rstrip("\n") + "\n", "utf-8")


def expected(event: dict) -> str:
    """The keys of an expected event as TOML."""
    lines = [f'verdict = "{event["verdict"]}"']
    for key in EVENT_KEYS[1:]:
        if values := event[key]:
            quoted = [quote(v) for v in values]
            line = f"{key} = [{', '.join(quoted)}]"
            lines.append(line if len(line) <= 120 else f"{key} = [\n" + "".join(f"  {q},\n" for q in quoted) + "]")
    return "\n".join(lines)


def quote(text: str) -> str:
    """A TOML string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda m: f"\\u{ord(m[0]):04x}", escaped) + '"'
