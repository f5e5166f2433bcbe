"""An image held against a target's rules: what must change, what cannot be."""

from __future__ import annotations

from collections.abc import Callable
from math import floor, sqrt
from typing import Any, TypeAlias

from labelwright.contracts import EMBED, LINK, MediaRules
from labelwright.geometry.reframe import turned_size
from labelwright.io import pictures
from labelwright.io.pictures import Picture
from labelwright.media import pixels
from labelwright.media import problems as p
from labelwright.media.sources import Fault
from labelwright.media.standins import TYPES

Say: TypeAlias = Callable[..., None]  # a problem's type and what its message needs
TRIES = 8  # of scaling an image until its bytes fit
MARGIN = 0.95


def fit(
    data: bytes, picture: Picture, rules: MediaRules, resize: bool, say: Say
) -> tuple[bytes, str, tuple[int, int]]:
    """An image's bytes, type and upright size as the target takes them. Raises ``Fault`` if it cannot.

    ``resize``: scale down what is too large. Without a need to change anything the bytes stay as they are.
    """
    upright = turned_size((picture.width, picture.height), picture.turn)
    wanted = _within(upright, rules)
    if wanted != upright and (not resize or rules.way == LINK):
        raise _beyond(upright, rules)
    if rules.least_side and 0 < min(wanted) < rules.least_side:
        raise Fault(p.TOO_SMALL, width=wanted[0], height=wanted[1], limit=rules.least_side)
    goal = _goal(picture, rules, wanted, wanted != upright)
    if rules.way == LINK:
        return _linked(data, picture, rules, goal, say), picture.type, upright
    made = pixels.Made(data)
    if _changes(picture, goal, upright):
        made = pixels.remade(data, picture, goal)
    if rules.size and len(made.data) > rules.size:
        if not resize:
            raise Fault(p.TOO_MANY_BYTES, size=len(made.data), limit=rules.size)
        made, goal = _shrunk(data, picture, goal, rules, len(made.data))
    if made.data is not data:
        _told(picture, goal, made.flattened, upright, say)
    return made.data, goal.type, goal.size


def _goal(picture: Picture, rules: MediaRules, size: tuple[int, int], scaled: bool) -> pixels.Goal:
    """What an image shall be; where that is not what it is, 16 bits a channel become 8 too."""
    kind = _type(picture, rules)
    goal = pixels.Goal(kind, _mode(picture, rules, kind, scaled), size)
    deep = picture.bits > 8 and picture.mode in _DEEP
    if deep and (rules.modes or scaled or _changes(picture, goal, size)):
        return pixels.Goal(kind, goal.mode, size, True)
    return goal


def _changes(picture: Picture, goal: pixels.Goal, upright: tuple[int, int]) -> bool:
    same = goal.type == picture.type and goal.size == upright and picture.turn == 1
    return not same or goal.shallow or _other_mode(picture, goal)


def _linked(data: bytes, picture: Picture, rules: MediaRules, goal: pixels.Goal, say: Say) -> bytes:
    """A linked image stays as it is; say what would have had to change. Raises ``Fault``."""
    if goal.type != picture.type or _other_mode(picture, goal):
        seen = f"{picture.type} ({picture.mode})"
        raise Fault(p.TYPE_REFUSED, type=seen, types=", ".join((*rules.types, *rules.modes)))
    if rules.size and len(data) > rules.size:
        raise Fault(p.TOO_MANY_BYTES, size=len(data), limit=rules.size)
    if picture.turn != 1:
        say(p.EXIF_LINKED, turn=picture.turn)
    return data


def _told(picture: Picture, goal: pixels.Goal, flattened: bool, upright: tuple[int, int], say: Say) -> None:
    """Say everything that was changed."""
    if picture.turn != 1:
        say(p.UPRIGHT, turn=picture.turn)
    if goal.type != picture.type:
        say(p.REENCODED, old=picture.type, new=goal.type)
    if flattened:
        say(p.FLATTENED)
    elif _other_mode(picture, goal):
        say(p.CONVERTED, old=picture.mode, new=goal.mode)
    if goal.shallow:
        say(p.DEPTH)
    if goal.size != upright:
        say(p.SCALED, old="{} x {}".format(*upright), new="{} x {}".format(*goal.size))


