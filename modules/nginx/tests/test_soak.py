"""A short soak; `make soak` does it with a million requests."""

import soak


def test_memory_is_flat(nginx):
    assert soak.soak(nginx, 100_000) == []
