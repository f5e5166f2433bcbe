"""Sees that the key of the pseudonyms stays what it was as long as versions name annotators by it.

A new key gives all annotators new names, so that no version can be compared with those before it.
"""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from labelwright.problems import DataError, Place, ProblemType
from labelwright.service.secrets import private_file
from labelwright.state.pseudonyms import KEY_FILE, load_key
from labelwright.state.versions import VersionStore

STATE, MARK = "state", ".pseudonyms"  # the mark lies in the data folder, and tells one key from another

MISSING = ProblemType(
    "service.pseudonym-key-missing",
    "The key of the pseudonyms is gone",
    "{file} is missing, and the versions of data sets below {projects} name annotators by it",
    "Restore that file from a backup of the data folder. To go on with new names for everybody, write a new "
    "key there (such as 32 random bytes in hexadecimal) and remove the file .pseudonyms of the data folder.",
)
CHANGED = ProblemType(
    "service.pseudonym-key-changed",
    "The key of the pseudonyms is another one",
    "{file} is not the key by which the versions of data sets below {projects} name annotators",
    "Restore that file from a backup of the data folder. To go on with new names for everybody, remove the "
    "file .pseudonyms of the data folder.",
)


def keep_names(data: Path) -> None:
    """See that the key is there and the same, if there are versions; remember it.

    Raises ``DataError`` if it is not, ``UsageError`` for a key that cannot be read.
    """
    file, mark, projects = data / STATE / KEY_FILE, data / MARK, data / "projects"
    known = mark.read_bytes().decode("ascii", "replace") if mark.is_file() else ""
    named = has_versions(data)
    if named and not file.exists():
        raise DataError(MISSING.at(Place(source=str(file)), file=KEY_FILE, projects=projects))
    told = _told(load_key(data / STATE))
    if named and known not in ("", told):
        raise DataError(CHANGED.at(Place(source=str(file)), file=KEY_FILE, projects=projects))
    if known != told:
        private_file(mark, told.encode())


def has_versions(data: Path) -> bool:
    """Whether any version of any data set lies in the data folder."""
    return any(VersionStore(folder).numbers() for folder in (data / "projects").glob("*/datasets/*/"))


def _told(key: bytes) -> str:
    return hmac.new(key, b"labelwright: which key is it", hashlib.sha256).hexdigest()[:32]
