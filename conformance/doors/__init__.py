"""The doors: each module plays cases through some of them.

A module has `DOORS`, the names of its doors, and `play(cases, doors)`, which gives `{door: {case name: [event, ...]}}`. A door that
cannot be opened raises `Closed`. To add a door: a module here, its name in `MODULES`, its rows in docs/conformance.md.
"""


class Closed(Exception):
    """A door cannot be opened: a server or a build is missing, or it did not start."""


Events = dict[str, dict[str, list[dict]]]
