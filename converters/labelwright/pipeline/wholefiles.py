"""Says of finished training files what their trainer asks of a file as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from labelwright.pipeline.settings import Settings
from labelwright.problems import Place, Problems, Severity
from labelwright.quality.filerules import TOO_FEW, whole_file
from labelwright.registry import dialect_of


def check_files(
    finished: Sequence[Path], splits: Mapping[str, int], settings: Settings, problems: Problems
) -> None:
    """Hold each side's file against the dialect's rules.

    Too few rows are a warning, and of the training file alone: more of them come with more labelling.
    Folders have no such rules.
    """
    dialect = dialect_of(settings.target)
    if dialect is None:
        return
    for side, (path, (name, rows)) in enumerate(zip(finished, splits.items(), strict=False)):
        if not rows or path.is_dir():
            continue
        place = Place(source=name if len(finished) > 1 else settings.target)
        for problem in whole_file(dialect.file_rules, place, rows, path.stat().st_size):
            if problem.code != TOO_FEW.code:
                problems.add(problem)
            elif side == 0:
                problems.add(msgspec.structs.replace(problem, severity=Severity.WARNING))
