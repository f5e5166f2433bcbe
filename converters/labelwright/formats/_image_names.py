"""Names for the files of images: inside their folder, each image's own."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import PurePosixPath

from labelwright.problems import Place, Problems, ProblemType, Severity

RENAMED = ProblemType(
    "image.renamed",
    "An image has another name in the data set",
    "{name!r} is written as {written!r}; put the image there under that name",
    "None needed, if the images are put where the files say. Give them names of their own to silence this.",
    Severity.WARNING,
)
_UNSAFE = re.compile(r"[\x00-\x1f\x7f<>:\"|?*]+")  # what some file system does not take


class ImageNames:
    """Gives each image a path that stays inside its folder and that no other has."""

    def __init__(self, folders: Collection[str] = (), *, suffix: bool = False, flat: bool = False) -> None:
        """No name is taken yet.

        Args:
            folders: names that no folder may have, since readers look for them in the path.
            suffix: names that differ in their suffix alone are names of their own.
            flat: folders are left out.
        """
        self._folders, self._suffix, self._flat = frozenset(folders), suffix, flat
        self._taken: set[str] = set()

    def take(self, name: str, place: Place, problems: Problems) -> str:
        """A free path for the image ``name``; a warning if it is not the image's own."""
        safe = self._safe(name)
        path = PurePosixPath(safe)
        stem, ending = safe.removesuffix(path.suffix), path.suffix
        tried, number = safe, 1
        while self._key(tried) in self._taken:
            number += 1
            tried = f"{stem}-{number}{ending}"
        self._taken.add(self._key(tried))
        if tried != name:
            problems.add(RENAMED.at(place, name=name, written=tried))
        return tried

    def _key(self, name: str) -> str:
        return name if self._suffix else stem_of(name)

    def _safe(self, name: str) -> str:
        parts = [_UNSAFE.sub("_", p).strip() for p in name.replace("\\", "/").split("/")]
        parts = [p for p in parts if p not in ("", ".", "..")] or ["image"]
        if self._flat:
            return parts[-1]
        folders = [f"{p}_" if p in self._folders else p for p in parts[:-1]]
        return "/".join([*folders, parts[-1]])


def stem_of(name: str) -> str:
    """A path without the suffix of its file."""
    return name.removesuffix(PurePosixPath(name).suffix)
