"""What a predictor's class says of itself, beside what it reads and answers: in its form, or a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from labelwright.problems import UsageError

LONGEST = 200  # characters of a name or title
LATER = (property, cached_property)  # told by the predictor once it is loaded


def require_declared(kind: type[Any], spec: str) -> None:
    """Raise ``UsageError`` for what a class says in another form than it has to have."""
    for name, (fits, form) in _FORMS.items():
        try:
            if not hasattr(kind, name) or fits(getattr(kind, name)):
                continue
        except Exception:  # of a class that answers by code of its own
            pass
        raise UsageError(f"{spec}: {name} has to be {form}")


def labels_of(source: Any) -> tuple[str, ...]:
    """The labels that a predictor or its class says; none where only the predictor will know."""
    found = getattr(source, "labels", ())
    return () if isinstance(found, LATER) else tuple(found)


def batch_of(source: Any) -> int:
    """How many items a predictor or its class wants at a time; 0 where it does not say."""
    found = getattr(source, "batch", 0)
    return 0 if isinstance(found, LATER) else int(found or 0)


def takes_unanswered(kind: type[Any]) -> bool:
    """Whether a predictor learns of items that nobody answered, too."""
    return bool(getattr(kind, "unanswered", False))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST and (not value or value.isprintable())


def _are_texts(value: Any) -> bool:
    listed = isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes)
    return listed and all(isinstance(one, str) and _encodes(one) for one in value)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_version(value: Any) -> bool:
    return _is_text(value) or (isinstance(value, int | float) and not isinstance(value, bool))


def _is_batch(value: Any) -> bool:
    return isinstance(value, LATER) or (isinstance(value, int) and value >= 0)


def _are_labels(value: Any) -> bool:
    return isinstance(value, LATER) or _are_texts(value)


def _are_names(value: Any) -> bool:
    return isinstance(value, Mapping) and _are_texts(list(value)) and all(map(_are_texts, value.values()))


def _are_options(value: Any) -> bool:
    return _are_names(value) and all(isinstance(v, Sequence) and len(v) == 2 for v in value.values())


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool)


_TEXT = (_is_text, "a short text")
_TEXTS = (_are_texts, "a list of texts")
_TRUTH = (_is_truth, "True or False")
_FORMS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "name": _TEXT,
    "title": _TEXT,
    "extra": _TEXT,
    "modules": _TEXTS,
    "beside": _TEXTS,
    "options": (_are_options, "a mapping of names to (default, meaning), all texts"),
    "version": (_is_version, "a short text"),
    "batch": (_is_batch, "a whole number"),
    "labels": (_are_labels, "a list of texts"),
    "any_labels": _TRUTH,
    "alike": (_are_names, "a mapping of labels to lists of other names"),
    "predicts": _TRUTH,
    "unanswered": _TRUTH,
    "incidental": _TEXTS,
    "paths": _TEXTS,
    "remote": _TRUTH,
    "fingerprint": (callable, "a static method fingerprint(asked)"),
}
