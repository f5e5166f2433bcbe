"""Opens data set folders and lines with vi-sdk: ``read_vi.py PATH ...`` prints what its loader finds in each.

Of a folder: for each side the images with their annotations, and the size of each picture that
it draws. Of a file: whether each line can be decoded.
"""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec
from vi.dataset.loaders.loader import ViDataset
from vi.dataset.loaders.types.annotations import ViAnnotation

SIDES = ("dump", "training", "validation")


def decodes(line: bytes) -> bool:
    """Whether a line is an annotation."""
    try:
        msgspec.json.decode(line, type=ViAnnotation)
    except msgspec.DecodeError:
        return False
    return True


def opened(path: str) -> dict[str, Any]:
    """Each side of a data set: images, what is said of them, and what is drawn."""
    data, found = ViDataset(path), {}
    for side in SIDES:
        held = getattr(data, side)
        pairs = [[asset.filename, asset.width, asset.height, said] for asset, said in held.iter_pairs()]
        drawn = [list(picture.size) for picture in held.visualize()]
        found[side] = {"pairs": msgspec.to_builtins(pairs), "drawn": drawn}
    return found


if __name__ == "__main__":
    found: dict[str, Any] = {}
    for name in sys.argv[1:]:
        place = Path(name)
        if place.is_dir():
            found[name] = opened(name)
        else:
            found[name] = [decodes(line) for line in place.read_bytes().splitlines()]
    print(json.dumps(found))
