"""What the tests of the module in line share: a server that blocks, requests, and a client that keeps its connection."""

import re
import socket

from conftest import free_ports

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BODY = b"page=1&user=admin'+or+1%3D1--+"
PLAIN = b"item=7&note=leave+it+at+the+door"
HEAD = b"POST /login HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/x-www-form-urlencoded\r\n"

SERVER = """
    server {{
        listen 127.0.0.1:{port};
        sidewatch block;
        sidewatch_events {events} all;
        client_body_buffer_size 8k;
        location / {{ proxy_pass http://127.0.0.1:{origin}; proxy_set_header Host $http_host; {location} }}
        {server}
    }}
"""


def serve(nginx, origin, location="", server="", http=""):
    (port,) = free_ports(1)
    nginx.configure(
        SERVER.format(port=port, origin=origin.port, location=location, server=server, events=nginx.events_file) + http
    )
    nginx.start(port)
    return port


class Client:
    """A connection that stays open."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 20)
        self.data = b""

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        """The next answer: status, head, body."""
        while b"\r\n\r\n" not in self.data:
            piece = self.socket.recv(65536)
            assert piece, f"closed after {self.data!r}"
            self.data += piece
        head, _, rest = self.data.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
        while len(rest) < length:
            piece = self.socket.recv(65536)
            assert piece, f"closed after {rest!r}"
            rest += piece
        self.data = rest[length:]
        return int(head.split()[1]), head, rest[:length]

    def is_closed(self):
        self.socket.settimeout(6)
        try:
            return self.data == b"" and self.socket.recv(1) == b""
        except TimeoutError:
            return False

    def close(self):
        self.socket.close()


def get(target=b"/", extra=b""):
    return b"GET " + target + b" HTTP/1.1\r\nHost: shop.example\r\n" + extra + b"\r\n"


def post(body, extra=b""):
    return HEAD + extra + b"Content-Length: %d\r\n\r\n" % len(body) + body
