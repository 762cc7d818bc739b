"""A client that sends exactly the pieces of a case over a connection of its own."""

import socket

from .cases import Case
from .origin import send

PATIENCE = 15.0  # seconds without a byte after which a response is taken for over


def play(port: int, case: Case) -> int:
    """Sends a case and reads the responses. Gives the port that the client had."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        own = connection.getsockname()[1]
        held, waiting = b"", []
        try:
            for exchange in case.exchanges:
                send(connection, exchange.request)
                waiting.append(b"".join(exchange.request).startswith(b"HEAD"))
                if case.closes:
                    connection.shutdown(socket.SHUT_WR)
                while waiting and not case.pipelined:
                    held = read_response(connection, held, waiting.pop(0))
            while waiting:
                held = read_response(connection, held, waiting.pop(0))
        except (OSError, EndOfStream):
            pass  # the server refused, and said so or just closed
        return own


class EndOfStream(Exception):
    """The server closed the connection."""


def receive(connection: socket.socket) -> bytes:
    """More bytes."""
    if not (more := connection.recv(65536)):
        raise EndOfStream
    return more


def read_response(connection: socket.socket, held: bytes, to_head: bool) -> bytes:
    """Reads one final response and gives what came behind it."""
    while b"\r\n\r\n" not in held:
        held += receive(connection)
    head, _, rest = held.partition(b"\r\n\r\n")
    start, *lines = head.split(b"\r\n")
    status = start.split(b" ")[1]
    if status.startswith(b"1"):
        return read_response(connection, rest, to_head)
    fields = {n.strip().lower(): v.strip().lower() for n, _, v in (line.partition(b":") for line in lines)}
    if to_head or status in (b"204", b"304"):
        return rest
    if fields.get(b"transfer-encoding") == b"chunked":
        while not rest.endswith(b"0\r\n\r\n"):
            rest += receive(connection)
        return b""
    if b"content-length" not in fields:
        while True:
            receive(connection)
    length = int(fields[b"content-length"])
    while len(rest) < length:
        rest += receive(connection)
    return rest[length:]
