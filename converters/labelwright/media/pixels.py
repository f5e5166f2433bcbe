"""Images decoded and written anew, by Pillow, where something about them must change.

PNG stays PNG; JPEG and WebP are written with ``QUALITY``, WebP without loss where it had none. The same
image gives the same bytes with the same version of Pillow.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from labelwright.geometry.reframe import INVERSE
from labelwright.io import pictures, webp
from labelwright.io.pictures import Picture
from labelwright.media import problems as p
from labelwright.media.sources import Fault
from labelwright.problems import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

QUALITY = 95
FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
    "image/avif": "AVIF",
}
WRITTEN = ("image/png", "image/jpeg", "image/webp")  # what is written, the first where there is a choice
CODES = {
    pictures.GREY: "L",
    pictures.GREY_ALPHA: "LA",
    pictures.RGB: "RGB",
    pictures.RGBA: "RGBA",
    pictures.PALETTE: "P",
    pictures.CMYK: "CMYK",
}


class Goal(Struct, frozen=True):
    """What an image shall be: media type, colour mode (empty: as it is), upright size in pixels."""

    type: str
    mode: str
    size: tuple[int, int]
    shallow: bool = False  # 16 bits a channel become 8


class Made(Struct):
    """An image written anew; ``flattened``: it was transparent in places and lies on white now."""

    data: bytes
    flattened: bool = False


def version() -> str:
    """Pillow's version, which decides the bytes. Raises ``UsageError`` if it is not installed."""
    try:
        import PIL
    except ImportError:
        raise UsageError("the vision extra is not installed: pip install 'labelwright[vision]'") from None
    return str(PIL.__version__)


def checked(data: bytes, picture: Picture) -> Picture:
    """The picture with what its header left open, by decoding it. Raises ``Fault`` if it is broken."""
    with _decoding(), _opened(data, picture) as image:
        if image.width * image.height > MOST_PIXELS:
            raise too_many(*image.size)
        image.load()
        size, mode = image.size, _mode_of(image)
    width, height = (size[1], size[0]) if picture.type == "image/tiff" and picture.turn > 4 else size
    return Picture(
        picture.type, picture.mode or mode, True, width, height, picture.turn, picture.frames, picture.bits,
        picture.clear,
    )  # fmt: skip


MOST_PIXELS = 100_000_000  # what is larger is not decoded: 300 MB and more of memory


def too_many(width: int, height: int) -> Fault:
    """An image beyond what is decoded for any target."""
    return Fault(p.TOO_MANY_PIXELS, width=width, height=height, limit=MOST_PIXELS, unit="in all")


def remade(data: bytes, picture: Picture, goal: Goal) -> Made:
    """Decode an image, turn it upright, convert and scale it, and encode it. Raises ``Fault``."""
    with _decoding(), _opened(data, picture) as image:
        _load(image, picture, goal.size)
        profile = image.info.get("icc_profile")
        found = _upright(image, picture)
        if goal.shallow and found.mode.startswith("I"):
            found = _shallow(found)
        before = found.mode
        found, flattened = _converted(found, goal.mode)
        if found.size != goal.size:
            found = found.resize(goal.size, _resampling(found))
        kept = profile if profile and _family(before) == _family(found.mode) else None
        return Made(_encoded(found, goal.type, kept, data), flattened)


def colours(data: bytes, picture: Picture, turn: bool, size: tuple[int, int]) -> NDArray[np.uint8]:
    """An image as a model sees it: rows of pixels of red, green and blue, what is clear on white.

    ``turn``: upright as its EXIF orientation says; ``size`` is the width and height wanted after that.
    Raises ``Fault`` if it cannot be decoded.
    """
    import numpy as np

    with _decoding(), _opened(data, picture) as image:
        across = picture.turn > 4 and not turn
        _load(image, picture, (size[1], size[0]) if across else size)
        found = _upright(image, picture) if turn or picture.type == "image/tiff" else image
        if not turn and picture.type == "image/tiff":
            found = _turned(found, INVERSE[picture.turn])
        if found.mode.startswith("I"):
            found = _shallow(found)
        found, _ = _converted(found, "RGB")
        if found.size != size:
            found = found.resize(size, _resampling(found))
        return np.asarray(found)


