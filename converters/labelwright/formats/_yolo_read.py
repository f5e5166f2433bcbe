"""YOLO data sets as items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from labelwright.contracts import SkeletonSpec, Source, Template
from labelwright.formats._collected import Collector
from labelwright.formats._dataset import IMAGE_BROKEN, NO_IMAGE_FILE, image_size, image_template
from labelwright.formats._yolo_layout import Layout, Pair, find_layout
from labelwright.formats._yolo_rows import DETECT, OBB, POSE, SEGMENT, Row, Rules, joint_columns, read_rows
from labelwright.formats._yolo_yaml import NO_TRAIN
from labelwright.geometry.boxes import box_from_corners
from labelwright.geometry.measures import extent
from labelwright.geometry.shapes import HIDDEN, VISIBLE, Box, Geometry, Joint, Point, Polygon, Skeleton
from labelwright.io.archive import Archive
from labelwright.problems import DataError, Place, Problems, ProblemType, Severity
from labelwright.records import Item, Shape

NOT_YOLO = ProblemType(
    "yolo.not-a-data-set",
    "A source is no YOLO data set",
    "there is no data.yaml with names, no obj.data and no classes.txt with label files",
    "Pass the folder or archive that holds data.yaml.",
)
OTHER_TASK = ProblemType(
    "yolo.other-task",
    "A data set is of another task",
    "the rows are those of the task {found}, not of {task}",
    "Check it as the format of its task: yolo (detect), yolo-seg, yolo-obb or yolo-pose.",
)
LISTED = ProblemType(
    "yolo.image-missing",
    "A list names an image that is not there",
    "the list of {side} names {name!r}, which is not there",
    "Put the image there, or take it off the list.",
)
NO_LABELS = ProblemType(
    "yolo.labels-missing",
    "An image has no label file; trainers take it for one with nothing on it",
    "there is no label file for the image",
    "None needed if nothing is on it; else put its label file there.",
    Severity.NOTE,
)
NOT_RECTANGLE = ProblemType(
    "yolo.corners-skewed",
    "The corners of a turned box are no rectangle",
    "the four corners are no rectangle; they are read as an outline",
    "None needed, if outlines are wanted; else correct the corners.",
    Severity.WARNING,
)
NEAR_RECTANGLE = ProblemType(
    "yolo.corners-rounded",
    "The corners of a turned box are nearly a rectangle",
    "the four corners are off by what rounding does; they are read as the rectangle nearest to them",
    "None needed: another program wrote few digits.",
    Severity.NOTE,
    bound="0.1 px",
)
EXACT, ROUNDED = 1e-5, 0.1  # pixels
NEAR = 1e-3  # pixels by which the box of a figure may differ from the extent of its joints
SHAPES = {DETECT: "box", SEGMENT: "polygon", OBB: "box", POSE: "skeleton"}


def opened(source: Source) -> Archive:
    """The data set's files; a data.yaml stands for its folder. Raises ``DataError``."""
    path = Path(source.path)
    if path.suffix in (".yaml", ".yml") and path.is_file():
        return Archive(str(path.parent), source.name)
    return Archive(source.path, source.name)


def layout_of(source: Source, archive: Archive) -> Layout:
    """The data set's layout. Raises ``DataError`` if it is none."""
    found = find_layout(archive, source.name)
    if found is None:
        raise DataError(NOT_YOLO.at(Place(source=source.name)))
    return found


def template_of(name: str, title: str, layout: Layout) -> Template:
    """The template of a data set: its classes, and the joints of its figures."""
    said = layout.described
    skeletons = {}
    if layout.task == POSE and said.joints is not None:
        plain = [str(number) for number in range(said.joints[0])]
        skeletons = {
            label: SkeletonSpec(list(said.joint_names.get(number, plain)))
            for number, label in enumerate(said.names)
        }
    return image_template(
        name, title, said.names, shapes=[SHAPES[layout.task]], rotated=layout.task == OBB, skeletons=skeletons
    )


def items(source: Source, archive: Archive, template: Template, problems: Problems) -> Iterator[Item]:
    """Each image once, in the order of the lists."""
    layout = layout_of(source, archive)
    problems.extend(p for p in layout.problems if p.code != NO_TRAIN.code)  # for trainers only
    reader = _Reader(archive, layout, Collector(template, problems, source.name))
    names = Counter(pair.name for pair in layout.pairs)
    for pair in layout.pairs:
        item = reader.item(pair, pair.name if names[pair.name] == 1 else pair.image or pair.labels)
        if item is not None:
            yield item


