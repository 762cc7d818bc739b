"""`python -m conformance`: plays the cases through the doors, prints the matrix, fails on a difference that is not documented."""

import argparse
import json
import sys
import time
from importlib import import_module

from . import cases as case_files
from . import compare, rules
from .doors import Closed

MODULES = ("programs", "package", "pcap", "nginx", "envoy")
MARKS = {compare.SAME: "=", compare.EXCUSED: "o", compare.DIFFERENT: "X"}
SHOWN = 100  # differences printed
REPORT = case_files.ROOT / "target/conformance.json"


def arguments(names: list[str]) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m conformance",
        description="Plays the cases of core/testdata/conformance through every door and compares the events.",
        epilog="Exit status: 0 the same verdict everywhere, 1 an undocumented difference, 2 a door or a file could not be used.",
    )
    parser.add_argument(
        "--door", action="append", metavar="NAME", help=f"only this door, may be repeated: {', '.join(names)}"
    )
    parser.add_argument(
        "--case", action="append", metavar="TEXT", help="only cases whose name holds TEXT, may be repeated"
    )
    parser.add_argument(
        "--cut", type=int, metavar="BYTES", help="cut every request into pieces of this size, instead of its own pieces"
    )
    parser.add_argument("--record", action="store_true", help="write the events of the reference into the case files")
    parser.add_argument("--events", action="store_true", help="print every event instead of the matrix")
    parser.add_argument("--quiet", action="store_true", help="print the summary of each door only")
    asked = parser.parse_args()
    if asked.cut is not None and asked.cut < 1:
        parser.error(f"a piece has at least one byte, not {asked.cut}")
    if unknown := [d for d in asked.door or () if d not in names]:
        parser.error(f"no such door: {', '.join(unknown)} (there are {', '.join(names)})")
    return asked


def main() -> int:
    """Runs it."""
    modules = [import_module(f".doors.{m}", __package__) for m in MODULES]
    names = [d for m in modules for d in m.DOORS]
    asked = arguments(names)
    try:
        cases, known = case_files.load(), rules.load()
        cases = [c for c in cases if not asked.case or any(text in c.name for text in asked.case)]
        if asked.cut:
            cases = [c.cut(asked.cut) for c in cases]
        if not cases:
            raise case_files.CaseError("no case has such a name")
        if missing := {u for c in cases for u in c.unlike} - {r.name for r in known.reasons}:
            raise case_files.CaseError(f"reasons that docs/conformance.md does not have: {', '.join(sorted(missing))}")
        wanted = [n for n in names if n == compare.REFERENCE or n in (asked.door or ([] if asked.record else names))]
        events, seconds = collect(modules, cases, wanted)
    except (case_files.CaseError, rules.RuleError, Closed, OSError) as e:
        print(f"conformance: {e}", file=sys.stderr)
        return 2
    if asked.record:
        case_files.record(events[compare.REFERENCE])
        return 0
    if asked.events:
        for case in cases:
            for door in wanted:
                for event in events[door].get(case.name, []):
                    print(f"{door}\t{case.name}\t{json.dumps(event, ensure_ascii=False)}")
        return 0
    outcome = judge(cases, wanted, events, known)
    whole = wanted == names and not asked.case
    stale = unused(known) if whole else []
    report(cases, wanted, outcome, stale, seconds, asked.quiet)
    return 1 if stale or any(problems for _, problems in outcome.values()) else 0


def collect(modules, cases, wanted):
    """The events of every door, and how long each module took."""
    events, seconds = {}, {}
    for module in modules:
        doors = [d for d in wanted if d in module.DOORS]
        if doors:
            begin = time.monotonic()
            events |= module.play(cases, doors)
            seconds[module.__name__.rsplit(".", 1)[1]] = round(time.monotonic() - begin, 1)
    return events, seconds


def judge(cases, doors, events, known):
    """How each door did in each case: `{(case, door): (mark, problems)}`."""
    outcome = {}
    for case in cases:
        reference = events[compare.REFERENCE].get(case.name, [])
        for door in doors:
            got = events[door].get(case.name, [])
            if door == compare.REFERENCE:
                problems = compare.expectation(case, got)
                outcome[case.name, door] = (compare.DIFFERENT if problems else compare.SAME, problems)
            else:
                outcome[case.name, door] = compare.judge(door, case, got, reference, known)
    return outcome


def unused(known: rules.Rules) -> list[str]:
    """Rows of the page that no case needed."""
    out = []
    for rule in known.fields:
        needed = rule.values if rule.kind == "without" else {""}
        if needed - rule.used:
            left = ", ".join(sorted(needed - rule.used - {""}))
            out.append(f"docs/conformance.md: no case needs the row {rule.row}" + (f" ({left})" if left else ""))
    out += [
        f"docs/conformance.md: no case needs the reason {r.name} for {', '.join(r.doors)}"
        for r in known.reasons
        if not r.used
    ]
    return out


def report(cases, doors, outcome, stale, seconds, quiet) -> None:
    """Prints the matrix and writes the report."""
    if not quiet:
        width = max(len(c.name) for c in cases)
        for i, door in enumerate(doors):
            print(f"{'':{width}} {'| ' * i}{door}")
        for case in cases:
            print(f"{case.name:{width}} {' '.join(MARKS[outcome[case.name, d][0]] for d in doors)}")
        print("\n= the same   o cannot carry it, as documented   X differs\n")
    counts = {d: {m: sum(outcome[c.name, d][0] == m for c in cases) for m in MARKS} for d in doors}
    for door, count in counts.items():
        print(f"{door:18} {count['same']:4} the same {count['excused']:4} documented {count['different']:4} different")
    told = [f"{door}: {case}: {p}" for (case, door), (_, problems) in outcome.items() for p in problems] + stale
    for problem in told[:SHOWN]:
        print(f"X {problem}")
    if len(told) > SHOWN:
        print(f"X and {len(told) - SHOWN} more, which {REPORT.relative_to(case_files.ROOT)} has")
    REPORT.parent.mkdir(exist_ok=True)
    written = {
        "cases": len(cases),
        "seconds": seconds,
        "doors": counts,
        "matrix": {c.name: {d: outcome[c.name, d][0] for d in doors} for c in cases},
        "differences": [{"case": c, "door": d, "problems": p} for (c, d), (_, p) in outcome.items() if p],
        "out_of_date": stale,
    }
    REPORT.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
