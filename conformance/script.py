"""Scripts of calls, which the Rust and the C player read.

A record is a line with a word and the lengths of its arguments, then the arguments one after the other and a line end.
"""

from . import wire
from .cases import Case, Exchange


def record(word: str, *arguments: bytes | int | str) -> bytes:
    """One call."""
    given = [a if isinstance(a, bytes) else str(a).encode() for a in arguments]
    line = " ".join([word, *(str(len(a)) for a in given)])
    return line.encode() + b"\n" + b"".join(given) + b"\n"


def turns(case: Case):
    """What the client and the server send, in turn: `(is_client, bytes, is_lost)`; lost is what a capture misses."""
    waiting = []
    for exchange in case.exchanges:
        yield from ((True, piece, i in case.lost) for i, piece in enumerate(exchange.request))
        waiting += [(False, piece, False) for piece in exchange.response if not case.closes]
        if not case.pipelined:
            yield from waiting
            waiting = []
    yield from waiting


def connection(label: str, case: Case) -> bytes:
    """The whole case as one connection."""
    calls = [record("connection", label)]
    for is_client, piece, is_lost in turns(case):
        side = "client" if is_client else "server"
        calls.append(record(f"{side}-gap", len(piece)) if is_lost else record(side, piece))
    return b"".join([*calls, record("end")])


def raw(label: str, exchange: Exchange, answered: bool) -> bytes:
    """One request as bytes."""
    method = b"".join(exchange.request)
    calls = [record("transaction", label)]
    calls += [record("bytes", piece) for piece in exchange.request]
    return b"".join([*calls, record("request-end"), *(response(exchange, method) if answered else ()), record("end")])


def parts(label: str, exchange: Exchange, answered: bool, cut_off: bool) -> bytes:
    """One request in parts. Raises wire.Refused where a strict server would not take it."""
    told = wire.request(exchange.request, cut_off)
    calls = [record("transaction", label), record("line", *told.start)]
    calls += [record("header", *h) for h in told.headers]
    calls.append(record("head-end"))
    calls += [record("body", piece) for piece in told.body]
    calls += [record("trailer", *t) for t in told.trailers]
    return b"".join(
        [*calls, record("request-end"), *(response(exchange, told.start[0]) if answered else ()), record("end")]
    )


def response(exchange: Exchange, method: bytes) -> list[bytes]:
    """The response in parts."""
    told = wire.response(exchange.response, to_head=method.startswith(b"HEAD"))
    calls = [record("status", *told.start)]
    calls += [record("response-header", *h) for h in told.headers]
    calls.append(record("response-head-end"))
    calls += [record("response-body", piece) for piece in told.body]
    return [*calls, record("response-end")]
