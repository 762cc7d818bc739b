"""Mutations preserve what an attack does: proved by the interpreters at hand, and by decoders where none is."""

import ast
import base64
import email
import email.policy
import gzip
import html
import ipaddress
import json
import posixpath
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import unicodedata
import xml.etree.ElementTree as ET
import xml.parsers.expat
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import parse_qsl, unquote, unquote_to_bytes, urlsplit

import pytest

from sidewatch.mutate import CLASSES, MUTATIONS, Attack
from sidewatch.mutate.attacks import canonical
from sidewatch.mutate.chains import apply, variants
from sidewatch.mutate.requests import octets, parts_of, possible
from sidewatch.mutate.sql import text_of, tokens_of

ATTACKS = canonical()
SEEDS = [str(seed) for seed in range(12)]


def attack(kind: str, payload: str, *languages: str, **more) -> Attack:
    return Attack("t", kind, payload, frozenset(languages), **more)


def mutants(original: Attack, family: str) -> list[Attack]:
    """The attack under every mutation of a family, with several seeds, each result once."""
    made = {}
    for name, mutation in MUTATIONS.items():
        if mutation.family == family:
            for seed in SEEDS:
                if new := mutation.apply(original, seed):
                    made.setdefault((name, new.payload, new.wire), new)
    return list(made.values())


# the list


def test_every_mutation_says_why_and_applies_to_something():
    used = {name for a in ATTACKS for v in variants(a, list(MUTATIONS.values()), 1, 1, "1") for name in v.mutations}
    assert sorted(set(MUTATIONS) - used) == []
    for mutation in MUTATIONS.values():
        assert len(mutation.why) > 10 and mutation.function.__doc__, mutation.name
        assert set(mutation.classes) <= set(CLASSES), mutation.name


def test_every_class_has_a_dozen_canonical_attacks_of_its_own():
    for kind in CLASSES:
        assert sum(a.kind == kind for a in ATTACKS) >= 12, kind
    names = [a.id for a in ATTACKS]
    assert len(names) == len(set(names))


def test_the_same_seed_gives_the_same_and_another_seed_something_else():
    def run(seed: str) -> list:
        return [
            (v.mutations, v.payload) for a in ATTACKS[:40] for v in variants(a, list(MUTATIONS.values()), 2, 4, seed)
        ]

    assert run("a") == run("a") != run("b")


def test_an_attack_without_language_gets_only_what_holds_in_every_language():
    plain = attack("sqli", "x' or 1=1 -- ", context="'")
    names = {v.mutations[0] for v in variants(plain, list(MUTATIONS.values()), 1, 1, "1")}
    assert "sql-tabs" in names and "sql-end-hash" not in names


def test_a_chain_keeps_to_the_languages_that_all_of_its_mutations_hold_in():
    both = attack("sqli", "x' or 'a'='a' -- ", "mysql", "postgresql", context="'")
    assert apply(both, [MUTATIONS["sql-end-hash"], MUTATIONS["sql-string-dollars"]], "1") is None
    assert apply(both, [MUTATIONS["sql-end-hash"], MUTATIONS["sql-string-hex"]], "1").languages == {"mysql"}


# SQL, executed by SQLite

QUERIES = {
    "'": "SELECT login, age FROM members WHERE login='{}' AND age>40",
    '"': 'SELECT login, age FROM members WHERE login="{}" AND age>40',
    "": "SELECT login, age FROM members WHERE age={}",
}
SQL = [
    ("'", "kim' OR 3=3 -- "),
    ("'", "kim' OR 'fig'='fig' -- "),
    ("'", "kim' or 'a'='b' or age=31 -- "),
    ("'", "nobody' UNION SELECT login, secret FROM members WHERE login='kim' -- "),
    ("'", "nobody' UNION SELECT name, 'plum' FROM sqlite_master -- "),
    ("'", "kim' AND unicode(substr((SELECT secret FROM members LIMIT 1),1,1))=115 -- "),
    ("'", "x' OR age BETWEEN 20 AND 35 ORDER BY 1 -- "),
    ('"', 'kim" OR 3=3 -- '),
    ("", "7 OR 5=5"),
    ("", "-3 UNION SELECT login, secret FROM members"),
    ("", "31 AND 2=2 ORDER BY 2"),
]


