"""Images of an item as data URIs, no larger than is allowed."""

from __future__ import annotations

import base64
import io

from labelwright.contracts import Query
from labelwright.io import pictures
from labelwright.predictors import _said as s
from labelwright.predictors._pictures import picture_of
from labelwright.problems import DataError, Place

MOST = 8_000_000  # bytes of an image as it is sent; base64 makes a third more of them
_AS_IS = ("image/jpeg", "image/png", "image/webp")
_QUALITY = 92


def attached(query: Query, name: str, side: int) -> tuple[str, tuple[int, int]]:
    """The data URI of an image, and its width and height as it is sent.

    A file that fits is sent as it is; one that is larger than ``side`` pixels, lies on its side or is of
    another type is written anew. Raises ``DataError`` where there is none or it cannot be read.
    """
    data = query.file(name)
    found = pictures.look(data)
    size = (found.width, found.height) if found is not None else (0, 0)
    fits = found is not None and found.type in _AS_IS and (found.frames, found.turn) == (1, 1)
    fits = fits and found is not None and not found.reason and min(size) >= 4 and max(size) <= side
    if found is not None and fits and len(data) <= MOST and query.item.size(name) in (None, size):
        return _uri(found.type, data), size
    from PIL import Image

    picture = picture_of(query, name, side)
    target = io.BytesIO()
    Image.fromarray(picture.pixels).save(target, "JPEG", quality=_QUALITY, subsampling=0)
    data = target.getvalue()
    if len(data) > MOST:
        place = Place(item=str(query.item.key), path=name)
        raise DataError(s.IMAGE_LARGE.at(place, name=name, size=len(data), limit=MOST))
    height, width = picture.pixels.shape[:2]
    return _uri("image/jpeg", data), (width, height)


def _uri(type_: str, data: bytes) -> str:
    return f"data:{type_};base64,{base64.b64encode(data).decode()}"
