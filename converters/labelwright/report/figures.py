"""The drawings on a page: as many as it has room for, put where the page has left their places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from labelwright.agreement.result import Contested, Drawing
from labelwright.report import matches
from labelwright.report.pages import page
from labelwright.report.scenes import make_scene
from labelwright.report.words import clean

if TYPE_CHECKING:
    from markupsafe import Markup

PAGE = 990_000  # bytes of a page with its drawings
LEAST = 2_000  # bytes that a drawing takes at least
PAIRS = 30
NO_ROOM = '<p class="small">Not drawn, since the page would be too large; the JSON report holds it.</p>'
NOTHING = '<p class="small">None of the shapes has a place that can be drawn.</p>'
_SLOT = re.compile(r"<!--drawing (\d+)-->")


def slot(number: int) -> Markup:
    """What stands on the page in place of a drawing; data cannot say it, since they are escaped."""
    from markupsafe import Markup

    return Markup(f"<!--drawing {number:d}-->")


def figure(drawing: Drawing, title: str) -> str:
    """The picture with its legend, and the table of pairs, as markup."""
    scene = make_scene(drawing)
    found = matches.rows(drawing)
    parts: Any = page("scene.html.j2").module
    table = {"head": matches.MATCH_HEAD, "rows": found[:PAIRS], "more": max(0, len(found) - PAIRS)}
    drawn = NOTHING if scene is None else parts.scene(scene, clean(title, 140))
    return f"{drawn}\n{parts.pairs(table) if found else ''}"


def filled(made: str, contested: list[Contested]) -> str:
    """The page with the drawings in their places, the first ones first, as far as there is room."""
    room = PAGE - len(made.encode())

    def put(place: re.Match[str]) -> str:
        nonlocal room
        one = contested[int(place[1])]
        if one.drawing is None or room < LEAST:
            return NO_ROOM
        found = figure(one.drawing, f"Item {one.item}, {one.control}")
        size = len(found.encode())
        room = room - size if size <= room else 0  # then the others are not tried: that would cost time alone
        return found if room else NO_ROOM

    return _SLOT.sub(put, made)
