"""Files put beside a training file: each content once under a name, and never another's name."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from labelwright.io.atomic import writing
from labelwright.media.names import safe_name
from labelwright.media.sources import opened

FOLDER = "images"
CHUNK = 1 << 20
_SHOWN = 8  # digits of a digest in a name


class Filing:
    """Writes files below ``folder``.

    The first content of a name has the name; another content gets a part of its digest into it. What a
    file holds is compared by digest, also with one that lies there already.
    """

    def __init__(self, folder: Path, name: str = FOLDER) -> None:
        """Nothing is written yet; paths will begin with ``name``."""
        self._folder, self._name = folder, name
        self._names: dict[str, str] = {}  # digest by name, in lower case: not all systems tell them apart

    def put(self, name: str, ending: str, digest: str, data: bytes | Path) -> str:
        """Write bytes, or copy a file, unless it is there; return its relative path. Raises ``DataError``."""
        stem = safe_name(name, "")
        for tried in (stem, f"{stem}-{digest[:_SHOWN]}", f"{stem}-{digest}"):
            address = f"{self._name}/{tried}{ending}"
            known = self._names.get(address.lower())
            if known is None:
                known = self._write(self._folder / address, digest, data)
                self._names[address.lower()] = known
            if known == digest:
                return address
        raise AssertionError("unreachable: a name with the whole digest is another's")

    def _write(self, target: Path, digest: str, data: bytes | Path) -> str:
        """Write a file that is not there; the digest of what is there in the end."""
        with writing(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with target.open("xb") as file:
                    if isinstance(data, bytes):
                        file.write(data)
                    else:
                        with os.fdopen(opened(data), "rb") as source:
                            while chunk := source.read(CHUNK):
                                file.write(chunk)
            except FileExistsError:
                return digest_of(target)
        return digest


def digest_of(path: Path) -> str:
    """The SHA-256 of a file. Raises ``Fault`` if it cannot be opened."""
    with os.fdopen(opened(path), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