@pytest.fixture(scope="module")
def database():
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE members (login TEXT, secret TEXT, age INTEGER)")
    base.executemany(
        "INSERT INTO members VALUES (?,?,?)", [("kim", "sesame", 31), ("ana", "opal", 52), ("lee", "x", 7)]
    )
    return base


def rows(base, context: str, payload: str) -> list:
    """What the database answers, doubles left out as UNION and UNION ALL differ in them."""
    return sorted(set(base.execute(QUERIES[context].format(payload)).fetchall()), key=repr)


@pytest.mark.parametrize(("context", "payload"), SQL)
def test_sql_mutations_give_the_same_rows(database, context, payload):
    original = attack("sqli", payload, "sqlite", context=context)
    expected = rows(database, context, payload)
    made = mutants(original, "sql")
    assert len({v.mutations for v in made}) > 10
    for variant in made:
        if variant.mutations[0] in ("sql-data-before", "sql-end-nul"):
            continue  # other data gives other rows of the first half; sqlite3 refuses NUL that its C interface ends at
        assert rows(database, context, variant.payload) == expected, (variant.mutations, variant.payload)


@pytest.mark.parametrize(("context", "payload"), SQL)
def test_chained_sql_mutations_give_the_same_rows(database, context, payload):
    original = attack("sqli", payload, "sqlite", context=context)
    family = [m for m in MUTATIONS.values() if m.family == "sql" and m.name not in ("sql-data-before", "sql-end-nul")]
    expected = rows(database, context, payload)
    for variant in variants(original, family, 3, 60, "chained"):
        assert rows(database, context, variant.payload) == expected, (variant.mutations, variant.payload)


def test_sql_tokens_joined_are_the_payload():
    for a in ATTACKS:
        if a.kind == "sqli":
            assert text_of(tokens_of(a)) == a.payload


# shells, executed


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("words") / "pear.txt"
    path.write_text("pear and plum\n")
    return path


@pytest.mark.parametrize(
    "payload", ["x; cat FILE", "x;id -u", "x\ncat FILE", "$(cat FILE)", "`id -u`", "x|cat FILE", "x && head FILE"]
)
def test_shell_mutations_give_the_same_output(payload, file, tmp_path):
    if not shutil.which("bash"):
        pytest.skip("no bash")
    payload = payload.replace("FILE", str(file))
    original = attack("rce", payload, "bash", "sh")
    made = mutants(original, "shell")
    assert len({v.mutations for v in made}) > 20

    def run(text: str) -> subprocess.CompletedProcess:
        script = tmp_path / "script"
        script.write_bytes(b"echo " + octets(text) + b"\n")
        return subprocess.run(["bash", script], capture_output=True, timeout=20, cwd=tmp_path, stdin=subprocess.DEVNULL)

    expected = run(payload).stdout.split()
    for variant in made:
        done = run(variant.payload)
        if re.search(rb"(xxd|busybox|sudo|rev|dash|time): (command )?not found", done.stderr):
            continue
        got = done.stdout.split()
        if variant.mutations[0] == "sh-separator":  # & does not wait: both commands write when they like
            got, wanted = sorted(got), sorted(expected)
        else:
            wanted = expected
        assert got == wanted, (variant.mutations, variant.payload, done.stderr)


# scripts, executed


@pytest.mark.parametrize(("before", "payload", "after"), [("var s='", "'-alert(7)-'", "'"), ('var s="', '";alert(7);//', '"'), ("", "javascript:alert(7)", "")])  # fmt: skip
def test_script_mutations_make_the_same_call(before, payload, after):
    node = shutil.which("node")
    if not node:
        pytest.skip("no node")
    context = before[-1:] or None
    original = attack("xss", payload, "js", context=context)
    made = mutants(original, "script")
    assert len({v.mutations for v in made}) > 15
    codes = [before + re.sub("^javascript:", "", v.payload) + after for v in made]
    program = """
        const made = JSON.parse(require('fs').readFileSync(0)), got = made.map(() => []);
        for (const name of ['window', 'self', 'top', 'parent', 'frames']) globalThis[name] = globalThis;
        let at = 0;
        globalThis.alert = (...a) => { got[at].push(String(a[0])) };
        globalThis.setTimeout = code => (0, eval)(code);
        for (; at < made.length; at++)
            try { (0, eval)(made[at]) } catch (e) { got[at].push(String(e)) }
        console.log(JSON.stringify(got));
    """
    done = subprocess.run([node, "-e", program], input=json.dumps(codes).encode(), capture_output=True, check=True)
    for variant, calls in zip(made, json.loads(done.stdout), strict=True):
        assert calls == ["7"], (variant.mutations, variant.payload)


