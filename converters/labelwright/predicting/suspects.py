"""Items at which a predictor's process ended, so that they end none a second time."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict

from labelwright.contracts import Query
from labelwright.predicting import problems as p
from labelwright.problems import Place, Problem

MOST = 1000
SECONDS = 3600.0


class Suspects:
    """Remembers the newest ``MOST`` of them for ``SECONDS``, by what was sent."""

    def __init__(self) -> None:
        """None yet."""
        self._lock = threading.Lock()
        self._all: OrderedDict[bytes, tuple[float, str]] = OrderedDict()

    def add(self, packed: bytes, how: str) -> None:
        """Remember what was sent, and how the process ended."""
        with self._lock:
            self._all[_digest(packed)] = (time.monotonic() + SECONDS, how)
            while len(self._all) > MOST:
                self._all.popitem(last=False)

    def refused(self, packed: bytes, query: Query, predictor: str) -> Problem | None:
        """Why a query is not asked; None if it is."""
        if not self._all:
            return None
        key = _digest(packed)
        with self._lock:
            until, how = self._all.get(key, (0.0, ""))
            if until < time.monotonic():
                self._all.pop(key, None)
                return None
        return p.REFUSED.at(Place(item=str(query.item.key)), predictor=predictor, how=how)


def _digest(packed: bytes) -> bytes:
    return hashlib.sha256(packed).digest()
