"""Distinct values of a coded control as integers, in the order its level needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from math import isfinite
from typing import TYPE_CHECKING

from labelwright.agreement.coefficients import Array
from labelwright.agreement.items import MISSING, number_label
from labelwright.contracts import Control, path_label
from labelwright.lazy import lazily
from labelwright.records import LEFT, RIGHT, TIE, Kind, Level, Value

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazily("numpy")

Patterns = Mapping[tuple[str, ...], Mapping[tuple[Value, ...], int]]
SETS = frozenset({Kind.CHOICES, Kind.TAXONOMY})


class Coded:
    """All patterns of a control: ``codes`` (rows, slots; -1 missing), ``people`` alike, ``counts``.

    ``size`` is the number of answers of each row.
    """

    def __init__(self, control: Control, patterns: Patterns) -> None:
        """Code the values of every pattern; rows are in sorted order of annotators and codes."""
        seen = {v for group in patterns.values() for values in group for v in values}
        self.values = _ordered(control, [v for v in seen if v is not MISSING and v is not None])
        self.labels = [label_of(control.kind, v) for v in self.values]
        code = {v: i for i, v in enumerate(self.values)}
        self.annotators = sorted({a for who in patterns for a in who})
        person = {a: i for i, a in enumerate(self.annotators)}
        rows: dict[tuple[tuple[int, int], ...], int] = {}
        for who, group in patterns.items():
            ids = [person[a] for a in who]
            for values, count in group.items():
                row = tuple([(p, code[v]) for p, v in zip(ids, values, strict=True) if v in code])
                if row:
                    rows[row] = rows.get(row, 0) + count
        ordered = sorted(rows)
        slots = max((len(r) for r in ordered), default=0)
        flat = np.full((len(ordered), slots, 2), -1, np.int64)
        for at, row in enumerate(ordered):
            flat[at, : len(row)] = row
        self.people, self.codes = flat[:, :, 0].copy(), flat[:, :, 1].copy()
        # Rows are filled from the left, so the last slots are the missing ones.
        self.size = np.array([len(r) for r in ordered], np.int64)
        self.counts = np.array([rows[r] for r in ordered], np.int64)
        self.answered = sorted({int(p) for p in self.people[self.people >= 0]})

    @property
    def pairable(self) -> Array:
        """How often each value was given for items with two or more answers."""
        kept = (self.codes >= 0) & (self.size >= 2)[:, None]
        at, _ = np.nonzero(kept)
        return np.bincount(self.codes[kept], self.counts[at].astype(float), minlength=len(self.values))

    @property
    def numbers(self) -> Array | None:
        """The values as numbers (dates as days), or None where one is not a number."""
        found = [as_number(v) for v in self.values]
        return None if None in found else np.array(found, float)


def as_number(value: Value) -> float | None:
    """A value as a finite number; an ISO date as its day."""
    if isinstance(value, int | float):
        return float(value) if isfinite(value) else None
    if not isinstance(value, str):
        return None
    try:
        number = float(value)
    except ValueError:
        pass
    else:
        return number if isfinite(number) else None  # the labels "nan" and "infinity" are words
    try:
        moment = datetime.fromisoformat(value).replace(tzinfo=None)
    except ValueError:
        return None
    midnight = datetime(moment.year, moment.month, moment.day)
    return date.toordinal(moment.date()) + (moment - midnight).total_seconds() / 86400


def _ordered(control: Control, values: Iterable[Value]) -> list[Value]:
    """Values in the order of their scale: declared labels first, numbers by size, else sorted."""
    seen = set(values)
    if control.kind is Kind.CHOICE:
        declared = list(dict.fromkeys(control.labels))
        level = control.measured_level
        numbers = {v: as_number(v) for v in {*declared, *seen}}
        if all(n is not None for n in numbers.values()) and (not declared or level is not Level.ORDINAL):
            return sorted(numbers, key=lambda v: (numbers[v] or 0.0, str(v)))
        return [*declared, *sorted(seen - set(declared), key=str)]
    if control.kind is Kind.PREFERENCE:
        order = control.labels or [LEFT, TIE, RIGHT]
        return [*order, *sorted(seen - set(order), key=str)]
    if control.kind in (Kind.RATING, Kind.NUMBER):
        return sorted(seen, key=lambda v: (isinstance(v, str), v))
    return sorted(seen, key=str) if control.kind is Kind.DATE else sorted(seen, key=repr)


def label_of(kind: Kind, value: Value) -> str:
    """A value as a label of distributions and confusions."""
    if kind is Kind.CHOICES:
        return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    if kind is Kind.TAXONOMY:
        return ", ".join(path_label(p) for p in value) if isinstance(value, tuple) else str(value)
    return number_label(float(value)) if isinstance(value, int | float) else str(value)


def members(kind: Kind, value: Value) -> frozenset[tuple[str, ...]]:
    """The elements of a set answer: labels, or for a taxonomy its paths with all their ancestors."""
    if not isinstance(value, tuple):
        return frozenset({(str(value),)})
    if kind is Kind.CHOICES:
        return frozenset((str(v),) for v in value)
    found: set[tuple[str, ...]] = set()
    for path in value:
        parts = tuple(map(str, path)) if isinstance(path, tuple | list) else (str(path),)
        found.update(parts[: i + 1] for i in range(len(parts)))
    return frozenset(found)
