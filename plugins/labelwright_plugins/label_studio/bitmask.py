"""Masks as PNG images in a data URL, as the tag Bitmask stores them."""

from __future__ import annotations

import base64
import binascii
import io
from typing import TYPE_CHECKING, Any

from labelwright.geometry.brush import HALF
from labelwright.geometry.rle import mask_of
from labelwright.geometry.shapes import Mask
from labelwright.lazy import lazily
from labelwright.problems import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = lazily("numpy")

START = "data:image/png;base64,"
NO_PILLOW = "bitmasks are PNG images, which Pillow reads: pip install 'labelwright[vision]'"


def mask_from_png(address: Any, width: int, height: int) -> tuple[Mask, int]:
    """The mask in a data URL, and how many of its pixels were neither in nor out.

    Of an image with an alpha channel that channel is the mask, else its brightness. No other address is
    ever opened. Raises ``ValueError`` if it is no PNG image of this size, ``UsageError`` without Pillow.
    """
    if not isinstance(address, str) or not address.startswith(START):
        raise ValueError("its image is no PNG in a data URL")
    try:
        data = base64.b64decode(address[len(START) :], validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("its image is not base64") from None
    found = _alpha(data, width, height)
    soft = int(((found != 0) & (found != 255)).sum())
    return mask_of(found >= HALF), soft


def _alpha(data: bytes, width: int, height: int) -> NDArray[np.uint8]:
    try:
        from PIL import Image
    except ImportError:
        raise UsageError(NO_PILLOW) from None
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            if image.size != (width, height):  # before its pixels are unpacked
                size = f"{image.size[0]} x {image.size[1]}"
                raise ValueError(f"its mask has {size} pixels and the image {width} x {height}")
            held = image.convert("RGBA").getchannel("A") if _has_alpha(image) else image.convert("L")
            return np.asarray(held, dtype=np.uint8)
    except ValueError:
        raise
    except Exception as error:  # what Pillow raises for damaged files has no common kind
        raise ValueError(f"its image cannot be read: {error}") from None


def _has_alpha(image: Any) -> bool:
    return "A" in image.getbands() or "transparency" in image.info


def png_of(mask: NDArray[np.bool_]) -> str:
    """A data URL of the mask, shape (height, width): black, opaque where it is set."""
    try:
        from PIL import Image
    except ImportError:
        raise UsageError(NO_PILLOW) from None
    pixels = np.zeros((*mask.shape, 4), dtype=np.uint8)
    pixels[..., 3] = mask * np.uint8(255)
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG")
    return START + base64.b64encode(written.getvalue()).decode()
