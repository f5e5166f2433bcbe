"""A coloured disc with a mark on it before noise, still and moving."""

from __future__ import annotations

import numpy as np
from photos import encoded
from PIL import Image, ImageDraw

CENTRE = (150.0, 120.0)
RADIUS = 40.0


def disc(dx: float = 0, dy: float = 0, larger: float = 1.0, there: bool = True) -> bytes:
    """A PNG of 400 x 300; the disc lies about ``CENTRE`` + (dx, dy)."""
    chance = np.random.default_rng(round(dx * 7 + dy))
    image = Image.fromarray(np.clip(chance.normal(90, 12, (300, 400, 3)), 0, 255).astype(np.uint8))
    if there:
        draw = ImageDraw.Draw(image)
        x, y, r = CENTRE[0] + dx, CENTRE[1] + dy, RADIUS * larger
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(220, 60, 40))
        draw.rectangle((x - 5, y - r / 2, x + r / 4, y + r / 4), fill=(250, 240, 80))
    return encoded(image)
