"""One set of cases through every door: the same event comes out, but for what docs/conformance.md says.

cases.py reads core/testdata/conformance; each module of doors/ plays the cases through some doors; rules.py reads what may differ
from docs/conformance.md; compare.py finds what differs and must not. `make conformance` runs it.
"""
