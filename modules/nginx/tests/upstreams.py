"""Applications behind NGINX, as small as can be: what they received is what is looked at."""

import contextlib
import socket
import threading


class Upstream:
    """Listens on a port of its own; `answer(connection, upstream)` serves each connection in a thread."""

    def __init__(self, answer):
        self.answer = answer
        self.streams = {}
        self.connections = 0
        self.closed = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            connection.settimeout(30)
            with contextlib.suppress(OSError):
                self.answer(connection, self)
        self.closed.set()

    @property
    def received(self):
        """Every byte that came, one connection after the other."""
        return b"".join(list(self.streams.values()))

    def read(self, connection):
        """The next bytes, noted with those of their connection: threads do not come between them. Empty at the end."""
        data = connection.recv(65536)
        self.streams[connection] = self.streams.get(connection, b"") + data
        return data

    def read_head(self, connection):
        """Reads to the end of a head: the head, and what followed it."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self.read(connection)
            if not piece:
                return data, b""
            data += piece
        head, _, rest = data.partition(b"\r\n\r\n")
        return head, rest

    def close(self):
        # A thread that waits in accept would wait on, and take a connection of whoever gets this port or descriptor next.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()


def swallow(connection, upstream):
    """Reads a request to its end, and answers 200."""
    head, rest = upstream.read_head(connection)
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    left = int(lengths[0]) - len(rest) if lengths else 0
    while b"\r\nTransfer-Encoding: chunked" in head and not rest.endswith(b"0\r\n\r\n"):
        piece = upstream.read(connection)
        if not piece:
            return
        rest += piece
    while left > 0:
        piece = upstream.read(connection)
        if not piece:
            return
        left -= len(piece)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\norigin\n")


def drain(connection, upstream):
    """Reads until NGINX closes; never answers."""
    while upstream.read(connection):
        pass
