"""MOT Challenge sequences as items."""

from __future__ import annotations

import configparser
from collections.abc import Iterator
from pathlib import PurePosixPath

from msgspec import Struct

from labelwright.contracts import Control, Source, Template
from labelwright.formats._collected import Collector
from labelwright.formats._dataset import OBJECTS, image_size, image_template, is_image
from labelwright.formats._mot_rules import Row, read_rows
from labelwright.formats._yolo_yaml import lines_of
from labelwright.geometry.shapes import Box
from labelwright.geometry.tracks import Keyframe
from labelwright.io.archive import Archive
from labelwright.problems import DataError, Place, Problems, ProblemType
from labelwright.records import Film, Item, Kind, Track

NOT_MOT = ProblemType(
    "mot.not-a-data-set",
    "A source holds no MOT sequence",
    "there is no gt/gt.txt",
    "Pass the folder or archive that holds gt/gt.txt.",
)
TRUTH = "gt/gt.txt"
VISIBILITY = "visibility"
UNNAMED = "object"


class Sequence(Struct):
    """One film: its folder in the source (perhaps empty), name and class names."""

    folder: str
    name: str
    labels: list[str]


def sequences(archive: Archive, source: Source) -> list[Sequence]:
    """All sequences, sorted by folder. Raises ``DataError`` if there is none."""
    names = [] if archive.only else archive.names()
    found = []
    for name in names:
        if name != TRUTH and not name.endswith(f"/{TRUTH}"):
            continue
        folder = name.removesuffix(TRUTH)
        listed = next((n for n in (f"{folder}gt/labels.txt", "labels.txt") if n in names), "")
        labels = list(lines_of(archive.read(listed))) if listed else []
        title = PurePosixPath(folder).name or PurePosixPath(source.name).stem
        found.append(Sequence(folder, title, labels))
    if not found:
        raise DataError(NOT_MOT.at(Place(source=source.name)))
    return found


def template_of(name: str, title: str, source: Source) -> Template:
    """The classes of labels.txt, else their numbers; how much can be seen, if any row tells."""
    labels: dict[str, None] = {}
    shares = False
    with Archive(source.path, source.name) as archive:
        for sequence in sequences(archive, source):
            labels.update(dict.fromkeys(sequence.labels))
            for row in read_rows(archive.chunks(f"{sequence.folder}{TRUTH}"), "", len(sequence.labels)):
                if isinstance(row, Row):
                    labels[_label(row, sequence)] = None
                    shares = shares or row.visibility not in (0, 1)
    seen = Control(Kind.NUMBER, on=OBJECTS, minimum=0, maximum=1, mutable=True)
    asked = {VISIBILITY: seen} if shares else {}
    return image_template(name, title, labels, shapes=["box"], kind=Kind.TRACKS, asked=asked)


def items(source: Source, template: Template, problems: Problems) -> Iterator[Item]:
    """Each sequence once."""
    reading = Collector(template, problems, source.name, Kind.TRACKS)
    with Archive(source.path, source.name) as archive:
        found = sequences(archive, source)
        for sequence in found:
            several = sum(s.name == sequence.name for s in found) > 1
            yield _item(archive, sequence, reading, sequence.folder.rstrip("/") if several else sequence.name)


def _item(archive: Archive, sequence: Sequence, reading: Collector, name: str) -> Item:
    file = f"{sequence.folder}{TRUTH}"
    place = reading.place(file)
    tracks: dict[tuple[int, int, int], list[Row]] = {}
    for row in read_rows(archive.chunks(file), place.source, len(sequence.labels)):
        if isinstance(row, Row):
            # What is not followed is on one frame alone.
            tracks.setdefault((row.id, row.label, row.line if row.id == -1 else 0), []).append(row)
        else:
            reading.lose(row)
    film, size = _film(archive, sequence)
    last = max([row.frame + 1 for rows in tracks.values() for row in rows], default=0)
    if film.frames < last:
        film = Film(last, film.rate)
    ids: set[str] = set()
    for (identity, number, line), rows in tracks.items():
        label = _label(rows[0], sequence)
        name_of_track = f"-{line}" if line else str(identity)
        if name_of_track in ids:  # the same id with another class is another thing
            name_of_track = f"{identity}-{number}"
        ids.add(name_of_track)
        track = Track(_keyframes(rows, film.frames), label, id=name_of_track)
        reading.add(track, Place(place.source, rows[0].line))
    return reading.item(name, name, size, film=film)


def _label(row: Row, sequence: Sequence) -> str:
    if row.label < 1:
        return UNNAMED
    return sequence.labels[row.label - 1] if sequence.labels else str(row.label)


def _keyframes(rows: list[Row], count: int) -> tuple[Keyframe, ...]:
    """A keyframe per row; where rows are missing the thing is outside."""
    rows = sorted(rows, key=lambda row: row.frame)
    found: list[Keyframe] = []
    for row, after in zip(rows, [*rows[1:], None], strict=True):
        said = () if row.visibility in (0, 1) else ((VISIBILITY, row.visibility),)
        box = Box(*row.box)
        found.append(Keyframe(row.frame, box, occluded=row.visibility == 0, attributes=said))
        if (after.frame if after is not None else count) > row.frame + 1:
            found.append(Keyframe(row.frame + 1, box, outside=True))
    return tuple(found)


def _film(archive: Archive, sequence: Sequence) -> tuple[Film, tuple[int, int] | None]:
    """What seqinfo.ini says of the film, else what its images do."""
    names = archive.names()
    images = [n for n in names if n.startswith(f"{sequence.folder}img1/") and is_image(n)]
    size = image_size(archive, images[0]) if images else None
    frames, rate = len(images), None
    if f"{sequence.folder}seqinfo.ini" in names:
        held = configparser.ConfigParser(interpolation=None)
        try:
            held.read_string(archive.read(f"{sequence.folder}seqinfo.ini").decode("utf-8-sig", "replace"))
            said = dict(held["Sequence"])
        except (configparser.Error, KeyError):
            said = {}
        frames = _whole(said.get("seqlength")) or frames
        width, height = _whole(said.get("imwidth")), _whole(said.get("imheight"))
        size = (width, height) if width and height else size
        rate = _rate(said.get("framerate"))
    return Film(frames, rate), size


def _whole(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() else 0


def _rate(text: str | None) -> float | None:
    try:
        rate = float(text or "")
    except ValueError:
        return None
    return rate if 0 < rate < 1e6 else None
