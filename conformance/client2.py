"""The same client over HTTP/2: what a case sends, as a strict host reads it, in the frames of one stream after the other."""

import socket
from contextlib import suppress

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from . import wire
from .cases import Case, Exchange
from .client import PATIENCE

# Fields of one hop, which HTTP/2 does not have (RFC 9113 section 8.2.2).
HOP = {b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade", b"host"}


class Ended(Exception):
    """The server has closed the connection."""


class Client:
    """One connection."""

    def __init__(self, sock: socket.socket):
        self.socket = sock
        config = h2.config.H2Configuration(
            client_side=True, header_encoding=None, validate_outbound_headers=False, normalize_outbound_headers=False
        )
        self.h2 = h2.connection.H2Connection(config)
        self.h2.initiate_connection()
        self.over = set()
        self.answered = False
        self.flush()

    def flush(self) -> None:
        """Sends what is to be sent."""
        self.socket.sendall(self.h2.data_to_send())

    def receive(self) -> None:
        """Takes what the server sends."""
        data = self.socket.recv(65536)
        if not data:
            raise Ended
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.DataReceived):
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded | h2.events.StreamReset):
                self.over.add(event.stream_id)
            elif isinstance(event, h2.events.PingAckReceived):
                self.answered = True
            elif isinstance(event, h2.events.ConnectionTerminated):
                raise Ended
        self.flush()

    def settle(self) -> None:
        """Waits until the server has read what was sent."""
        self.h2.ping(b"all-read")
        self.flush()
        while not self.answered:
            self.receive()

    def send(self, exchange: Exchange, cut_off: bool) -> int:
        """Sends one request; the number of its stream."""
        told = wire.request(exchange.request, cut_off)
        stream = self.h2.get_next_available_stream_id()
        last = not (told.body or told.trailers or cut_off)
        self.h2.send_headers(stream, fields(told), end_stream=last)
        self.flush()
        for i, piece in enumerate(told.body):
            last = not (told.trailers or cut_off) and i == len(told.body) - 1
            self.data(stream, piece, last)
        if told.trailers and stream not in self.over:
            self.h2.send_headers(stream, [(n.lower(), v) for n, v in told.trailers], end_stream=True)
            self.flush()
        return stream

    def data(self, stream: int, piece: bytes, last: bool) -> None:
        """Sends a piece of the body, as fast as the server takes it; nothing where it has answered already."""
        while piece and stream not in self.over:
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(piece))
            if room == 0:
                self.receive()
                continue
            now, piece = piece[:room], piece[room:]
            self.h2.send_data(stream, now, end_stream=last and not piece)
            self.flush()


def fields(told: wire.Parts) -> list[tuple[bytes, bytes]]:
    """The fields of a request in HTTP/2."""
    method, target, _ = told.start
    hosts = [v for n, v in told.headers if n.lower() == b"host"]
    if b"://" in target[:10]:
        authority, slash, path = target.partition(b"://")[2].partition(b"/")
        hosts, target = [authority], slash + path
    pseudo = [(b":method", method), (b":scheme", b"http"), (b":path", target)]
    pseudo += [(b":authority", host) for host in hosts[:1]] + [(b"host", host) for host in hosts[1:]]
    return pseudo + [(n.lower(), v) for n, v in told.headers if n.lower() not in HOP]


def play(port: int, case: Case) -> int | None:
    """Sends a case and waits for the responses. Gives the port that the client had; None if a strict host refuses the case."""
    try:
        for exchange in case.exchanges:
            wire.request(exchange.request, case.closes)
    except wire.Refused:
        return None
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        own = connection.getsockname()[1]
        with suppress(OSError, Ended, h2.exceptions.ProtocolError):
            client = Client(connection)
            for exchange in case.exchanges:
                stream = client.send(exchange, case.closes)
                while stream not in client.over and not case.closes:
                    client.receive()
            if case.closes:
                client.settle()
        return own
