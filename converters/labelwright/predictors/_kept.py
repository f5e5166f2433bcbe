"""What predictors of texts share: modules of extras, the words of an item, and what is kept of lessons."""

from __future__ import annotations

import hashlib
import importlib
import os
import tempfile
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from labelwright.contracts import Asked, Query
from labelwright.predictors._extras import needed
from labelwright.problems import DataError, ProblemType, UsageError
from labelwright.records import Item

Kept = TypeVar("Kept")
DIGITS = 4  # of scores: batches of other sizes may differ behind them

NO_FOLDER = ProblemType(
    "predictor.nothing-kept",
    "A predictor has no folder to keep what it learns in",
    "{predictor} has no folder to keep what it learns in",
    "Give it one: where it is served, the service's state folder does.",
)


def loaded(module: str, extra: str) -> Any:
    """A module of an extra. Raises ``UsageError`` if it is not installed."""
    needed(extra, module.partition(".")[0])
    return importlib.import_module(module)


def words(query: Query, asked: Asked, control: str, most: int) -> str:
    """The text that a control is about, its first ``most`` characters: of the input it names, or of all.

    Halves of surrogate pairs, which no encoder takes, become question marks.
    """
    return worded(query.item, asked, control, most)


def worded(item: Item, asked: Asked, control: str, most: int) -> str:
    """``words`` of an item."""
    named = asked.template.controls[control].input
    names = [named] if named in asked.inputs else asked.inputs
    found = [value for n in names if isinstance(value := item.inputs.get(n), str) and value]
    return "\n".join(found)[:most].encode("utf-8", "replace").decode()


def keep(asked: Asked, file: str, learnt: Any, predictor: str) -> str:
    """Write what was learnt, whole or not at all; its version. Raises ``DataError``."""
    place = asked.place
    if place is None:
        raise DataError(NO_FOLDER.at(predictor=predictor))
    data = msgspec.msgpack.encode(learnt)
    place.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=f"{file}.", suffix=".new", dir=place)
    new = Path(name)
    try:
        with os.fdopen(number, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        new.replace(place / file)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    return digest(data)


def kept(asked: Asked, file: str, kind: type[Kept]) -> tuple[Kept | None, str]:
    """What was learnt before, and its version. Raises ``UsageError`` for a file that cannot be read."""
    path = asked.place / file if asked.place else None
    if path is None or not path.exists():
        return None, ""
    try:
        data = path.read_bytes()
        return msgspec.msgpack.decode(data, type=kind), digest(data)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", "") or "it is none of ours, or of another version"
        raise UsageError(f"cannot read {path}: {reason}; take it away to learn anew") from None


def digest(*parts: bytes) -> str:
    """A version made of bytes; empty where there are none."""
    whole = hashlib.sha256(b"".join(parts))
    return whole.hexdigest()[:8] if any(parts) else ""


def fingerprint(asked: Asked, file: str) -> str:
    """The version of what was learnt before; empty if nothing was. Raises ``OSError``."""
    path = asked.place / file if asked.place else None
    return digest(path.read_bytes()) if path is not None and path.exists() else ""