def checked(source: Source, archive: Archive, task: str, problems: Problems) -> None:
    """Check every file of a data set against the others. Raises ``DataError`` if it is none."""
    layout = layout_of(source, archive)
    place = Place(source.name)
    if layout.task != task:
        problems.add(OTHER_TASK.at(place, found=layout.task, task=task))
    problems.extend(p for p in layout.problems if p.code == NO_TRAIN.code)
    for pair in layout.pairs:
        if pair.image and not pair.labels:
            problems.add(NO_LABELS.at(Place(f"{source.name}/{pair.image}")))
        elif pair.side and not pair.image and not pair.labels:
            problems.add(LISTED.at(place, name=pair.name, side=pair.side))
    for _ in items(source, archive, template_of("", "", layout), problems):
        continue


class _Reader:
    def __init__(self, archive: Archive, layout: Layout, reading: Collector) -> None:
        self._archive, self._layout, self._reading = archive, layout, reading
        said = layout.described
        self._rules = Rules(layout.task, len(said.names), said.joints)

    def item(self, pair: Pair, name: str) -> Item | None:
        reading = self._reading
        place = reading.place(pair.labels or pair.image)
        rows = list(self._rows(pair)) if pair.labels else []
        size = image_size(self._archive, pair.image) if pair.image else None
        if size is not None:
            for row in rows:
                at = reading.place(pair.labels, row.line)
                reading.add(self._shape(row, size, at), at)
        elif rows:
            kind = IMAGE_BROKEN if pair.image else NO_IMAGE_FILE
            reading.lose(kind.at(place, name=pair.image or pair.name, count=len(rows)), len(rows))
        if not pair.image and not pair.side:
            return None  # labels that lead to no image
        return reading.item(name, name, size, meta={"split": pair.side} if pair.side else {})

    def _rows(self, pair: Pair) -> Iterator[Row]:
        place = self._reading.place(pair.labels)
        for found in read_rows(self._archive.chunks(pair.labels), place.source, self._rules):
            if isinstance(found, Row):
                yield found
            elif found[1]:
                self._reading.lose(found[0])
            else:
                self._reading.problems.add(found[0])

    def _shape(self, row: Row, size: tuple[int, int], place: Place) -> Shape:
        names = self._layout.described.names
        label = names[row.label] if row.label < len(names) else str(row.label)
        if self._rules.task == POSE:
            return self._figure(row, label, size)
        return Shape(self._geometry(row.values, size, place), label, id=str(row.line))

    def _geometry(self, values: list[float], size: tuple[int, int], place: Place) -> Geometry:
        if self._rules.task == DETECT:
            return _box(values, size)
        points = _points(values, size)
        if self._rules.task == OBB:
            for tolerance in (EXACT, ROUNDED):
                try:
                    box = box_from_corners(points, tolerance)
                except ValueError:
                    continue
                if tolerance == ROUNDED:
                    self._reading.problems.add(NEAR_RECTANGLE.at(place))
                return box
            self._reading.problems.add(NOT_RECTANGLE.at(place))
        if len(points) > 3 and points[0] == points[-1]:
            points.pop()  # a closed ring says its first point once
        return Polygon.of(tuple(points))

    def _figure(self, row: Row, label: str, size: tuple[int, int]) -> Shape:
        """The skeleton, with its box if that is another than the extent of its joints."""
        columns = joint_columns(len(row.values), self._rules)
        spec = self._reading.figure(label)
        said = self._layout.described.joint_names.get(row.label, spec.joints if spec else [])
        held = row.values[4:]
        names = said or [str(number) for number in range(len(held) // columns)]
        joints = []
        for name, at in zip(names, range(0, len(held), columns), strict=False):
            seen = int(held[at + 2]) if columns == 3 and held[at + 2] in (0, 1, 2) else VISIBLE
            joints.append(Joint(name, held[at] * size[0], held[at + 1] * size[1], seen))
        figure, box = Skeleton(tuple(joints)), _box(row.values, size)
        around = extent(figure) if any(j.visibility != HIDDEN for j in joints) else None
        corners = (box.x, box.y, box.x + box.width, box.y + box.height)
        drawn = around is None or any(abs(a - b) > NEAR for a, b in zip(around, corners, strict=True))
        return Shape(figure, label, id=str(row.line), box=box if drawn else None)


def _box(values: list[float], size: tuple[int, int]) -> Box:
    cx, cy, width, height = values[0] * size[0], values[1] * size[1], values[2] * size[0], values[3] * size[1]
    return Box(cx - width / 2, cy - height / 2, width, height)


def _points(values: list[float], size: tuple[int, int]) -> list[Point]:
    return [(values[i] * size[0], values[i + 1] * size[1]) for i in range(0, len(values) - 1, 2)]
