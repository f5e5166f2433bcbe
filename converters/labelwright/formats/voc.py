"""Pascal VOC: an XML file per image in ``Annotations``, lists of images in ``ImageSets/Main``.

Boxes are in pixels that count from 1, and both ends are inside: the box of the first four columns of an
image has xmin 1 and xmax 4. A box with fractions keeps them, since the readers in use (Datumaro, CVAT,
supervision) take decimals; a box narrower than a pixel has no such form. ``difficult``, ``truncated`` and
``pose`` are answers of these names, what else was said of an object stands in ``<attributes>``, as CVAT
writes it; ``<depth>`` is always 3. ``labelmap.txt`` names the classes.

Read are these; files whose numbers all have a point, as CVAT and Datumaro write them, are taken for what
they are there: pixels from 0, the end not inside, and the box before it was turned by ``rotation``. Those two
read the numbers of any file so: of ours, too, whose boxes they find a pixel lower and further right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from xml.sax.saxutils import escape

from labelwright.contracts import Source, Template
from labelwright.formats._boxed import Boxes
from labelwright.formats._image_names import ImageNames, stem_of
from labelwright.formats._losses import Held
from labelwright.formats._pictures import Accounts, Drawn, Picture, labels_of, pictures
from labelwright.formats._said import as_text
from labelwright.formats._tags import Tags
from labelwright.formats._voc_read import YES, checked, is_voc, items, template_of
from labelwright.formats._voc_rules import OURS, annotated
from labelwright.geometry.shapes import Box
from labelwright.problems import DataError, Place, Problem, Problems, ProblemType
from labelwright.records import Item, Kind, Resolved

ONE_IMAGE = ProblemType(
    "voc.several-images",
    "One file cannot hold the objects of several images",
    "Pascal VOC has a file per image, and this is another image",
    "Name a folder to write to.",
    loss=True,
)
CHARACTER = ProblemType(
    "voc.character",
    "A text holds a character that XML cannot hold",
    "the text {text!r} is written without its control characters",
    "Correct the text, or allow the loss.",
    loss=True,
)
FOLDERS = {"validation": "val"}
FLAGS = ("truncated", "difficult")
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Voc:
    """One XML file per image."""

    name = "voc"
    title = "Pascal VOC"
    reference = "https://web.archive.org/web/2012/http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html"
    suffix = ".xml"
    kinds = frozenset({Kind.SHAPES, Kind.TRACKS})
    inputs = frozenset({"image", "video"})

    def write(self, items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[bytes]:
        """The file of the first image; the objects of all others are lost."""
        writer = _Writer(self.title, template, problems)
        for number, picture in enumerate(pictures(items, template, problems)):
            if not number:
                yield writer.file(picture, picture.name)
                continue
            for drawn in picture.drawn:
                writer.accounts.lose(picture, drawn, ONE_IMAGE.at(drawn.place))
        writer.accounts.close()

    def write_files(
        self, items: Iterable[Resolved], template: Template, problems: Problems
    ) -> Iterator[tuple[str, bytes]]:
        """All files, without a split."""
        return self.write_sides({"train": items}, template, problems)

    def write_sides(
        self, sides: Mapping[str, Iterable[Resolved]], template: Template, problems: Problems
    ) -> Iterator[tuple[str, bytes]]:
        """A file per image, a list of images per side, and the names of classes."""
        writer = _Writer(self.title, template, problems)
        names = ImageNames(("Annotations", "JPEGImages"))
        for side, held in sides.items():
            listed = []
            for picture in pictures(held, template, problems):
                name = names.take(picture.name, picture.place, problems)
                listed.append(f"{stem_of(name)}\n")
                yield f"Annotations/{stem_of(name)}.xml", writer.file(picture, name)
            yield f"ImageSets/Main/{FOLDERS.get(side, side)}.txt", "".join(listed).encode()
        writer.accounts.close()
        lines = [
            "# label:color_rgb:parts:actions",
            "background:::",
            *(f"{label}:::" for label in writer.labels),
        ]
        yield "labelmap.txt", ("\n".join(lines) + "\n").encode()

    def check(self, data: Iterable[bytes], source: str) -> Iterator[Problem]:
        """Every rule of one annotation file."""
        for found in annotated(b"".join(data), Place(source))[1]:
            yield found.problem

    def check_folder(self, source: Source, problems: Problems) -> None:
        """See ``FolderChecked``: every annotation file, and what lists and images say of them."""
        checked(source, problems)

    def recognise(self, source: Source, head: bytes) -> str:
        """See ``Dataset.recognise``."""
        try:
            return "annotations" if is_voc(source, head) else ""
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
    """Makes the files of images."""

    def __init__(self, target: str, template: Template, problems: Problems) -> None:
        labels = labels_of(template)
        self.labels = dict.fromkeys(labels)
        self.accounts = Accounts(problems)
        self._boxes = Boxes(target, labels, self.accounts, Held(attributes=True, occluded=True), least=1.0)
        self._tags = Tags(template, target, problems)
        self._problems = problems

    def file(self, picture: Picture, name: str) -> bytes:
        """The file of one image."""
        self._tags.tell(picture)
        parts = [
            f"<annotation>\n  <folder>JPEGImages</folder>\n  <filename>{escape(name)}</filename>\n"
            f"  <source>\n    <database>Unknown</database>\n    <annotation>{OURS}</annotation>\n"
            "  </source>\n"
        ]
        if picture.size is not None:
            width, height = picture.size
            parts.append(
                f"  <size>\n    <width>{width}</width>\n    <height>{height}</height>\n"
                "    <depth>3</depth>\n  </size>\n"
            )
        parts.append("  <segmented>0</segmented>\n")
        for drawn in picture.drawn:
            box = self._boxes.box(picture, drawn)
            if box is not None:
                self.labels.setdefault(drawn.shape.label)
                parts.append(self._object(picture, drawn, box))
        parts.append("</annotation>\n")
        return "".join(parts).encode()

    def _object(self, picture: Picture, drawn: Drawn, box: Box) -> str:
        said = {name: as_text(value) for name, value in drawn.shape.answers}
        pose = said.pop("pose", "Unspecified")
        flags = {name: said.pop(name).lower() in (YES, "1") for name in FLAGS if name in said}
        lines = [f"    <name>{self._text(picture, drawn, drawn.shape.label)}</name>"]
        lines.append(f"    <pose>{self._text(picture, drawn, pose)}</pose>")
        lines += [f"    <{name}>{int(flags.get(name, False))}</{name}>" for name in FLAGS]
        lines.append(f"    <occluded>{int(drawn.shape.occluded)}</occluded>")
        sides = (box.x + 1, box.y + 1, box.x + box.width, box.y + box.height)
        for name, side in zip(("xmin", "ymin", "xmax", "ymax"), sides, strict=True):
            lines.append(f"      <{name}>{_number(side)}</{name}>")
        lines.insert(-4, "    <bndbox>")
        lines.append("    </bndbox>")
        if said:
            lines.append("    <attributes>")
            for name, text in said.items():
                lines += [
                    "      <attribute>",
                    f"        <name>{self._text(picture, drawn, name)}</name>",
                    f"        <value>{self._text(picture, drawn, text)}</value>",
                    "      </attribute>",
                ]
            lines.append("    </attributes>")
        return "  <object>\n" + "\n".join(lines) + "\n  </object>\n"

    def _text(self, picture: Picture, drawn: Drawn, text: str) -> str:
        kept = _REFUSED.sub("", text)
        if kept != text:
            self.accounts.said(picture, drawn, CHARACTER.at(drawn.place, text=text))
        return escape(kept, {"\r": "&#13;"})


def _number(value: float) -> str:
    """Pixels as people write them: whole ones without a point."""
    return str(int(value)) if value == int(value) else repr(round(value, 9))


plugin = Voc()
