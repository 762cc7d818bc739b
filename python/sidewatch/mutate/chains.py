"""Which mutations an attack goes through."""

from collections.abc import Iterator, Sequence
from random import Random

from .model import Attack, Mutation
from .requests import possible


def apply(attack: Attack, chain: Sequence[Mutation], seed: str) -> Attack | None:
    """The attack after all mutations of a chain; None where one does not apply."""
    made: Attack | None = attack
    for mutation in chain:
        made = mutation.apply(made, seed)
        if made is None:
            return None
    return made if possible(made) else None


def variants(attack: Attack, mutations: Sequence[Mutation], depth: int, samples: int, seed: str) -> Iterator[Attack]:
    """The attack mutated: by each mutation once at depth 1, by `samples` random chains at greater depths."""
    fitting = [m for m in mutations if attack.kind in m.classes]
    if depth == 1:
        for mutation in fitting:
            if made := apply(attack, [mutation], seed):
                yield made
        return
    rng, seen = Random(f"{seed} {attack.id} chains"), set()
    # Most chains of two do not fit together: more are drawn than wanted.
    for _ in range(samples * 20):
        if len(seen) == samples or len(fitting) < depth:
            return
        chain = rng.sample(fitting, depth)
        names = tuple(m.name for m in chain)
        if names not in seen and (made := apply(attack, chain, seed)):
            seen.add(names)
            yield made
