"""How large the images are that a template's shapes are drawn on, for the drawings in the report."""

from __future__ import annotations

from collections.abc import Callable

from labelwright.agreement.waiting import SizeOf
from labelwright.contracts import Template
from labelwright.records import Item, Kind


def sizes_of(template: Template) -> Callable[[Item], SizeOf] | None:
    """What tells the sizes of an item's images; None where the template asks for no shapes."""
    shown = {
        name: control.input or _only_picture(template)
        for name, control in template.controls.items()
        if control.kind in (Kind.SHAPES, Kind.TRACKS)
    }
    if not shown:
        return None

    def of(item: Item) -> SizeOf:
        return lambda control, unit: item.size(shown.get(control, ""), unit)

    return of


def _only_picture(template: Template) -> str:
    return next((name for name, one in template.inputs.items() if one.type in ("image", "video")), "")
