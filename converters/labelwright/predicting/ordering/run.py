"""Orders the items of an export for people to answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from hashlib import blake2b
from math import ceil

from msgspec import Struct
from msgspec.structs import replace

from labelwright import __version__
from labelwright.contracts import Files
from labelwright.lazy import lazily
from labelwright.pipeline.answers import counted
from labelwright.pipeline.opening import Opened
from labelwright.pipeline.settings import Settings
from labelwright.predicting.asking import Wanted, blind, files_of
from labelwright.predicting.ordering import problems as p
from labelwright.predicting.ordering.candidates import Asker, Candidate
from labelwright.predicting.ordering.features import points
from labelwright.predicting.ordering.model import Ordering, Placed
from labelwright.predicting.ordering.spread import CENTRES, SPREAD, spread
from labelwright.predicting.ordering.weighing import MARGIN, Weigher, weight
from labelwright.problems import DataError, Problems, UsageError
from labelwright.records import Item

np = lazily("numpy")

BOTH, UNCERTAINTY, DIVERSITY, LOT = "both", "uncertainty", "diversity", "lot"
WAYS = (BOTH, UNCERTAINTY, DIVERSITY, LOT)
DIGITS = 6

Progress = Callable[[int], None]


class Asked(Struct, frozen=True):
    """What an order is asked to be: ``by`` one of ``WAYS``, ``share`` percent of the candidates.

    An item with fewer than ``answers`` people's answers is a candidate.
    """

    wanted: Wanted
    by: str = BOTH
    measure: str = MARGIN
    answers: int = 1
    share: float = 100.0


def order(opened: Opened, settings: Settings, asked: Asked, progress: Progress | None = None) -> Ordering:
    """The order; the source is read once and held.

    Raises ``UsageError`` for a predictor that does not fit, ``DataError`` where no item is left.
    """
    if asked.by not in WAYS:
        raise UsageError(f"--by {asked.by}: give one of {', '.join(WAYS)}")
    problems = Problems()
    template = opened.tool.adapt(opened.source, settings.template, problems)
    with ExitStack() as stack:
        wanted = replace(asked.wanted, media=tuple(settings.media), allow_private=settings.allow_private)
        files = stack.enter_context(files_of(wanted))
        items = sorted(
            opened.tool.read(opened.source, template, problems), key=lambda item: _lot(item, settings.seed)
        )
        asker = Asker(wanted, template, items, settings.seed, stack, problems)
        weigher = Weigher(template, asker.model.controls, asked.measure)
        wanting = [item for item in items if len(counted(item)) < asked.answers]
        if not wanting:
            raise DataError(p.NOTHING_LEFT.at(items=len(items), wanted=asked.answers))
        found, left_out = asker.candidates(wanting, weigher, progress)
        if left_out:
            problems.add(p.UNREADABLE.at(count=left_out, predictor=asker.model.name))
        placed, by = _Placer(asked, asker, items, files, settings.seed, problems).placed(found)
    kept = placed[: ceil(len(placed) * asked.share / 100.0)]
    return Ordering(
        version=__version__,
        predictor=asked.wanted.predictor,
        model=asker.model.version,
        template=template.name,
        source=opened.source.name,
        by=by,
        seed=settings.seed,
        items=len(items),
        candidates=len(wanting),
        left_out=left_out,
        cut=len(placed) - len(kept),
        learnt=asker.model.told,
        order=kept,
        problems=list(problems),
        problem_counts=problems.counts,
    )


def _lot(item: Item, seed: int) -> bytes:
    """A place by lot that neither the order of the source nor other items change."""
    return blake2b(f"{seed} {item.key}".encode("utf-8", "replace"), digest_size=16).digest()


class _Placer:
    """Puts candidates, which come in an order by lot, at their places."""

    def __init__(
        self, asked: Asked, asker: Asker, items: Sequence[Item], files: Files, seed: int, problems: Problems
    ) -> None:
        self._asked, self._model, self._items, self._files = asked, asker.model, items, files
        self._seed, self._problems = seed, problems

    def placed(self, found: Sequence[Candidate]) -> tuple[list[Placed], str]:
        """The candidates at their places, and in words what they are ordered by."""
        told = any(one.uncertainty is not None for one in found)
        weights = [weight(one.uncertainty, one.disagreement, told) for one in found]
        by = self._way(told or any(one.disagreement for one in found))
        if by == LOT:
            return _ranked(found, dict.fromkeys(range(len(found)), 0.0), {}), LOT
        heavy = sorted(range(len(found)), key=lambda n: (-round(weights[n], 9), n))
        if by in (BOTH, DIVERSITY):
            try:
                return self._spread(found, weights, heavy, by)
            except UsageError as error:
                if self._asked.by == DIVERSITY:
                    raise
                self._problems.add(p.NO_FEATURES.at(reason=str(error)))
                if by == DIVERSITY:
                    return _ranked(found, dict.fromkeys(range(len(found)), 0.0), {}), LOT
        return _ranked(found, {n: weights[n] for n in heavy}, {}), UNCERTAINTY

    def _way(self, weighed: bool) -> str:
        """What can be ordered by: without any score, diversity or else the lot stands in."""
        by = self._asked.by
        if weighed or by not in (BOTH, UNCERTAINTY):
            return by
        instead = "by diversity alone" if by == BOTH else f"by lot (seed {self._seed})"
        self._problems.add(p.NO_SCORES.at(predictor=self._model.name, instead=instead))
        return DIVERSITY if by == BOTH else LOT

    def _spread(
        self, found: Sequence[Candidate], weights: list[float], heavy: list[int], by: str
    ) -> tuple[list[Placed], str]:
        """The first ``SPREAD`` spread over what items show, the rest by weight."""
        done = [blind(item) for item in self._items if len(counted(item)) >= self._asked.answers][:CENTRES]
        whole = [*(one.item for one in found), *done]
        shown = points(whole, self._model.template, self._model.inputs, self._files)
        weighed = np.array(weights if by == BOTH else [1.0] * len(found))
        first, far = spread(shown[: len(found)], weighed, shown[len(found) :], SPREAD)
        distances = dict(zip(first, far, strict=True))
        values = {n: float(weighed[n]) * distance for n, distance in distances.items()}
        values |= {n: weights[n] for n in heavy if n not in distances}
        return _ranked(found, values, distances), "uncertainty and diversity" if by == BOTH else DIVERSITY


def _ranked(
    found: Sequence[Candidate], values: Mapping[int, float], far: Mapping[int, float]
) -> list[Placed]:
    """The candidates in the order of ``values``, which has what each is placed by."""
    placed = []
    for rank, (n, value) in enumerate(values.items(), 1):
        one = found[n]
        placed.append(
            Placed(
                rank,
                one.item.key.item,
                one.answers,
                round(value, DIGITS),
                _rounded(one.uncertainty),
                _rounded(one.disagreement),
                _rounded(far.get(n)),
                one.item.link,
            )
        )
    return placed


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)
