"""`sidewatch inspect`: one request in, an explanation out."""

import json
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from .. import Event, Finding, Look, Request, Step
from . import options, show
from .inputs import split_url
from .options import Status

FORM = "application/x-www-form-urlencoded"
#: Longest request read from a file or the standard input.
LONGEST = 256 << 20


@click.command()
@click.argument("what", metavar="[FILE|URL|TARGET|-]", required=False)
@click.option("--url", help="The URL, or only the target.")
@click.option("-X", "--request", "method", help="Method. Default: GET, or POST if there is a body.")
@click.option("-H", "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A header field.")
@click.option(
    "-d",
    "--data",
    multiple=True,
    help="Body; several are joined by &. @FILE reads a file, without line ends.",
)
@click.option("--data-raw", multiple=True, help="Body; @ means nothing special.")
@click.option("--data-binary", multiple=True, help="Body; @FILE reads a file as it is.")
@click.option("-A", "--user-agent", help="The field User-Agent.")
@click.option("-b", "--cookie", help="The field Cookie.")
@click.option("--trace", is_flag=True, help="Show every form of every value, and what the detectors said.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options.policy
@options.sensitivity
def inspect(what, url, headers, form, trace, policy, sensitivity, **parts) -> int:
    """Explains what is found in one request, and why.

    The request is read from FILE, or from the standard input if there is no argument or a lone -: raw HTTP/1,
    head and body as on the wire. Bytes that are no HTTP are judged as raw text. Or it is given on the command
    line as for curl: a URL, or only the target of one, with the options below. An argument that names a file
    is a file, unless one of the options is given. Blanks and other bytes of a URL are taken as they are.

    With --trace every value is shown in every form that its decoders give, and what each class made of it:
    an attack, or why it is none: the value holds no byte that such an attack needs, the detector read it and
    found nothing (with the tokens as it read them), what it found is too little at this sensitivity, or too
    little because the form is only guessed, or the policy excludes it. Secrets are not masked there.

    --format json writes the event as one line, as scan does; with --trace an object with the fields event and
    trace.

    \b
    Examples:
      sidewatch inspect request.txt
      sidewatch inspect '/item?id=1%27+or+1=1--'
      sidewatch inspect -X POST -H 'Content-Type: application/json' -d '{"a":1}' 'http://shop.example/path?x=1'
      sidewatch inspect --trace --url '/?q=PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=='
      printf 'GET /../../etc/passwd HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n' | sidewatch inspect

    \b
    Exit status:
      0  no attack was found
      1  an attack was found
      2  wrong usage, nothing could be read, or the results could not be written
    """
    request = request_of(what, url, headers, parts)
    engine = options.engine_of(policy, sensitivity)
    event, steps = engine.trace(request)
    if form == "json":
        document = event.to_dict()
        if trace:
            document = {"event": document, "trace": [step_of(step) for step in steps]}
        click.echo(json.dumps(document, ensure_ascii=False).encode("utf-8", "backslashreplace"))
    else:
        console = show.to_stdout()
        explain(console, event, steps)
        if trace:
            show_steps(console, steps)
    return Status.FOUND if event.is_attack else Status.NOTHING


def request_of(what: str | None, url: str | None, headers: tuple[str, ...], parts: dict) -> Request | bytes:
    """The request that the command line describes or names."""
    described = url is not None or bool(headers) or any(parts.values())
    if what is not None and url is not None:
        raise click.UsageError("give the request as an argument or with --url, not both")
    if described:
        if url is None and what is None:
            raise click.UsageError("the URL is missing")
        return build(what if url is None else url, headers, **parts)
    if what in (None, "-"):
        if sys.stdin.isatty() and what is None:
            raise click.UsageError("give a file, a URL or a target, or a request on the standard input")
        return checked(sys.stdin.buffer.read(LONGEST + 1), "the standard input")
    path = Path(what)
    try:
        if path.is_file() or path.is_fifo():
            with path.open("rb") as file:
                return checked(file.read(LONGEST + 1), what)
    except OSError as e:
        raise click.UsageError(f"{what[:200]}: {e.strerror}") from None
    except ValueError:
        pass  # a NUL byte: no name of a file
    if "://" in what or what.startswith(("/", "?")):
        return build(what, headers, **parts)
    raise click.UsageError(f"'{what}' is no file, and no URL or target, which begin with http:// or /")


def checked(data: bytes, name: str) -> bytes:
    """The bytes of a request, if they can be one."""
    if not data:
        raise click.UsageError(f"{name} is empty")
    if len(data) > LONGEST:
        raise click.UsageError(f"{name} holds more than {show.size(LONGEST)}: use sidewatch scan")
    return data


def build(url: str, headers, *, method, data, data_raw, data_binary, user_agent, cookie) -> Request:
    """The request that curl would send; of the fields curl adds, only Host and Content-Type."""
    if url.startswith(("/", "?", "*")):
        authority, target = None, f"/{url}" if url.startswith("?") else url
    else:
        authority, target = split_url(url)
    pieces = [piece(text, binary=False) for text in data]
    pieces += [text.encode("utf-8", "surrogateescape") for text in data_raw]
    pieces += [piece(text, binary=True) for text in data_binary]
    body = b"&".join(pieces) if pieces else None
    given = [header(text) for text in headers]
    given += [(name, value) for name, value in (("User-Agent", user_agent), ("Cookie", cookie)) if value]
    names = {name.lower() for name, _ in given}
    fields = [] if authority is None or "host" in names else [("Host", authority)]
    if body is not None and "content-type" not in names:
        fields.append(("Content-Type", FORM))
    fields += [(name, value) for name, value in given if value is not None]
    return Request(method or ("GET" if body is None else "POST"), target, fields, body)


def header(text: str) -> tuple[str, str | None]:
    """A header field in curl's spelling: 'Name: value', 'Name;' for an empty one, 'Name:' for none at all."""
    name, colon, value = text.partition(":")
    if not colon:
        if not text.endswith(";"):
            raise click.UsageError(f"header '{text}' has no colon")
        return text[:-1], ""
    return name, value.strip() or None


def piece(text: str, *, binary: bool) -> bytes:
    """One part of the body in curl's spelling."""
    if not text.startswith("@"):
        return text.encode("utf-8", "surrogateescape")
    try:
        data = sys.stdin.buffer.read() if text == "@-" else Path(text[1:]).read_bytes()
    except OSError as e:
        raise click.UsageError(f"{text[1:]}: {e.strerror}") from None
    return data if binary else data.translate(None, b"\r\n\0")


def step_of(step: Step) -> dict:
    """One step of the trace as a dictionary."""
    hits = [{"class": c, "technique": t, "confidence": n} for c, t, n in step.hits]
    fields = {name: getattr(step, name) for name in ("point", "place", "trust", "length", "shown", "woken")}
    return fields | {"hits": hits, "looks": [look_of(look) for look in step.looks]}


def look_of(look: Look) -> dict:
    """What a class made of a value, as a dictionary."""
    told = {"class": look.class_name, "outcome": look.outcome, "reason": look.reason}
    if look.said:
        told |= {"technique": look.technique, "said": look.said, "confidence": look.confidence, "line": look.line}
    return told | ({"tokens": look.tokens} if look.tokens else {})


def explain(console: Console, event: Event, steps: list[Step]) -> None:
    """What was found, for a person."""
    told = event.to_dict()
    request = told.get("request")
    line = f"{request['method']} {request['target']} {request['version']}" if request else "(no request line)"
    console.print(Text(line, "bold"))
    if request and request["host"]:
        console.print(Text(f"Host: {request['host']}", "dim"))
    verdict = Text.assemble("\nverdict: ", (event.verdict, show.VERDICT[event.verdict]))
    if event.score:
        verdict.append(f", confidence {event.score} of 100")
    console.print(verdict)
    if event.anomalies:
        console.print(Text(f"oddities: {', '.join(event.anomalies)}"))
    for finding, facts in zip(told["findings"], event.findings, strict=True):
        console.print()
        show_finding(console, finding, facts)
    console.print(Text(f"\n{why(event, steps)}", "dim"))


def show_finding(console: Console, f: dict, facts: Finding) -> None:
    """One finding."""
    cwe = f", CWE-{f['cwe']}" if "cwe" in f else ""
    console.print(Text.assemble((f["class"], show.SEVERITY[f["severity"]]), f" by {f['technique']}{cwe}"))
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    through = f", decoded by {', '.join(f['decoders'])}" if f["decoders"] else ""
    rows = (
        ("severity", f["severity"]),
        ("confidence", f"{f['confidence']} of 100"),
        ("point", f"{f['point']}{through}"),
        ("bytes", f"{f['offset']} to {f['offset'] + f['length']} of the value"),
        ("excerpt", f["excerpt"]),
        ("tokens", f["tokens"]),
        ("reason", f["reason"]),
        ("technique", facts.technique_meaning),
        ("gain", f["gain"]),
        ("see", references(facts)),
    )
    for name, text in rows:
        grid.add_row(name, Text(text))
    console.print(Padding(grid, (0, 0, 0, 2)))


def references(facts: Finding) -> str:
    """Where class and technique are described."""
    cwe = [f"CWE-{facts.cwe}"] if facts.cwe else []
    owasp = [f"OWASP {', '.join(facts.owasp)}"] if facts.owasp else []
    return ", ".join(cwe + [f"CAPEC-{n}" for n in facts.capec] + owasp)


def why(event: Event, steps: list[Step]) -> str:
    """How it came to the verdict, in a sentence or two; most useful where nothing was found."""
    woken = sorted({name for step in steps for name in step.woken})
    points = len({step.point.split("|")[0] for step in steps})
    looked = f"Looked at {show.number(points, 'value')} in {show.number(len(steps), 'form')}; "
    looked += f"detectors woken: {', '.join(woken)}." if woken else "their bytes woke no detector."
    hints = sorted({f"{c} {technique} ({sure})" for step in steps for c, technique, sure in step.hits})
    if event.verdict == "suspicious":
        return f"{looked} What was found is too little for an attack at this sensitivity."
    if event.verdict == "pass" and hints:
        return f"{looked} They said {', '.join(hints)}, which the policy excludes."
    if event.verdict == "pass" and woken:
        return f"{looked} None of them said anything."
    return looked


def show_steps(console: Console, steps: list[Step]) -> None:
    """Every form of every value, and what each class made of it."""
    console.print()
    for step in steps:
        size = show.number(step.length, "byte")
        console.print(Text.assemble((step.point, "bold"), f"  {step.place}, {step.trust}, {size}"))
        console.print(Padding(Text(step.shown), (0, 0, 0, 4)))
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", max_width=36, overflow="fold")
        grid.add_column(overflow="fold")
        told = [look for look in step.looks if look.said]
        for look in sorted(told, key=lambda look: -look.confidence):
            grid.add_row(Text(look.class_name, "yellow"), Text(verdict_of(look)))
        # Classes that say the same are told together.
        groups: dict[tuple[str, str], list[str]] = {}
        for look in step.looks:
            if not look.said:
                groups.setdefault((look.outcome, why_not(look)), []).append(look.class_name)
        for (_, reason), names in sorted(groups.items(), key=lambda group: OUTCOMES.index(group[0][0])):
            grid.add_row(Text(" ".join(names)), Text(reason, "dim"))
        console.print(Padding(grid, (0, 0, 0, 4)))


#: Outcomes without anything understood, in the order they are told.
OUTCOMES = ("silent", "not_woken", "disabled")


def why_not(look: Look) -> str:
    """Why a class that understood nothing did not."""
    if look.outcome == "silent":
        return f"no attack, read as: {look.tokens or '(nothing)'}"
    return look.reason


def verdict_of(look: Look) -> str:
    """What a class understood, and what became of it."""
    said = f"{look.technique}, {look.confidence} of 100"
    needed = f"an attack needs {look.line} at this sensitivity"
    lowered = look.said - look.confidence
    ends = {
        "attack": "an attack",
        "hint": f"a hint: {needed}",
        "lowered": f"a hint: {needed}",
        "excluded": "excluded by the policy",
    }
    if lowered:
        said += f" ({look.said} less {lowered}, as the form is decoded on a guess)"
    return f"{said}: {ends[look.outcome]}. {look.reason}. Read as: {look.tokens}"
