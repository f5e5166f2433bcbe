"""Paths into a JSON value: ``result.labels[0]``, ``items[*]``, ``["a key"].b``; ``$`` in front may stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from labelwright.problems import UsageError

Step: TypeAlias = str | int | None  # a key, an index, or all entries of a list
_STEP = re.compile(
    r"""\.?(?P<key>[^\W\d][\w-]*)|\[(?P<at>-?\d+)\]|\[(?P<all>\*)\]|\.?\[(["'])(?P<quoted>.+?)\4\]"""
)


class JsonPath:
    """A path. Raises ``UsageError`` for one that is none."""

    def __init__(self, text: str, where: str) -> None:
        """``where`` says whose it is. Empty, or ``$``: the value itself."""
        self.text = text
        self._steps: list[Step] = []
        rest = text.strip().removeprefix("$")
        at = 0
        while at < len(rest):
            step = _STEP.match(rest, at)
            if step is None:
                raise UsageError(f"{where}: {text!r} is no path such as result.items[0].label")
            key = step["key"] or step["quoted"]
            self._steps.append(key if key else None if step["all"] else int(step["at"]))
            at = step.end()

    @property
    def several(self) -> bool:
        """Whether it may lead to several values."""
        return None in self._steps

    def find(self, value: Any) -> list[Any]:
        """The values that it leads to; empty where it leads nowhere."""
        found = [value]
        for step in self._steps:
            found = [inner for one in found for inner in _into(one, step)]
        return found

    def there(self, value: Any) -> bool:
        """Whether it leads somewhere: an empty list is a place too, with nothing in it."""
        found = [value]
        for step in self._steps:
            if step is None and found and all(isinstance(one, list) and not one for one in found):
                return True
            found = [inner for one in found for inner in _into(one, step)]
        return bool(found)

    def one(self, value: Any) -> Any:
        """The first of ``find``; None where there is none."""
        return next(iter(self.find(value)), None)


def _into(value: Any, step: Step) -> Iterator[Any]:
    if isinstance(step, str):
        if isinstance(value, dict) and step in value:
            yield value[step]
    elif isinstance(value, list):
        if step is None:
            yield from value
        elif -len(value) <= step < len(value):
            yield value[step]
