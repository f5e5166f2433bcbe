"""CVAT's calls of a function, and what is answered: detectors, interactors and trackers.

The image comes along, as base64. The threshold is ours to apply: CVAT sends it and does no more, while it
maps our labels to the project's itself. It shows no score. An image that a detector fails on is answered
with nothing, since CVAT would end the whole batch over it; the failure is counted, and logged.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from labelwright.contracts import Files, Served
from labelwright.formats import _losses as losses
from labelwright.geometry.measures import signed_area
from labelwright.geometry.shapes import Mask, Point, Ring
from labelwright.lazy import lazily
from labelwright.media.pixels import MOST_PIXELS
from labelwright.problems import DataError, Place, Problems, ProblemType
from labelwright.quality.lots import UNDRAWN
from labelwright.records import Shape
from labelwright_plugins.cvat import asking
from labelwright_plugins.cvat.following import as_type
from labelwright_plugins.cvat.geometry import from_api
from labelwright_plugins.cvat.nuclio_listing import DETECTOR, INTERACTOR, TRACKER
from labelwright_plugins.cvat.rows import Row
from labelwright_plugins.cvat.suggested import TARGET, Suggested

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

RECTANGLE = "rectangle"
MOST_WRITTEN = 100_000_000  # pixels of the boxes of an answer's masks, at two bytes each
BAD_IMAGE = ProblemType(
    "cvat.call-image",
    "A call of CVAT's has no image that can be used",
    "the image of the call {reason}",
    "Look at the frame in CVAT.",
)
BAD_CALL = ProblemType(
    "cvat.call-unusable",
    "A call of CVAT's lacks what a predictor needs",
    "{reason}",
    "Draw again; if it stays so, look at which version of CVAT asks.",
)
FAULTY = frozenset((BAD_CALL.code, BAD_IMAGE.code))  # a call that no model could answer, loaded or not
TOO_MUCH = ProblemType(
    "cvat.masks-too-large",
    "An answer with all its masks would be too large for CVAT",
    "a mask is left out: CVAT is sent each pixel of all masks, and these are more than {limit}",
    "Let cvat-cli ask the predictor, or let it answer outlines.",
    loss=True,
)


class Call(Struct):
    """What CVAT sends: of ``pos_points`` and those after it what a function of its kind is sent."""

    image: str
    threshold: float | None = None
    pos_points: list[tuple[float, float]] | UnsetType | None = UNSET
    neg_points: list[tuple[float, float]] | None = None
    obj_bbox: list[tuple[float, float]] | None = None
    shapes: list[Any] | UnsetType = UNSET
    states: list[Any] | UnsetType = UNSET


class Reply(Struct):
    """A body, and the problems on the way by their codes."""

    body: bytes
    codes: Mapping[str, int] = {}


class _State(Struct):
    """What CVAT keeps of a followed thing from one frame to the next."""

    type: str
    state: str
    points: list[float]
    flat: bool = False


def kind_of(call: Call) -> str:
    """The kind of function that a call is for."""
    if call.states is not UNSET or call.shapes is not UNSET:
        return TRACKER
    return INTERACTOR if call.pos_points is not UNSET else DETECTOR


def detect(model: Served, call: Call, files: Files | None) -> Reply:
    """What is on an image, without what is less sure than the threshold."""
    data, name, size = _image(call)
    outcome = model.predict([asking.query(model, data, name, others=files)])[0]
    problems = Problems()
    problems.extend(outcome.problems)
    if (
        UNDRAWN.code in problems.counts
    ):  # of no image will it be known, and none must look as if it were empty
        raise DataError(outcome.problems[0])
    suggested = Suggested(model.template, asking.controls(model), problems, unsigned=True)
    rows = suggested.rows(outcome, Place(item=name), size, call.threshold or 0.0)
    body = msgspec.json.encode([_annotation(row, problems) for row in _sendable(rows, problems)])
    return Reply(body, dict(problems.counts))


def _sendable(rows: list[Row], problems: Problems) -> Iterator[Row]:
    """Rows without the masks that would make an answer too large: each pixel of one is written."""
    left = MOST_WRITTEN
    for row in rows:
        pixels = row.mask.width * row.mask.height if row.mask is not None else 0
        if pixels > left:
            problems.add(TOO_MUCH.at(limit=MOST_WRITTEN))
            continue
        left -= pixels
        yield row


def _annotation(row: Row, problems: Problems) -> dict[str, Any]:
    """A row as CVAT's gateway takes it; what that does not know is told."""
    made: dict[str, Any] = {"label": row.label, "type": row.type}
    if row.score is not None:
        made["confidence"] = str(row.score)
    if row.attributes:
        made["attributes"] = [{"name": name, "value": value} for name, value in row.attributes]
    if row.mask is not None:
        made |= _mask(row.mask)
    elif row.type == "skeleton":
        made["elements"] = [
            {"label": e.label, "type": "points", "points": e.points, "outside": e.outside}
            for e in row.elements
        ]
    elif row.type != "tag":
        made["points"] = row.points
    if row.rotation:
        made["rotation"] = row.rotation
    if row.group:
        made["group_id"] = row.group
    if row.occluded or any(element.occluded for element in row.elements):
        problems.add(losses.OCCLUDED.at(target=TARGET))
    if row.z_order:
        problems.add(losses.ORDER.at(target=TARGET))
    return made


def _mask(mask: Mask) -> dict[str, Any]:
    """Every pixel of a mask's box and the box; beside them the outline, for who wants polygons."""
    from labelwright.geometry.rle import array_of, tight

    small = tight(mask)
    right, bottom = small.x + small.width - 1, small.y + small.height - 1
    box = f",{small.x},{small.y},{right},{bottom}]".encode()
    outline = [float(n) for point in _outline(small) for n in point]
    return {"mask": msgspec.Raw(b"[" + _bits(array_of(small).reshape(1, -1))[0] + box), "points": outline}


