"""Media folders on disk: by relative path, then by a file name that is there once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from labelwright.media import problems as p
from labelwright.media.names import base_names, is_upload, leads_out, relative_names
from labelwright.media.sources import Fault, Found


class Folders:
    """Several folders, in the order in which they are asked.

    A path that is in two of them is taken from the first. A bare file name counts only if it is there once
    in all of them: anything else would be a guess.
    """

    def __init__(self, roots: Sequence[Path]) -> None:
        """Nothing is read yet."""
        self._roots = [(root, root.resolve()) for root in roots]
        self._index: dict[str, list[tuple[Path, str]]] | None = None
        self._taken: dict[str, str] = {}  # by a file that was taken for its name alone: the first address

    def find(self, uri: str) -> Found | None:
        """The file of an address. Raises ``Fault`` if it lies outside or could be several."""
        if not self._roots:
            return None
        names = relative_names(uri)
        for name in names:
            for root, resolved in self._roots:
                found = _below(root, resolved, name)
                if found is not None:
                    return found
        if any(map(leads_out, names)):
            raise Fault(p.OUTSIDE)
        for name in base_names(uri):
            places = self._named(name)
            if len(places) > 1:
                raise Fault(p.AMBIGUOUS, first=places[0][1], second=places[1][1])
            if places:
                root, relative = places[0]
                found = _below(root, root.resolve(), relative)
                return self._guessed(uri, found) if found is not None else None
        return None

    def _guessed(self, uri: str, found: Found) -> Found:
        """The file with what makes it doubtful that it is the address's."""
        first = self._taken.setdefault(str(found.path), uri)
        found.twin = "" if first == uri else first
        if not is_upload(uri):
            folders = found.name.split("/")[-2::-1]
            found.elsewhere = not any(
                all(a == b for a, b in zip(folders, name.split("/")[-2::-1], strict=False))
                for name in relative_names(uri)
            )
        return found

    def _named(self, name: str) -> list[tuple[Path, str]]:
        """Where files of a name are, two at most."""
        if self._index is None:
            self._index = {}
            for root, _ in self._roots:
                for folder, folders, files in os.walk(root):
                    folders.sort()
                    for file in sorted(files):
                        places = self._index.setdefault(file, [])
                        relative = (Path(folder) / file).relative_to(root).as_posix()
                        if len(places) < 2 and not any(_same(root / relative, r / n) for r, n in places):
                            places.append((root, relative))
        return self._index.get(name, [])


def _below(root: Path, resolved: Path, name: str) -> Found | None:
    """What lies at a path from the folder; None if nothing does. Raises ``Fault`` if it leads out of it."""
    path = root / name
    try:
        there = path.resolve(strict=True)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    except OSError as error:
        if leads_out(name):
            raise Fault(p.OUTSIDE) from None
        if error.strerror == "File name too long":
            return None
        raise Fault(p.UNREADABLE, reason=error.strerror or "the path leads in a circle") from None
    except RuntimeError:  # a symlink to itself, before Python 3.13
        raise Fault(p.UNREADABLE, reason="the path leads in a circle") from None
    if not there.is_relative_to(resolved):
        raise Fault(p.OUTSIDE)
    return Found(there.relative_to(resolved).as_posix(), there)


def _same(a: Path, b: Path) -> bool:
    """Whether two paths are one file: one folder given may lie in another."""
    return os.path.realpath(a) == os.path.realpath(b)
