"""A small shop with the holes of textbooks, for the demo. It binds to loopback only; never run it anywhere else.

    python demo/app.py PORT

Holes: /item?id= pastes its parameter into SQL, /search?q= echoes it unescaped, /download?file= joins paths without
looking, /login is a query built from strings.
"""

import html
import json
import sqlite3
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

HERE = Path(__file__).resolve().parent
ITEMS = [
    (1, "Espresso cups, set of four", "kitchen", 2400),
    (2, "O'Neill wetsuit", "sports", 18900),
    (3, "Select comedies & dramas, 12 DVDs", "films", 3500),
    (4, "Union Jack cushion", "home", 1900),
    (5, "Drop-leaf table", "home", 22900),
]


def database():
    """A fresh shop in memory; one connection, guarded by a lock."""
    db = sqlite3.connect(":memory:", check_same_thread=False)
    db.executescript(
        """
        create table items (id integer primary key, name text, category text, cents integer);
        create table users (name text, password text);
        insert into users values ('ann', 'correct horse'), ('admin', 'battery staple');
        """
    )
    db.executemany("insert into items values (?, ?, ?, ?)", ITEMS)
    return db


DB, LOCK = database(), threading.Lock()


def query(sql):
    with LOCK:
        return DB.execute(sql).fetchall()


def page(title, body):
    return f"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>"


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "shop"

    def log_message(self, *args):
        pass

    def answer(self, status, text, kind="text/html; charset=utf-8"):
        data = text if isinstance(text, bytes) else text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def body(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def handle_request(self):
        url = urlsplit(self.path)
        args = {k: v[-1] for k, v in parse_qs(url.query, keep_blank_values=True).items()}
        data = self.body()
        route = getattr(
            self,
            "at_" + (url.path.strip("/").split("/")[0] or "home").replace(".", "_"),
            None,
        )
        try:
            if route is None:
                self.answer(404, page("Not found", html.escape(url.path)))
            else:
                route(url, args, data)
        except sqlite3.Error as error:
            self.answer(500, page("Database error", f"<pre>{html.escape(str(error))}</pre>"))
        except (KeyError, ValueError, OSError) as error:
            self.answer(400, page("Bad request", html.escape(str(error))))

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_HEAD = handle_request

    def at_home(self, url, args, data):
        rows = "".join(f'<li><a href="/item?id={i}">{html.escape(n)}</a></li>' for i, n, _, _ in ITEMS)
        self.answer(200, page("Shop", f"<ul>{rows}</ul>"))

    def at_item(self, url, args, data):
        rows = query(f"select name, cents from items where id = {args['id']}")
        text = "".join(f"<p>{html.escape(str(n))}: {c}</p>" for n, c in rows)
        self.answer(200 if rows else 404, page("Item", text or "<p>no such item</p>"))

    def at_search(self, url, args, data):
        self.answer(200, page("Search", f"<p>Nothing found for {args.get('q', '')}</p>"))

    def at_login(self, url, args, data):
        form = {k: v[-1] for k, v in parse_qs(data.decode("utf-8", "replace"), keep_blank_values=True).items()}
        rows = query(f"select name from users where name = '{form['user']}' and password = '{form['password']}'")
        self.answer(200 if rows else 403, page("Welcome" if rows else "Try again", ""))

    def at_download(self, url, args, data):
        # Joined without a look, but kept inside the demo's folder: the hole is for show.
        path = (HERE / args["file"]).resolve()
        if HERE not in path.parents or not path.is_file():
            raise OSError(f"cannot open {args['file']}")
        self.answer(200, path.read_bytes(), "application/octet-stream")

    def at_api(self, url, args, data):
        order = json.loads(data) if data else {}
        self.answer(
            200,
            json.dumps({"ok": True, "received": len(str(order))}),
            "application/json",
        )

    def at_upload(self, url, args, data):
        self.answer(201, page("Thank you", f"<p>{len(data)} bytes</p>"))

    def at_static(self, url, args, data):
        self.answer(200, "body { font: 16px sans-serif }", "text/css")


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Shop).serve_forever()