def _outline(mask: Mask) -> Ring:
    """The outline of the largest part."""
    from labelwright.geometry.outlines import outline

    return max((part[0] for part in outline(mask).parts), key=signed_area)


def interact(model: Served, call: Call, files: Files | None) -> Reply:
    """A mask of what somebody means, of the size of the image, with its outline."""
    from labelwright.geometry.rle import paste

    data, name, size = _image(call)
    inside, outside = _points(call.pos_points or []), _points(call.neg_points)
    corners = _points(call.obj_bbox)
    if len(corners) not in (0, 2):
        raise DataError(BAD_CALL.at(reason=f"a box has two corners, not {len(corners)}"))
    if not inside and not corners:
        raise DataError(BAD_CALL.at(reason="click on the thing, or draw a box around it"))
    box = (corners[0], corners[1]) if corners else None
    drawn = asking.prompts(model, inside, box)
    query = asking.query(model, data, name, others=files, drawn=drawn, outside=outside)
    outcome = model.interact(query)
    mask = asking.covered(outcome, model, size)
    problems = Problems()
    problems.extend(outcome.problems)
    points = msgspec.json.encode(_outline(mask))
    return Reply(_rows(paste(mask, *size), points), dict(problems.counts))


def _rows(pixels: Any, points: bytes) -> bytes:
    """Rows of 0 and 1, and an outline, as JSON."""
    return b'{"mask":[[' + b"],[".join(_bits(pixels)) + b']],"points":' + points + b"}"


def _bits(pixels: Any) -> list[bytes]:
    """Each row as ``0,1,1``: of a large image millions, of which Python would make as many objects."""
    height, width = pixels.shape
    written = np.full((height, 2 * width - 1), ord(","), dtype=np.uint8)
    written[:, ::2] = np.where(pixels, ord("1"), ord("0"))
    return [row.tobytes() for row in written]


def track(model: Served, call: Call, files: Files | None) -> Reply:
    """Where things are: those drawn on this image, and those with a state of an earlier one.

    A thing out of sight is ``null``; where CVAT wrote shapes as bare numbers, as old ones did, the place
    where it was last, since those know nothing else.
    """
    data, name, _ = _image(call)
    given = call.shapes if isinstance(call.shapes, list) else []
    kept = call.states if isinstance(call.states, list) else []
    things: list[Shape | bytes] = []
    before: list[_State] = []
    for number in range(max(len(given), len(kept))):
        state = kept[number] if number < len(kept) else None
        shape = given[number] if number < len(given) else None
        thing, known = _begun(shape) if state is None else _followed(state)
        things.append(thing)
        before.append(known)
    found = model.track(asking.query(model, data, name, others=files), things) if things else []
    shapes, states = [], []
    for one, known in zip(found, before, strict=True):
        points = None if one.shape is None else as_type(one.shape.geometry, known.type)
        last = points if points is not None else known.points
        kept_ = base64.b64encode(one.state).decode()
        states.append(_State(known.type, kept_, last, known.flat))
        whole = None if points is None else {"type": known.type, "points": points}
        shapes.append(last if known.flat else whole)
    return Reply(msgspec.json.encode({"shapes": shapes, "states": states}))


def _begun(shape: Any) -> tuple[Shape, _State]:
    """A shape that is drawn: an object, or the numbers of a rectangle."""
    flat = isinstance(shape, list)
    whole = {"type": RECTANGLE, "points": shape} if flat else shape
    try:
        kind, points = str(whole["type"]), [float(number) for number in whole["points"]]
        return Shape(from_api(kind, points, 0.0)), _State(kind, "", points, flat)
    except (TypeError, KeyError, ValueError, OverflowError) as error:
        reason = f"a shape to follow cannot be read: {type(error).__name__}"
        raise DataError(BAD_CALL.at(reason=reason)) from None


def _followed(state: Any) -> tuple[bytes, _State]:
    try:
        known = msgspec.convert(state, _State)
        return base64.b64decode(known.state, validate=True), known
    except (msgspec.ValidationError, ValueError):
        raise DataError(BAD_CALL.at(reason="begin to follow anew: the state is none of ours")) from None


def _points(given: list[tuple[float, float]] | UnsetType | None) -> list[Point]:
    points = given if isinstance(given, list) else []
    if not all(isfinite(x) and isfinite(y) for x, y in points):
        raise DataError(BAD_CALL.at(reason="a point lies nowhere"))
    return points


def _image(call: Call) -> tuple[bytes, str, tuple[int, int]]:
    """The bytes of the image, a name for it, and its size. Raises ``DataError``."""
    from labelwright.geometry.reframe import turned_size
    from labelwright.io import pictures

    try:
        data = base64.b64decode(call.image, validate=True)
    except (binascii.Error, ValueError):
        raise DataError(BAD_IMAGE.at(reason="is no base64")) from None
    found = pictures.look(data)
    if found is None or not found.width or not found.height:
        raise DataError(BAD_IMAGE.at(reason="is none of a kind that is known"))
    if found.width * found.height > MOST_PIXELS:
        raise DataError(BAD_IMAGE.at(reason=f"has {found.width} x {found.height} pixels, too many"))
    size = turned_size((found.width, found.height), found.turn)
    return data, f"image-{hashlib.sha256(data).hexdigest()[:16]}", size


CALLS: dict[str, Callable[[Served, Call, Files | None], Reply]] = {
    DETECTOR: detect,
    INTERACTOR: interact,
    TRACKER: track,
}
