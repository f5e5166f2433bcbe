"""What is said of a shape beside its geometry, as the ``attributes`` of COCO and Datumaro files.

The names are CVAT's where it has one: ``occluded``, ``rotation``, ``track_id``, ``keyframe``. ``group_id``
and ``z_order`` are ours, and so are ``box``, ``ellipse`` and ``polygon``: the shape exactly, where the
format itself holds it as something else.
"""

from __future__ import annotations

from typing import Any

from labelwright.formats._pictures import Drawn
from labelwright.records import Shape

EXACT = ("box", "ellipse", "polygon")
FOLLOWED = ("track_id", "keyframe")
OWN = frozenset(("occluded", "rotation", "group_id", "z_order", *EXACT))
DATUMARO = OWN | {"closed", "score"}


def number_of(text: str) -> int | str:
    """A whole number if the text is just that, else the text: so that it comes back as it was."""
    whole = len(text) <= 18 and text.isascii() and text.isdigit()
    return int(text) if whole and str(int(text)) == text else text


def is_plain(drawn: Drawn) -> bool:
    """Whether nothing is said of a shape but its geometry, label and score."""
    shape = drawn.shape
    return not (shape.answers or shape.occluded or shape.group or shape.z or shape.parent or drawn.track)


def attributes_of(
    drawn: Drawn, exact: dict[str, Any], group: bool = True, order: bool = True, own: frozenset[str] = OWN
) -> tuple[dict[str, Any], list[str]]:
    """The attributes of a shape, and the names of answers that would take the place of ours.

    ``group``, ``order``: the format has no other place for these. ``own``: names that answers must not take.
    """
    shape: Shape = drawn.shape
    taken = {*own, *FOLLOWED} if drawn.track else own
    found = {name: value for name, value in shape.answers if name not in taken}
    refused = [name for name, _ in shape.answers if name in taken]
    if shape.occluded:
        found["occluded"] = True
    if drawn.track:
        found["track_id"] = number_of(drawn.track)
        found["keyframe"] = drawn.keyframe
    if shape.group and group:
        found["group_id"] = number_of(shape.group)
    if shape.z and order:
        found["z_order"] = shape.z
    found.update(exact)
    return found, refused
