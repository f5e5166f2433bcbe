"""The folder of a Datature Vi data set: one file of annotations per image, and the images beside.

The loader (vi-sdk 0.1.0b7) knows the sides ``training``, ``validation`` and ``dump``, the last for data
that is not split. Of each side it pairs the sorted files of ``images`` with the sorted files of
``annotations`` by their position, and wants as many lines as images: so what several rows say about one
image becomes one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

import msgspec

from labelwright.problems import WRITE, Place, Problem, Problems, ProblemType, Severity

SIDES = {"train": "training", "validation": "validation"}
DUMP = "dump"

SECOND_CAPTION = ProblemType(
    "vi.second-caption",
    "An image has two captions, or a caption and questions, where the data set takes one line",
    "{name!r} has a line already, and this one cannot be joined to it",
    "Decide for one caption; put tasks of another kind into a data set of their own.",
)
NAME_TWICE = ProblemType(
    "vi.name-twice",
    "Two images of different size have one file name",
    "{name!r} is the name of two images",
    "Give every image a name of its own: a data set has one folder of images.",
)
NO_SIDE = ProblemType(
    "vi.side-unknown",
    "Vi's loader knows no such side of a split",
    "the side {side!r} is written under 'dump'",
    "Split into train and validation only, or keep the third side for another tool.",
    Severity.WARNING,
)


PHRASE_TWICE = ProblemType(
    "vi.phrase-twice",
    "Two rows about an image draw the same boxes for the same phrase; they are written once",
    "{count} boxes of {name!r} stand in an earlier row for the same phrase",
    "Nothing need be done, unless two things were to be marked.",
    Severity.NOTE,
)


def boxes_of(row: dict[str, Any]) -> int:
    """How many boxes a row holds."""
    return sum(len(phrase["bounds"]) for phrase in row["contents"].get("groundedPhrases", ()))


def side_folder(side: str) -> str:
    """The folder of a side of a split: of its ``images`` and its ``annotations``."""
    return SIDES.get(side, DUMP)


def folder_files(
    rows: Iterable[dict[str, Any]], side: str, problems: Problems
) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file of annotations, in the order of the images' names.

    Rows of one image are joined: questions are numbered on, phrases of the same caption added. What
    cannot be joined is a problem and left out. ``rows`` are held in memory; they hold no images.
    """
    if side and side not in SIDES:
        problems.add(NO_SIDE.at(Place(source=side), side=side))
    held: dict[str, dict[str, Any]] = {}
    for row in rows:
        name = PurePosixPath(row["asset"]["filename"]).name
        first = held.get(name)
        if first is None:
            held[name] = {**row, "contents": dict(row["contents"])}
            continue
        place, boxes = Place(item=row["id"]), boxes_of(row)
        if first["asset"] != row["asset"]:
            _leave(NAME_TWICE.at(place, name=name), boxes, problems)
            continue
        already = boxes_of(first)
        if not _joined(first["contents"], row["contents"]):
            _leave(SECOND_CAPTION.at(place, name=name), boxes, problems)
        elif again := already + boxes - boxes_of(first):
            _leave(PHRASE_TWICE.at(place, name=name, count=again), again, problems)
    names = sorted(held)
    files = [f"{name}.jsonl" for name in names]
    if sorted(files) != files:  # a name that begins like another: sort as the images are sorted
        files = [f"{number:09}.{name}" for number, name in enumerate(files, 1)]
    for name, file in zip(names, files, strict=True):
        yield f"{side_folder(side)}/annotations/{file}", msgspec.json.encode(held[name]) + b"\n"


def _leave(problem: Problem, boxes: int, problems: Problems) -> None:
    """Say that boxes of a row, which were given, are not in its folder after all."""
    problems.ledger(WRITE).given -= boxes
    problems.lose(WRITE, problem, boxes, times=1)


def _joined(first: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether a second row's contents could be added to the first's; if so, they are."""
    if first == other:
        return True
    if first["type"] != other["type"] or first.get("caption") != other.get("caption"):
        return False
    if first["type"] == "Vqa":
        asked = [(pair["question"], pair["answer"]) for pair in first["interactions"]]
        asked += [(p["question"], p["answer"]) for p in other["interactions"]]
        once = list(dict.fromkeys(asked))
        first["interactions"] = [
            {"order": number, "question": question, "answer": answer}
            for number, (question, answer) in enumerate(once, 1)
        ]
    elif first["type"] == "PhraseGrounding":
        phrases = first["groundedPhrases"]
        first["groundedPhrases"] = phrases + [p for p in other["groundedPhrases"] if p not in phrases]
    return True
