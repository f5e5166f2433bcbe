"""Reads Datumaro files into items."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labelwright.contracts import Source, Template
from labelwright.formats._collected import Collector
from labelwright.formats._datumaro_file import ITEM_REPEATED, NO_FILE, TAGS, Entry, File, parts_of
from labelwright.formats._datumaro_shapes import Mark
from labelwright.formats._described import Description
from labelwright.formats._losses import Refused
from labelwright.io.archive import Archive
from labelwright.problems import DataError, Place, Problem, Problems
from labelwright.records import Item, Shape


def infer(source: Source, name: str, title: str) -> Template:
    """A template of the labels, shapes and attributes of all files. Raises ``DataError``."""
    described = Description()
    tagged: dict[str, None] = {}
    with Archive(source.path, source.name) as archive:
        for _, file_name in parts_of(archive):
            file = File(archive.read(file_name), file_name)
            for _, label in file.drawable():
                described.labels.setdefault(label)
            for number, figure in file.figures.items():
                if number < len(file.labels):
                    described.skeletons.setdefault(file.labels[number], figure)
            _describe(file, described, tagged)
    return described.template(name, title, tagged)


def _describe(file: File, described: Description, tagged: dict[str, None]) -> None:
    for _, entry in file.entries([]):
        for tag, value in entry.attr.items():
            if tag != "frame":
                described.tag(tag, value)
        tags: dict[str, list[str]] = {}
        for given in entry.annotations:
            try:
                mark, label = file.mark(given)
                if mark.type == "label":
                    tagged.setdefault(label)
                    _gather(mark, label, tags, described.tag)
                elif mark.type != "caption":
                    said = file.shape(mark)
                    described.shape(said.geometry, label, said.attributes)
            except Refused:
                continue
        for control, labels in tags.items():
            single = control != TAGS and len(labels) == 1
            described.tag(control, labels[0] if single else labels)


def _gather(mark: Mark, label: str, tags: dict[str, list[str]], tell: Any) -> None:
    """Put a label annotation with the others of its control; ``tell`` what else it says."""
    attributes = dict(mark.attributes or {})
    control = attributes.pop("control", TAGS)
    tags.setdefault(control if isinstance(control, str) else TAGS, []).append(label)
    for name, value in attributes.items():
        tell(name, value)


def read(source: Source, template: Template, problems: Problems) -> Iterator[Item]:
    """Every item of every file, in the files' order. Raises ``DataError``."""
    with Archive(source.path, source.name) as archive:
        parts = parts_of(archive)
        if not parts:
            raise DataError(NO_FILE.at(Place(source.name)))
        collector = Collector(template, problems)
        for subset, name in parts:
            file = File(archive.read(name), name)
            seen: set[str] = set()
            found: list[Problem] = []
            for number, entry in file.entries(found):
                if entry.id in seen:
                    place = Place(name, path=f"items[{number}]")
                    problems.add(ITEM_REPEATED.at(place, id=entry.id))
                key = entry.path if entry.id not in seen else f"{entry.path}#{number}"
                seen.add(entry.id)
                yield _item(file, number, entry, key, subset, subset if len(parts) > 1 else "", collector)
            problems.extend([*file.problems, *found])


def _item(
    file: File, number: int, entry: Entry, key: str, subset: str, project: str, collector: Collector
) -> Item:
    tags: dict[str, list[str]] = {}
    whole = Place(file.name, item=key, path=f"items[{number}]")

    def tell(name: str, value: Any) -> None:
        collector.tag(name, value, whole)

    for at, given in enumerate(entry.annotations):
        place = Place(file.name, item=key, path=f"items[{number}].annotations[{at}]")
        try:
            mark, label = file.mark(given)
            if mark.type == "label":
                _gather(mark, label, tags, tell)
                continue
            said = file.shape(mark)
        except Refused as why:
            collector.lose(why.kind.at(place, **why.what))
            continue
        shape = Shape(
            said.geometry, label, str(mark.id) if mark.id else "", group=said.group, score=said.score,
            occluded=said.occluded, z=said.z, box=said.box,
        )  # fmt: skip
        collector.add(shape, place, said.attributes)
    for control, labels in tags.items():
        collector.tag(control, labels, whole)
    meta: dict[str, Any] = {"subset": subset} if subset else {}
    for name, value in entry.attr.items():
        if name == "frame":
            meta["frame"] = value
        else:
            tell(name, value)
    return collector.item(key, entry.path, entry.size, project=project, meta=meta)
