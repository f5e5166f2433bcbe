"""The folder that a pull fills: its names, its bytes, and how it changes as a whole.

What the server says is kept word for word but for people, of whom only id and user name are kept, and
for the order of annotations inside a frame, which the server does not fix.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from labelwright.io import surrogates
from labelwright.io.atomic import writing
from labelwright.problems import DataError, Place, ProblemType

LOCKED = ProblemType(
    "cvat.folder-in-use",
    "Another pull works on the same folder",
    "another pull is filling {folder}",
    "Wait for it to end, or pull into another folder.",
)
FORMAT = "labelwright-cvat-1"
ABOUT, PROJECT, LABELS = "cvat.json", "project.json", "labels.json"
# Hidden, since it is no part of what was pulled: two pulls of the same work may differ in it.
CURSOR, OLD_CURSOR = ".cursor.json", "cursor.json"
TASKS = "tasks"
PERSONAL = frozenset(("email", "first_name", "last_name"))
_PERSON = ("id", "username")
_STAGE = ".pull-"


def task_file(task: int, name: str) -> str:
    """The name of one of a task's files: task.json, data_meta.json, jobs.json, validation_layout.json."""
    return f"{TASKS}/{task}/{name}.json"


def annotations_file(task: int, job: int) -> str:
    """The name of the file that holds a job's annotations."""
    return f"{TASKS}/{task}/annotations/job_{job}.json"


def data_folder(task: int) -> str:
    """The name of the folder that holds a task's images."""
    return f"{TASKS}/{task}/data"


def encode(value: Any, indent: int = 2) -> bytes:
    """JSON with sorted keys, so that equal values have equal bytes; ``indent`` 0 for one line."""
    return surrogates.encode(value, "sorted", indent) + b"\n"


def anonymous(value: Any) -> Any:
    """The value with people reduced to id and user name; a user name that is an e-mail address goes too."""
    if isinstance(value, list):
        return [anonymous(v) for v in value]
    if not isinstance(value, dict):
        return value
    if "username" in value:
        kept = {key: value[key] for key in _PERSON if key in value}
        return {**kept, "username": ""} if "@" in str(value["username"]) else kept
    return {key: anonymous(v) for key, v in value.items() if key not in PERSONAL}


def ordered(annotations: dict[str, Any]) -> dict[str, Any]:
    """A job's annotations with tags, shapes and tracks by frame and id, elements by id, attributes too."""
    return {key: _by_place(v) if isinstance(v, list) else v for key, v in annotations.items()}


_LISTS = frozenset(("elements", "shapes", "attributes"))


def _by_place(rows: list[Any]) -> list[Any]:
    if not all(isinstance(row, dict) for row in rows):
        return rows
    nested = [
        {k: _by_place(v) if k in _LISTS and isinstance(v, list) else v for k, v in row.items()}
        for row in rows
    ]
    return sorted(nested, key=lambda row: (row.get("frame") or 0, row.get("id") or row.get("spec_id") or 0))


def digest(data: bytes) -> str:
    """A short hash: 128 bits, in hexadecimal."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


class Staged:
    """New and gone files of a folder, which take effect together by ``commit``. A context manager.

    Files wait in a folder of their own below the target, closed, so that their number has no limit. A
    file that is there with the same bytes is left untouched.
    """

    def __init__(self, folder: Path) -> None:
        """Make the folder. Raises ``DataError`` if it cannot be written or another pull works on it."""
        self._folder = folder
        self._names: dict[str, None] = {}
        self.changed: set[str] = set()
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(folder)
            for left in folder.glob(f"{_STAGE}*"):  # of a pull that was killed
                shutil.rmtree(left, ignore_errors=True)
            self._stage = Path(tempfile.mkdtemp(prefix=_STAGE, dir=folder))

    def __enter__(self) -> Staged:
        """Nothing to do on the way in."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Remove what was not committed."""
        shutil.rmtree(self._stage, ignore_errors=True)
        os.close(self._lock)

    def temporary(self, name: str) -> Path:
        """A place for a file that is no part of the result."""
        return self._stage / f".{name}"

    def put(self, name: str, data: bytes) -> None:
        """Stage a file, unless it is there as it should be."""
        if self.holds(name, data):
            return
        path = self.place(name)
        with writing(self._folder / name), path.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def place(self, name: str) -> Path:
        """Where to write a file that is to become ``name``."""
        path = self._stage / name
        with writing(self._folder / name):
            path.parent.mkdir(parents=True, exist_ok=True)
        self._names[name] = None
        self.changed.add(name)
        return path

    def holds(self, name: str, data: bytes) -> bool:
        """Whether the folder has exactly these bytes under a name."""
        return self.read(name) == data

    def read(self, name: str) -> bytes | None:
        """What the folder has under a name, before any commit."""
        try:
            return (self._folder / name).read_bytes()
        except OSError:
            return None

    def size(self, name: str) -> int:
        """How many bytes the folder has under a name, before any commit; -1 if there is no such file."""
        path = self._folder / name
        return path.stat().st_size if path.is_file() else -1

    def commit(self, gone: Iterable[str]) -> None:
        """Rename every staged file into its place, the last one last; then remove the files ``gone``."""
        for name in self._names:
            target = self._folder / name
            with writing(target):
                target.parent.mkdir(parents=True, exist_ok=True)
                (self._stage / name).replace(target)
        for name in gone:
            path = self._folder / name
            with writing(path):
                path.unlink(missing_ok=True)
            for parent in path.relative_to(self._folder).parents[:-1]:
                with contextlib.suppress(OSError):  # others' files are in it
                    (self._folder / parent).rmdir()


def _locked(folder: Path) -> int:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise DataError(LOCKED.at(Place(source=str(folder)), folder=folder)) from None
    except OSError:  # some file systems know no locks
        pass
    return handle
