"""What a run is told about media and places in them, and the outfit that follows from it."""

from __future__ import annotations

from msgspec import Struct

from labelwright.contracts import Dialect, Notation, Template
from labelwright.pipeline.outfit import GROUNDED, Outfit
from labelwright.problems import UsageError
from labelwright.registry import groundings, pick

USUAL = "box_2d"


class MediaPlan(Struct, frozen=True):
    """The options of ``Settings`` about media, as a worker needs them."""

    boxes: str = ""
    places: tuple[str, ...] = ()
    base: str = ""
    oversize: str = "refuse"
    allow_private: bool = False
    folder: str = "images"

    def outfit(self, dialect: Dialect, template: Template) -> Outfit | None:
        """What fits examples to a dialect; None where a template shows no media. Raises ``UsageError``."""
        if not template.example.media:
            return None
        own = template.example.kind != GROUNDED or GROUNDED in dialect.kinds
        return Outfit(None if own else notation_for(self.boxes, dialect), None)


def notation_for(boxes: str, dialect: Dialect) -> Notation:
    """The notation of ``NAME`` or ``NAME:key=value,key=value``; the dialect's own where it is empty.

    Raises ``UsageError`` for what is unknown.
    """
    name, _, options = (boxes or getattr(dialect, "boxes", "") or USUAL).partition(":")
    chosen: Notation = pick("notation", dict(groundings()), name)
    given = {}
    for option in filter(None, options.split(",")):
        key, equals, value = option.partition("=")
        if not equals:
            raise UsageError(f"--boxes {boxes}: give options as key=value, separated by commas")
        given[key.strip()] = value.strip()
    return chosen.with_options(given) if given else chosen


def check_boxes(boxes: str, dialect: Dialect | None, template: Template) -> None:
    """Refuse a notation where nothing would be written in it. Raises ``UsageError``."""
    if not boxes:
        return
    if dialect is None or template.example.kind != GROUNDED:
        raise UsageError(
            f"--boxes: template {template.name} and this target give no places in images as text"
        )
    if GROUNDED in dialect.kinds:
        raise UsageError(f"--boxes: {dialect.name} has a way of its own to write places")
    notation_for(boxes, dialect)
