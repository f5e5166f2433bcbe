"""Gives the frames that items show, out of the server that holds them."""

from __future__ import annotations

import io
import re
from typing import Any

from labelwright.media.problems import TOO_MANY_BYTES
from labelwright.media.serverfiles import ServerFiles
from labelwright.media.sources import MOST_BYTES, Fault, Fetcher
from labelwright.problems import DataError, Place
from labelwright_plugins.cvat import errors
from labelwright_plugins.cvat.client import Client, connect
from labelwright_plugins.cvat.project import step_of
from labelwright_plugins.cvat.settings import settings

_KEY = re.compile(r"(?:^|/)(\d+)/(\d+)$")  # an item's key ends with its task and its absolute frame
KEPT = 64  # tasks whose frames are remembered


def open_fetcher(url: str | None = None) -> Fetcher:
    """A function that gives a frame's image by its name and the item's key.

    The server's address is ``url`` or the environment's, the log-in that of the environment. Raises
    ``UsageError`` without them, or without the SDK, ``DataError`` if the server refuses the log-in.
    """
    return Fetching(connect(settings(url)))


class Fetching(ServerFiles[Client]):
    """Asks the configured server alone. Frames come in their original quality."""

    missing = errors.NOT_FOUND
    faults = (errors.FORBIDDEN, errors.NOT_AN_ANSWER, errors.REFUSED, errors.SERVER_ERROR)

    def __init__(self, client: Client, most: int = MOST_BYTES) -> None:
        """Images of more than ``most`` bytes are refused."""
        super().__init__(client, most)
        self._tasks: dict[int, dict[str, Any] | None] = {}

    def __call__(self, uri: str, place: Place) -> bytes | None:
        """The image of the item at ``place``; None if the server has none of that name there.

        Raises ``Fault`` if the server will not give it, ``DataError`` if it is not to be used.
        """
        key = _KEY.search(place.item)
        if key is None or not self._ours(place.item):
            return None
        task, absolute = int(key[1]), int(key[2])
        meta = self._meta(task)
        number = None if meta is None else frame_of(meta, absolute, uri)
        if number is None:
            return None
        target = io.BytesIO()
        path = f"/api/tasks/{task}/data/?type=frame&number={number}&quality=original"
        try:
            fits = self._client.download(path, target, self._most)
        except DataError as error:
            self._absent(error)
            return None
        if not fits:
            raise Fault(TOO_MANY_BYTES, size=f"more than {self._most}", limit=self._most)
        return target.getvalue()

    def _ours(self, item: str) -> bool:
        """Whether an item's key names this server, or none: another's tasks have the same numbers."""
        return "://" not in item or item.startswith(f"{self._client.url}/")

    def _meta(self, task: int) -> dict[str, Any] | None:
        """What the server says of a task's frames; None if it has no such task."""
        if task not in self._tasks:
            if len(self._tasks) >= KEPT:
                self._tasks.pop(next(iter(self._tasks)))
            self._tasks[task] = self._client.find(f"/api/tasks/{task}/data/meta")
        return self._tasks[task]


def frame_of(meta: dict[str, Any], absolute: int, name: str) -> int | None:
    """The task's own number of an absolute frame; None if it is not there, or is another image's.

    A film's frames have made-up names; of images, the name must be the one that the server has.
    """
    step = step_of(str(meta.get("frame_filter") or ""))
    number, rest = divmod(absolute - int(meta.get("start_frame") or 0), step)
    size, frames = int(meta.get("size") or 0), meta.get("frames") or []
    if rest or not 0 <= number < size or number in (meta.get("deleted_frames") or ()):
        return None
    if len(frames) == size and frames[number].get("name") != name:
        return None
    return number
