"""The pictures of the samples that people inspect: parts with defects, thermal images, documents.

``python tests/support/scans.py label_configs/labelwright_configs`` writes them into the templates. As with
``pictures``, what is to be seen is known, and so is where. They are true-colour, which every target takes.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pictures import COLOURS, NAMES, PALETTE, Point, Thing, drawn
from PIL import Image, ImageDraw, ImageFont

PART = (320, 240)  # pixels
THERMAL = (160, 120)
PAPER = (320, 240)
LEVELS = 24  # colours of a thermal image
COLDEST, HOTTEST = 20, 120  # degrees Celsius: the ends of its scale


@dataclass(frozen=True)
class Scan:
    """A picture, what is to be seen where, and what may be asked about the whole."""

    image: Image.Image
    things: tuple[Thing, ...]
    facts: dict[str, Any] = field(default_factory=dict)


def seen(label: str, colour: str, outline: tuple[Point, ...], **facets: str) -> Thing:
    """A thing with the smallest upright box around it."""
    xs, ys = [p[0] for p in outline], [p[1] for p in outline]
    box = (min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys), 0.0)
    return Thing(label, outline, colour, box, facets=facets)


# --- parts -------------------------------------------------------------------------------------

_DEFECTS: dict[str, tuple[str, tuple[Point, ...]]] = {
    "SCRATCH": ("white", ((0, 0), (64, 20), (63, 24), (0, 4))),
    "DENT": ("grey", ((8, 0), (24, 0), (32, 8), (32, 20), (24, 28), (8, 28), (0, 20), (0, 8))),
    "PAINT_CHIP": ("brown", ((0, 6), (14, 0), (30, 4), (26, 18), (12, 22), (4, 16))),
    "CRACK": ("black", ((0, 0), (12, 16), (8, 28), (20, 48), (23, 48), (11, 28), (15, 16), (3, 0))),
}
_BORE: tuple[Point, ...] = ((4, 0), (10, 0), (14, 4), (14, 8), (10, 12), (4, 12), (0, 8), (0, 4))
_GRADES = ("MINOR", "MAJOR", "CRITICAL")
SOUND = (3, 8)  # parts without a defect


def _part(random: Random, at: int) -> Scan:
    kinds, found = list(_DEFECTS), []
    for nth in range(0 if at in SOUND else 1 + at % 3):
        kind = kinds[(at + nth) % 4]
        colour, shape = _DEFECTS[kind]
        x, y = 20 + 100 * nth + int(random.random() * 20), 30 + int(random.random() * 140)
        moved = tuple((x + dx, y + dy) for dx, dy in shape)
        found.append(seen(kind, colour, moved, severity=_GRADES[(at + 2 * nth) % 3]))
    # Each has its bore elsewhere, which is no defect: no two parts look the same.
    bore = Thing("", tuple((16 + 22 * at + dx, 222 + dy) for dx, dy in _BORE), "ground")
    rows = drawn([bore, *found], "steel", PART)
    colours = np.array([PALETTE[name] for name in COLOURS], np.uint8)
    return Scan(Image.fromarray(colours[np.array([list(row) for row in rows])]), tuple(found))


# --- thermal images ----------------------------------------------------------------------------

# Where a machine may be hottest, in pixels: the middle of the place, and how far its heat reaches.
PLACES: dict[str, tuple[int, int, int]] = {
    "DRIVE_END_BEARING": (126, 66, 9),
    "REAR_BEARING": (34, 66, 9),
    "STATOR": (80, 70, 20),
    "TERMINAL_BOX": (80, 32, 8),
}
# Status, place, degrees at the hottest place, severity.
MACHINES: tuple[tuple[str, str, float, str], ...] = (
    ("BEARING_OVERHEATING", "REAR_BEARING", 98.5, "HIGH"),
    ("NORMAL", "STATOR", 54.0, "NONE"),
    ("WINDING_OVERHEATING", "STATOR", 112.5, "HIGH"),
    ("LOOSE_CONNECTION", "TERMINAL_BOX", 84.0, "MEDIUM"),
    ("BEARING_OVERHEATING", "DRIVE_END_BEARING", 88.5, "MEDIUM"),
    ("NORMAL", "DRIVE_END_BEARING", 58.5, "NONE"),
    ("LOOSE_CONNECTION", "TERMINAL_BOX", 101.0, "HIGH"),
    ("WINDING_OVERHEATING", "STATOR", 93.0, "MEDIUM"),
    ("BEARING_OVERHEATING", "REAR_BEARING", 74.5, "LOW"),
    ("NORMAL", "STATOR", 49.5, "NONE"),
    ("LOOSE_CONNECTION", "TERMINAL_BOX", 72.0, "LOW"),
    ("WINDING_OVERHEATING", "STATOR", 104.5, "HIGH"),
)
_HOT = 12  # degrees that the rim of a hot spot is cooler than its middle


def _heat(level: int) -> tuple[int, int, int]:
    """The colour of one of the levels: black over violet, red and yellow to white."""
    stops = ((8, 4, 40), (96, 16, 120), (206, 52, 60), (250, 168, 30), (255, 252, 220))
    at, rest = divmod(level * (len(stops) - 1) * 100 // (LEVELS - 1), 100)
    low, high = stops[at], stops[min(at + 1, len(stops) - 1)]
    return tuple(a + (b - a) * rest // 100 for a, b in zip(low, high, strict=True))  # type: ignore[return-value]


def _motor(random: Random, at: int) -> Scan:
    status, place, degrees, severity = MACHINES[at]
    width, height = THERMAL
    ys, xs = np.mgrid[0:height, 0:width]
    # Tenths of degrees in whole numbers, so that every machine draws the same.
    heat: Any = np.full((height, width), 240 + at, np.int64)
    for left, top, right, bottom, warm in (
        (40, 44, 120, 96, 420),
        (24, 60, 136, 72, 380),
        (68, 24, 92, 44, 360),
    ):
        heat[top:bottom, left:right] = warm
    x, y, reach = PLACES[place]
    peak = int(degrees * 10)
    distance = (xs - x) ** 2 + (ys - y) ** 2
    glow = 300 + (peak - 300) * reach * reach * 2 // (distance + reach * reach * 2)
    body = heat > 300
    heat = np.where(body, np.maximum(heat, glow), np.maximum(heat, (glow - 300) // 2 + 240))
    heat = np.where(distance < 4, peak, heat)
    levels = np.clip((heat - COLDEST * 10) * (LEVELS - 1) // ((HOTTEST - COLDEST) * 10), 0, LEVELS - 1)
    colours = np.array([_heat(n) for n in range(LEVELS)], np.uint8)
    image = Image.fromarray(colours[levels])
    ImageDraw.Draw(image).text((4, 104), f"MAX {degrees}", (255, 255, 255), _font())
    things: tuple[Thing, ...] = ()
    if status != "NORMAL":
        rows, columns = np.nonzero(heat > peak - _HOT * 10)
        corners = ((columns.min(), rows.min()), (columns.max() + 1, rows.max() + 1))
        things = (seen("HOT_SPOT", "", tuple((float(a), float(b)) for a, b in corners)),)
    facts = {"status": status, "max_temp": degrees, "location": place, "severity": severity}
    return Scan(image, things, facts)


# --- documents ---------------------------------------------------------------------------------

# Kind, left, top, words.
PAPERS: tuple[tuple[tuple[str, int, int, str], ...], ...] = (
    (
        ("HEADING", 20, 20, "INVOICE 4711"),
        ("TEXT", 20, 60, "Hinge, brass"),
        ("AMOUNT", 220, 61, "12.40 EUR"),
        ("TEXT", 20, 84, "Total"),
        ("AMOUNT", 220, 83, "24.80 EUR"),
        ("TEXT", 20, 140, "Payable within 14 days."),
    ),
    (
        ("HEADING", 20, 20, "Quittung"),
        ("TEXT", 20, 56, "Café Müller, Köln"),
        ("TEXT", 20, 90, "2 Kännchen"),
        ("AMOUNT", 220, 90, "9,80 EUR"),
    ),
    (
        ("HEADING", 20, 20, "Delivery note 88"),
        ("TEXT", 20, 60, "Boxes: 4"),
        ("TEXT", 170, 61, "Weight: 12 kg"),
        ("STAMP", 190, 170, "RECEIVED"),
    ),
    (
        ("HEADING", 20, 20, "Dear Ms Weber,"),
        ("TEXT", 20, 56, "your order left our house today."),
        ("TEXT", 20, 80, "It should arrive on Friday."),
        ("TEXT", 20, 120, "Kind regards"),
    ),
    (
        ("HEADING", 20, 20, "TICKET"),
        ("TEXT", 20, 56, "Coach 12, seat 47"),
        ("AMOUNT", 220, 56, "39.90 EUR"),
        ("STAMP", 200, 160, "USED"),
    ),
    (
        ("HEADING", 20, 20, "Facture 118"),
        ("TEXT", 20, 60, "Gâteau aux pommes"),
        ("AMOUNT", 220, 59, "18,00 EUR"),
        ("TEXT", 20, 84, "À régler: 18,00 EUR"),
    ),
    (
        ("HEADING", 20, 20, "Parts list"),
        ("TEXT", 20, 56, "M6 x 20"),
        ("TEXT", 150, 56, "48 pieces"),
        ("TEXT", 20, 80, "M8 x 30"),
        ("TEXT", 150, 81, "16 pieces"),
    ),
    (
        ("HEADING", 20, 20, "Opening hours"),
        ("TEXT", 20, 56, "Mon to Fri"),
        ("TEXT", 150, 56, "9:00 - 18:00"),
        ("TEXT", 20, 80, "Saturday"),
        ("TEXT", 150, 80, "10:00 - 14:00"),
    ),
    (
        ("HEADING", 20, 20, "Reminder"),
        ("TEXT", 20, 56, "Invoice 2026-0042 is still open."),
        ("AMOUNT", 220, 100, "310.00 EUR"),
        ("STAMP", 190, 170, "OVERDUE"),
    ),
    (("STAMP", 110, 110, "VOID"),),
    (
        ("HEADING", 20, 20, "Rezept"),
        ("TEXT", 20, 56, "200 g Mehl"),
        ("TEXT", 20, 78, "3 Eier"),
        ("TEXT", 20, 100, "Prise Salz"),
    ),
    (
        ("HEADING", 20, 20, "Bank statement"),
        ("TEXT", 20, 60, "Opening balance"),
        ("AMOUNT", 220, 60, "1,204.10 EUR"),
        ("TEXT", 20, 84, "Closing balance"),
        ("AMOUNT", 220, 85, "998.60 EUR"),
    ),
)
_INK = {"HEADING": (20, 20, 60), "TEXT": (30, 30, 34), "AMOUNT": (30, 30, 34), "STAMP": (196, 48, 43)}


def _font() -> ImageFont.ImageFont:
    """Pillow's own letters of fixed pixels: no outline that a newer library would smooth otherwise."""
    return ImageFont.load_default_imagefont()


