"""Writes attacks differently so that the attacked interpreter does the same, and measures what is still found.

What comes in: attacks, as payloads with a class or as labelled requests. What goes out: mutated requests that `sidewatch
eval` and other engines' runners read, or the share that is found. What always holds: a mutation preserves what the payload
does, and names the source that says so; the same seed gives the same requests. To add one: a function in the file of its
family, under the decorator `mutation`; a new family is a file and its name below.
"""

from . import (
    code,
    encodings,
    graphql,
    html,
    includes,
    lines,
    names,
    padding,
    paths,
    probes,
    prompts,
    queries,
    script,
    shell,
    sql_layout,
    sql_values,
    templates,
    tokens,
    uploads,
    urls,
    windows,
    wire,
    xml,
)
from .model import CLASSES, MUTATIONS, PLACES, Attack, Mutation

#: The families, in the order in which they are listed.
FAMILIES = (
    sql_layout, sql_values, queries, html, script, shell, windows, code, templates, paths, urls, xml, includes, lines,
    names, uploads, tokens, graphql, prompts, probes, wire, encodings, padding,
)  # fmt: skip

__all__ = ["CLASSES", "FAMILIES", "MUTATIONS", "PLACES", "Attack", "Mutation"]
