"""What the formats of images share: the images of resolved items, with everything drawn on each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

from msgspec import Struct

from labelwright.contracts import Template
from labelwright.formats._audio import path_of
from labelwright.geometry.shapes import MOST_FRAMES
from labelwright.geometry.tracks import frames, seen_frames
from labelwright.problems import WRITE, Place, Problem, Problems, ProblemType
from labelwright.records import Film, Item, Kind, Resolved, Shape, Track

NO_IMAGE = ProblemType(
    "image.no-media",
    "An item has no image",
    "the item has no text under the input {name!r} that names a file",
    "Check the template's inputs against the data.",
)
OUTSIDE_FILM = ProblemType(
    "track.frame-outside",
    "A track goes on after the last frame of its film",
    "the track has a keyframe at frame {frame}, and the film has {frames} frames",
    "The film was replaced after it was annotated: restore it or annotate it again.",
)
NO_FRAMES = ProblemType(
    "track.frames-unknown",
    "A track's last frame is not known",
    "the source does not say how many frames the film has; the track ends at its last keyframe",
    "Pull the project again with its data, so that the film's length is known.",
    loss=True,
)

NEVER_SEEN = ProblemType(
    "track.never-seen",
    "A track is not to be seen on any frame of its film",
    "the track has no frame on which it is seen, of {frames} frames; it is left out",
    "Open the track in the tool and mark where it is to be seen, or delete it.",
    loss=True,
)
TOO_LONG = ProblemType(
    "track.too-long",
    "A track goes over more frames than a film can have",
    "the track is seen on {seen} frames, and {most} are the most that are written; it is left out",
    "Correct the film's number of frames or the track's last keyframe.",
    loss=True,
)


_PLAIN = re.compile(r"[\w./ -]*[\w]", re.ASCII)  # addresses that stand for nothing but themselves

NO_FRAME = ProblemType(
    "image.tag-without-frame",
    "An answer about a whole film is lost, since nothing is drawn on the film",
    "no frame is written of a film on which nothing is drawn, so that the answers {names} have no place",
    "Choose a format that holds films, or allow the loss.",
    loss=True,
)


class Drawn(Struct, gc=False):
    """One shape on one image. ``track`` names the track it is a moment of; ``keyframe``: set by hand."""

    shape: Shape
    control: str
    track: str = ""
    keyframe: bool = True
    item: str = ""

    @property
    def place(self) -> Place:
        """Where it is, for a problem."""
        return Place(item=self.item, region=self.shape.id, control=self.control)


class Picture(Struct):
    """An image of an item, or a frame of its film. ``size`` None: nothing says how large it is.

    ``name`` is the file with its folders as the source has them; of a film, the name that CVAT gives
    the frame. ``frame`` is the frame's number in the film, ``input`` and ``unit`` tell which image of
    the item it is.
    """

    name: str
    size: tuple[int, int] | None
    item: Item
    place: Place
    drawn: list[Drawn] = []
    answers: dict[str, Any] = {}
    input: str = ""
    unit: str = ""
    frame: int | None = None


def shape_controls(template: Template) -> list[str]:
    """The controls whose answers are drawn, in the template's order."""
    return [n for n, c in template.controls.items() if c.kind in (Kind.SHAPES, Kind.TRACKS)]


def asked_of_all(template: Template) -> list[str]:
    """The controls that are asked of the whole item, in the template's order."""
    drawn = (Kind.SHAPES, Kind.TRACKS)
    return [n for n, c in template.controls.items() if not c.on and c.kind not in drawn]


def answered(controls: Iterable[str], answers: dict[str, Any]) -> dict[str, Any]:
    """The answers that were given to these controls."""
    return {name: answers[name] for name in controls if answers.get(name) not in (None, "", (), [])}


def labels_of(template: Template) -> list[str]:
    """All labels that may be drawn, each once, in the template's order."""
    return list(dict.fromkeys(x for n in shape_controls(template) for x in template.controls[n].labels))


def shown_input(template: Template, control: str) -> str:
    """The input that a control is drawn on: the one it names, else the first image or film."""
    asked = template.controls.get(control)
    if asked is not None and asked.input:
        return asked.input
    return next((n for n, g in template.inputs.items() if g.type in ("image", "video")), "image")


def file_name(uri: str) -> str:
    """The file behind an address: its folders where the address is a plain path, else its bare name."""
    if _PLAIN.fullmatch(uri):
        return uri.rpartition("/")[2] if uri.startswith("/") else uri.removeprefix("./")
    path = path_of(uri)
    if path != uri and not path.startswith("/") and "://" not in uri:  # a local file, below what is served
        return path.removeprefix("./")
    return PurePosixPath(path).name if "://" in uri or uri.startswith("/") else path.removeprefix("./")


