"""A client that speaks HTTP/2 without TLS, several requests on one connection."""

import socket

import h2.config
import h2.connection
import h2.events


class Http2:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 20)
        self.connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.connection.initiate_connection()
        self.answers = {}
        self.ended = set()
        self.flush()

    def flush(self):
        self.socket.sendall(self.connection.data_to_send())

    def begin(self, method, target, headers=(), end=True):
        """Sends a head; the number of the stream."""
        stream = self.connection.get_next_available_stream_id()
        head = [(":method", method), (":path", target), (":scheme", "http"), (":authority", "shop.example"), *headers]
        self.connection.send_headers(stream, head, end_stream=end)
        self.flush()
        return stream

    def send(self, stream, data, end=False):
        """Sends a piece of a body, or what of it the other side still takes."""
        while data and stream not in self.ended:
            room = min(self.connection.local_flow_control_window(stream), self.connection.max_outbound_frame_size)
            if room == 0:
                self.receive()
                continue
            self.connection.send_data(stream, data[:room])
            data = data[room:]
            self.flush()
        if end and stream not in self.ended:
            self.connection.end_stream(stream)
            self.flush()

    def receive(self):
        data = self.socket.recv(65536)
        assert data, "the connection was closed"
        for event in self.connection.receive_data(data):
            stream = getattr(event, "stream_id", None)
            if isinstance(event, h2.events.ResponseReceived):
                self.answers[stream] = [int(dict(event.headers)[":status"]), b"", dict(event.headers)]
            elif isinstance(event, h2.events.DataReceived):
                self.answers[stream][1] += event.data
                self.connection.acknowledge_received_data(event.flow_controlled_length, stream)
            elif isinstance(event, h2.events.StreamEnded | h2.events.StreamReset):
                self.ended.add(stream)
            elif isinstance(event, h2.events.ConnectionTerminated):
                raise AssertionError(f"the connection was ended: {event}")
        self.flush()

    def answer(self, stream):
        """Status and body, once all of it has come; None for a stream that was reset without an answer."""
        while stream not in self.ended:
            self.receive()
        status, body, _ = self.answers.get(stream, (None, b"", {}))
        return status, body

    def request(self, method, target, body=b"", headers=()):
        stream = self.begin(method, target, headers, end=not body)
        if body:
            self.send(stream, body, end=True)
        return self.answer(stream)

    def close(self):
        self.socket.close()
