"""Attacks as requests: how each place writes a payload.

What comes in: an attack. What goes out: a request in parts. What always holds: a server that reads the request as the
standards say gets exactly the payload, whatever the coding and the form of the message.
"""

import base64
import gzip
import json
import quopri
import re
import zlib
from collections.abc import Callable
from urllib.parse import quote_from_bytes
from xml.sax.saxutils import escape

from .model import CHARSETS, Attack

HOST = "shop.example"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
BOUNDARY = "----geckoformboundary7d41b8c0"
FORM = "application/x-www-form-urlencoded"

#: Longest payload in a line of the head: servers take 8 KB.
LONGEST = 6000
#: Bytes that RFC 3986 allows in a query and that do not part parameters.
QUERY = "!$'()*,-./:;?@_~"
#: Bytes that a target cannot hold as they are, or that would mean something else.
UNSAFE = frozenset(b" #&+%=\x7f") | frozenset(range(0x20)) | frozenset(range(0x80, 0x100))


def octets(text: str) -> bytes:
    """The bytes of a payload."""
    return text.encode("utf-8", "surrogateescape")


def percent_all(data: bytes) -> str:
    """Every byte percent-encoded."""
    return "".join(f"%{byte:02X}" for byte in data)


def escaped(match: re.Match) -> bytes:
    """One byte percent-encoded."""
    return b"%%%02X" % match[0][0]


def percent_lower(data: bytes) -> str:
    """Every byte percent-encoded, in lower case."""
    return percent_all(data).lower()


def percent_least(data: bytes) -> str:
    """Only what cannot stand as it is."""
    return "".join(f"%{byte:02X}" if byte in UNSAFE else chr(byte) for byte in data)


def percent_u(data: bytes) -> str:
    """Every UTF-16 unit as %uXXXX, which IIS and ASP take."""
    units = data.decode("utf-8", "surrogateescape").encode("utf-16-be", "surrogatepass")
    return "".join(f"%u{high:02x}{low:02x}" for high, low in zip(units[::2], units[1::2], strict=True))


def plus(data: bytes) -> str:
    """As a form: + for a blank."""
    return re.sub(rb"[^\w*.\- ]", escaped, data, flags=re.ASCII).replace(b" ", b"+").decode()


PERCENT: dict[str, Callable[[bytes], str]] = {
    "percent-all": percent_all,
    "percent-lower": percent_lower,
    "percent-least": percent_least,
    "percent-u": percent_u,
    "plus": plus,
}


def json_text(text: str, coding: str) -> str:
    """A JSON string."""
    if coding == "json-unicode":
        units = text.encode("utf-16-be", "surrogatepass")
        pairs = zip(units[::2], units[1::2], strict=True)
        return '"' + "".join(f"\\u{high:02x}{low:02X}" for high, low in pairs) + '"'
    if coding == "json-unicode-signs":
        return '"' + "".join(c if c.isalnum() or c == " " else json_text(c, "json-unicode")[1:-1] for c in text) + '"'
    written = json.dumps(text, ensure_ascii=False)
    return written.replace("/", "\\/") if coding == "json-solidus" else written


def xml_text(text: str, coding: str) -> str:
    """Character data."""
    if coding == "xml-decimal":
        return "".join(f"&#{ord(c)};" for c in text)
    if coding == "xml-hex":
        return "".join(f"&#x{ord(c):x};" for c in text)
    if coding == "xml-cdata":
        return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"
    return escape(text)


def pairs_of(attack: Attack) -> list[tuple[str, str, bool, bool]]:
    """Names and values, and which of them the payload is."""
    if attack.part == "name":
        return [(attack.payload, attack.value, True, False)]
    name = attack.parameter + "[]" if "array" in attack.wire.forms else attack.parameter
    return [(name, value, False, True) for value in (attack.wire.pieces or (attack.payload,))]


