"""The rows of CSV for what is drawn: one per shape, per keyframe of a track, per image with nothing on it."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any

import msgspec

from labelwright.contracts import Template
from labelwright.formats._losses import NOT_FINITE
from labelwright.formats._pictures import NO_IMAGE, file_name, shape_controls, shown_input
from labelwright.geometry.measures import extent, points_of
from labelwright.geometry.shapes import Geometry, Skeleton, name_of
from labelwright.problems import WRITE, Place, Problems
from labelwright.records import Film, Item, Resolved, Shape, Track

# What stands in a row of an object, after the item's own columns.
COLUMNS = (
    "input", "image", "unit", "width", "height", "film",
    "control", "region", "label", "shape", "geometry", "x1", "y1", "x2", "y2", "box",
    "occluded", "group", "parent", "score", "z", "attributes", "track", "frame", "outside",
)  # fmt: skip
Cells = dict[str, Any]


def rows_of(resolved: Resolved, template: Template, problems: Problems) -> Iterator[Cells]:
    """The cells of each row of an item: of its objects, and of its images without any."""
    item, ledger = resolved.item, problems.ledger(WRITE)
    seen: set[tuple[str, str]] = set()
    shown: dict[tuple[str, str], Cells] = {}
    for control in shape_controls(template):
        name = shown_input(template, control)
        if all(key[0] != name for key in shown):
            shown |= _images(item, name)
        for number, one in enumerate(resolved.answers.get(control) or ()):
            ledger.taken += 1
            place = Place(item=str(item.key), region=one.id, control=control)
            unit = "" if isinstance(one, Track) else one.unit
            image = shown.get((name, unit))
            if image is None:
                problems.lose(WRITE, NO_IMAGE.at(place, name=name))
                continue
            rows = list(_object(one, control, str(number)))
            if any(not row["geometry"] for row in rows) or not rows:
                problems.lose(WRITE, NOT_FINITE.at(place))
                continue
            ledger.given += 1
            seen.add((name, unit))
            for row in rows:
                yield {**image, **row}
    for key, image in shown.items():
        if key not in seen:
            yield image
    if not shown:
        yield {}


def _images(item: Item, name: str) -> dict[tuple[str, str], Cells]:
    """The cells about each image of an input, by input and unit."""
    value = item.inputs.get(name)
    found: dict[tuple[str, str], Cells] = {}
    for number, uri in enumerate(value if isinstance(value, list) else [value]):
        if not isinstance(uri, str) or not uri.strip():
            continue
        unit = str(number) if isinstance(value, list) else ""
        width, height = item.size(name, unit) or ("", "")
        film = item.films.get(name)
        found[name, unit] = {
            "input": name, "image": file_name(uri), "unit": unit, "width": width, "height": height,
            "film": "" if film is None else _film(film),
        }  # fmt: skip
    return found


def _film(film: Film) -> dict[str, Any]:
    return {"frames": film.frames, "rate": film.rate, "start": film.start, "step": film.step}


def _object(one: Shape | Track, control: str, number: str) -> Iterator[Cells]:
    cells: Cells = {
        "control": control, "region": one.id, "label": one.label, "group": one.group, "parent": one.parent,
        "score": "" if one.score is None else one.score,
    }  # fmt: skip
    if isinstance(one, Shape):
        box = "" if one.box is None else msgspec.json.encode(one.box).decode()
        said = {"occluded": int(one.occluded), "z": one.z, "attributes": dict(one.answers) or "", "box": box}
        yield {**cells, **_drawn(one.geometry), **said}
        return
    for key in one.keyframes:
        said = {
            "occluded": int(key.occluded), "z": key.z, "outside": int(key.outside), "frame": key.frame,
            "track": one.id or number, "attributes": _attributes(one, key.attributes),
        }  # fmt: skip
        yield {**cells, **_drawn(key.geometry), **said}


def _attributes(track: Track, said: tuple[tuple[str, Any], ...]) -> dict[str, Any] | str:
    """What holds throughout and, under ``@``, what holds from this keyframe on."""
    found: dict[str, Any] = dict(track.answers)
    if said:
        found["@"] = dict(said)
    return found or ""


def _drawn(geometry: Geometry) -> Cells:
    places = points_of(geometry)
    if isinstance(geometry, Skeleton):
        places = [(joint.x, joint.y) for joint in geometry.joints]
    if not all(isfinite(x) and isfinite(y) for x, y in places):
        return {"geometry": ""}
    encoded = msgspec.json.encode(geometry).decode()
    try:
        x1, y1, x2, y2 = extent(geometry)
        sides: Cells = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    except ValueError:
        sides = {}
    return {"shape": name_of(geometry), "geometry": encoded, **sides}
