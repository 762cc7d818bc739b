"""The Python package: connections, raw bytes, and requests in parts."""

import json

from .. import script, wire
from ..cases import POLICY, Case
from . import Closed, Events

DOORS = ("python-connection", "python-bytes", "python-parts")


def play(cases: list[Case], doors: list[str]) -> Events:
    """Plays the cases through the package's API."""
    try:
        import sidewatch
    except ImportError as e:
        raise Closed(f"the Python package is not installed ({e}): run scripts/build.sh python") from e
    engine = sidewatch.Engine(POLICY.read_text("utf-8"))
    ways = {"python-connection": connection, "python-bytes": raw, "python-parts": parts}
    return {door: {case.name: told(ways[door], engine, case) for case in cases} for door in doors}


def told(way, engine, case: Case) -> list[dict]:
    """The events of one case."""
    try:
        return [json.loads(event.to_json()) for event in way(engine, case)]
    except wire.Refused:
        return []


def connection(engine, case: Case):
    """Both directions, as sent."""
    stream = engine.connection()
    events = []
    for is_client, piece, is_lost in script.turns(case):
        if is_lost:
            events += stream.client_gap(len(piece))
        else:
            events += stream.client(piece) if is_client else stream.server(piece)
    return events + stream.close()


def raw(engine, case: Case):
    """Each request as bytes, piece by piece."""
    events = []
    for exchange in case.exchanges:
        transaction = engine.transaction()
        for piece in exchange.request:
            transaction.feed(piece)
        events.append(transaction.end())
    return events


def parts(engine, case: Case):
    """Each request in parts, piece by piece, on one transaction."""
    transaction = engine.transaction()
    events = []
    for exchange in case.exchanges:
        told = wire.request(exchange.request, case.closes)
        method, target, version = told.start
        transaction.reset()
        transaction.request_line(method, target, f"{version / 10}")
        for name, value in told.headers:
            transaction.request_header(name, value)
        transaction.request_head_end()
        for piece in told.body:
            transaction.request_body(piece)
        for name, value in told.trailers:
            transaction.request_trailer(name, value)
        events.append(transaction.end())
    return events