def test_python_mutations_print_the_same():
    original = attack("rce", "__import__('os').system('echo pear')", "python")
    made = [v for v in mutants(original, "code") if "__import__('commands')" not in v.payload]
    assert len({v.mutations for v in made}) > 4
    for variant in made:
        ast.parse(variant.payload, mode="eval")
        done = subprocess.run([sys.executable, "-c", f"print({variant.payload})"], capture_output=True, timeout=20)
        assert b"pear" in done.stdout, (variant.mutations, variant.payload, done.stderr)


# markup, read by the standard library


class Tags(HTMLParser):
    """Start tags with their attributes, in order."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.seen = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, [(n, v) for n, v in attrs if n != "/"]))


@pytest.mark.parametrize(
    "name",
    ["html-case", "html-blanks", "html-equals-blanks", "html-quotes", "html-references", "html-references-some", "html-references-open", "html-references-named", "html-end-dropped", "html-end-noise", "html-text-before"],
)  # fmt: skip
def test_markup_mutations_give_the_same_tags(name):
    compared = 0
    for a in ATTACKS:
        if a.kind == "xss" and a.payload.startswith("<") and (variant := MUTATIONS[name].apply(a, "1")):
            was, now = Tags(a.payload).seen, Tags(variant.payload).seen
            assert was and now[-len(was) :] == was, (a.payload, variant.payload)
            compared += 1
    assert compared > 4


def test_numeric_references_of_a_value_are_the_value():
    a = attack("xss", '<a href="javascript:alert(1)">x</a>', "html")
    for name in ("html-references", "html-references-open", "html-references-named"):
        value = re.search('href="([^"]*)"', MUTATIONS[name].apply(a, "1").payload)[1]
        assert html.unescape(value) == "javascript:alert(1)"


def test_xml_mutations_declare_the_same_entities():
    def read(a: Attack) -> list:
        seen, parser = [], xml.parsers.expat.ParserCreate()
        parser.SetParamEntityParsing(xml.parsers.expat.XML_PARAM_ENTITY_PARSING_ALWAYS)
        parser.EntityDeclHandler = lambda name, is_parameter, value, base, system, public, notation: (
            system and seen.append(re.sub("(?i)^file:/+(localhost/)?", "file:///", system))
        )
        parser.StartDoctypeDeclHandler = lambda name, system, public, subset: system and seen.append(system)
        parser.ExternalEntityRefHandler = lambda *_: 1
        parser.Parse(parts_of(a)["body"], True)
        return seen

    compared = 0
    for a in ATTACKS:
        if a.kind != "xxe" or a.id in ("xxe-xinclude", "xxe-error"):
            continue  # no declaration; and one that expat, unlike the parsers it is meant for, refuses
        expected = read(a)
        for variant in mutants(a, "xml"):
            if (
                variant.place == "body"
                and variant.mutations[0] != "xml-utf-7"
                and not re.search('version *= *"1.1"', variant.payload)
            ):
                assert read(variant) == expected, (variant.mutations, variant.payload)
                compared += 1
    assert compared > 60


# codings


@pytest.mark.parametrize("payload", ["kim' or 1=1 -- ", "<b onclick=x()>ä</b>", "x;\ncat /etc/hosts", "a\\b\tc"])
def test_codings_decode_to_the_payload(payload):
    decoders = {
        "encode-base64": lambda t: base64.b64decode(t).decode(),
        "encode-base64url": lambda t: base64.urlsafe_b64decode(t + "=" * (-len(t) % 4)).decode(),
        "encode-base64-twice": lambda t: base64.b64decode(base64.b64decode(t)).decode(),
        "encode-hex": lambda t: bytes.fromhex(t).decode(),
        "encode-percent": unquote,
        "encode-percent-signs": unquote,
        "encode-percent-twice": lambda t: unquote(unquote(t)),
        "encode-percent-u": lambda t: re.sub("%u(....)", lambda m: chr(int(m[1], 16)), t),
        "encode-references": html.unescape,
        "encode-references-hex": html.unescape,
        "encode-references-padded": html.unescape,
        "encode-full-width": lambda t: unicodedata.normalize("NFKC", t),
        "encode-overlong": lambda t: re.sub(
            b"([\xc0\xc1])(.)", lambda m: bytes([(m[1][0] & 1) << 6 | m[2][0] & 0x3F]), octets(t), flags=re.DOTALL
        ).decode(),
        "encode-escapes-x": lambda t: re.sub(r"\\x(..)", lambda m: chr(int(m[1], 16)), t),
        "encode-escapes-u": lambda t: re.sub(r"\\u(....)", lambda m: chr(int(m[1], 16)), t),
    }
    assert set(decoders) == {n for n, m in MUTATIONS.items() if m.family == "encodings"}
    for name, decode in decoders.items():
        made = MUTATIONS[name].apply(attack("xss", payload), "1")
        assert made is None or decode(made.payload) == payload, name


def test_spellings_of_an_address_are_the_address():
    a = attack("ssrf", "http://127.0.0.1/admin")
    for name in ("url-decimal", "url-hexadecimal", "url-octal", "url-mixed", "url-short"):
        for seed in SEEDS:
            host = urlsplit(MUTATIONS[name].apply(a, seed).payload).netloc
            assert socket.inet_ntoa(socket.inet_aton(host)) == "127.0.0.1", (name, host)
    for seed in SEEDS:
        six = urlsplit(MUTATIONS["url-ipv6-mapped"].apply(a, seed).payload).hostname
        assert str(ipaddress.IPv6Address(six).ipv4_mapped) == "127.0.0.1"
        wide = MUTATIONS["url-enclosed"].apply(a, seed).payload.removeprefix("http://").split("/")[0]
        assert unicodedata.normalize("NFKC", wide) == "127.0.0.1"
        assert unquote(MUTATIONS["url-host-percent"].apply(a, seed).payload) == a.payload


@pytest.mark.parametrize(
    "name", ["path-dots", "path-slashes", "path-detour", "path-folder-before", "path-deeper", "path-dots-many"]
)
def test_paths_lead_to_the_same_file(name):
    for payload in ("../../../../etc/passwd", "../../../../../../etc/shadow"):
        for seed in SEEDS:
            if made := MUTATIONS[name].apply(attack("ptrav", payload, "unix"), seed):
                # Above the root there is only the root: start from a folder that is no deeper than the payload climbs.
                assert posixpath.normpath(f"/srv/www/{made.payload}") == posixpath.normpath(f"/srv/www/{payload}")


def test_keys_of_json_are_the_same():
    for a in ATTACKS:
        if a.kind in ("nosqli", "proto_pollution") and a.payload.startswith(("{", "[")):
            for name in ("nosql-key-escapes", "nosql-json-blanks", "proto-escapes", "proto-json-blanks"):
                if made := MUTATIONS[name].apply(a, "1"):
                    assert json.loads(made.payload) == json.loads(a.payload), made.payload


# the request around


def carried(a: Attack) -> list[str]:
    """The values that a server reading by the standards finds in the request, by the standard library."""
    parts = parts_of(a)
    headers = {name.lower(): value for name, value in parts["headers"]}
    body = parts["body"]
    if body is not None:
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        if headers.get("content-encoding") == "deflate":
            body = zlib.decompress(body)
        for form in ("utf-16-le", "utf-16-be", "utf-16"):
            if form in a.wire.forms:
                mark = b"" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else b"\xff\xfe"
                body = (mark + body).decode("utf-16").encode()
                body = body.replace(b'encoding="UTF-16"', b'encoding="UTF-8"')
    text = lambda b: b.decode("utf-8", "surrogateescape")  # noqa: E731
    pairs = None
    if a.place == "query":
        pairs = urlsplit(parts["target"]).query
    elif a.place == "form":
        pairs = text(body)
    elif a.place == "cookie":
        pairs = headers["cookie"].replace("; ", "&")
    if pairs is not None:
        return [x for pair in parse_qsl(pairs, keep_blank_values=True, errors="surrogateescape") for x in pair]
    if a.place == "header":
        return list(headers.values())
    if a.place == "path":
        return [parts["target"], *(text(unquote_to_bytes(s)) for s in parts["target"].split("/"))]
    if a.place == "json":
        found, todo = [], [json.loads(text(body))]
        while todo:
            value = todo.pop()
            if isinstance(value, dict):
                todo += value.values()
                found += value
            elif isinstance(value, list):
                todo += value
            else:
                found.append(value)
        return found
    if a.place == "xml":
        root = ET.fromstring(body)
        return [x for e in root.iter() for x in (e.text, *e.attrib.values())]
    if a.place in ("multipart", "file"):
        head = f"Content-Type: {headers['content-type']}\r\n\r\n".encode()
        message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
        found = []
        for part in message.iter_parts():
            data = part.get_payload(decode=True)
            if part.get_content_charset() == "utf-16le":
                data = data.decode("utf-16-le", "surrogatepass").encode("utf-8", "surrogateescape")
            found += [text(data), part.get_param("name", header="content-disposition"), part.get_filename()]
        return found
    return [text(body)]


WIRE = [name for name, m in MUTATIONS.items() if m.family == "wire" and not name.startswith("duplicate-split")]


@pytest.mark.parametrize("name", WIRE)
def test_requests_carry_the_payload(name):
    skipped = {
        "percent-u": "the standard library does not read %u",
        "body-untyped": "there is no type to read by",
        "body-mistyped": "there is no type to read by",
        "boundary-lf": "the standard library wants the line ends to be of one kind",
        "boundary-unclosed": "the standard library drops what nothing closes",
    }
    if name in skipped:
        pytest.skip(skipped[name])
    compared = 0
    for a in ATTACKS:
        made = MUTATIONS[name].apply(a, "1")
        if not made or not possible(made) or a.part == "filename":
            continue
        wanted = a.payload
        if made.place == "multipart" and a.part == "name":
            continue
        if made.place == "json" and a.part == "name":
            wanted = re.split(r"[\[.]", a.payload)[0]
        if made.place == "xml":
            wanted = wanted.replace("\r\n", "\n") if "xml-decimal" != made.wire.coding != "xml-hex" else wanted
        if made.place == "multipart" and made.wire.coding == "transfer-quoted-printable":
            wanted = wanted.replace("\r\n", "\n")
        found = carried(made)
        if made.place in ("xml", "multipart", "file"):
            found = [x.replace("\r\n", "\n") if isinstance(x, str) else x for x in found]
            wanted = wanted.replace("\r\n", "\n")
        assert wanted in found, (a.id, made.wire, parts_of(made), found)
        compared += 1
    assert compared


def test_split_parameters_joined_by_commas_are_an_instruction(database):
    a = attack("sqli", "nobody' UNION SELECT login, secret FROM members -- ", "sqlite", context="'")
    expected = rows(database, "'", a.payload)
    for name in ("duplicate-split", "duplicate-split-list"):
        for seed in SEEDS:
            made = MUTATIONS[name].apply(a, seed)
            assert len(made.wire.pieces) > 1
            assert rows(database, "'", ",".join(made.wire.pieces)) == expected, made.wire.pieces


def test_padding_is_as_large_as_it_says():
    for a in ATTACKS[:30]:
        for name, mutation in MUTATIONS.items():
            if name.startswith("pad-") and name.endswith("-64k") and (made := mutation.apply(a, "1")):
                parts = parts_of(made)
                assert len(parts["body"] or parts["target"]) >= 60_000, name


def test_a_moved_attack_stays_itself():
    a = replace(ATTACKS[0], places=("query", "json"))
    moved = MUTATIONS["place-json"].apply(a, "1")
    assert moved.place == "json" and moved.payload == a.payload
    assert MUTATIONS["place-cookie"].apply(a, "1") is None
