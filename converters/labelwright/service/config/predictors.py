"""Predictors that are named on the command line."""

from __future__ import annotations

from collections.abc import Iterable

from labelwright.predicting.finding import named
from labelwright.problems import UsageError
from labelwright.service.config.load import Loaded
from labelwright.service.config.model import PredictorConfig


def add_predictors(loaded: Loaded, given: Iterable[str]) -> None:
    """Add each ``NAME=PREDICTOR``, or replace the predictor of one that is configured.

    Raises ``UsageError`` for what is none.
    """
    seen: set[str] = set()
    for text in given:
        name, spec = named(text)
        if name in seen:
            raise UsageError(f"--predictor names {name} twice; each predictor needs a name of its own")
        seen.add(name)
        known = loaded.config.predictors.get(name)
        if known is None:
            loaded.config.predictors[name] = PredictorConfig(predictor=spec)
        else:
            known.predictor = spec
