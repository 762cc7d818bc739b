"""NGINX under valgrind with a little of everything: no error, and nothing of the module's is lost."""

import signal
import subprocess

from conftest import SQLI, can_connect, free_ports, raw, request, wait_for
from http2 import Http2

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BODY = b"page=1&user=admin'+or+1%3D1--+"
HTTP = """
    log_format verdict '$sidewatch_verdict $sidewatch_action $sidewatch_score $sidewatch_classes $sidewatch_anomalies $sidewatch_id';
    access_log {folder}/access.log verdict;
    gzip on;
    server {{
        listen 127.0.0.1:{port};
        listen 127.0.0.1:{port2} http2;
        sidewatch block;
        root {folder}/html;
        error_page 403 /refused;
        location / {{ }}
        location = /refused {{ internal; proxy_pass http://127.0.0.1:{origin}; }}
        location /app/ {{ proxy_pass http://127.0.0.1:{origin}; mirror /copy; }}
        location /unbuffered/ {{ proxy_pass http://127.0.0.1:{origin}; proxy_request_buffering off; proxy_http_version 1.1; }}
        location /try/ {{ sidewatch monitor; try_files /missing @app; }}
        location @app {{ proxy_pass http://127.0.0.1:{origin}; }}
        location = /copy {{ internal; proxy_pass http://127.0.0.1:{target}$request_uri; }}
    }}
    server {{ listen 127.0.0.1:{origin}; location / {{ return 200 "ok\\n"; }} }}
    server {{ listen 127.0.0.1:{target}; location / {{ sidewatch_mirror_target; }} }}
"""


def test_nginx_under_valgrind(nginx):
    port, port2, origin, target = free_ports(4)
    (nginx.folder / "html/large.txt").write_text("a line of text\n" * 20_000)
    nginx.configure(
        HTTP.format(port=port, port2=port2, origin=origin, target=target, folder=nginx.folder),
        main="master_process off;",
    )
    report = nginx.folder / "valgrind.txt"
    nginx.process = subprocess.Popen(
        [
            "valgrind",
            "--leak-check=full",
            "--show-leak-kinds=definite,indirect",
            "--errors-for-leak-kinds=none",
            f"--log-file={report}",
            *nginx.command(),
        ]
    )
    wait_for(lambda: can_connect(port), "NGINX listens", 60)
    for path in ("", "/app", "/unbuffered", "/try"):
        request(port, "GET", path + SQLI)
        request(port, "GET", path + "/large.txt", headers={"Accept-Encoding": "gzip"})
        request(port, "GET", path + "/large.txt", headers={"Range": "bytes=5-100,10000-20000"})
        for body in (BODY, b"a=b", b"note=" + b"word+" * 4_000 + b"&" + BODY):
            request(port, "POST", path + "/login", body, FORM)
    raw(port, b"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n")
    raw(port, b"POST /app HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\nuser")
    client = Http2(port2)
    client.socket.settimeout(60)
    assert client.request("GET", "/large.txt")[0] == 200
    assert client.request("GET", SQLI) == (403, b"ok\n")
    assert client.request("POST", "/app/", BODY, [("content-type", "application/x-www-form-urlencoded")])[0] == 403
    client.begin("POST", "/app", end=False)
    client.close()
    nginx.signal(signal.SIGQUIT)
    nginx.process.wait(60)
    text = report.read_text()
    assert "ERROR SUMMARY: 0 errors" in text, text
    assert not [part for part in text.split("\n==") if "sidewatch" in part and "Command" not in part], text
