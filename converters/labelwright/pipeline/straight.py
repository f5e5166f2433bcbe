"""Writes a format's file while its items are read, instead of spooling them first.

For one part and one side. What is written lies in the work folder until the gate has decided, as a
spooled run's does, and is the same byte for byte.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

from labelwright.contracts import FolderFormat, Template
from labelwright.io.atomic import writing
from labelwright.pipeline.finishing import write_folder
from labelwright.pipeline.part import PartRunner
from labelwright.pipeline.partstate import PartState
from labelwright.problems import Problems
from labelwright.records import Item, Resolved
from labelwright.registry import dialect_of, formats

FILE, FOLDER = "file", "folder"


def way(target: str, several: FolderFormat | None) -> str:
    """How a target can be written straight away: as a file, as a folder, or (empty) not at all."""
    if dialect_of(target) is not None or target not in formats():
        return ""
    return FILE if several is None else FOLDER


class StraightRunner(PartRunner):
    """Hands resolved items on to whoever writes them."""

    def write(
        self, items: Iterable[Item], target: str, kind: str, template: Template, path: Path
    ) -> PartState:
        """Write a format's file (or its folder, by ``kind``) to ``path``; return what is left behind."""
        form, problems = formats()[target], Problems()
        self._held: list[Resolved] = []
        resolved = self._flow(items)
        shutil.rmtree(path, ignore_errors=True)  # a former pass may have left it
        if kind == FOLDER:
            write_folder(
                path, cast("FolderFormat", form), {self._splitter.names[0]: resolved}, template, problems
            )
        else:
            with writing(path), path.open("wb") as handle:
                for chunk in form.write(resolved, template, problems):
                    handle.write(chunk)
        for _ in resolved:  # a format may stop early; what the rest holds is counted all the same
            pass
        state = self._finished()
        state.written = problems
        return state

    def _flow(self, items: Iterable[Item]) -> Iterator[Resolved]:
        for item in items:
            self._item(item)
            yield from self._held
            self._held.clear()

    def _hand_on(self, resolved: Resolved, side: int) -> None:
        self._held.append(resolved)
