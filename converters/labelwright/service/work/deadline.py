"""An end to what a tool's server may take: one that drips must not hold a worker for hours."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator

from labelwright.problems import Problem, ProblemType

FETCH_TOO_LONG = ProblemType(
    "service.fetch-too-long",
    "A tool took too long to give a project",
    "reading the project from {url} took more than {seconds:g} s, and was ended",
    "See whether the server is well and how fast it answers; a project that needs longer wants more of "
    "service.fetch_within. It is tried again.",
)


@contextlib.contextmanager
def fetching(url: str, seconds: float, give_up: Callable[[Problem], None]) -> Iterator[None]:
    """End the process if the block takes longer, after ``give_up`` has been told why.

    Nothing else ends a read that gets a byte now and then; a kill at any moment loses nothing.
    """

    def end() -> None:
        try:
            give_up(FETCH_TOO_LONG.at(url=url, seconds=seconds))
        finally:
            os._exit(0)

    timer = threading.Timer(min(seconds, threading.TIMEOUT_MAX), end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
