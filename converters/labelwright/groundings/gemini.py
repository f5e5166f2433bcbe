"""Gemini: a JSON list of ``box_2d``, y first, 0 to 1000; points under ``point``, y first as well."""

from __future__ import annotations

from labelwright.groundings._json_list import JsonList
from labelwright.groundings._notation import BOX


class Gemini(JsonList):
    """See the module."""

    name = "gemini"
    title = "Gemini"
    reference = "https://ai.google.dev/gemini-api/docs/image-understanding"
    holds = BOX | {"points"}
    order = "y1, x1, y2, x2; y, x of a point"
    key = "box_2d"
    point_key = "point"
    y_first = True


plugin = Gemini()
