"""Finds a predictor's class: by its name among those installed, or in a user's file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labelwright.predicting.declared import require_declared
from labelwright.predictors._user_file import user_module
from labelwright.problems import UsageError
from labelwright.records import Kind
from labelwright.registry import pick, predictors

INPUT_TYPES = ("text", "dialogue", "image", "audio", "video", "json")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")


def find(spec: str, folder: Path | None = None) -> type[Any]:
    """The class that a spec names: ``patterns``, ``./my_model.py:Model``.

    Paths are relative to ``folder``, or else to where the program runs. Raises ``UsageError``.
    """
    path, colon, attribute = spec.rpartition(":")
    if colon and path.endswith(".py"):
        return checked(_of_file((folder or Path()) / path, attribute), spec)
    if spec.endswith(".py"):
        raise UsageError(f"which class of {spec}? name it: {spec}:Model")
    return checked(pick("predictor", predictors(), spec), spec)


def name_of(kind: type[Any]) -> str:
    """The name of a predictor's class: as it says, else made of the class's own."""
    given = getattr(kind, "name", "")
    return given or "-".join(w.lower() for w in _WORD.split(kind.__name__) if w)


def named(text: str) -> tuple[str, str]:
    """``NAME=PREDICTOR`` as two. Raises ``UsageError``."""
    name, equals, spec = text.partition("=")
    if not equals or not spec or not _NAME.fullmatch(name):
        raise UsageError(f"{text!r} is no NAME=PREDICTOR; names have small letters, digits and hyphens")
    return name, spec


def checked(kind: Any, spec: str) -> type[Any]:
    """The class if it can be a predictor. Raises ``UsageError`` that says what it lacks."""
    if not isinstance(kind, type) or not callable(getattr(kind, "predict", None)):
        raise UsageError(f"{spec} is no predictor: it has to be a class with a method predict(batch)")
    for what, known in (("inputs", INPUT_TYPES), ("kinds", tuple(Kind))):
        given = getattr(kind, what, None)
        if isinstance(given, str) or not isinstance(given, Sequence | set | frozenset) or not given:
            raise UsageError(f"{spec}: {what} has to name at least one of {', '.join(known)}")
        wrong = sorted(str(x) for x in given if x not in known)
        if wrong:
            raise UsageError(f"{spec}: {what} has {wrong[0]!r}; there are: {', '.join(known)}")
    require_declared(kind, spec)
    return kind


def _of_file(path: Path, attribute: str) -> Any:
    module = user_module(path)
    found = getattr(module, attribute, None)
    if found is None:
        classes = [n for n, v in vars(module).items() if isinstance(v, type) and hasattr(v, "predict")]
        raise UsageError(f"{path} has no {attribute!r}; there are: {', '.join(classes) or 'no predictors'}")
    return found