def _load(image: Image.Image, picture: Picture, size: tuple[int, int]) -> None:
    """Decode it, no larger than it is wanted; ``size`` is that of the upright image."""
    if sorted(image.size) != sorted((picture.width, picture.height)):
        raise Fault(p.TRUNCATED, reason="its headers say two sizes")
    if picture.type == "image/jpeg":
        width, height = size
        image.draft(image.mode, (height, width) if picture.turn > 4 else (width, height))
    image.load()


def _resampling(image: Image.Image) -> Any:
    from PIL import Image

    return Image.Resampling.LANCZOS if image.mode not in ("P", "1") else Image.Resampling.NEAREST


@contextmanager
def _decoding() -> Iterator[None]:
    """Turn what a decoder says of broken data into a fault."""
    version()
    try:
        with warnings.catch_warnings():
            # Sizes are checked before; other warnings are about metadata that is not used.
            warnings.simplefilter("ignore")
            yield
    except (Fault, MemoryError):
        raise
    except Exception as error:  # Pillow's decoders raise many kinds on broken data
        reason = str(error).partition("<_io")[0].strip() or type(error).__name__
        raise Fault(p.TRUNCATED, reason=reason) from None


def _opened(data: bytes, picture: Picture) -> Image.Image:
    from PIL import Image

    if picture.type not in FORMATS:
        raise Fault(p.NOT_AN_IMAGE, what=f"{picture.type}, which is not decoded")
    return Image.open(io.BytesIO(data), formats=[FORMATS[picture.type]])


def _upright(image: Image.Image, picture: Picture) -> Image.Image:
    from PIL import ImageOps

    if picture.type == "image/tiff":  # newer versions turn these while they load
        return ImageOps.exif_transpose(image)
    return _turned(image, picture.turn)


def _turned(image: Image.Image, turn: int) -> Image.Image:
    """An image turned as an EXIF orientation says."""
    from PIL import Image

    ways = Image.Transpose
    way = {
        2: ways.FLIP_LEFT_RIGHT,
        3: ways.ROTATE_180,
        4: ways.FLIP_TOP_BOTTOM,
        5: ways.TRANSPOSE,
        6: ways.ROTATE_270,
        7: ways.TRANSVERSE,
        8: ways.ROTATE_90,
    }.get(turn)
    return image if way is None else image.transpose(way)


def _shallow(image: Image.Image) -> Image.Image:
    """A grey image of 16 bits in 8: 65535 becomes 255."""
    import numpy as np
    from PIL import Image

    values = np.asarray(image).astype(np.int64).clip(0, 65535)
    return Image.fromarray(((values * 255 + 32767) // 65535).astype(np.uint8))


def _converted(image: Image.Image, mode: str) -> tuple[Image.Image, bool]:
    """The image in another mode; and whether it was laid on white for want of an alpha channel."""
    from PIL import Image

    if not mode or image.mode == mode:
        return image, False
    alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    if not alpha or mode in ("RGBA", "LA"):
        return image.convert(mode), False
    layered = image.convert("RGBA")
    if layered.getchannel("A").getextrema() == (255, 255):
        return layered.convert("RGB").convert(mode), False
    white = Image.new("RGBA", layered.size, "white")
    return Image.alpha_composite(white, layered).convert("RGB").convert(mode), True


def _family(mode: str) -> str:
    """Colour profiles are for one kind of channels."""
    return {"L": "grey", "LA": "grey", "1": "grey", "I;16": "grey", "CMYK": "CMYK"}.get(mode, "RGB")


def _mode_of(image: Image.Image) -> str:
    words = {code: word for word, code in CODES.items()}
    return words.get(image.mode, pictures.GREY if image.mode[0] in "1IF" else pictures.RGB)


def _encoded(image: Image.Image, type_: str, profile: bytes | None, data: bytes) -> bytes:
    target = io.BytesIO()
    options: dict[str, Any] = {"icc_profile": profile, "exif": b""}
    if type_ == "image/jpeg":
        options |= {"quality": QUALITY, "subsampling": 0, "optimize": False}
    elif type_ == "image/webp":
        lossless = not data.startswith(b"RIFF") or webp.walk(data).lossless
        options |= {"quality": QUALITY, "method": 4, "lossless": lossless, "exact": lossless}
        options["icc_profile"] = profile or b""
    image.save(target, FORMATS[type_], **options)
    return target.getvalue()
