"""A predictor's labels as the project's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from labelwright.problems import UsageError

NONE = ""  # in a mapping: answers with this label are not wanted


class LabelMap:
    """Maps labels: as told, else to the one label that is the same but for case, blanks, ``-`` and ``_``.

    Where there is none, to the first of the label's other names that the project has.
    """

    def __init__(
        self, told: Mapping[str, str] | None = None, alike: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        """``told`` maps a predictor's label to the project's; to ``""`` for one that is not wanted.

        ``alike`` are other names of the predictor's labels, the likeliest first.
        """
        self._told = dict(told or {})
        self._alike = dict(alike or {})

    def of(self, label: str, offered: Sequence[str]) -> str | None:
        """The project's label; None if it has none. ``""`` if answers with the label are not wanted.

        ``offered`` empty: the control takes any label.
        """
        if label in self._told:
            wanted = self._told[label]
            return wanted if not wanted or not offered or wanted in offered else None
        if not offered or label in offered:
            return label
        for name in (label, *self._alike.get(label, ())):
            folded = fold(name)
            same = [one for one in offered if fold(one) == folded]
            if same:
                return same[0] if len(same) == 1 else None
        return None

    def check(self, declared: Sequence[str], offered: Sequence[str]) -> None:
        """Raise ``UsageError`` if the mapping names labels that are on neither side."""
        for label, wanted in self._told.items():
            if declared and label not in declared:
                raise UsageError(
                    f"labels maps {label!r}, which the predictor does not have: {_list(declared)}"
                )
            if wanted and offered and wanted not in offered:
                raise UsageError(
                    f"labels maps to {wanted!r}, which the template does not have: {_list(offered)}"
                )


def fold(label: str) -> str:
    """A label without what makes no difference between two people's spellings."""
    return "".join(c for c in label.casefold() if c not in " -_")


def _list(labels: Sequence[str]) -> str:
    return ", ".join(labels)
