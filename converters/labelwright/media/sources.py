"""What places give: a file on disk or its bytes, or why there is none."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct

from labelwright.media import problems as p
from labelwright.problems import Place, ProblemType

MOST_BYTES = 256_000_000  # of a file that is held in memory: an image
Fetcher: TypeAlias = Callable[[str, Place], bytes | None]


class Fault(Exception):
    """A file cannot be used. Turned into a problem at the item's place."""

    def __init__(self, kind: ProblemType, /, **what: Any) -> None:
        """Carry what the problem's message needs, the address apart."""
        super().__init__(kind.code)
        self.kind, self.what = kind, what


class Found(Struct):
    """A file: on disk at ``path``, or as ``data``; ``name`` is its path from the place it was found in.

    ``own``: it belongs to the item that asked, and another's of the same address may be another.
    ``elsewhere``: it was taken for its name alone, and lies in another folder than the address says.
    ``twin``: another address for which the same file was taken for its name alone.
    """

    name: str
    path: Path | None = None
    data: bytes = b""
    own: bool = False
    elsewhere: bool = False
    twin: str = ""


def opened(path: Path) -> int:
    """A descriptor of a regular file. Raises ``Fault``."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise Fault(p.MISSING) from None
    except OSError as error:
        if path.is_dir():
            raise Fault(p.NOT_A_FILE) from None
        raise Fault(p.UNREADABLE, reason=error.strerror) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Fault(p.NOT_A_FILE)
    return handle


def contents(found: Found, most: int = MOST_BYTES) -> bytes:
    """The bytes of a file that has at most ``most``. Raises ``Fault``."""
    if found.path is None:
        if len(found.data) > most:
            raise Fault(p.TOO_MANY_BYTES, size=len(found.data), limit=most)
        return found.data
    handle = opened(found.path)
    try:
        size = os.fstat(handle).st_size
        if size > most:
            raise Fault(p.TOO_MANY_BYTES, size=size, limit=most)
        # One read of the whole: a file object would copy once more.
        data = os.read(handle, size + 1)
        while len(data) < size and (more := os.read(handle, size + 1 - len(data))):
            data += more
    except OSError as error:
        raise Fault(p.UNREADABLE, reason=error.strerror) from None
    finally:
        os.close(handle)
    return data