def pictures(items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[Picture]:
    """Every image of every item, drawn on or not, and every frame of a film on which a track is seen.

    Each shape, and each track, is entered as taken in the ledger of ``WRITE``: a writer enters what it
    gave and what it lost (see ``Drawn.track``: a track that is seen on several frames is given once).
    """
    for resolved in items:
        yield from _of_item(resolved, template, problems)


def _of_item(resolved: Resolved, template: Template, problems: Problems) -> Iterator[Picture]:
    item, ledger = resolved.item, problems.ledger(WRITE)
    place = Place(item=str(item.key))
    found: dict[tuple[str, str, int], Picture] = {}
    for control in shape_controls(template):
        name = shown_input(template, control)
        _images(item, name, resolved.answers, place, found, problems)
        names: set[str] = set()  # of tracks: one region with two labels is two of them
        given = resolved.answers.get(control) or ()
        ledger.taken += len(given)
        for number, one in enumerate(given):
            if isinstance(one, Track):
                at = Place(item=place.item, region=one.id, control=control)
                own = one.id or str(number)
                own = f"{own}-{number}" if own in names else own
                names.add(own)
                _follow(one, own, control, at, item, name, found, resolved.answers, problems)
                continue
            picture = found.get((name, one.unit, 0))
            if picture is not None:
                picture.drawn.append(Drawn(one, control, "", True, place.item))
            else:
                at = Place(item=place.item, region=one.id, control=control)
                problems.lose(WRITE, NO_IMAGE.at(at, name=name))
    tags = {} if found else answered(asked_of_all(template), resolved.answers)
    if tags and item.films:
        problems.add(NO_FRAME.at(place, names=", ".join(tags)))
    yield from found.values()


def _images(
    item: Item,
    name: str,
    answers: dict[str, Any],
    place: Place,
    found: dict[tuple[str, str, int], Picture],
    problems: Problems,
) -> None:
    """Enter the images of one input; a film has none until something is seen on a frame of it."""
    value = item.inputs.get(name)
    uris = value if isinstance(value, list) else [value]
    if (name, "", 0) in found or (name, "0", 0) in found or name in item.films:
        return
    for number, uri in enumerate(uris):
        if not isinstance(uri, str) or not uri.strip():
            problems.add(NO_IMAGE.at(place, name=name))
            continue
        unit = str(number) if isinstance(value, list) else ""
        size = item.size(name, unit)
        found[name, unit, 0] = Picture(file_name(uri), size, item, place, [], answers, name, unit)


def _follow(
    track: Track,
    number: str,
    control: str,
    place: Place,
    item: Item,
    name: str,
    found: dict[tuple[str, str, int], Picture],
    answers: dict[str, Any],
    problems: Problems,
) -> None:
    """Enter a track on every frame it is seen on."""
    film = item.films.get(name, Film())
    last = track.keyframes[-1]
    count = film.frames
    if not count:
        count = last.frame + 1
        if not last.outside:
            problems.add(NO_FRAMES.at(place))
    elif last.frame >= count and not last.outside:
        problems.add(OUTSIDE_FILM.at(place, frame=last.frame, frames=count))
    seen = seen_frames(track.keyframes, count)
    if not 0 < seen <= MOST_FRAMES:
        kind = TOO_LONG if seen else NEVER_SEEN
        problems.lose(WRITE, kind.at(place, frames=count, seen=seen, most=MOST_FRAMES))
        return
    keyed = {k.frame for k in track.keyframes}
    stem = PurePosixPath(file_name(str(item.inputs.get(name, "")))).stem
    for key in frames(track.keyframes, count):
        picture = found.get((name, "", key.frame + 1))
        if picture is None:
            real = film.start + key.frame * film.step
            shown = f"{stem}/frame_{real:06d}.png" if stem else f"frame_{real:06d}.png"
            picture = Picture(shown, item.size(name), item, place, [], answers, name, "", real)
            found[name, "", key.frame + 1] = picture
        shape = Shape(
            key.geometry, track.label, track.id, "", track.parent, track.group, track.score, track.origin,
            key.occluded, key.z, (*track.answers, *key.attributes),
        )  # fmt: skip
        picture.drawn.append(Drawn(shape, control, number, key.frame in keyed, place.item))


class Accounts:
    """Enters in the ledger of ``WRITE`` what a writer gave and lost; a track counts once.

    A track of which any frame was given is given; what its other frames lost is said once by each code.
    """

    def __init__(self, problems: Problems) -> None:
        """Enter into the ledger of ``problems``."""
        self._problems = problems
        self._ledger = problems.ledger(WRITE)
        self._tracks: dict[tuple[str, str, str], Problem | None] = {}
        self._said: set[tuple[str, str, str, str]] = set()

    def gave(self, picture: Picture, drawn: Drawn) -> None:
        """A shape was written, whole or with losses of its parts that ``said`` tells."""
        if not drawn.track:
            self._ledger.given += 1
        else:
            self._tracks[_track(picture, drawn)] = None

    def lose(self, picture: Picture, drawn: Drawn, problem: Problem) -> None:
        """A shape was not written."""
        if not drawn.track:
            self._problems.lose(WRITE, problem)
        else:
            self._tracks.setdefault(_track(picture, drawn), problem)

    def said(self, picture: Picture, drawn: Drawn, problem: Problem) -> None:
        """Something about a shape was lost, or is written nearly as it was: once an object and code."""
        if drawn.track:
            key = (*_track(picture, drawn), problem.code)
            if key in self._said:
                return
            self._said.add(key)
        self._problems.add(problem)

    def close(self) -> None:
        """Enter the tracks; after the last picture."""
        for problem in self._tracks.values():
            if problem is None:
                self._problems.ledger(WRITE).given += 1
            else:
                self._problems.lose(WRITE, problem)
        self._tracks.clear()


def _track(picture: Picture, drawn: Drawn) -> tuple[str, str, str]:
    return (str(picture.item.key), drawn.control, drawn.track)
