"""The files of items, where a predictor's configuration says that they are."""

from __future__ import annotations

import importlib
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from labelwright.contracts import Files
from labelwright.media.names import shown
from labelwright.media.places import Places
from labelwright.media.problems import NOT_FETCHED
from labelwright.media.sources import MOST_BYTES, Fault, Fetcher, contents
from labelwright.predicting import problems as p
from labelwright.problems import DataError, Place, Problem, UsageError
from labelwright.records import Item
from labelwright.registry import media_fetchers

KEPT = 64_000_000  # bytes of files that are kept for when a batch is asked once more, item by item
SECONDS = 60.0  # how long it is remembered that a file cannot be had


class PlaceFiles:
    """See ``contracts.Files``. The places are opened when the first file is asked for.

    As a context manager it opens them at once, and closes what it opened.
    """

    def __init__(
        self,
        media: Sequence[str],
        fetcher: str = "",
        url: str = "",
        most: int = MOST_BYTES,
        tools: Sequence[str] = (),
        allow_private: bool = False,
        patience: float | None = None,
    ) -> None:
        """``fetcher``: ``module:function`` that opens a tool's server; ``most``: bytes of a file.

        ``tools``: those by name that their own environment variables open. ``allow_private``: addresses of
        private networks may be asked. ``patience``: seconds to wait for one file, however it comes; whoever
        asks would be ended else.
        """
        self._media, self._fetcher, self._url, self._most = media, fetcher, url, most
        self._tools, self._allow_private, self._patience = tools, allow_private, patience
        self._places: Places | None = None
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._failed: OrderedDict[tuple[str, str], tuple[float, Problem]] = OrderedDict()
        self._held = 0

    def __enter__(self) -> PlaceFiles:
        """Open the places. Raises ``UsageError`` for one that cannot be."""
        self._opened()
        return self

    def __exit__(self, *exc: object) -> None:
        """Close connections."""
        if self._places is not None:
            self._places.close()

    def read(self, item: Item, uri: str) -> bytes:
        """A file's bytes. Raises ``DataError`` that says why they cannot be had."""
        key = (str(item.key), uri)
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                return known
            until, problem = self._failed.get(key, (0.0, None))
        if problem is not None and time.monotonic() < until:
            raise DataError(problem)
        try:
            data = self._in_time(item, uri)
        except DataError as error:
            self._remember(key, error.problem)
            raise
        self._keep(key, data)
        return data

    def _in_time(self, item: Item, uri: str) -> bytes:
        """``_read``, given up after a while: what comes late is let go of."""
        if self._patience is None:
            return self._read(item, uri)
        found: list[bytes] = []
        wrong: list[BaseException] = []

        def read() -> None:
            try:
                found.append(self._read(item, uri))
            except BaseException as error:  # raised where it is waited for
                wrong.append(error)

        thread = threading.Thread(target=read, name="read a file", daemon=True)
        thread.start()
        thread.join(self._patience)
        if wrong:
            raise wrong[0]
        if found:
            return found[0]
        reason = f"it took more than {self._patience:g} s"
        raise DataError(NOT_FETCHED.at(Place(item=str(item.key)), uri=shown(uri), reason=reason))

    def _read(self, item: Item, uri: str) -> bytes:
        place = Place(item=str(item.key))
        try:
            return contents(self._opened().find(uri, place), self._most)
        except Fault as fault:
            raise DataError(fault.kind.at(place, **{"uri": shown(uri), **fault.what})) from None
        except UsageError as error:
            raise DataError(p.NO_FILES.at(place, reason=str(error))) from None

    def _opened(self) -> Places:
        with self._lock:
            if self._places is None:
                fetchers: list[Fetcher] = media_fetchers(self._tools) if self._tools else []
                if self._fetcher:
                    module, _, attribute = self._fetcher.partition(":")
                    opened: Fetcher = getattr(importlib.import_module(module), attribute)(self._url)
                    fetchers.append(opened)
                self._places = Places(self._media, fetchers, self._allow_private)
            return self._places

    def _keep(self, key: tuple[str, str], data: bytes) -> None:
        with self._lock:
            if key not in self._kept and len(data) <= KEPT:
                self._kept[key] = data
                self._held += len(data)
            while self._held > KEPT:
                _, gone = self._kept.popitem(last=False)
                self._held -= len(gone)

    def _remember(self, key: tuple[str, str], problem: Problem) -> None:
        with self._lock:
            self._failed[key] = (time.monotonic() + SECONDS, problem)
            while len(self._failed) > 1000:
                self._failed.popitem(last=False)


class HeldFiles:
    """Files that came with a question; others are read where all are."""

    def __init__(self, held: Mapping[str, bytes], others: Files) -> None:
        """``held``: bytes by address."""
        self._held, self._others = held, others

    def read(self, item: Item, uri: str) -> bytes:
        """A file's bytes. Raises ``DataError`` that says why they cannot be had."""
        return self._held[uri] if uri in self._held else self._others.read(item, uri)
