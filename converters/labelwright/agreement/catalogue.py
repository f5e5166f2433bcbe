"""What every measure means, read from the docstrings of the functions that compute them.

A module of this package names its measures and their functions::

    MEASURES = {"gwet_ac1": gwet_ac, "gwet_ac2": gwet_ac}

and each of these functions says in its docstring, after its summary and whatever else is worth saying,
one paragraph per fact, each starting with its word and a colon: ``Formula``, ``Range``, ``At 1``,
``At 0``, ``Below 0``, ``Source``. Modules are found by scanning; a name declared twice is refused.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from labelwright import agreement

FACTS = ("Formula", "Range", "At 1", "At 0", "Below 0", "Source")
_FACT = re.compile(rf"^({'|'.join(FACTS)}): ", re.M)


class MeasureDoc(Struct, frozen=True):
    """What is said of a measure: its summary, further words, and the facts by their word."""

    summary: str
    text: str
    facts: dict[str, str]
    module: str
    function: str


def read_doc(function: Callable[..., object]) -> MeasureDoc:
    """Take a function's docstring apart. Raises ``ValueError`` if a fact is missing or said twice."""
    head, *rest = _FACT.split(inspect.cleandoc(function.__doc__ or ""))
    words = [(word, " ".join(told.split())) for word, told in zip(rest[::2], rest[1::2], strict=True)]
    facts = dict(words)
    where = f"{function.__module__}.{function.__qualname__}"
    if sorted(facts) != sorted(FACTS) or len(words) != len(facts) or not all(facts.values()):
        raise ValueError(f"the docstring of {where} must say once each of: {', '.join(FACTS)}")
    summary, _, text = head.strip().partition("\n\n")
    ordered = {word: facts[word] for word in FACTS}
    return MeasureDoc(
        " ".join(summary.split()), text.strip(), ordered, function.__module__, function.__name__
    )


def measures() -> dict[str, MeasureDoc]:
    """Every measure by name.

    Raises ``ValueError`` for a name declared twice, or a docstring that lacks a fact.
    """
    found: dict[str, MeasureDoc] = {}
    for info in pkgutil.iter_modules(agreement.__path__):
        module: Any = importlib.import_module(f"{agreement.__name__}.{info.name}")
        declared: Mapping[str, Callable[..., object]] = vars(module).get("MEASURES", {})
        for name, function in declared.items():
            if name in found:
                raise ValueError(f"the measure {name!r} is declared twice, again in {module.__name__}")
            found[name] = read_doc(function)
    return dict(sorted(found.items()))
