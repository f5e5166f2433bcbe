"""Things followed through a film: the sequence of a video rectangle becomes keyframes."""

from __future__ import annotations

from typing import Any

from labelwright.geometry.sequences import filled, from_label_studio, interpolate_corner
from labelwright.geometry.shapes import MOST_FRAMES
from labelwright.geometry.tracks import Keyframe
from labelwright_plugins.label_studio import shapeproblems as s
from labelwright_plugins.label_studio.drawn import NotDrawn, box_of
from labelwright_plugins.label_studio.fields import Result
from labelwright_plugins.label_studio.parsing import Draws
from labelwright_plugins.label_studio.pictures import PictureReader
from labelwright_plugins.label_studio.plan import Plan

LAST = 1_000_000  # frames: eleven hours at 25 a second


def track_of(
    reader: Draws, plan: Plan, result: Result, pictures: PictureReader, objects: int
) -> tuple[Keyframe, ...]:
    """The keyframes of a result; none, with ``objects`` lost, where it cannot be read."""
    film = pictures.film(result)
    size = pictures.film_size(result)
    if size is None:
        reader.lose(s.NO_SIZE, result, plan.name, objects)
        return ()
    try:
        keyframes = _keyframes(result.value, *size)
    except NotDrawn as error:
        kind = s.EMPTY if error.empty else s.UNREADABLE
        reader.lose(kind, result, plan.name, objects, reason=str(error))
        return ()
    last = keyframes[-1]
    if film.frames and last.outside and last.frame >= film.frames:
        keyframes, last = keyframes[:-1], keyframes[-2]  # it is seen to the end
    if film.frames and last.frame >= film.frames:
        reader.problem(s.FRAME_OUTSIDE, result, plan.name, frame=last.frame + 1, frames=film.frames)
    return keyframes


def _keyframes(value: Any, width: int, height: int) -> tuple[Keyframe, ...]:
    """The keyframes of a sequence, with one on every frame on which a box turns. Raises ``NotDrawn``."""
    sequence = value.get("sequence")
    if not isinstance(sequence, list) or not sequence or not all(isinstance(x, dict) for x in sequence):
        raise NotDrawn("it has no keyframes")
    said = []
    for entry in sequence:
        frame = entry.get("frame")
        if type(frame) is not int or frame > LAST:
            raise NotDrawn(f"{frame!r} is no number of a frame")
        if frame > MOST_FRAMES:
            raise NotDrawn(f"its frame {frame} is beyond {MOST_FRAMES} frames")
        said.append((frame, box_of(entry, width, height), entry.get("enabled") is not False))
    try:
        return filled(from_label_studio(said), interpolate_corner)
    except ValueError as error:
        raise NotDrawn(str(error)) from None
