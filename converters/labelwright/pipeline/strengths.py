"""Who beat whom: counts which model's response was found better, over resolved items."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Any

from msgspec import Struct

from labelwright.agreement.result import State
from labelwright.contracts import Template
from labelwright.records import LEFT, RIGHT, TIE
from labelwright.render.text import TextCompiler, TextError
from labelwright.report.model import ModelRecord, ModelStrengths

MOST_PAIRS = 20_000  # of models; a data set with more names no models but something else
MOST_MODELS = 200
DIGITS = 6

Answers = Mapping[str, Any]
# Two models, and 1 if the first was found better, 0 if neither was, -1 if the second was.
Compared = tuple[str, str, int]


class Comparisons(Struct):
    """Wins of the first, ties and wins of the second by pair of models in the order of their names.

    ``too_many``: there are more than ``MOST_PAIRS``, and nothing is kept.
    """

    pairs: dict[tuple[str, str], list[int]] = {}
    too_many: bool = False

    def add(self, first: str, second: str, sign: int) -> None:
        """Count one comparison; one of a model with itself tells nothing."""
        if first > second:
            first, second, sign = second, first, -sign
        if first != second and not self.too_many:
            self.pairs.setdefault((first, second), [0, 0, 0])[1 - sign] += 1
            self._bound()

    def merge(self, other: Comparisons) -> None:
        """Add what a later part counted."""
        self.too_many |= other.too_many
        for pair, more in other.pairs.items():
            mine = self.pairs.setdefault(pair, [0, 0, 0])
            mine[:] = [a + b for a, b in zip(mine, more, strict=True)]
        self._bound()

    def _bound(self) -> None:
        if self.too_many or len(self.pairs) > MOST_PAIRS:
            self.pairs, self.too_many = {}, True


class ModelWatcher:
    """Reads off resolved items which model's response was found better."""

    def __init__(self, template: Template) -> None:
        """Compile what the template says of models. Raises ``UsageError`` if that is no text."""
        self.comparisons = Comparisons()
        spec = template.example
        self._read: Callable[[Answers, Answers], Iterator[Compared]] | None = None
        if spec.kind == "preference" and len(spec.models) == 2:
            compiler = TextCompiler(set(template.inputs), set(template.controls), {})
            where = f"template {template.name}: [example] models"
            left, right = (compiler.compile(source, where) for source in spec.models)
            choice = spec.choice.partition(".")[2]

            def pair(inputs: Answers, answers: Answers) -> Iterator[Compared]:
                sign = {LEFT: 1, TIE: 0, RIGHT: -1}.get(answers.get(choice, ""))
                names = left(inputs, answers).strip(), right(inputs, answers).strip()
                if sign is not None and all(names):
                    yield *names, sign

            self._read = pair
        elif spec.kind == "ranking" and spec.model_key:
            shown, ranking = str(spec.responses).partition(".")[2], spec.ranking.partition(".")[2]

            def ranked(inputs: Answers, answers: Answers) -> Iterator[Compared]:
                models = _models(inputs.get(shown), spec.id_key, spec.model_key)
                tiers = enumerate(answers.get(ranking) or ())
                placed = [(models[n], place) for place, tier in tiers for n in tier if n in models]
                for (a, here), (b, there) in combinations(placed, 2):
                    yield a, b, int(here != there)  # those of earlier tiers come first

            self._read = ranked

    def note(self, inputs: Answers, answers: Answers) -> None:
        """Count what one resolved item says; nothing where it does not name its models."""
        if self._read is None:
            return
        try:
            for first, second, sign in self._read(inputs, answers):
                self.comparisons.add(first, second, sign)
        except TextError:
            return  # the item does not name its models as the template reads them


def _models(value: Any, id_key: str, model_key: str) -> dict[str, str]:
    """The model of each response by the response's id, where one is named."""
    shown = value if isinstance(value, list | tuple) else ()
    named = [one for one in shown if isinstance(one, Mapping) and one.get(model_key) and id_key in one]
    return {str(one[id_key]): str(one[model_key]).strip() for one in named}


def strengths(counted: Comparisons) -> ModelStrengths | None:
    """What the comparisons say of each model; None where no item names two models."""
    if counted.too_many:
        return ModelStrengths(state=State.TOO_LARGE)
    if not counted.pairs:
        return None
    import numpy as np

    from labelwright.agreement.bradley_terry import bradley_terry

    names = sorted({name for pair in counted.pairs for name in pair})
    total = sum(map(sum, counted.pairs.values()))
    if len(names) > MOST_MODELS:
        return ModelStrengths(state=State.TOO_LARGE, comparisons=total)
    place = {name: at for at, name in enumerate(names)}
    wins, ties = np.zeros((len(names), len(names))), np.zeros((len(names), len(names)))
    for (first, second), (won, even, lost) in counted.pairs.items():
        a, b = place[first], place[second]
        wins[a, b], ties[a, b], wins[b, a] = won, even, lost
    found = bradley_terry(wins, ties)
    models = {
        name: ModelRecord(
            round(found.strengths[at], DIGITS) + 0.0 if found.strengths else None,
            int(wins[at].sum()),
            int(ties[at].sum() + ties[:, at].sum()),
            int(wins[:, at].sum()),
        )
        for name, at in place.items()
    }
    groups = [[names[at] for at in group] for group in found.groups]
    return ModelStrengths(found.state, total, models, groups)
