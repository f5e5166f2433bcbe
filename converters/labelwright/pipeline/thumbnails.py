"""Small pictures behind what people drew on contested items, for the report."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import closing

from labelwright.agreement.result import Agreement, Contested, Drawing
from labelwright.contracts import MediaRules, Template
from labelwright.examples import Media
from labelwright.media.room import Room, open_room
from labelwright.pipeline.mediaplan import split_places
from labelwright.pipeline.opening import Opened
from labelwright.pipeline.settings import Settings
from labelwright.problems import Place, Problem, Problems
from labelwright.records import Item

SIDE, BYTES = 320, 40_000  # of a picture: the page holds many and stays one file
_RULES = MediaRules(types=("image/jpeg",), modes=("RGB", "L"), side=SIDE, size=BYTES)


def add_thumbnails(agreement: Agreement, opened: Opened, template: Template, settings: Settings) -> None:
    """Give the drawings of contested images their picture, where ``settings.media`` holds it.

    The source is read once more. Films have none, and a picture that cannot be had is left out.
    """
    wanted: dict[str, list[Contested]] = {}
    for one in agreement.contested:
        if one.drawing is not None and not one.drawing.part.startswith("frame"):
            wanted.setdefault(one.item, []).append(one)
    if not wanted or not settings.media:
        return
    places, fetchers = split_places(settings.media)
    room = open_room(places, _RULES, "resize", settings.allow_private, fetchers=fetchers)
    with closing(room):
        _fill(room, wanted, opened, template)


def _fill(room: Room, wanted: dict[str, list[Contested]], opened: Opened, template: Template) -> None:
    for item in opened.tool.read(opened.source, template, Problems()):
        for one in wanted.pop(item.key.item, ()):
            assert one.drawing is not None
            one.drawing.thumbnail = _thumbnail(room, item, one, template, one.drawing)
        if not wanted:
            return


def _thumbnail(room: Room, item: Item, one: Contested, template: Template, drawing: Drawing) -> str:
    size = (int(drawing.width), int(drawing.height))
    for uri in _uris(item, one.control, template, drawing.part):
        made = room.prepare(Media(uri), size if all(size) else None, Place(item=item.key.item), Problems())
        if not isinstance(made, Problem) and made.data is not None and made.turn == 1:
            return f"data:{made.media.type};base64,{base64.b64encode(made.data).decode()}"
    return ""


def _uris(item: Item, control: str, template: Template, part: str) -> Iterator[str]:
    """The address of the image on which a control's shapes are: the one that ``part`` counts from 1."""
    asked = template.controls.get(control)
    names = [n for n, given in template.inputs.items() if given.type == "image"]
    name = asked.input if asked is not None and asked.input else names[0] if len(names) == 1 else ""
    value = item.inputs.get(name)
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        number = part.removeprefix("image ")
        at = int(number) - 1 if number.isdigit() else 0
        yield from (uri for uri in value[at : at + 1] if isinstance(uri, str))
