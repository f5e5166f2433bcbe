"""Keeps the search for unreachable objects out of the way of requests."""

from __future__ import annotations

import gc

YOUNG = 20_000  # new objects between two searches for those that nobody can reach


def settle() -> None:
    """Look no more through what is there for good; to be called when everything is up.

    Requests that wait for a commit keep their objects meanwhile. By default each few hundred of them would
    start a search, and now and then one through every object of every library.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
