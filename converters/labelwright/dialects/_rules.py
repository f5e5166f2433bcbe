"""Rules beyond a schema: how they are declared, looked up and located inside a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from labelwright.contracts import Broken
from labelwright.problems import ProblemType, Severity

Rule: TypeAlias = Callable[[dict[str, Any]], Iterator[Broken]]

_DECLARED: dict[str, ProblemType] = {}


def rule(
    code: str, title: str, message: str, remedy: str, severity: Severity = Severity.ERROR
) -> ProblemType:
    """Declare what a row can break; ``Broken.code`` leads back to it."""
    declared = ProblemType(code, title, message, remedy, severity)
    _DECLARED[code] = declared
    return declared


def declared(code: str) -> ProblemType | None:
    """The problem type behind the code of a broken rule, if it was declared with ``rule``."""
    return _DECLARED.get(code)


def broken(kind: ProblemType, path: str, **what: Any) -> Broken:
    """A rule broken at one path of a row."""
    return Broken(kind.code, path, kind.message.format(**what))


def is_error(found: Broken) -> bool:
    """Whether a broken rule makes a row unusable (a warning does not)."""
    kind = _DECLARED.get(found.code)
    return kind is None or kind.severity is Severity.ERROR


def dotted(path: Iterable[str | int]) -> str:
    """A path inside a row as people write it: ``messages[0].content``."""
    out = ""
    for step in path:
        if isinstance(step, int):
            out += f"[{step}]"
        else:
            out += f".{step}" if out else step
    return out


def shown(value: Any, limit: int = 60) -> str:
    """A value short enough for a message."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def objects(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a list with their indexes; anything malformed is left to the schema."""
    if isinstance(value, list):
        for index, entry in enumerate(value):
            if isinstance(entry, dict):
                yield index, entry


KEY_UNKNOWN = rule(
    "row.key-unknown",
    "A row has a key that the target's documentation does not name",
    "key {key!r} is not one of: {known}",
    "Remove the key, or keep such data in a file beside the training file.",
    Severity.WARNING,
)


def known_keys(*known: str) -> Rule:
    """A rule: top-level keys outside the documented ones are worth a look."""

    def check(row: dict[str, Any]) -> Iterator[Broken]:
        for key in row:
            if key not in known:
                yield broken(KEY_UNKNOWN, str(key), key=shown(key), known=", ".join(known))

    return check
