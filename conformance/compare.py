"""Finds what differs between the event of a door and the reference, and must not."""

import json

from .cases import Case, digest, summary
from .rules import FieldRule, Rules

REFERENCE = "rust-connection"
RANK = ("pass", "suspicious", "attack")

SAME, EXCUSED, DIFFERENT = "same", "excused", "different"


def flat(event: dict) -> dict:
    """An event as paths and values; findings by number."""
    out = {}
    for name, value in event.items():
        if name == "findings":
            out |= {f"findings[{i}].{k}": v for i, f in enumerate(value) for k, v in f.items()}
        elif isinstance(value, dict):
            out |= {f"{name}.{k}": v for k, v in value.items()}
        else:
            out[name] = value
    return out


def concerns(rule: FieldRule, path: str) -> bool:
    """Whether a rule is about this path."""
    return path == rule.path or path.startswith(rule.path + ".")


def is_blocked(event: dict) -> bool:
    """Whether the server has answered an attack itself."""
    return event["verdict"] == "attack" and event.get("response", {}).get("status") == 403


def allowed(rule: FieldRule, event: dict, got, wanted) -> bool:
    """Whether a rule allows the difference, and notes what of it was needed. None stands for an absent field."""
    match rule.kind:
        case "added":
            fits = wanted is None
        case "absent":
            fits = got is None
        case "is":
            fits = got in rule.values
        case "blocked":
            fits = is_blocked(event)
        case _:
            return False
    if fits:
        rule.used.add("")
    return fits


def listed(rules: list[FieldRule], got: list, wanted: list) -> tuple[list, list]:
    """What is missing in a list and what is too much, but for what the rules name."""
    missing, extra = [v for v in wanted if v not in got], [v for v in got if v not in wanted]
    for rule in rules:
        if rule.kind == "without":
            rule.used |= rule.values & set(missing)
            missing = [v for v in missing if v not in rule.values]
    return missing, extra


def event_differences(door: str, got: dict, wanted: dict, rules: Rules) -> list[str]:
    """What differs between two events, for a person."""
    out, event = [], got
    if got["verdict"] == "attack" and "response" in got and not is_blocked(got):
        out += [
            f"an attack was answered with {show(got['response'])}" for r in rules.of_door(door) if r.kind == "blocked"
        ]
    found, expected = [digest(f) for f in got["findings"]], [digest(f) for f in wanted["findings"]]
    if found != expected:
        missing, extra = [f for f in expected if f not in found], [f for f in found if f not in expected]
        out.append("findings: " + ", ".join([f"without `{m}`" for m in missing] + [f"with `{e}`" for e in extra]))
        got, wanted = got | {"findings": []}, wanted | {"findings": []}
    got, wanted = flat(got), flat(wanted)
    for path in [*wanted, *(p for p in got if p not in wanted)]:
        a, b = got.get(path), wanted.get(path)
        if a == b:
            continue
        about = [r for r in rules.of_door(door) if concerns(r, path)]
        if any(allowed(r, event, a, b) for r in about):
            continue
        if isinstance(a, list) and isinstance(b, list):
            missing, extra = listed(about, a, b)
            if missing or extra:
                out.append(f"{path}: " + ", ".join([f"without {m}" for m in missing] + [f"with {e}" for e in extra]))
            elif not set(a) ^ set(b):
                out.append(f"{path}: in another order")
            continue
        out.append(f"{path}: {show(a)}, not {show(b)}")
    return out


def show(value) -> str:
    """A value, shortened."""
    text = "absent" if value is None else repr(value)
    return text if len(text) <= 120 else text[:117] + "..."


def differences(door: str, got: list[dict], wanted: list[dict], rules: Rules) -> list[str]:
    """What differs between the events of a door and those of the reference."""
    if len(got) != len(wanted):
        return [f"{len(got)} events, not {len(wanted)}"]
    numbered = [
        (f"event {i + 1}: " if len(got) > 1 else "", a, b) for i, (a, b) in enumerate(zip(got, wanted, strict=True))
    ]
    return [prefix + d for prefix, a, b in numbered for d in event_differences(door, a, b, rules)]


def expectation(case: Case, got: list[dict]) -> list[str]:
    """What differs between events and what the case says."""
    told = [summary(e) for e in got]
    if len(told) != len(case.events):
        return [f"{len(told)} events, the case has {len(case.events)}"]
    return secrets(case, got) + [
        f"{k}: {show(a[k])}, the case says {show(b[k])}"
        for a, b in zip(told, case.events, strict=True)
        for k in b
        if a[k] != b[k]
    ]


def secrets(case: Case, got: list[dict]) -> list[str]:
    """The secrets of a case that its events show."""
    text = json.dumps(got, ensure_ascii=False)
    return [f"shows the secret {s!r}" for s in case.secrets if s in text]


def strongest(events: list[dict]) -> tuple[str, set[str]]:
    """The highest verdict of several events, and the classes of those that have it."""
    top = max((e["verdict"] for e in events), key=RANK.index, default="pass")
    return top, {c for e in events if e["verdict"] == top for c in e["classes"]}


def held(kind: str, got: list[dict], wanted: list[dict]) -> list[str]:
    """What of an excused case does not hold at a door."""
    if kind == "nothing" and got:
        return [f"{len(got)} events where none was expected: the excuse is out of date"]
    told, expected = strongest(got), strongest(wanted)
    if (kind == "classes" and told != expected) or (kind == "verdict" and told[0] != expected[0]):
        return [f"{show(told)}, not {show(expected)}"]
    return []


def judge(door: str, case: Case, got: list[dict], wanted: list[dict], rules: Rules) -> tuple[str, list[str]]:
    """How a door did in a case, and what is wrong."""
    excuse = rules.reason(door, case.unlike)
    shown = secrets(case, got)
    if excuse is None:
        found = shown + differences(door, got, wanted, rules)
        return (DIFFERENT if found else SAME), found
    excuse.used = True
    if excuse.held == "request":
        found = shown + differences(door, without_response(got), without_response(wanted), rules)
    else:
        found = shown + held(excuse.held, got, wanted)
    if not (found or excuse.sometimes or differences(door, got, wanted, rules)):
        found = [f"nothing differs: the excuse `{excuse.name}` is out of date"]
    return (DIFFERENT if found else EXCUSED), found


def without_response(events: list[dict]) -> list[dict]:
    """The events without what they tell of responses."""
    return [{k: v for k, v in e.items() if k != "response"} for e in events]
