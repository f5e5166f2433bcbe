"""Conversations about pictures, as dialects get them, and the pictures themselves."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from labelwright.examples import Chat, Grounded, Grounding, Media, Message, Pointed, Text
from labelwright.geometry.shapes import Box, Points

SIZES = {"a.png": (64, 48), "b.png": (40, 40)}
CAPTION = "A red car parked near two small trees."


def rgb_png(width: int, height: int) -> bytes:
    """A grey picture of three channels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress((b"\0" + b"\x80" * 3 * width) * height)
    chunks = ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    packed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def write_pictures(folder: Path) -> None:
    """All pictures as files of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, size in SIZES.items():
        (folder / name).write_bytes(rgb_png(*size))


def beside(name: str) -> Media:
    """A picture that lies beside the training file."""
    return Media(f"/data/local-files/?d={name}", "image/png", "image", name, "", *SIZES[name])


def embedded(name: str) -> Media:
    """A picture in the row."""
    data = base64.b64encode(rgb_png(*SIZES[name])).decode()
    return Media(f"https://example.com/{name}", "image/png", address=f"data:image/png;base64,{data}")


def linked(scheme: str) -> Callable[[str], Media]:
    """Pictures at addresses."""
    return lambda name: Media(name, "image/png", address=f"{scheme}://bucket/{name}")


def say(role: str, *parts: str | Media | Grounding, think: str = "") -> Message:
    """One message."""
    return Message(role, tuple(Text(part) if isinstance(part, str) else part for part in parts), think)


def chats(show: Callable[[str], Media]) -> list[Chat]:
    """Conversations that show one picture, two of them, or one in a later turn."""
    a, b = show("a.png"), show("b.png")
    return [
        Chat([say("user", a, "What is broken?"), say("assistant", "The lower edge is cracked.")]),
        Chat(
            [
                say("system", "Be exact."),
                say("user", a, b, "Which is brighter?"),
                say("assistant", "The second: Grüße 🙂.", think="Both are grey."),
            ]
        ),
        Chat(
            [
                say("user", "Hello"),
                say("assistant", "Show me the part."),
                say("user", "Here:", b),
                say("assistant", "It is a square."),
            ]
        ),
    ]


def captioned(show: Callable[[str], Media]) -> Grounded:
    """A caption with two phrases, one of them tied to two boxes."""
    trees = Pointed("two small trees", (Box(32, 4.8, 16, 24), Box(50, 4, 10, 30)), 22, 37)
    car = Pointed("red car", (Box(6.4, 9.6, 25.6, 24),), 2, 9)
    grounding = Grounding((trees, car), (64, 48), CAPTION)
    return Grounded([say("user", show("a.png"), "Describe the image."), say("assistant", grounding)])


def listed(show: Callable[[str], Media]) -> Grounded:
    """Objects on the second of two images: a box, and a point."""
    things = (Pointed("scratch", (Box(1, 2, 3, 4),)), Pointed("hole", (Points(((5.5, 6.0),)),)))
    grounding = Grounding(things, (40, 40), media=1)
    asked = say("user", show("a.png"), show("b.png"), "List the defects of the second.")
    return Grounded([asked, say("assistant", grounding)])
