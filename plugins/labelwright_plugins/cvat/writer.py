"""CVAT's own XML: "CVAT for images 1.1", and "CVAT for video 1.1" where the template asks for tracks.

Numbers are written with all their digits, so that nothing is rounded on the way out and back; of a box
CVAT has the sides, which tell its width within the last bit of the larger one. The labels in the meta
part are those that ``labelwright install cvat`` would make of the template.
Reference: https://docs.cvat.ai/docs/dataset_management/formats/xml_format/
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

from labelwright.contracts import Template
from labelwright.formats import _losses as losses
from labelwright.formats._pictures import (
    NO_FRAMES,
    NO_IMAGE,
    OUTSIDE_FILM,
    Accounts,
    Drawn,
    Picture,
    file_name,
    pictures,
    shown_input,
)
from labelwright.formats._tags import Tags
from labelwright.geometry.shapes import Skeleton
from labelwright.geometry.tracks import Keyframe, frames
from labelwright.problems import WRITE, DataError, Place, Problem, Problems
from labelwright.records import Film, Item, Kind, Resolved, Shape, Track
from labelwright_plugins.cvat.elements import element, quoted, told
from labelwright_plugins.cvat.written import TITLE, Asked, meta_labels

SPOOLED = 8 << 20
SOURCES = {"prediction": "auto", "import": "file"}
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n'
FOOT = "</annotations>\n"


class CvatXml:
    """CVAT's XML of images or films."""

    name = "cvat"
    title = TITLE
    reference = "https://docs.cvat.ai/docs/dataset_management/formats/xml_format/"
    suffix = ".xml"
    kinds = frozenset({Kind.SHAPES, Kind.TRACKS})
    predictions = True
    inputs = frozenset({"image", "video"})

    def write(self, items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[bytes]:
        """The file in pieces: images as they come, films after the list of their tasks."""
        tracks = any(c.kind is Kind.TRACKS for c in template.controls.values())
        parts = _films(items, template, problems) if tracks else _images(items, template, problems)
        for part in parts:
            yield part.encode("utf-8")

    def check(self, data: Iterable[bytes], source: str) -> Iterator[Problem]:
        """What our own reader finds wrong with a file."""
        from labelwright_plugins.cvat.infer import template_of
        from labelwright_plugins.cvat.seen import Seen
        from labelwright_plugins.cvat.sources import Reader
        from labelwright_plugins.cvat.xmlread import XmlFile

        with tempfile.SpooledTemporaryFile(SPOOLED) as spool:
            for chunk in data:
                spool.write(chunk)
            problems = Problems()
            try:
                spool.seek(0)
                project = XmlFile(spool, source, problems).head()
                spool.seek(0)
                template = template_of(project.labels, False)
                for _ in Reader(XmlFile(spool, source, problems), template, "", Seen()).items():
                    continue
            except DataError as error:
                problems.add(error.problem)
        yield from (p for p in problems if p.code != "cvat.annotator-unknown")


def _images(items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[str]:
    accounts, asked = Accounts(problems), Asked(template, problems)
    yield f"{HEAD}  <meta>\n    <task>\n{meta_labels(template)}    </task>\n  </meta>\n"
    for id_, picture in enumerate(pictures(items, template, problems)):
        size = f' width="{picture.size[0]}" height="{picture.size[1]}"' if picture.size else ""
        if picture.size is None:
            problems.add(losses.SIZE_MISSING.at(picture.place, target=TITLE))
        lines = [f'  <image id="{id_}" name={quoted(picture.name)}{size}>\n']
        lines.extend(_drawn(picture, drawn, accounts, asked) for drawn in picture.drawn)
        lines.extend(asked.tags(picture.answers, picture.place))
        yield "".join([*lines, "  </image>\n"])
    accounts.close()
    yield FOOT


def _drawn(picture: Picture, drawn: Drawn, accounts: Accounts, asked: Asked) -> str:
    """One shape's elements; empty if it cannot be written, which is said."""
    shape = drawn.shape
    refused = asked.refusal(shape.geometry, shape.label, drawn.place)
    if refused is not None:
        accounts.lose(picture, drawn, refused)
        return ""
    for problem in asked.lost(shape.geometry, shape, drawn.place):
        accounts.said(picture, drawn, problem)
    if drawn.track:
        accounts.said(picture, drawn, losses.TRACK.at(drawn.place, target=TITLE))
    accounts.gave(picture, drawn)
    head = f" label={quoted(shape.label)} source={quoted(SOURCES.get(shape.origin, shape.origin))}"
    group = f" group_id={quoted(shape.group)}" if shape.group else ""
    occluded = f' occluded="{int(shape.occluded)}"'
    if isinstance(shape.geometry, Skeleton):
        head += occluded if shape.occluded else ""
    tail = f' z_order="{shape.z}"{group}'
    pairs = asked.pairs(shape.label, drawn.control, shape.answers, drawn.place)
    return element(shape.geometry, head, occluded, tail, pairs)


# --- films


def _films(items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[str]:
    """The tasks are known when all items are, so that the tracks wait in a file of their own."""
    asked = Asked(template, problems)
    tasks: list[str] = []
    with tempfile.SpooledTemporaryFile(SPOOLED) as spool:
        for resolved in items:
            _film(resolved, template, asked, problems, tasks, spool)
        yield f"{HEAD}  <meta>\n    <project>\n      <tasks>\n"
        yield from tasks
        yield f"      </tasks>\n{meta_labels(template)}    </project>\n  </meta>\n"
        spool.seek(0)
        while chunk := spool.readline(1 << 20):
            yield chunk.decode("utf-8")
    yield FOOT


def _film(
    resolved: Resolved,
    template: Template,
    asked: Asked,
    problems: Problems,
    tasks: list[str],
    spool: IO[bytes],
) -> None:
    item, number_ = resolved.item, len(tasks) + 1
    place = Place(item=str(item.key))
    drawing = [n for n, c in template.controls.items() if c.kind in (Kind.SHAPES, Kind.TRACKS)]
    name = shown_input(template, drawing[0])
    uri = item.inputs.get(name)
    if not isinstance(uri, str) or not uri.strip():
        problems.add(NO_IMAGE.at(place, name=name))
        uri = ""
    film = item.films.get(name, Film())
    tasks.append(_task(number_, item, file_name(uri), film, item.size(name)))
    Tags(template, TITLE, problems).enter(resolved.answers, place)
    for control in drawing:
        for index, one in enumerate(resolved.answers.get(control) or ()):
            problems.ledger(WRITE).taken += 1
            at = Place(item=place.item, region=one.id, control=control)
            text = _track(one, index, number_, control, film, asked, problems, at)
            if text:
                problems.ledger(WRITE).given += 1
                spool.write(text.encode("utf-8"))


def _task(id_: int, item: Item, source: str, film: Film, size: tuple[int, int] | None) -> str:
    stop = film.start + max(film.frames - 1, 0) * film.step
    shape = ""
    if size:
        shape = (
            f"          <original_size>\n            <width>{size[0]}</width>\n"
            f"            <height>{size[1]}</height>\n          </original_size>\n"
        )
    step = f"step={film.step}" if film.step > 1 else ""
    return (
        f"        <task>\n          <id>{id_}</id>\n          <name>{told(item.key.item)}</name>\n"
        f"          <size>{film.frames}</size>\n          <mode>interpolation</mode>\n"
        f"          <start_frame>{film.start}</start_frame>\n          <stop_frame>{stop}</stop_frame>\n"
        f"          <frame_filter>{step}</frame_filter>\n{shape}"
        f"          <source>{told(source)}</source>\n        </task>\n"
    )


def _track(
    track: Track | Shape, index: int, task: int, control: str, film: Film, asked: Asked,
    problems: Problems, place: Place,
) -> str:  # fmt: skip
    """A track's element with a row for every frame it is seen on; empty if it cannot be written."""
    if isinstance(track, Shape):
        refused: Problem | None = losses.SEVERAL_KINDS.at(place, target=TITLE, kind="shape")
    else:
        kinds = (asked.refusal(k.geometry, track.label, place) for k in track.keyframes)
        refused = next((r for r in kinds if r is not None), None)
    if refused is not None or isinstance(track, Shape):
        if refused is not None:
            problems.lose(WRITE, refused)
        return ""
    count, last = film.frames, track.keyframes[-1]
    if not count:
        count = last.frame + 1
        if not last.outside:
            problems.add(NO_FRAMES.at(place))
    elif last.frame >= count and not last.outside:
        problems.add(OUTSIDE_FILM.at(place, frame=last.frame, frames=count))
    said = set[str]()
    for key in track.keyframes:
        for problem in asked.lost(key.geometry, track, place):
            if problem.code not in said:
                said.add(problem.code)
                problems.add(problem)
    keyed = {k.frame for k in track.keyframes}
    rows = [(k, k.frame in keyed) for k in frames(track.keyframes, count)]
    rows += [(k, True) for k in track.keyframes if k.outside]
    rows.sort(key=lambda r: r[0].frame)
    head = f" id={quoted(track.id or str(index))} label={quoted(track.label)}"
    head += f" source={quoted(SOURCES.get(track.origin, track.origin))} task_id={quoted(str(task))}"
    head += f" group_id={quoted(track.group)}" if track.group else ""
    lines = [_row(track, key, by_hand, control, film, asked, place) for key, by_hand in rows]
    return "".join([f"  <track{head}>\n", *lines, "  </track>\n"])


def _row(
    track: Track, key: Keyframe, by_hand: bool, control: str, film: Film, asked: Asked, place: Place
) -> str:
    """What is seen of a track on one frame, whose number is the film's own."""
    frame = film.start + key.frame * film.step
    head = f' frame="{frame}" keyframe="{int(by_hand)}"'
    geometry, flags = key.geometry, f' outside="{int(key.outside)}" occluded="{int(key.occluded)}"'
    if isinstance(geometry, Skeleton):
        head += ' outside="1"' if key.outside else ""
        head += ' occluded="1"' if key.occluded else ""
    pairs = asked.pairs(track.label, control, (*track.answers, *key.attributes), place, once=not by_hand)
    return element(geometry, head, flags, f' z_order="{key.z}"', pairs)


plugin = CvatXml()
