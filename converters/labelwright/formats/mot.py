"""MOT Challenge ground truth: the tracks of a film, a row per frame and box.

``gt/gt.txt`` has frame (from 1), id, left, top, width, height, 1, class (from 1, in the order of
``gt/labels.txt``, which CVAT writes too) and visibility: 0 where a thing is covered, else 1, or what the
answer ``visibility`` says. Frames on which a thing is outside have no row. ``seqinfo.ini`` tells the film's
length, rate and size. A sequence per film; several films are in folders of their own.

When it is read, each row is a keyframe, and a gap means that the thing is outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from labelwright.contracts import Source, Template
from labelwright.formats._boxed import Boxes
from labelwright.formats._image_names import ImageNames, stem_of
from labelwright.formats._losses import KEYFRAMES, Held
from labelwright.formats._mot_read import TRUTH, VISIBILITY, items, sequences, template_of
from labelwright.formats._mot_rules import read_rows
from labelwright.formats._pictures import Accounts, Drawn, Picture, file_name, labels_of, pictures
from labelwright.formats._tags import Tags
from labelwright.geometry.shapes import Box
from labelwright.io.archive import Archive
from labelwright.problems import DataError, Place, Problem, Problems, ProblemType
from labelwright.records import Film, Item, Kind, Resolved, Shape, Track

ONE_FILM = ProblemType(
    "mot.several-films",
    "One file cannot hold the tracks of several films",
    "MOT has a file per film, and this is another film",
    "Name a folder to write to.",
    loss=True,
)
NO_TRACK = ProblemType(
    "mot.not-followed",
    "A shape on a single image is left out",
    "MOT holds what is followed through a film; this shape is on one image",
    "Choose a format of images, such as coco, or allow the loss.",
    loss=True,
)


class Mot:
    """One sequence per film."""

    name = "mot"
    title = "MOT Challenge"
    reference = "https://arxiv.org/abs/1603.00831"
    suffix = ".txt"
    kinds = frozenset({Kind.TRACKS})
    inputs = frozenset({"video"})
    may_be_empty = True

    def write(self, items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[bytes]:
        """The rows of the first film; the tracks of all others are lost."""
        writer = _Writer(self.title, template, problems)
        for number, resolved in enumerate(items):
            if not number:
                yield writer.rows(resolved)[0]
                continue
            for picture in pictures([resolved], template, problems):
                for drawn in picture.drawn:
                    writer.accounts.lose(picture, drawn, ONE_FILM.at(drawn.place))
        writer.accounts.close()

    def write_files(
        self, items: Iterable[Resolved], template: Template, problems: Problems
    ) -> Iterator[tuple[str, bytes]]:
        """The files of each film; in folders, if there are several films."""
        writer = _Writer(self.title, template, problems)
        names = ImageNames(suffix=True, flat=True)
        first: list[tuple[str, str, bytes]] = []
        for number, resolved in enumerate(items):
            item = resolved.item
            shown = stem_of(file_name(str(item.inputs.get(writer.input, "")))) or item.key.item
            name = names.take(shown.rpartition("/")[2], Place(item=str(item.key)), problems)
            files = [(name, file, data) for file, data in writer.files(resolved, name)]
            if not number:
                first = files
                continue
            for folder, file, data in [*first, *files]:
                yield f"{folder}/{file}", data
            first = []
        for _, file, data in first:
            yield file, data
        writer.accounts.close()

    def check(self, data: Iterable[bytes], source: str) -> Iterator[Problem]:
        """Every row of ground truth."""
        for found in read_rows(data, source):
            if isinstance(found, Problem):
                yield found

    def check_folder(self, source: Source, problems: Problems) -> None:
        """See ``FolderChecked``: the ground truth of every sequence, its classes against labels.txt."""
        with Archive(source.path, source.name) as archive:
            for sequence in sequences(archive, source):
                file = f"{sequence.folder}{TRUTH}"
                rows = read_rows(archive.chunks(file), f"{source.name}/{file}", len(sequence.labels))
                problems.extend(found for found in rows if isinstance(found, Problem))

    def recognise(self, source: Source, head: bytes) -> str:
        """See ``Dataset.recognise``."""
        del head
        try:
            with Archive(source.path, source.name) as archive:
                return "sequences" if sequences(archive, source) else ""
        except DataError:
            return ""

    def infer(self, source: Source, problems: Problems) -> Template:
        """See ``Dataset.infer``."""
        del problems
        return template_of(self.name, self.title, source)

    def read(self, source: Source, template: Template, problems: Problems) -> Iterator[Item]:
        """See ``Dataset.read``."""
        return items(source, template, problems)


class _Writer:
    """Makes the files of films."""

    def __init__(self, target: str, template: Template, problems: Problems) -> None:
        labels = labels_of(template)
        self._classes = {label: number for number, label in enumerate(labels, 1)}
        self._target, self._template, self._problems = target, template, problems
        self.input = next((n for n, g in template.inputs.items() if g.type == "video"), "video")
        self.accounts = Accounts(problems)
        held = Held(occluded=True, track=True)
        self._boxes = Boxes(target, labels, self.accounts, held, clip=False)
        self._tags = Tags(template, target, problems)

    def files(self, resolved: Resolved, name: str) -> Iterator[tuple[str, bytes]]:
        """The files of one film."""
        rows, last = self.rows(resolved)
        yield "gt/gt.txt", rows
        yield "gt/labels.txt", "".join(f"{label}\n" for label in self._classes).encode()
        film = resolved.item.films.get(self.input, Film())
        size = resolved.item.size(self.input)
        lines = ["[Sequence]", f"name={name}", "imDir=img1"]
        if film.rate is not None:
            lines.append(f"frameRate={film.rate:g}")
        lines.append(f"seqLength={film.frames or last}")
        if size is not None:
            lines += [f"imWidth={size[0]}", f"imHeight={size[1]}"]
        yield "seqinfo.ini", ("\n".join([*lines, "imExt=.jpg"]) + "\n").encode()

    def rows(self, resolved: Resolved) -> tuple[bytes, int]:
        """The rows of one film by frame and id, and the last frame that has one."""
        numbers = _numbers(resolved, self._template)
        film = resolved.item.films.get(self.input, Film())
        found: list[tuple[int, int, str]] = []
        for picture in pictures([resolved], self._template, self._problems):
            self._tags.tell(picture)
            for drawn in picture.drawn:
                if not drawn.track or picture.frame is None:
                    self.accounts.lose(picture, drawn, NO_TRACK.at(drawn.place))
                    continue
                frame = (picture.frame - film.start) // film.step + 1
                self._row(picture, drawn, frame, numbers[drawn.control, drawn.track], found)
        found.sort(key=lambda row: row[:2])
        return "".join([row for _, _, row in found]).encode(), max([f for f, _, _ in found], default=0)

    def _row(
        self, picture: Picture, drawn: Drawn, frame: int, number: int, found: list[tuple[int, int, str]]
    ) -> None:
        visible = float(not drawn.shape.occluded)
        for name, value in drawn.shape.answers:
            if name == VISIBILITY and isinstance(value, int | float) and 0 <= value <= 1:
                visible = float(value)
        shape = drawn.shape
        if visible not in (0, 1):  # written, so that it is no attribute that is lost
            drawn.shape = _without(shape, VISIBILITY)
        box = self._boxes.box(picture, drawn)
        if box is None:
            return
        if not drawn.keyframe:
            self.accounts.said(picture, drawn, KEYFRAMES.at(drawn.place, target=self._target))
        label = self._classes.setdefault(shape.label, len(self._classes) + 1)
        found.append((frame, number, _line(frame, number, box, label, visible)))


def _line(frame: int, number: int, box: Box, label: int, visible: float) -> str:
    sides = f"{float(box.x)!r},{float(box.y)!r},{float(box.width)!r},{float(box.height)!r}"
    return f"{frame},{number},{sides},1,{label},{visible!r}\n"


def _without(shape: Shape, name: str) -> Shape:
    kept = tuple((n, v) for n, v in shape.answers if n != name)
    return msgspec.structs.replace(shape, answers=kept)


def _numbers(resolved: Resolved, template: Template) -> dict[tuple[str, str], int]:
    """A number for each track: its own id if all are numbers, else as they come."""
    keys = []
    for control, asked in template.controls.items():
        if asked.kind is Kind.TRACKS:
            held = resolved.answers.get(control) or ()
            keys += [(control, t.id or str(n)) for n, t in enumerate(held) if isinstance(t, Track)]
    own = [int(i) for _, i in keys if i.isascii() and i.isdigit() and i == str(int(i)) and int(i) > 0]
    if len(own) == len(keys) == len(set(own)):
        return dict(zip(keys, own, strict=True))
    return {key: number for number, key in enumerate(dict.fromkeys(keys), 1)}


plugin = Mot()
