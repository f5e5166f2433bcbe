"""Tracks and stretches of a film as Label Studio stores them: in frames, which count from 1."""

from __future__ import annotations

from labelwright.formats import _losses as loss
from labelwright.geometry.sequences import filled, to_label_studio
from labelwright.geometry.shapes import Box
from labelwright.geometry.tracks import interpolate
from labelwright.problems import Place, Problems, ProblemType
from labelwright.records import Film, Item, Segment, Track
from labelwright_plugins.label_studio import writeproblems as w
from labelwright_plugins.label_studio.placed import Value, box_value


def track_value(
    track: Track, item: Item, shown: str, place: Place, problems: Problems
) -> Value | ProblemType:
    """The value of a video rectangle; the problem that costs the track, if it cannot be one."""
    size, film = item.size(shown), item.films.get(shown, Film())
    if size is None:
        return loss.SIZE_MISSING
    other = next((k.geometry for k in track.keyframes if not isinstance(k.geometry, Box)), None)
    if other is not None:
        return loss.NOT_HELD[type(other)]
    keyframes = filled(track.keyframes, interpolate)
    if len(keyframes) > len(track.keyframes):
        problems.add(loss.KEYFRAMES.at(place, target="Label Studio"))
    sequence = []
    for frame, geometry, enabled in to_label_studio(keyframes):
        assert isinstance(geometry, Box)
        entry: Value = {"frame": frame, "enabled": enabled, **box_value(geometry, *size)}
        if film.rate:
            entry["time"] = frame / film.rate
        sequence.append(entry)
    if not sequence:
        return w.NO_FIGURE
    value: Value = {"framesCount": film.frames or sequence[-1]["frame"], "sequence": sequence}
    if film.rate:
        value["duration"] = value["framesCount"] / film.rate
    return value


def ranges_of(segment: Segment, film: Film | None, place: Place, problems: Problems) -> Value | None:
    """The value of a stretch of a film; None where its frame rate is not known."""
    if film is None or not film.rate:
        return None
    first, last = segment.start * film.rate, segment.end * film.rate
    start, end = round(first), max(round(last), round(first) + 1)
    if abs(first - start) > 1e-6 or abs(last - end) > 1e-6:
        what = {"start": segment.start, "end": segment.end, "rate": film.rate}
        problems.add(w.RANGE_NEAR.at(place, **what))
    return {"ranges": [{"start": start + 1, "end": end}]}
