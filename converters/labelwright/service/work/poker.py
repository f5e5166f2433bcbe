"""Asks for rebuilds after deliveries: many deliveries of a project are one request now and then.

Each request is a write in the workflow engine's tables, of which a busy project would make hundreds a
second; the inbox alone is written for every delivery.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

LEAST, MOST = 0.1, 1.0  # seconds between two requests for a project


class Poker:
    """A thread that asks for what has been poked. What it cannot ask for, it asks for again."""

    def __init__(self, ask: Callable[[str, str], None], quiet: float) -> None:
        """``ask`` takes project and reason. ``quiet``: the seconds that a rebuild waits for."""
        self._ask = ask
        self._pause = min(max(quiet / 4, LEAST), MOST)
        self._lock, self._poked = threading.Lock(), set[str]()
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="poker", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what was poked and not asked for is found by the sweep."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def poke(self, projects: set[str]) -> None:
        """Remember projects; returns at once."""
        with self._lock:
            self._poked |= projects
        self._wake.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait()
            self._wake.clear()
            with self._lock:
                poked, self._poked = self._poked, set()
            for project in sorted(poked):
                try:
                    self._ask(project, "webhook")
                except Exception as error:  # the database is away: the deliveries stay new
                    log.warning("a rebuild of %s could not be asked for: %s", project, type(error).__name__)
                    self.poke({project})
            self._stop.wait(self._pause)
