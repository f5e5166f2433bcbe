"""One Pascal VOC annotation file: what it says, and every rule that it breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import isfinite
from xml.etree.ElementTree import Element

from msgspec import Struct

from labelwright.formats._text import ENCODING, within
from labelwright.io.xml import parse_xml
from labelwright.problems import Place, Problem, ProblemType, Severity

SYNTAX = ProblemType(
    "voc.xml", "A file is not the XML it should be", "{reason}", "Write the file with an XML library."
)
NO_FILE_NAME = ProblemType(
    "voc.no-file-name",
    "A file names no image",
    "there is no text in <filename>",
    "Write the image's name into <filename>.",
    Severity.WARNING,
)
NO_SIZE = ProblemType(
    "voc.no-size",
    "A file does not tell the image's size",
    "<size> has no whole numbers above 0 as <width> and <height>",
    "Write the image's size in pixels.",
    Severity.WARNING,
)
NO_NAME = ProblemType(
    "voc.no-name", "An object has no class", "there is no text in <name>", "Name the object's class."
)
NO_BOX = ProblemType(
    "voc.no-box", "An object has no box", "there is no <bndbox>", "Write <bndbox> with its four sides."
)
NOT_A_NUMBER = ProblemType(
    "voc.not-a-number",
    "A side of a box is no number",
    "<{side}> is {text!r}",
    "Write the four sides in pixels.",
)
INVERTED = ProblemType(
    "voc.box-inverted",
    "A box ends before it begins",
    "the box goes from {low} to {high} along {axis}",
    "Exchange the sides, or remove the object.",
)
OUTSIDE = ProblemType(
    "voc.outside",
    "A box reaches outside its image",
    "the box from {x1}, {y1} to {x2}, {y2} is not inside an image of {width} x {height} pixels",
    "Cut the box off at the image's edge.",
    Severity.WARNING,
)
UNREAD = ProblemType(
    "voc.element-unread",
    "An object says more than is read",
    "<{element}> is not read",
    "None needed, if the box is all that is wanted.",
    Severity.WARNING,
)
SIDES = ("xmin", "ymin", "xmax", "ymax")
KNOWN = frozenset(("name", "pose", "truncated", "difficult", "occluded", "bndbox", "attributes", "part"))
OURS = "labelwright"
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([\w.-]+)["']""")


class Object(Struct):
    """One object: its box as the file has it, what is said of it, and its place in the file."""

    label: str
    sides: tuple[float, float, float, float]
    said: dict[str, str]
    path: str


class Annotated(Struct):
    """What a file says. ``whole``: sides count pixels from 1 and both are inside, as VOC has them."""

    file: str = ""
    size: tuple[int, int] | None = None
    objects: list[Object] = []
    whole: bool = True


class Found(Struct):
    """Something wrong; ``objects``: how many objects it costs (a part of a figure is one)."""

    problem: Problem
    objects: int = 0


def annotated(data: bytes, place: Place) -> tuple[Annotated, list[Found]]:
    """What a file says, and everything wrong with it."""
    declared = _DECLARED.match(data)
    try:
        text = data.decode(declared[1].decode() if declared else "utf-8-sig")
        root = parse_xml(text.removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        return Annotated(), [Found(ENCODING.at(place, byte=error.start + 1, value=data[error.start]))]
    except (ValueError, LookupError) as error:
        return Annotated(), [Found(SYNTAX.at(place, reason=error))]
    if root.tag != "annotation":
        return Annotated(), [Found(SYNTAX.at(place, reason=f"its root is <{root.tag}>, not <annotation>"))]
    found = Annotated((root.findtext("filename") or "").strip(), _size(root))
    problems: list[Found] = []
    if not found.file:
        problems.append(Found(NO_FILE_NAME.at(within(place, "filename"))))
    if found.size is None:
        problems.append(Found(NO_SIZE.at(within(place, "size"))))
    texts: list[str] = []
    for number, element in enumerate(root.findall("object"), 1):
        one = _object(element, f"object[{number}]", place, problems, texts)
        if one is not None:
            found.objects.append(one)
    ours = root.findtext("source/annotation") == OURS
    # CVAT and Datumaro write continuous pixels, and always with a point.
    found.whole = ours or not texts or not all("." in text for text in texts)
    if found.size is not None:
        problems += [Found(p) for p in _outside(found, found.size, place)]
    return found, problems


def _size(root: Element) -> tuple[int, int] | None:
    try:
        width, height = (int(float(root.findtext(f"size/{side}") or "")) for side in ("width", "height"))
    except (ValueError, OverflowError):
        return None
    return (width, height) if min(width, height) > 0 else None


def _object(
    element: Element, path: str, place: Place, problems: list[Found], texts: list[str]
) -> Object | None:
    label = (element.findtext("name") or "").strip()
    if not label:
        problems.append(Found(NO_NAME.at(within(place, f"{path}/name")), 1))
        return None
    sides = _sides(element, path, place, problems, texts)
    if sides is None:
        return None
    for child in element:
        if child.tag == "part":
            problems.append(Found(UNREAD.at(within(place, path), element="part"), 1))
        elif child.tag not in KNOWN:
            problems.append(Found(UNREAD.at(within(place, path), element=child.tag)))
    said = {
        (one.findtext("name") or "").strip(): one.findtext("value") or ""
        for one in element.findall("attributes/attribute")
    }
    for flag in ("truncated", "difficult", "occluded"):
        if (element.findtext(flag) or "0").strip().lower() in ("1", "true"):
            said[f"<{flag}>"] = "1"
    pose = (element.findtext("pose") or "").strip()
    if pose and pose != "Unspecified":
        said["<pose>"] = pose
    return Object(label, sides, said, path)


def _sides(
    element: Element, path: str, place: Place, problems: list[Found], texts: list[str]
) -> tuple[float, float, float, float] | None:
    box = element.find("bndbox")
    if box is None:
        problems.append(Found(NO_BOX.at(within(place, path)), 1))
        return None
    held = []
    for side in SIDES:
        text = (box.findtext(side) or "").strip()
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        if not isfinite(number):
            problems.append(
                Found(NOT_A_NUMBER.at(within(place, f"{path}/bndbox/{side}"), side=side, text=text), 1)
            )
            return None
        held.append(number)
        texts.append(text)
    x1, y1, x2, y2 = held
    for axis, low, high in (("x", x1, x2), ("y", y1, y2)):
        if low > high:
            problems.append(
                Found(INVERTED.at(within(place, f"{path}/bndbox"), axis=axis, low=low, high=high), 1)
            )
            return None
    return x1, y1, x2, y2


def _outside(found: Annotated, size: tuple[int, int], place: Place) -> Iterator[Problem]:
    """Boxes that reach outside the image; 0 is taken for its edge too, as many programs count from 0."""
    width, height = size
    for one in found.objects:
        x1, y1, x2, y2 = one.sides
        if x1 < 0 or y1 < 0 or x2 > width or y2 > height:
            at = within(place, f"{one.path}/bndbox")
            yield OUTSIDE.at(at, x1=x1, y1=y1, x2=x2, y2=y2, width=width, height=height)
