"""What YOLO's four formats share: label files, lists of images, data.yaml, and the way back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from labelwright.contracts import Source, Template
from labelwright.formats._image_names import ImageNames, stem_of
from labelwright.formats._pictures import pictures
from labelwright.formats._yolo_layout import find_layout
from labelwright.formats._yolo_read import checked, items, layout_of, opened, template_of
from labelwright.formats._yolo_rows import Row, Rules, read_rows
from labelwright.formats._yolo_write import RowWriter
from labelwright.formats._yolo_yaml import describe, written
from labelwright.problems import DataError, Place, Problem, Problems, ProblemType, Severity
from labelwright.records import Item, Kind, Resolved

ONE_IMAGE = ProblemType(
    "yolo.several-images",
    "One label file cannot hold the objects of several images",
    "{target} has a file per image, and this is another image",
    "Name a folder to write to.",
    loss=True,
)
NO_VAL = ProblemType(
    "yolo.no-validation",
    "data.yaml validates on what is trained on",
    "there is no split; data.yaml names the list of training images as val too",
    "Pass --split 80/20, or correct val in data.yaml.",
    Severity.NOTE,
)
FOLDERS = {"validation": "val"}


class Yolo:
    """One task's label files with what belongs to them."""

    reference = "https://docs.ultralytics.com/datasets/"
    suffix = ".txt"
    kinds = frozenset({Kind.SHAPES, Kind.TRACKS})
    inputs = frozenset({"image", "video"})
    may_be_empty = True

    def __init__(self, name: str, title: str, task: str) -> None:
        """``task`` as Ultralytics calls it."""
        self.name, self.title, self.task = name, title, task

    def write(self, items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[bytes]:
        """The label file of the first image; the objects of all others are lost."""
        writer = RowWriter(self.title, self.task, template, problems)
        for number, picture in enumerate(pictures(items, template, problems)):
            if not number:
                yield (writer.rows(picture) or "").encode()
                continue
            for drawn in picture.drawn:
                writer.accounts.lose(picture, drawn, ONE_IMAGE.at(drawn.place, target=self.title))
        writer.accounts.close()

    def write_files(
        self, items: Iterable[Resolved], template: Template, problems: Problems
    ) -> Iterator[tuple[str, bytes]]:
        """All files, without a split."""
        return self.write_sides({"train": items}, template, problems)

    def write_sides(
        self, sides: Mapping[str, Iterable[Resolved]], template: Template, problems: Problems
    ) -> Iterator[tuple[str, bytes]]:
        """Label files and a list of images for each side, then data.yaml."""
        writer = RowWriter(self.title, self.task, template, problems)
        named = []
        for side, held in sides.items():
            folder = FOLDERS.get(side, side)
            names = ImageNames(("images", "labels"))
            listed = []
            for picture in pictures(held, template, problems):
                rows = writer.rows(picture)
                if rows is None:
                    continue
                name = names.take(picture.name, picture.place, problems)
                listed.append(f"./images/{folder}/{name}\n")
                yield f"labels/{folder}/{stem_of(name)}.txt", rows.encode()
            if listed or folder == "train":
                named.append(folder)
                yield f"{folder}.txt", "".join(listed).encode()
        writer.accounts.close()
        if "val" not in named:
            problems.add(NO_VAL.at())
        yield "data.yaml", written(self.task, list(writer.names), named, writer.skeletons)

    def check(self, data: Iterable[bytes], source: str) -> Iterator[Problem]:
        """Every row of a label file; of a file that ends in .yaml what data.yaml must say."""
        if source.endswith((".yaml", ".yml")):
            yield from describe(b"".join(data), Place(source))[1]
            return
        for found in read_rows(data, source, Rules(self.task)):
            if not isinstance(found, Row):
                yield found[0]

    def check_folder(self, source: Source, problems: Problems) -> None:
        """See ``FolderChecked``: data.yaml, every row, classes, and images and label files by pairs."""
        with opened(source) as archive:
            checked(source, archive, self.task, problems)

    def recognise(self, source: Source, head: bytes) -> str:
        """See ``Dataset.recognise``."""
        del head
        try:
            with opened(source) as archive:
                layout = find_layout(archive, source.name)
        except DataError:
            return ""
        return layout.form if layout is not None and layout.task == self.task else ""

    def infer(self, source: Source, problems: Problems) -> Template:
        """See ``Dataset.infer``."""
        del problems
        with opened(source) as archive:
            return template_of(self.name, self.title, layout_of(source, archive))

    def read(self, source: Source, template: Template, problems: Problems) -> Iterator[Item]:
        """See ``Dataset.read``."""
        with opened(source) as archive:
            yield from items(source, archive, template, problems)
