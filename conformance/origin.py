"""An application server for the serving doors: it answers each request with the response that the case has for it."""

import contextlib
import socket
import threading
import time

from . import wire
from .cases import RESPONSE, Case

PAUSE = 0.002  # between pieces, so that the receiver reads them one by one


class Origin:
    """Listens on loopback. One case is played at a time; `plan` says what to answer to its requests."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.socket.getsockname()[1]
        self.planned = {}
        self.closed = False
        self.failure = None
        threading.Thread(target=self.accept, daemon=True).start()

    def plan(self, case: Case) -> None:
        """What to answer to the requests of this case. Which of them come here, the server in between decides."""
        self.planned = {target(b"".join(e.request)): e.response for e in case.exchanges}

    def accept(self) -> None:
        while not self.closed:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        """Answers every request of one connection."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            held = b""
            try:
                while (request := read_request(connection, held)) is not None:
                    asked, waits, held = request
                    response = self.planned.get(asked, (RESPONSE.encode(),))
                    if not waits and response[0].startswith(b"HTTP/1.1 100 "):
                        response = (response[0].partition(b"\r\n\r\n")[2], *response[1:])
                    send(connection, response)
                    if ends_with_the_connection(b"".join(response)):
                        return
            except OSError:
                return
            except Exception as e:
                self.failure = e
                raise

    def close(self) -> None:
        self.closed = True
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # closing alone leaves the thread waiting for one more
        self.socket.close()


def ends_with_the_connection(response: bytes) -> bool:
    """Whether the end of the connection ends the body (RFC 9112 section 6.3). A server in between uses a connection again
    whose response was over before, such as a 304; one that is closed all the same fails the next case, now and then."""
    head, _, rest = response.lower().partition(b"\r\n\r\n")
    status = head.split(b" ")[1]
    if status.startswith(b"1"):
        return ends_with_the_connection(rest)
    fields = head.split(b"\r\n")[1:]
    return status not in (b"204", b"304") and not any(
        f.startswith((b"content-length:", b"transfer-encoding:")) for f in fields
    )


def send(connection: socket.socket, pieces) -> None:
    """Sends each piece by itself."""
    for i, piece in enumerate(pieces):
        if i:
            time.sleep(PAUSE)
        connection.sendall(piece)


def target(request: bytes) -> bytes:
    """The path and query that a request asks for."""
    words = request.lstrip().split(b"\r\n")[0].split(b" ")
    asked = words[1] if len(words) > 1 else b""
    return b"/" + asked.partition(b"://")[2].partition(b"/")[2] if b"://" in asked[:10] else asked


def read_request(connection: socket.socket, held: bytes) -> tuple[bytes, bool, bytes] | None:
    """Reads one request: its target, whether it waits for a go-ahead, and what came behind it; None at the end."""
    while b"\r\n\r\n" not in held:
        if not (more := connection.recv(65536)):
            return None
        held += more
    head, _, body = held.partition(b"\r\n\r\n")
    fields = {n.strip().lower(): v.strip() for n, _, v in (line.partition(b":") for line in head.split(b"\r\n")[1:])}
    if b"chunked" in fields.get(b"transfer-encoding", b"").lower():
        while True:
            try:
                return target(head), b"expect" in fields, body[wire.chunks(body, 0, wire.Parts((), []))[1] :]
            except wire.Refused:  # so far
                if not (more := connection.recv(65536)):
                    return None
                body += more
    length = int(fields.get(b"content-length", b"0"))
    while len(body) < length:
        if not (more := connection.recv(65536)):
            return None
        body += more
    return target(head), b"expect" in fields, body[length:]
