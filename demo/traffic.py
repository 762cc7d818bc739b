"""Ordinary traffic: what browsers, apps and scripts of a shop send on a busy day, apostrophes and all."""

import http.client
import itertools
import json
import random
from urllib.parse import quote, urlencode

BROWSERS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Mobile/15E148 Safari/604.1",
]
SEARCHES = [
    "O'Neill wetsuit",
    "rock 'n' roll t-shirt",
    "select comedies & dramas",
    "union jack cushion",
    "drop-leaf table < 200 cm",
    'TV 55" OR 65"',
    "C++ and C# (3rd edition)",
    "Müller's Crème brûlée",
    "50% off -- today only",
    "cats; dogs | birds",
    "where is my order from last year?",
    "tea and coffee, exec gift set",
]
NOTES = [
    "Please don't ring the bell; the dog's asleep. Leave it at O'Brien's, or with the neighbour (no. 1=first floor).",
    "Select a date after the union meeting, and drop it where the others are.",
    'It\'s a gift -- could you write "Happy birthday, Ann!" on the card? Thanks & greetings',
    "Size M or L? If (M) isn't there, take L. Price < 30 EUR => order; otherwise cancel.",
    "Our script at /etc/hosts.txt... just kidding. See https://shop.example/help?topic=returns&lang=en#faq",
]
COMMENT = """Here's how I set the table up:

1. unfold the leaf; 2. lock it -- done!
The manual says "insert into slot B, then select from the screws (M4 or M5)". It's 100% fine.
"""


def ordinary(seed=7):
    """Yields (method, target, headers, body), the same every time."""
    rng = random.Random(seed)
    token = "".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", k=43))
    for n in range(30):
        browser = {
            "User-Agent": BROWSERS[n % len(BROWSERS)],
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
            "Accept-Language": rng.choice(["en-GB,en;q=0.8", "de-DE,de;q=0.9,en;q=0.5", "fr"]),
            "Cookie": f"sid={token}; _ga=GA1.1.{rng.randrange(10**9)}.1718000000; consent=yes%7Cads%3Dno; theme=dark",
            "Referer": f"https://shop.example/search?q={quote(rng.choice(SEARCHES))}&page={n}",
        }
        yield "GET", "/", browser, None
        yield (
            "GET",
            "/static/css/main.3f2a1b.css?v=2024-06-01",
            browser | {"Accept": "text/css,*/*;q=0.1"},
            None,
        )
        yield (
            "GET",
            f"/item?id={rng.randint(1, 5)}&utm_source=mail&utm_campaign=summer_sale%20%2724",
            browser,
            None,
        )
        yield (
            "GET",
            "/search?" + urlencode({"q": SEARCHES[n % len(SEARCHES)], "page": n, "sort": "-price"}),
            browser,
            None,
        )
        form = browser | {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": "https://shop.example",
        }
        yield (
            "POST",
            "/login",
            form,
            urlencode({"user": "ann", "password": "correct horse", "next": "/account?tab=1"}),
        )
        yield (
            "POST",
            "/api/cart",
            form,
            urlencode(
                {
                    "item": rng.randint(1, 5),
                    "note": NOTES[n % len(NOTES)],
                    "csrf": token,
                }
            ),
        )
        app = {
            "User-Agent": "ShopApp/4.2 (Android 14; Pixel 8)",
            "Content-Type": "application/json",
            "Accept": "*/*",
            "Authorization": f"Bearer {token}.{token}.{token}",
        }
        order = {"user": {"name": "Seán O'Connor", "mail": "sean@example.org"}, "lines": [{"id": 3, "qty": 2}],
                 "note": NOTES[(n + 1) % len(NOTES)], "total": 47.0, "gift": None, "tags": ["<3", "a&b", "x=y"]}  # fmt: skip
        yield "POST", "/api/orders", app, json.dumps(order, ensure_ascii=n % 2 == 0)
        graphql = {
            "query": "query($id: ID!) { item(id: $id) { name price(currency: EUR) } }",
            "variables": {"id": str(n)},
        }
        yield "POST", "/api/graphql", app, json.dumps(graphql)
        boundary = f"----WebKitFormBoundary{token[:16]}"
        picture = bytes(rng.randrange(256) for _ in range(2000))
        parts = (
            (
                f'--{boundary}\r\nContent-Disposition: form-data; name="comment"\r\n\r\n{COMMENT}\r\n'
                f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="Ann\'s table (1).jpg"\r\n'
                f"Content-Type: image/jpeg\r\n\r\n"
            ).encode()
            + b"\xff\xd8\xff\xe0"
            + picture
            + f"\r\n--{boundary}--\r\n".encode()
        )
        yield (
            "POST",
            "/upload",
            browser | {"Content-Type": f"multipart/form-data; boundary={boundary}"},
            parts,
        )
        yield (
            "GET",
            f"/api/orders/{rng.randrange(10**6)}/status?fields=id,state,eta&since=2024-06-01T00:00:00%2B02:00",
            app,
            None,
        )


def send(port, progress):
    """Sends the ordinary traffic over kept-alive connections from addresses of its own; gives the number sent."""
    sources = [f"127.0.1.{i}" for i in range(1, 5)]
    connections = {s: http.client.HTTPConnection("127.0.0.1", port, timeout=10, source_address=(s, 0)) for s in sources}
    sent = 0
    for source, (method, target, headers, body) in zip(itertools.cycle(sources), ordinary(), strict=False):
        connection = connections[source]
        data = body.encode() if isinstance(body, str) else body
        connection.request(method, target, body=data, headers=headers | {"Host": "shop.example"})
        connection.getresponse().read()
        sent += 1
        progress(sent)
    for connection in connections.values():
        connection.close()
    return sent


TOTAL = sum(1 for _ in ordinary())
