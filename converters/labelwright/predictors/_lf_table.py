"""What labelling functions do, in numbers, one row each: Snorkel's LFAnalysis gives the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from msgspec import Struct

from labelwright.lazy import lazily
from labelwright.predictors._label_model import ABSTAIN

np = lazily("numpy")
Array: TypeAlias = Any  # of numpy


class Line(Struct):
    """One function. ``polarity``: the labels that it gave.

    ``coverage`` is the share of all items that it votes on, ``overlaps`` of those that another votes on as
    well, ``conflicts`` of those that another gives another label. ``correct`` and ``incorrect`` count its
    votes on items whose label is known; ``accuracy`` is the share of the correct. ``learnt`` is the
    accuracy that the label model takes it to have.
    """

    name: str
    polarity: list[str]
    coverage: float
    overlaps: float
    conflicts: float
    correct: int = 0
    incorrect: int = 0
    accuracy: float | None = None
    learnt: float | None = None


class Table(Struct):
    """All functions, and the shares of items that any votes on, that several do, and that they differ on."""

    lines: list[Line]
    items: int
    coverage: float
    overlaps: float
    conflicts: float

    def text(self) -> str:
        """The table as lines of text, for a terminal."""
        head = (
            "function",
            "labels",
            "coverage",
            "overlaps",
            "conflicts",
            "right",
            "wrong",
            "accuracy",
            "learnt",
        )
        rows = [head]
        for line in self.lines:
            shares = [f"{s:.3f}" for s in (line.coverage, line.overlaps, line.conflicts)]
            known = ["-" if s is None else f"{s:.3f}" for s in (line.accuracy, line.learnt)]
            cells = (
                line.name,
                ",".join(line.polarity),
                *shares,
                str(line.correct),
                str(line.incorrect),
                *known,
            )
            rows.append(cells)  # type: ignore[arg-type]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows
        )


def table(
    votes: Array,
    names: Sequence[str],
    labels: Sequence[str],
    known: Array | None = None,
    learnt: Sequence[float] = (),
) -> Table:
    """The table of votes (items x functions; -1 abstains). ``known`` (items): labels, -1 where unknown."""
    cast = votes != ABSTAIN
    several = cast.sum(axis=1) > 1
    differ = _differ(votes, cast)
    lines = []
    for n, name in enumerate(names):
        mine = votes[:, n]
        gave = sorted(set(mine[cast[:, n]].tolist()))
        clash = (cast & (votes != mine[:, None])).any(axis=1) & cast[:, n]
        line = Line(
            name,
            [labels[v] for v in gave],
            _share(cast[:, n]),
            _share(cast[:, n] & several),
            _share(clash),
            learnt=learnt[n] if len(learnt) else None,
        )
        if known is not None:
            judged = cast[:, n] & (known >= 0)
            line.correct = int((judged & (mine == known)).sum())
            line.incorrect = int(judged.sum()) - line.correct
            line.accuracy = line.correct / int(judged.sum()) if judged.any() else None
        lines.append(line)
    return Table(lines, len(votes), _share(cast.any(axis=1)), _share(several), _share(differ))


def _differ(votes: Array, cast: Array) -> Array:
    highest = np.where(cast, votes, -1).max(axis=1, initial=-1)
    lowest = np.where(cast, votes, np.iinfo(votes.dtype).max).min(axis=1, initial=np.iinfo(votes.dtype).max)
    return cast.any(axis=1) & (highest != lowest)


def _share(which: Array) -> float:
    return float(which.mean()) if len(which) else 0.0
