"""Unpacks a backup and believes nothing of it: names, kinds, sizes and digests are all looked at."""

from __future__ import annotations

import hashlib
import os
import tarfile
from pathlib import Path
from typing import NoReturn

import msgspec

from labelwright.problems import DataError, Place, UsageError
from labelwright.service.store import archive as a
from labelwright.service.store.database import FILE, WORK_FILE

CHUNK = 1 << 20
_RESERVED = (FILE, WORK_FILE)  # of the data folder: they come from the database's copy or are made anew


def unpack(archive: Path, folder: Path) -> a.Manifest:
    """Every file of the archive below ``folder``.

    Raises ``UsageError`` if there is no such file, ``DataError`` unless it is whole and holds nothing else.
    """
    found: dict[str, tuple[int, str]] = {}
    manifest: a.Manifest | None = None
    try:
        with tarfile.open(archive, mode="r:") as tar:
            for info in tar:
                if manifest is not None or info.name in found:
                    refuse(archive, "it holds something after its end, or the same name twice")
                if info.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or not a.is_safe(info.name):
                    refuse(archive, "it holds something that is no plain file below its folder")
                if info.name == a.MANIFEST:
                    manifest = _manifest(archive, tar, info)
                elif _has_place(info.name):
                    found[info.name] = _file(tar, info, folder / info.name)
                else:
                    refuse(archive, "it holds a file that no backup has")
    except FileNotFoundError:
        raise UsageError(f"there is no {archive}") from None
    except (
        tarfile.TarError,
        msgspec.DecodeError,
        EOFError,
        UnicodeError,
        NotADirectoryError,
        FileExistsError,
    ):
        refuse(archive, "it is no tar, or it is cut off or damaged")
    if manifest is None:
        refuse(archive, "it is cut off: the list of its files is missing")
    if found != {name: (kept.size, kept.sha256) for name, kept in manifest.files.items()}:
        refuse(archive, "its files are not those that it was written with")
    for name, kept in manifest.files.items():
        (folder / name).chmod((kept.mode & 0o755) | 0o600)
    for path in (folder / a.DATA / "secrets", *(folder / a.DATA / "secrets").rglob("*/")):
        if path.is_dir():
            path.chmod(0o700)
    _links(archive, folder / a.DATA, manifest.links)
    return manifest


def refuse(archive: Path, reason: str) -> NoReturn:
    """Say why an archive is not taken. Raises ``DataError``."""
    raise DataError(a.REFUSED.at(Place(source=str(archive)), reason=reason)) from None


def _has_place(name: str) -> bool:
    first, _, rest = name.partition("/")
    if first == a.DATA:
        return bool(rest) and not rest.startswith(_RESERVED)
    return name == a.SQLITE or (first == a.TABLES and rest.endswith(".jsonl") and "/" not in rest)


def _manifest(archive: Path, tar: tarfile.TarFile, info: tarfile.TarInfo) -> a.Manifest:
    file = tar.extractfile(info)
    if file is None or info.size > a.MOST_MANIFEST:
        refuse(archive, "the list of its files is too long")
    with file:
        found = msgspec.json.decode(file.read(a.MOST_MANIFEST), type=a.Manifest)
    if found.format != a.FORMAT:
        refuse(archive, f"it was written by labelwright {found.version} in a way that this one does not know")
    return found


def _file(tar: tarfile.TarFile, info: tarfile.TarInfo, path: Path) -> tuple[int, str]:
    """Write a file; its size and digest as they are found."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file, digest, size = tar.extractfile(info), hashlib.sha256(), 0
    assert file is not None
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with file, os.fdopen(handle, "wb") as out:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return size, digest.hexdigest()


def _links(archive: Path, data: Path, links: dict[str, str]) -> None:
    for name, target in sorted(links.items()):
        path = data / name
        if not a.is_link(name, target) or not (path.parent / target).is_dir() or path.exists():
            refuse(archive, "it holds a link that points elsewhere")
        path.symlink_to(target)
