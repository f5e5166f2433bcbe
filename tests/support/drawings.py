"""A small source of shapes and a small target for them, whose ledgers tests can break on purpose."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from labelwright.contracts import Control, Source, Template
from labelwright.contracts.templates import ExampleSpec, Input
from labelwright.geometry.shapes import Ellipse
from labelwright.problems import READ, WRITE, Place, Problem, Problems, ProblemType, Severity
from labelwright.records import Annotation, Item, ItemKey, Kind, Resolved, Shape, Track

HEAD = b"drawings\n"
TOO_SMALL = ProblemType(
    "drawings.too-small", "A shape is too small for the file", "it is too small", "Draw it larger.", loss=True
)
ROUND = ProblemType(
    "drawings.ellipse-nearly",
    "An ellipse is written nearly",
    "its numbers are rounded",
    "None needed.",
    Severity.NOTE,
    bound="0.5 px",
)
DRAWN = {Kind.SHAPES: tuple[Shape, ...], Kind.TRACKS: tuple[Track, ...]}


def drawing(item: str, *given: tuple[str, tuple[Any, ...]], reference: bool = False) -> dict[str, Any]:
    """One line of the file: what each annotator drew on an image."""
    drawn = [{"by": who, "shapes": msgspec.to_builtins(shapes)} for who, shapes in given]
    return {"item": item, "drawn": drawn, "reference": reference}


def write_drawings(path: Path, lines: Iterable[Mapping[str, Any]]) -> Path:
    """A file of such lines."""
    path.write_bytes(HEAD + b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    return path


class Drawings:
    """A format of shapes (or tracks) that is read and written, and a tool whose files can be cut."""

    name = "drawings"
    title = "Drawings"
    reference = "https://example.com/drawings"
    suffix = ".drawings"
    kinds = frozenset({Kind.SHAPES, Kind.TRACKS})
    predictions = True
    capabilities: Mapping[str, str] = {}

    def __init__(
        self, kind: Kind = Kind.SHAPES, drop_read: int = 0, drop_written: int = 0, least: float = 0
    ) -> None:
        """Drop so many shapes without a word; lose those narrower than ``least`` with one."""
        self.kind, self.drop_read, self.drop_written, self.least = kind, drop_read, drop_written, least

    def recognise(self, source: Source, head: bytes) -> str:
        return "drawings" if head.startswith(HEAD) else ""

    def infer(self, source: Source, problems: Problems) -> Template:
        controls = {
            "objects": Control(self.kind, ["A", "B"]),
            "sure": Control(Kind.CHOICE, ["yes", "no"], on="objects"),
        }
        shown = Input("image" if self.kind is Kind.SHAPES else "video")
        return Template(
            self.name, inputs={"image": shown}, controls=controls, example=ExampleSpec(kind="none")
        )

    def complete(self, source: Source) -> Source:
        return source

    def adapt(self, source: Source, template: Template, problems: Problems) -> Template:
        return template

    def split(self, source: Source, parts: int) -> list[Source]:
        data = Path(source.path).read_bytes()
        cuts = [len(HEAD)] + [n + 1 for n, byte in enumerate(data) if byte == 10 and n >= len(HEAD)]
        step = -(-(len(cuts) - 1) // parts)
        edges = [*cuts[:-1:step], cuts[-1]]
        return [msgspec.structs.replace(source, start=a, end=b) for a, b in itertools.pairwise(edges)]

    def lint_config(self, template: Template) -> Iterable[Problem]:
        return ()

    def read(self, source: Source, template: Template, problems: Problems) -> Iterator[Item]:
        data = Path(source.path).read_bytes()[source.start or len(HEAD) : source.end or None]
        ledger = problems.ledger(READ)
        for line in map(json.loads, data.splitlines()):
            made = []
            for number, one in enumerate(line["drawn"]):
                shapes = msgspec.convert(one["shapes"], DRAWN[self.kind])
                ledger.taken += len(shapes)
                shapes = shapes[self.drop_read :]
                ledger.given += len(shapes)
                own = f"{line['item']}-{number}"
                made.append(
                    Annotation(
                        own, one["by"], {"objects": shapes}, reference=line["reference"] and not number
                    )
                )
            yield Item(ItemKey("", "", line["item"]), {"image": line["item"]}, made)

    def write(self, items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[bytes]:
        ledger = problems.ledger(WRITE)
        yield HEAD
        for resolved in items:
            shapes = resolved.answers["objects"]
            ledger.taken += len(shapes)
            kept = []
            for shape in shapes[self.drop_written :]:
                place = Place(item=resolved.item.key.item)
                if self.least and getattr(shape.geometry, "width", self.least) < self.least:
                    problems.lose(WRITE, TOO_SMALL.at(place))
                    continue
                if isinstance(getattr(shape, "geometry", None), Ellipse):
                    problems.add(ROUND.at(place))
                kept.append(shape)
            ledger.given += len(kept)
            who = "model" if resolved.predicted else "people"
            yield json.dumps(drawing(resolved.item.key.item, (who, tuple(kept)))).encode() + b"\n"

    def check(self, data: Iterable[bytes], source: str) -> Iterator[Problem]:
        return iter(())