def _paper(random: Random, at: int) -> Scan:
    image = Image.new("RGB", PAPER, (250, 249, 244))
    draw, found = ImageDraw.Draw(image), []
    for label, x, y, words in PAPERS[at]:
        width, height = (int(n) for n in _font().getbbox(words)[2:])
        draw.text((x, y), words, _INK[label], _font())
        corners: tuple[Point, ...] = ((x - 2, y - 1), (x + width + 2, y + height + 1))
        if label == "STAMP":
            draw.rectangle((x - 6, y - 5, x + width + 5, y + height + 4), outline=_INK[label])
            corners = ((x - 7, y - 6), (x + width + 7, y + height + 6))
        found.append(seen(label, "", corners, words=words))
    return Scan(image, tuple(found))


MAKERS: dict[str, Callable[[Random, int], Scan]] = {
    "defect-detection": _part,
    "predictive-maintenance": _motor,
    "ocr-documents": _paper,
}


def scans(template: str) -> dict[str, Scan]:
    """Every picture of a template, by the file's name."""
    random = Random(template)
    return {f"{name}.png": MAKERS[template](random, at) for at, name in enumerate(NAMES)}


def pixels(image: Image.Image) -> NDArray[Any]:
    """The colours of an image: height x width x (red, green, blue)."""
    return np.asarray(image.convert("RGB"))


def png(image: Image.Image) -> bytes:
    """An image as a PNG file; how small it gets depends on the library."""
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    for template in MAKERS:
        folder = Path(sys.argv[1]) / template / "media"
        folder.mkdir(parents=True, exist_ok=True)
        for name, scan in scans(template).items():
            (folder / name).write_bytes(png(scan.image))
