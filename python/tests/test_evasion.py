"""The evasion matrix: canonical attacks, written differently, are still found.

`sidewatch mutate --canonical --matrix -o docs/evasion.md` writes what this measures.
"""

from dataclasses import replace

import pytest

from sidewatch.mutate import MUTATIONS
from sidewatch.mutate.attacks import canonical
from sidewatch.mutate.chains import variants
from sidewatch.mutate.matrix import measure

#: Per cent that have to be found, over all and of each class.
BAR = 99.5
#: Classes that are not there yet, with what they reach: they must not fall. One that gets there leaves the list.
BELOW: dict[str, float] = {}
#: The same for two mutations in a row.
BELOW_CHAINED: dict[str, float] = {
    "sqli": 99.0,
    "rce": 97.3,
    "ptrav": 97.5,
    "ssti": 98.7,
    "ssrf": 99.0,
    "xxe": 98.9,
    "ldapi": 98.9,
    "xpath": 98.2,
    "crlf": 98.0,
    "proto_pollution": 98.6,
    "mass_assign": 98.9,
}
#: Canonical attacks that are not found as they are written.
UNFOUND: set[str] = set()


def judged(engine, depth: int, samples: int):
    attacks, mutations = canonical(), list(MUTATIONS.values())
    return measure(engine, (v for a in attacks for v in variants(a, mutations, depth, samples, "1")))


def check(matrix, below: dict[str, float]) -> None:
    print(matrix.text())
    fallen = {
        kind: f"{matrix.sum(kind).rate:.2f}" for kind in matrix.classes if matrix.sum(kind).rate < below.get(kind, BAR)
    }
    assert not fallen, fallen
    if there := [kind for kind in below if matrix.sum(kind).rate >= BAR]:
        print(f"at the bar, to be taken off the list: {', '.join(there)}")
    if not below:
        assert matrix.sum().rate >= BAR


def test_canonical_attacks_are_found_as_written(engine):
    matrix = measure(engine, canonical())
    assert {a.id for a in matrix.misses} <= UNFOUND


def test_attacks_are_found_under_every_mutation(engine):
    check(judged(engine, 1, 1), BELOW)


def test_attacks_are_found_under_two_mutations(engine):
    check(judged(engine, 2, 8), BELOW_CHAINED)


def test_the_engine_can_fail_the_matrix(engine):
    """The matrix is no constant: harmless text in the place of the payload is not found."""
    harmless = [
        replace(a, payload="pear", part="value", value="", parameter="note", places=("query",))
        for a in canonical()[:50]
    ]
    matrix = measure(engine, harmless)
    assert matrix.sum().found == 0 and len(matrix.misses) == 50


@pytest.mark.parametrize("size", ["1k", "64k", "1m"])
def test_padding_of_every_size_is_measured(size):
    names = [name for name in MUTATIONS if name.endswith(f"-{size}")]
    assert len(names) == 4
