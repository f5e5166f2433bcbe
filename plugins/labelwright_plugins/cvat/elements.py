"""Shapes as elements of CVAT's XML, with all digits of every number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from math import inf, nextafter
from xml.sax.saxutils import escape, quoteattr

from labelwright.geometry.shapes import (
    HIDDEN,
    OCCLUDED,
    Box,
    Cuboid,
    Ellipse,
    Geometry,
    Mask,
    Points,
    Polygon,
    Polyline,
    Ring,
    Skeleton,
)
from labelwright_plugins.cvat.geometry import CORNERS

_ILLEGAL = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Pairs = Iterable[tuple[str, str]]


def is_plain(text: str) -> bool:
    """Whether XML can hold a text."""
    return not _ILLEGAL.search(text)


def plain(text: str) -> str:
    """A text without the characters that XML cannot hold."""
    return _ILLEGAL.sub("", text)


def quoted(text: str) -> str:
    """A text as an attribute's value, in quotes."""
    return quoteattr(plain(text), {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


def told(text: str) -> str:
    """A text as an element's content."""
    return escape(plain(text), {"\r": "&#13;"})


def number(value: float) -> str:
    """A number with all its digits, and no more than it needs."""
    found = repr(float(value))
    return found.removesuffix(".0")


def far_side(near: float, length: float) -> float:
    """The side at ``length`` from ``near`` such that their difference is that length, where there is one."""
    far = near + length
    for side in (far, nextafter(far, inf), nextafter(far, -inf)):
        if side - near == length:
            return side
    return far


def rings(geometry: Geometry) -> Iterator[tuple[str, str]]:
    """Tag and own attributes of the elements that a geometry takes: of a polygon one a part."""
    if isinstance(geometry, Box):
        right, bottom = far_side(geometry.x, geometry.width), far_side(geometry.y, geometry.height)
        sides = {"xtl": geometry.x, "ytl": geometry.y, "xbr": right, "ybr": bottom}
        yield "box", _numbers(sides) + _turn(geometry.rotation)
    elif isinstance(geometry, Ellipse):
        sides = {"cx": geometry.cx, "cy": geometry.cy, "rx": geometry.rx, "ry": geometry.ry}
        yield "ellipse", _numbers(sides) + _turn(geometry.rotation)
    elif isinstance(geometry, Polygon):
        for part in geometry.parts:
            yield "polygon", _points(part[0])
    elif isinstance(geometry, Polyline):
        ring = geometry.points
        yield "polyline", _points((*ring, ring[0]) if geometry.closed and ring else ring)
    elif isinstance(geometry, Points):
        yield "points", _points(geometry.points)
    elif isinstance(geometry, Cuboid):
        named = zip(CORNERS, geometry.points, strict=True)
        yield "cuboid", _numbers({f"{a}{c}": v for c, p in named for a, v in zip("xy", p, strict=True)})
    elif isinstance(geometry, Mask):
        yield "mask", _mask(geometry)


def _numbers(given: dict[str, float]) -> str:
    return "".join(f' {name}="{number(value)}"' for name, value in given.items())


def _turn(rotation: float) -> str:
    return f' rotation="{number(rotation)}"' if rotation else ""


def _points(ring: Ring) -> str:
    return ' points="{}"'.format(";".join(f"{number(x)},{number(y)}" for x, y in ring))


def _mask(mask: Mask) -> str:
    from labelwright.geometry.rle_cvat import cvat_xml

    return (
        f' rle="{cvat_xml(mask)}" left="{mask.x}" top="{mask.y}" width="{mask.width}" height="{mask.height}"'
    )


def attribute_lines(pairs: Pairs, indent: str) -> str:
    """Attributes as elements, one a line."""
    return "".join(f"{indent}<attribute name={quoted(n)}>{told(v)}</attribute>\n" for n, v in pairs)


def element(
    geometry: Geometry, head: str, flags: str, tail: str, pairs: list[tuple[str, str]], indent: str = "    "
) -> str:
    """A shape's elements: ``head`` before, ``flags`` and ``tail`` behind its own attributes."""
    if isinstance(geometry, Skeleton):
        return _skeleton(geometry, head, tail, pairs, indent)
    inside = attribute_lines(pairs, indent + "  ")
    return "".join(
        f"{indent}<{tag}{head}{flags}{own}{tail}>\n{inside}{indent}</{tag}>\n" for tag, own in rings(geometry)
    )


def _skeleton(geometry: Skeleton, head: str, tail: str, pairs: list[tuple[str, str]], indent: str) -> str:
    lines = [f"{indent}<skeleton{head}{tail}>\n"]
    keyed = ' keyframe="1"' if ' keyframe="1"' in head else ' keyframe="0"' if " keyframe=" in head else ""
    for joint in geometry.joints:
        flags = f' outside="{int(joint.visibility == HIDDEN)}" occluded="{int(joint.visibility == OCCLUDED)}"'
        own = f' points="{number(joint.x)},{number(joint.y)}"'
        lines.append(f"{indent}  <points label={quoted(joint.name)}{keyed}{flags}{own}>\n")
        lines.append(attribute_lines(joint.attributes, indent + "    "))
        lines.append(f"{indent}  </points>\n")
    lines.append(attribute_lines(pairs, indent + "  "))
    lines.append(f"{indent}</skeleton>\n")
    return "".join(lines)
