"""What is said of an input that names no file, and what a file says of its image."""

from __future__ import annotations

from typing import Any

from labelwright.problems import DataError, Place, ProblemType
from labelwright.records import Item

NO_FILE = ProblemType(
    "predictor.no-file",
    "A predictor needs a file that an item does not name",
    "input {name!r} names no file: it is {found}",
    "Give the item the address of its image, film or sound.",
)


def unread(item: Item, name: str, value: Any) -> DataError:
    """The error for an input without a file."""
    found = "empty" if value in ("", None) else "an address" if isinstance(value, str) else "no text"
    return DataError(NO_FILE.at(Place(item=str(item.key), path=name), name=name, found=found))


def upright(data: bytes) -> tuple[int, int] | None:
    """Width and height of an image as it stands upright, by its headers; None where they do not tell."""
    from labelwright.geometry.reframe import turned_size
    from labelwright.io import pictures

    picture = pictures.look(data)
    if picture is None or not picture.width or not picture.height:
        return None
    return turned_size((picture.width, picture.height), picture.turn)