def _shrunk(
    data: bytes, picture: Picture, goal: pixels.Goal, rules: MediaRules, size: int
) -> tuple[pixels.Made, pixels.Goal]:
    """The image scaled down until its bytes fit. Raises ``Fault`` if it never does."""
    first, wanted = size, goal.size
    for _ in range(TRIES):
        share = min(MARGIN, MARGIN * sqrt(rules.size / size))
        wanted = (max(1, floor(wanted[0] * share)), max(1, floor(wanted[1] * share)))
        if rules.least_side and min(wanted) < rules.least_side:
            break
        smaller = _goal(picture, rules, wanted, True)
        made = pixels.remade(data, picture, smaller)
        size = len(made.data)
        if size <= rules.size:
            return made, smaller
    raise Fault(p.TOO_MANY_BYTES, size=first, limit=rules.size)


def _within(size: tuple[int, int], rules: MediaRules) -> tuple[int, int]:
    """The largest size of the same shape within the target's limits of sides and pixels."""
    width, height = size
    share = 1.0
    if rules.side and max(size) > rules.side:
        share = rules.side / max(size)
    if rules.pixels and width * height * share * share > rules.pixels:
        share = sqrt(rules.pixels / (width * height))
    if share == 1.0:
        return size
    found = max(1, round(width * share)), max(1, round(height * share))
    if rules.pixels and found[0] * found[1] > rules.pixels:  # rounded up too far
        found = max(1, floor(width * share)), max(1, floor(height * share))
    return found


def _beyond(size: tuple[int, int], rules: MediaRules) -> Fault:
    what: dict[str, Any] = {"width": size[0], "height": size[1]}
    if rules.side and max(size) > rules.side:
        return Fault(p.TOO_MANY_PIXELS, **what, limit=rules.side, unit="a side")
    return Fault(p.TOO_MANY_PIXELS, **what, limit=rules.pixels, unit="in all")


def _type(picture: Picture, rules: MediaRules) -> str:
    """The media type to write. Raises ``Fault`` if the target takes none that can be written."""
    types = tuple(t for t in rules.types if rules.way != EMBED or t in TYPES)
    if not rules.types or picture.type in types:
        must = picture.turn != 1 and picture.type not in pixels.WRITTEN
        if not must:
            return picture.type
    found = next((t for t in pixels.WRITTEN if t in types or not rules.types), "")
    if not found or picture.type not in pixels.FORMATS:
        raise Fault(p.TYPE_REFUSED, type=picture.type, types=", ".join(rules.types))
    return found


def _mode(picture: Picture, rules: MediaRules, kind: str, scaled: bool) -> str:
    """The colour mode to write; empty where it may stay as it is."""
    code = pixels.CODES.get(picture.mode, "")
    refused = bool(rules.modes) and code not in rules.modes
    palette = code == "P" and (scaled or kind != picture.type)  # colours of a palette cannot be mixed
    writable = {"image/jpeg": ("L", "RGB", "CMYK"), "image/webp": ("RGB", "RGBA")}
    unwritable = code not in writable.get(kind, ("L", "LA", "RGB", "RGBA", "P"))
    if not (refused or palette or (unwritable and kind != picture.type)):
        return ""
    clear = code in ("LA", "RGBA") or picture.clear
    taken = rules.modes or ("RGB", "RGBA", "L")
    wishes = ["RGBA"] if clear and kind != "image/jpeg" else []
    wishes += ["L", "RGB"] if code in ("L", "LA") else ["RGB", "L"]
    return next((mode for mode in wishes if mode in taken), "RGB")


def _other_mode(picture: Picture, goal: pixels.Goal) -> bool:
    return bool(goal.mode) and goal.mode != pixels.CODES.get(picture.mode)


_DEEP = (pictures.GREY, pictures.GREY_ALPHA, pictures.RGB, pictures.RGBA)
