"""Finds the items that a second person is to decide or to look over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from labelwright.pipeline.answers import counted
from labelwright.pipeline.opening import Opened
from labelwright.pipeline.resolve import Outcome, resolver_for_single
from labelwright.pipeline.settings import Settings
from labelwright.problems import Problems
from labelwright.quality import review
from labelwright.quality.answerfile import read_answers
from labelwright.quality.review import Case, Reason
from labelwright.quality.sampling import Sampler, rank
from labelwright.records import Annotation, Item
from labelwright.state.pseudonyms import Pseudonyms


class Wanted(Struct, frozen=True):
    """Which items to review. ``sample`` is a share of the settled items below 1, else their number.

    Of a share, an item is in it or not whatever other items there are; a number is met exactly.
    """

    below: float = 0.5
    sample: float = 0.0
    edge: str = ""


class Selection(Struct):
    """The cases, in the source's order, and how many items were looked at."""

    cases: list[Case]
    items: int
    settled: int


def select(
    opened: Opened,
    settings: Settings,
    wanted: Wanted,
    names: Pseudonyms,
    problems: Problems,
    progress: Callable[[int], None] | None = None,
) -> Selection:
    """Every tie, item with shapes that too few drew or low agreement, edge case, and a sample of the rest.

    Items with a reference are decided already, and items of the settings' gold file are known: neither
    are cases. Raises ``UsageError`` for an unknown rule, ``DataError`` for a source that cannot be used.
    """
    template = opened.tool.adapt(opened.source, settings.template, problems)
    resolver = resolver_for_single(template, settings.rule)
    scores = review.Scores(template)
    cases: list[tuple[int, Case]] = []
    sample = _Sample(wanted.sample, settings.seed)
    gold = read_answers(settings.gold, template, problems) if settings.gold else {}
    count = settled = 0
    for count, item in enumerate(opened.tool.read(opened.source, template, problems), 1):
        if progress is not None and not count % 1000:
            progress(count)
        annotations = counted(item)
        if not annotations or item.key.item in gold or any(a.reference for a in annotations):
            continue
        outcome = resolver.resolve(annotations)
        case = _case(item, annotations, outcome, names)
        reasons = []
        if outcome.ties:
            reasons.append(Reason.TIE)
        elif outcome.outvoted:  # what is agreed is filled in; the table shows what too few drew
            reasons.append(Reason.OUTVOTED)
        low = scores.low(annotations, wanted.below)
        if low:
            reasons.append(Reason.LOW)
            case.disputed = tuple(n for n in template.controls if n in {*low, *case.disputed})
        if wanted.edge and review.marked(item.inputs, item.meta, wanted.edge):
            reasons.append(Reason.EDGE)
        case.consensus = {n: v for n, v in outcome.answers.items() if n not in case.disputed}
        case.reasons = tuple(reasons)
        if reasons:
            cases.append((count, case))
        else:
            settled += 1
            sample.offer(count, case)
    return Selection(
        [case for _, case in sorted([*cases, *sample.drawn()], key=lambda c: c[0])], count, settled
    )


class _Sample:
    """Draws from items as they come: by share, or the given number with the lowest ranks."""

    def __init__(self, size: float, seed: int) -> None:
        self._share, self._seed = size, seed
        self._sampler: Sampler[tuple[int, Case]] | None = Sampler(round(size), seed) if size >= 1 else None
        self._taken: list[tuple[int, Case]] = []

    def offer(self, at: int, case: Case) -> None:
        if self._sampler is not None:
            self._sampler.offer(case.item, lambda: (at, case))
        elif rank(self._seed, case.item) < self._share * 2**64:
            self._taken.append((at, case))

    def drawn(self) -> Iterator[tuple[int, Case]]:
        found = self._taken if self._sampler is None else [one for _, one in self._sampler.drawn()]
        for at, case in found:
            case.reasons = (Reason.SAMPLE,)
            yield at, case


def _case(item: Item, annotations: Sequence[Annotation], outcome: Outcome, names: Pseudonyms) -> Case:
    return Case(
        item=item.key.item,
        link=item.link,
        reasons=(),
        disputed=tuple(dict.fromkeys(tie.on or tie.control for tie in outcome.ties)),
        annotators=[names[a.annotator] for a in annotations],
        answers=[a.answers for a in annotations],
        annotations=[a.id for a in annotations],
    )
