"""Attacks to mutate: the canonical ones, lists of payloads, and labelled requests.

What comes in: TOML or JSON lines. What goes out: attacks. What always holds: what cannot be used is told with its line and
value, and the rest is used.
"""

import json
import sys
from collections.abc import Iterator
from importlib import resources

from .model import CLASSES, PLACES, Attack

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: Classes of corpora that are parts of ours.
FINER = {"log4shell": "rce", "shellshock": "rce", "deserialization": "rce"}
FIELDS = frozenset(
    [
        "name",
        "class",
        "payload",
        "language",
        "languages",
        "place",
        "places",
        "parameter",
        "part",
        "value",
        "context",
        "content_type",
        "why",
    ]
)


class Unusable(ValueError):
    """An entry that is no attack; the text says why."""


def canonical() -> list[Attack]:
    """The attacks that come with the package, by class."""
    folder = resources.files(__package__) / "canonical"
    found = []
    for kind in CLASSES:
        file = folder / f"{kind}.toml"
        if file.is_file():
            found += list_of(tomllib.loads(file.read_text("utf-8")))
    return found


def list_of(document: dict) -> list[Attack]:
    """The attacks of a TOML document: `[[attack]]` tables, and what holds for all of them beside."""
    shared = {key: value for key, value in document.items() if key != "attack"}
    entries = document.get("attack")
    if not isinstance(entries, list) or not entries:
        raise Unusable("it has no [[attack]] table")
    attacks = []
    for number, entry in enumerate(entries, 1):
        try:
            attacks.append(attack_of({**shared, **entry}, f"attack-{number}"))
        except Unusable as e:
            raise Unusable(f"attack {number}: {e}") from None
    return attacks


def texts(record: dict, one: str, many: str) -> tuple[str, ...]:
    """A field that is one text or a list of texts."""
    value = record.get(many, record.get(one))
    if value is None:
        return ()
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
        raise Unusable(f"its {one} is {value!r}, expected a text or a list of texts")
    return tuple(values)


def attack_of(record: dict, name: str) -> Attack:
    """An attack of a list: payload and class, and what else is known."""
    if unknown := sorted(record.keys() - FIELDS):
        raise Unusable(f"the field '{unknown[0]}' is not known; known are {', '.join(sorted(FIELDS))}")
    for field in ("payload", "class"):
        if not isinstance(record.get(field), str) or not record[field]:
            raise Unusable(f"the field '{field}' is missing or no text")
    kind = kind_of(record["class"])
    places = []
    header = ""
    for place in texts(record, "place", "places") or ("query",):
        plain, _, name_of_header = place.partition(":")
        if plain not in PLACES:
            raise Unusable(f"its place is '{place}', expected one of {', '.join(PLACES)}, or header:NAME")
        places.append(plain)
        header = header or name_of_header
    part = record.get("part", "value")
    if part not in ("value", "name", "filename"):
        raise Unusable(f"its part is {part!r}, expected value, name or filename")
    return Attack(
        id=str(record.get("name") or name),
        kind=kind,
        payload=record["payload"],
        languages=frozenset(texts(record, "language", "languages")),
        places=tuple(places),
        parameter=header or str(record.get("parameter", "q")),
        part=part,
        value=str(record.get("value", "")),
        context=record.get("context"),
        content_type=str(record.get("content_type", "")),
    )


def kind_of(name: str) -> str:
    """The class of that name."""
    kind = FINER.get(name, name)
    if kind not in CLASSES:
        raise Unusable(f"its class is '{name}', expected one of {', '.join(CLASSES)}")
    return kind


def attack_of_request(record: dict, number: int) -> Attack:
    """An attack of a labelled request: its payload, at the place where it was."""
    if record.get("label") == "benign":
        raise Unusable("its label is benign: there is no attack to mutate")
    if not isinstance(record.get("payload"), str) or not record["payload"]:
        raise Unusable("the field 'payload' is missing: what of the request the attack is, nobody says")
    place, _, header = str(record.get("place", "query")).partition(":")
    if place in ("unknown", "none"):
        place = "query"
    if place not in PLACES:
        raise Unusable(f"its place is '{place}', expected one of {', '.join(PLACES)}, or header:NAME")
    types = {str(n).lower(): str(v) for n, v in record.get("headers") or ()}
    return Attack(
        id=str(record.get("id", f"line-{number}")),
        kind=kind_of(str(record.get("class", ""))),
        payload=record["payload"],
        places=(place,),
        parameter=header or "q",
        content_type=types.get("content-type", "") if place == "body" else "",
    )


def lines_of(lines: Iterator[tuple[int, str | bytes]]) -> Iterator[Attack | tuple[int, str]]:
    """The attacks of JSON lines; a number and a reason for a line that holds none."""
    for number, line in lines:
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            if not isinstance(record, dict):
                raise Unusable("it is no JSON object")
            yield attack_of_request(record, number) if "method" in record else attack_of(record, f"line-{number}")
        except RecursionError:
            yield number, "it is nested too deeply"
        except json.JSONDecodeError as e:
            yield number, f"{e.msg} at its character {e.pos}"
        except (ValueError, TypeError) as e:
            yield number, str(e)