def encoded(attack: Attack, default: Callable[[bytes], str], joint: str = "&") -> str:
    """Pairs in a query, a form or a cookie."""
    special = PERCENT.get(attack.wire.coding, default)
    filler = []
    if attack.wire.filler:
        # Servers take a thousand fields or fewer: larger ones where more bytes are wanted.
        size = max(100, attack.wire.filler // 200)
        filler = [f"note{i}={'lorem' * (size // 5)}" for i in range(attack.wire.filler // size + 1)]
    pairs = [
        f"{(special if named else default)(octets(name))}={(special if valued else default)(octets(value))}"
        for name, value, named, valued in pairs_of(attack)
    ]
    return joint.join([*filler, *pairs])


def in_query(data: bytes) -> str:
    """As a browser writes a value into a query."""
    return quote_from_bytes(data, QUERY)


def nested(name: str, value: object) -> dict:
    """The object that `a[b][c]=value` is for a server that reads brackets."""
    steps = name.replace("]", "").split("[")
    for step in reversed(steps):
        value = {step: value}
    return value


def json_body(attack: Attack) -> bytes:
    """A JSON object that holds the payload."""
    forms, coding = attack.wire.forms, attack.wire.coding
    if attack.part == "name":
        text = json_value(nested(attack.payload, attack.value), coding)
    else:
        value = json_text(attack.payload, coding)
        key = json.dumps(attack.parameter)
        if "json-array" in forms:
            value = f'["first",{value}]'
        text = f'{{"page":1,{key}:{value},"sort":"name"}}'
        if "json-deep" in forms:
            text = f'{{"list":[{{"items":[0,{text}]}}]}}'
        elif "json-blanks" in forms:
            text = f' \r\n{{ "page" :\t1 ,\n {key}\n:\n\n{value} , "sort":"name" }}\n'
    if attack.wire.filler:
        text = f'{{"note":"{"lorem " * (attack.wire.filler // 6)}",{text[1:].lstrip()}' if text[0] == "{" else text
    return octets(text)


def json_value(value: object, coding: str) -> str:
    """A value made of objects and texts, with keys written as `coding` says."""
    if isinstance(value, dict):
        inner = (f"{json_text(key, coding)}:{json_value(v, coding)}" for key, v in value.items())
        return "{" + ",".join(inner) + "}"
    return json.dumps(value)


def multipart_body(attack: Attack) -> tuple[str, bytes]:
    """Content type and body of a form with files."""
    forms, coding = attack.wire.forms, attack.wire.coding
    boundary, line = BOUNDARY, b"\n" if "boundary-lf" in forms else b"\r\n"
    if "boundary-odd" in forms:
        boundary = "a'()+_,-./:=?z"
    if "boundary-long" in forms:
        boundary = "b" * 70
    shown = f'"{boundary}"' if "boundary-quoted" in forms or "boundary-odd" in forms else boundary
    kind = f"multipart/form-data; boundary={shown}"
    if "boundary-case" in forms:
        kind = f"Multipart/Form-Data; charset=utf-8; BOUNDARY={shown}"
    parts: list[tuple[list[str], bytes]] = []
    size = max(1000, attack.wire.filler // 200)
    for i in range(attack.wire.filler // size + 1 if attack.wire.filler else 0):
        parts.append(([f'Content-Disposition: form-data; name="note{i}"'], b"lorem " * (size // 6)))
    parts.append((['Content-Disposition: form-data; name="page"'], b"1"))
    for name, value, _, _ in pairs_of(attack):
        parts.append(part_of(attack, name, octets(value), coding))
    out = []
    if "boundary-preamble" in forms:
        out.append(b"This is a message with multiple parts." + line)
    for head, data in parts:
        out += [b"--", boundary.encode(), b" \t" if "boundary-blanks" in forms else b"", line]
        out += [octets(h) + line for h in head]
        out += [line, data, line]
    if "boundary-unclosed" in forms:
        out.pop()
    else:
        out += [b"--", boundary.encode(), b"--", line]
    return kind, b"".join(out)


def part_of(attack: Attack, name: str, data: bytes, coding: str) -> tuple[list[str], bytes]:
    """Fields and content of the part that holds the payload."""
    forms = attack.wire.forms
    quoted = name.replace("\\", "\\\\").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    disposition = f'Content-Disposition: form-data; name="{quoted}"'
    if "part-unquoted" in forms and quoted.isalnum():
        disposition = f"Content-Disposition: form-data; name={quoted}"
    if "part-case" in forms:
        disposition = f'content-disposition:form-data ; NAME="{quoted}"'
    head = []
    if attack.part == "filename":
        disposition += file_name(attack.payload, coding)
        head.append("Content-Type: image/png")
        data = octets(attack.value)
    elif attack.place == "file":
        disposition += f'; filename="{attack.value or "notes.txt"}"'
        head.append(f"Content-Type: {attack.content_type or 'text/plain'}")
    elif coding == "charset-utf-16":
        head.append("Content-Type: text/plain; charset=utf-16le")
        data = data.decode("utf-8", "surrogateescape").encode("utf-16-le", "surrogatepass")
    if coding == "transfer-base64":
        head.append("Content-Transfer-Encoding: base64")
        data = base64.encodebytes(data).replace(b"\n", b"\r\n").strip()
    if coding == "transfer-quoted-printable":
        head.append("Content-Transfer-Encoding: quoted-printable")
        data = quopri.encodestring(data, quotetabs=True)
    head.insert(len(head) if "part-order" in forms else 0, disposition)
    if "part-folded" in forms:
        head = [h.replace("; ", ";\r\n ", 1) if h == disposition else h for h in head]
    return head, data


def file_name(name: str, coding: str) -> str:
    """The parameter of a disposition that holds a file name."""
    if coding == "filename-extended":
        return f"; filename=\"picture.png\"; filename*=UTF-8''{quote_from_bytes(octets(name), '')}"
    if coding == "filename-unquoted":
        return f"; filename={name}"
    if coding == "filename-percent":
        return f'; filename="{percent_all(octets(name))}"'
    if coding == "filename-single":
        return f"; filename='{name}'"
    if coding == "filename-twice":
        return f'; filename="picture.png"; filename="{name}"'
    written = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    return f'; FileName = "{written}"' if coding == "filename-case" else f'; filename="{written}"'


def xml_body(attack: Attack) -> bytes:
    """A document with the payload as text of an element, or as an attribute, named as the parameter where XML takes it."""
    name = attack.parameter if re.fullmatch(r"[A-Za-z_][\w.-]*", attack.parameter, re.ASCII) else "item"
    filler = f"<note>{'lorem ' * (attack.wire.filler // 6)}</note>" if attack.wire.filler else ""
    if "xml-attribute" in attack.wire.forms:
        value = xml_text(attack.payload, attack.wire.coding)
        # Literal line ends and tabs would become blanks (XML 3.3.3).
        for sign in '"\r\n\t':
            value = value.replace(sign, f"&#{ord(sign)};")
        inner = f'<item {name}="{value}"/>'
    else:
        inner = f"<{name}>{xml_text(attack.payload, attack.wire.coding)}</{name}>"
    return octets(f'<?xml version="1.0" encoding="UTF-8"?>\n<order>{filler}{inner}</order>')


def utf16(body: bytes, form: str) -> bytes:
    """A text body in UTF-16."""
    text = body.decode("utf-8", "surrogateescape").replace('encoding="UTF-8"', 'encoding="UTF-16"')
    coded = {"utf-16": "utf-16", "utf-16-be": "utf-16-be", "utf-16-le": "utf-16-le"}[form]
    mark = b"" if form == "utf-16" else {"utf-16-be": b"\xfe\xff", "utf-16-le": b"\xff\xfe"}[form]
    return mark + text.encode(coded, "surrogatepass")


def parts_of(attack: Attack) -> dict:
    """Method, target, headers and body of the request that carries an attack."""
    method, target, body, kind = "GET", "/catalogue", None, ""
    headers = {"Host": HOST, "User-Agent": AGENT, "Accept": "text/html,application/json;q=0.9,*/*;q=0.8"}
    place, forms = attack.place, attack.wire.forms
    if place == "query":
        target += f"?{encoded(attack, in_query)}"
    elif place == "form":
        body, kind = encoded(attack, plus).encode(), FORM
    elif place == "json":
        body, kind = json_body(attack), "application/json"
    elif place in ("multipart", "file"):
        kind, body = multipart_body(attack)
    elif place == "xml":
        body, kind = xml_body(attack), "application/xml"
    elif place == "body":
        body, kind = octets(attack.payload), attack.content_type or "text/plain"
    elif place == "cookie":
        headers["Cookie"] = f"theme=dark; {encoded(attack, in_cookie, '; ')}; lang=en"
    elif place == "header":
        name = attack.parameter if attack.part == "value" and attack.parameter[:1].isupper() else "X-Client-Note"
        headers[name] = attack.payload
    elif place == "path":
        # A payload that begins with a slash is the whole target, as it goes on the wire.
        default = PERCENT.get(attack.wire.coding, lambda data: quote_from_bytes(data, ""))
        raw = attack.payload.startswith("/")
        target = attack.payload if raw else f"/catalogue/{default(octets(attack.payload))}/view"
    if body is not None:
        method = "POST"
        body, kind = formed(body, kind, forms, headers)
        if kind:
            headers["Content-Type"] = kind
        headers["Content-Length"] = str(len(body))
    return {"method": method, "target": target, "headers": list(headers.items()), "body": body}


def formed(body: bytes, kind: str, forms: frozenset[str], headers: dict[str, str]) -> tuple[bytes, str]:
    """The body and its type in the form of the message that is wanted."""
    for form in ("utf-16", "utf-16-be", "utf-16-le"):
        if form in forms:
            body, kind = utf16(body, form), kind if form == "utf-16" else f"{kind}; charset={form}"
    codings: list[str] = []
    if "gzip" in forms:
        body, codings = gzip.compress(body, mtime=0), ["gzip"]
    if "deflate" in forms:
        body, codings = zlib.compress(body), [*codings, "deflate"]
    if codings:
        headers["Content-Encoding"] = ", ".join(codings)
    if "no-content-type" in forms:
        kind = ""
    if "plain-content-type" in forms:
        kind = "text/plain"
    return body, kind


def in_cookie(data: bytes) -> str:
    """As JavaScript's encodeURIComponent writes a value, which is how most cookies are written."""
    return quote_from_bytes(data, "!~*'()")


def possible(attack: Attack) -> bool:
    """Whether the place can carry the payload at all."""
    if attack.place in ("query", "cookie", "header", "path") and len(attack.payload) > LONGEST:
        return False
    wide = (
        attack.place == "json" or attack.wire.coding in ("percent-u", "charset-utf-16") or attack.wire.forms & CHARSETS
    )
    if wide and any(0xD800 <= ord(c) <= 0xDFFF for c in attack.payload):
        return False  # bytes that are no UTF-8 have no code points to be written by
    if attack.place == "header":
        return not any(ord(c) < 0x20 and c != "\t" for c in attack.payload) and attack.payload == attack.payload.strip()
    if attack.place == "path" and attack.payload.startswith("/"):
        return all(0x20 < ord(c) < 0x7F for c in attack.payload)
    if attack.place == "xml":
        # XML 1.0 has no other controls, not even as references.
        return all(ord(c) >= 0x20 or c in "\t\r\n" for c in attack.payload) and not any(
            0xD800 <= ord(c) <= 0xDFFF for c in attack.payload
        )
    if attack.part == "filename":
        return "\0" not in attack.payload or attack.wire.coding == "filename-extended"
    return True


def record_of(attack: Attack, source: str) -> dict:
    """The line of a corpus: what `sidewatch eval` and other engines' runners read."""
    parts = parts_of(attack)
    place = f"header:{attack.parameter}" if attack.place == "header" else attack.place
    body = parts.pop("body")
    return {
        "id": "~".join([attack.id, "+".join(attack.mutations)]) if attack.mutations else attack.id,
        "source": source,
        "label": "malicious",
        "class": attack.kind,
        "place": place,
        "payload": attack.payload.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"),
        "parent": attack.id,
        "mutations": list(attack.mutations),
        **parts,
        "body_b64": None if body is None else base64.b64encode(body).decode(),
    }
