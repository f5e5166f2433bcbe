"""The name of what a predictor has learnt last, kept beside its folder: known before it has loaded."""

from __future__ import annotations

import contextlib
from pathlib import Path


class Record:
    """One file; what goes wrong with it costs the name alone, until the predictor tells it again."""

    def __init__(self, folder: str) -> None:
        """Of the predictor that keeps what it learns in ``folder``; empty: nothing is kept."""
        self._path = Path(folder).with_suffix(".learnt") if folder else None

    def read(self) -> str:
        """The name; empty if there is none."""
        try:
            return self._path.read_text("utf-8").strip() if self._path else ""
        except (OSError, UnicodeDecodeError):
            return ""

    def write(self, learnt: str) -> None:
        """Keep a name."""
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._path.write_text(learnt, "utf-8")
