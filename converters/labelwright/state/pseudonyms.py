"""Stable names for annotators that do not tell who they are."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path

from labelwright.io.atomic import writing
from labelwright.problems import UsageError

KEY_FILE = "pseudonym.key"
KEY_BYTES = 32


def state_folder(given: Path | None = None) -> Path:
    """Where state is kept: as given, else ``$LABELWRIGHT_STATE``, else the user's state folder."""
    if given is not None:
        return given
    named = os.environ.get("LABELWRIGHT_STATE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "labelwright"


def load_key(folder: Path, key_file: Path | None = None) -> bytes:
    """The key of a state folder, made on first use; or the content of ``key_file``.

    Raises ``UsageError`` if the file cannot be read or is shorter than 16 bytes.
    """
    path = key_file or folder / KEY_FILE
    try:
        key = path.read_bytes().strip()
    except FileNotFoundError:
        if key_file is not None:
            raise UsageError(f"{key_file} does not exist") from None
        key = _new_key(path)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    if len(key) < 16:
        raise UsageError(f"{path} is too short for a key: give at least 16 bytes")
    return key


def _new_key(path: Path) -> bytes:
    """Make a key; of two runs that do so at once, both use the one that came first."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # for its owner alone
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_hex(KEY_BYTES).encode() + b"\n")
            with contextlib.suppress(FileExistsError):
                os.link(name, path)
        finally:
            Path(name).unlink()
        return path.read_bytes().strip()


class Pseudonyms(dict[str, str]):
    """Annotator -> ``annotator-xxxxxxxx``: an HMAC of tool and user id, not reversible by guessing."""

    def __init__(self, key: bytes, tool: str, shown: bool = False) -> None:
        """``shown`` gives the tool's own ids instead."""
        self._key = key
        self._tool = tool
        self._shown = shown

    def __missing__(self, annotator: str) -> str:
        """Name an annotator the first time."""
        name = self[annotator] = self._make(annotator)
        return name

    def _make(self, annotator: str) -> str:
        if self._shown:
            return annotator
        message = f"{self._tool}\0{annotator}".encode()
        return "annotator-" + hmac.new(self._key, message, hashlib.sha256).hexdigest()[:8]
