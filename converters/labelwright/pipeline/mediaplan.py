"""What a run is told about media and places in them, and the outfit that follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct

from labelwright.contracts import Dialect, MediaRoom, MediaRules, Notation, Template
from labelwright.pipeline.outfit import GROUNDED, Outfit
from labelwright.problems import UsageError
from labelwright.registry import MEDIA, groundings, media_fetchers, pick, tools

USUAL = "box_2d"
WORK = "media"  # in the work folder, files lie as they will lie beside the training file


class MediaPlan(Struct, frozen=True):
    """The options of ``Settings`` about media, as a worker needs them."""

    boxes: str = ""
    places: tuple[str, ...] = ()
    base: str = ""
    oversize: str = "refuse"
    allow_private: bool = False
    folder: str = "images"

    def outfit(self, dialect: Dialect, template: Template, work: str) -> Outfit | None:
        """What fits examples to a dialect; None where a template shows no media.

        Files that rows name are put into the work folder ``work``. Raises ``UsageError``.
        """
        if not template.example.media:
            return None
        own = template.example.kind != GROUNDED or (GROUNDED in dialect.kinds and not self.boxes)
        return Outfit(None if own else notation_for(self.boxes, dialect), self._room(dialect, work))

    def _room(self, dialect: Dialect, work: str) -> MediaRoom | None:
        if not (self.places or self.base):
            return None
        from labelwright.media.room import open_room  # late: most runs show no media

        rules: MediaRules = getattr(dialect, "media", MediaRules())
        places, fetchers = split_places(self.places)
        files = Path(work, WORK)
        return open_room(
            places, rules, self.oversize, self.allow_private, self.base, files, fetchers, self.folder
        )


def split_places(places: Iterable[str]) -> tuple[list[str], list[Any]]:
    """The places that are folders or addresses, and what fetches from those that are tools by name."""
    others, named = sorted_places(places)
    return others, media_fetchers(named)


def sorted_places(places: Iterable[str]) -> tuple[list[str], list[str]]:
    """The places that are folders or addresses, and those that are tools by name. Nothing is opened."""
    known = {name for name, tool in tools().items() if MEDIA in tool.capabilities}
    given = [*places]
    return [p for p in given if p not in known], [p for p in given if p in known]


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
    notation_for(boxes, dialect)
