"""What the tests share."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import packets
import pytest

import sidewatch

ROOT = Path(__file__).resolve().parents[2]
#: The command as it was installed.
COMMAND = Path(sys.executable).with_name("sidewatch")

ATTACK = b"GET /item?id=1'+union+select+name,password+from+users-- HTTP/1.1\r\nHost: shop.example\r\n\r\n"
PLAIN = b"GET /basket?page=2 HTTP/1.1\r\nHost: shop.example\r\nAccept: text/html\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"


@pytest.fixture(scope="session")
def engine() -> sidewatch.Engine:
    return sidewatch.Engine()


@pytest.fixture(scope="session")
def validate():
    """Checks an event, as text or dictionary, against the schema, and gives it as a dictionary."""
    schema = json.loads((ROOT / "docs/event.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)

    def check(event) -> dict:
        event = json.loads(event) if isinstance(event, str | bytes) else event
        validator.validate(event)
        return event

    return check


@pytest.fixture
def capture(tmp_path) -> Path:
    """A capture of an attack and a plain request on one connection."""
    path = tmp_path / "traffic.pcap"
    path.write_bytes(packets.pcap(packets.talk(ATTACK, ANSWER, PLAIN, ANSWER)))
    return path


@pytest.fixture
def write(tmp_path):
    """Writes a file into a folder of the test's own."""

    def write(name: str, content: bytes | str, *, gz: bool = False) -> Path:
        path = tmp_path / name
        content = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(content) if gz else content)
        return path

    return write


@pytest.fixture
def run(tmp_path):
    """Runs the command in the test's folder."""

    def run(*arguments, stdin: bytes = b"", status: int | None = None) -> subprocess.CompletedProcess:
        command = [str(COMMAND), *(str(a) for a in arguments)]
        done = subprocess.run(command, input=stdin, capture_output=True, cwd=tmp_path, timeout=120)
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        if status is not None:
            assert done.returncode == status, (done.returncode, done.stderr.decode())
        return done

    return run
