"""Runs the loops, each in a thread of its own: one that fails is told of and comes round again."""

from __future__ import annotations

import importlib
import logging
import math
import pkgutil
import threading
import time
import traceback

from sqlalchemy.exc import SQLAlchemyError

from labelwright.service import loops
from labelwright.service.context import Service
from labelwright.service.loop import Loop

log = logging.getLogger(__name__)

SAID_EVERY = 60.0  # seconds between two lines on a loop that fails in the same way


class Clock:
    """All loops of one process."""

    def __init__(self, service: Service) -> None:
        """Find the loops."""
        self._service = service
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._go, args=(loop,), name=f"loop-{loop.name}", daemon=True)
            for loop in _loops()
            if loop.every(service) > 0
        ]

    def start(self) -> None:
        """Begin all."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float) -> None:
        """Let each end its round within some seconds; one that does not ends with the process."""
        self._stop.set()
        end = time.monotonic() + seconds
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, end - time.monotonic()))

    def _go(self, loop: Loop) -> None:
        before, said = "", -math.inf
        while not self._stop.is_set():
            why = self._round(loop)
            now = time.monotonic()
            if why and (why != before or now - said > SAID_EVERY):
                log.error("loop %s failed; it comes round again: %s", loop.name, why)
                said = now
            before = why
            self._stop.wait(loop.every(self._service))

    def _round(self, loop: Loop) -> str:
        """One round; why it failed, if it did, with a trace unless it was the database or the disk.

        A disk that is full has no room for a trace each second.
        """
        try:
            loop.run(self._service)
        except (SQLAlchemyError, OSError) as error:
            return f"{type(error).__name__}: {str(getattr(error, 'orig', '') or error).partition(chr(10))[0]}"
        except Exception as error:
            return "".join(traceback.format_exception(error))
        return ""


def _loops() -> list[Loop]:
    found = []
    for info in sorted(pkgutil.iter_modules(loops.__path__), key=lambda i: i.name):
        if not info.name.startswith("_"):
            found.append(importlib.import_module(f"{loops.__name__}.{info.name}").loop)
    return found
