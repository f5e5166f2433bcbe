"""Evaluates a predictor against an export."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from msgspec import Struct
from msgspec.structs import replace

from labelwright import __version__
from labelwright.contracts import Outcome, Template
from labelwright.pipeline.goldrun import gold_plan
from labelwright.pipeline.observing import Observed, observe
from labelwright.pipeline.opening import Opened, open_source
from labelwright.pipeline.resolve import fit
from labelwright.pipeline.settings import Settings
from labelwright.predicting.apart import Apart
from labelwright.predicting.asking import Wanted, files_of, learns, loaded
from labelwright.predicting.declared import takes_unanswered
from labelwright.predicting.evaluating import problems as p
from labelwright.predicting.evaluating.figures import figures
from labelwright.predicting.evaluating.lessons import Answered, Plan, in_folds, lesson, shows, told_of
from labelwright.predicting.evaluating.model import ControlEvaluation, Evaluation, Lessons
from labelwright.predicting.evaluating.referring import Entry, Referrer
from labelwright.predicting.evaluating.tally import Tally
from labelwright.predicting.finding import find
from labelwright.problems import DataError, Place, Problems
from labelwright.quality.goldmaking import mostly_flagged
from labelwright.report.words import clean
from labelwright.state.pseudonyms import Pseudonyms, load_key, state_folder

Progress = Callable[[int], None]


class Asked(Struct, frozen=True):
    """What an evaluation is asked to do, beside the settings of any run.

    ``trusted`` is the accuracy from which on a suggestion counts as trusted, ``least`` the accuracy below
    which the run ends with a problem (None: none).
    """

    wanted: Wanted
    plan: Plan = Plan()
    trusted: float = 0.95
    least: float | None = None


def evaluate(
    opened: Opened, settings: Settings, asked: Asked, progress: Progress | None = None
) -> Evaluation:
    """Score a predictor like an annotator; the source is read twice.

    Raises ``UsageError`` for a predictor that cannot be had or does not fit the template, ``DataError`` for
    a source that cannot be used, or where it cannot learn.
    """
    problems = Problems()
    template = opened.tool.adapt(opened.source, settings.template, problems)
    wanted = replace(asked.wanted, media=tuple(settings.media), allow_private=settings.allow_private)
    asked = replace(asked, wanted=wanted)
    with ExitStack() as stack:
        # What is wrong with the predictor, or the places of its files, is told before anything is read.
        first = loaded(wanted, template, stack)
        stack.enter_context(files_of(wanted))
        seen = observe(opened, settings, template, "", None, problems)
        referrer = _referrer(settings, template, seen)
        tally = Tally(template, first.controls, referrer.others)
        run = _Run(opened, template, settings, asked, first, referrer, stack, progress)
        for entry, outcome in run.answered():
            tally.add(entry, outcome)
    key = load_key(state_folder(settings.state), settings.key_file)
    names = Pseudonyms(key, opened.tool.name, settings.show_annotators)
    controls = figures(tally, seen.agreement, names, settings, asked.trusted)
    found = _evaluation(opened, settings, template, run, tally, controls, problems)
    _judge(found, asked, first, run, tally, problems)
    found.passed = not problems.errors
    found.problems, found.problem_counts = list(problems), problems.counts
    found.problem_titles |= {one.code: one.title for one in problems}
    return found


def _referrer(settings: Settings, template: Template, seen: Observed) -> Referrer:
    plan = gold_plan(settings, template, Problems())
    counts = seen.state.counts
    if mostly_flagged(counts.references, counts.annotated) and not plan.trust_flags:
        plan = type(plan)(plan.known, plan.references, ignore_flags=True)
    return Referrer(template, settings.rule, fit(template, settings.rule, seen.state), plan)


class _Run:
    """The predictor at work on the items of a source."""

    def __init__(
        self, opened: Opened, template: Template, settings: Settings, asked: Asked, model: Apart,
        referrer: Referrer, stack: ExitStack, progress: Progress | None,
    ) -> None:  # fmt: skip
        self.opened, self.template, self.settings, self.asked = opened, template, settings, asked
        self.model, self.referrer, self.progress = model, referrer, progress
        self._stack = stack
        self.lessons: Lessons | None = None
        self.seen = 0

    def answered(self) -> Answered:
        """Each item with the predictor's answer. Raises ``DataError``."""
        entries = self.referrer.entries(self.opened, self.template)
        wanted, plan = self.asked.wanted, self.asked.plan
        if not learns(wanted) or not plan.any:
            return told_of(self.model, entries, self.progress)
        self.model.close()  # it has said what it is; others learn and answer
        if plan.folds:
            held = list(entries)
            found, self.lessons = in_folds(
                wanted, self.template, held, plan.folds, self.settings.seed, self.progress
            )
            return _explained(found, plan.folds)
        taught, digests = self._taught()
        self.model = taught
        return told_of(taught, self._watched(entries, digests), self.progress)

    def _taught(self) -> tuple[Apart, set[str]]:
        """One that learnt of another export, and what its items showed."""
        with open_source(self.asked.plan.export) as other:
            template = other.tool.adapt(other.source, self.settings.template, Problems())
            referrer = self.referrer.unknowing()
            entries = list(referrer.entries(other, template))
            settled = [e for e in entries if e.reference]
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="labelwright-learnt-"))
        learnt_of = lesson(entries, takes_unanswered(find(self.asked.wanted.predictor)))
        model = loaded(self.asked.wanted, self.template, self._stack, folder, learnt_of)
        how = f"learnt of {clean(other.source.name, 80)} before"
        self.lessons = Lessons(how, 0, len(settled))
        return model, {shows(e.item) for e in settled}

    def _watched(self, entries: Iterator[Entry], digests: set[str]) -> Iterator[Entry]:
        for entry in entries:
            self.seen += shows(entry.item) in digests
            yield entry


def _explained(found: Answered, folds: int) -> Iterator[tuple[Entry, Outcome]]:
    """The same; where a fold leaves too little to learn of, it is told so."""
    try:
        yield from found
    except DataError as error:
        place = Place(control=error.problem.place.control)
        raise DataError(p.LEARNT_TOO_LITTLE.at(place, folds=folds, reason=error.problem.message)) from None


def _evaluation(
    opened: Opened, settings: Settings, template: Template, run: _Run, tally: Tally,
    controls: dict[str, ControlEvaluation], problems: Problems,
) -> Evaluation:  # fmt: skip
    told = run.lessons
    if told is not None and run.seen:
        told = Lessons(told.how, told.folds, told.items, run.seen)
    model = run.model
    return Evaluation(
        version=__version__,
        predictor=run.asked.wanted.predictor,
        title=model.title,
        model=model.declared if told is not None and told.folds else model.version,
        template=template.name,
        source=opened.source.name,
        consensus=settings.rule,
        counts=tally.counts,
        controls=controls,
        failures=dict(sorted(tally.problems.counts.items(), key=lambda c: (-c[1], c[0]))),
        problems=[],
        problem_counts={},
        problem_titles={one.code: one.title for one in tally.problems},
        lessons=told,
        asked=run.asked.least,
        passed=True,
        seed=settings.seed,
    )


def _judge(
    found: Evaluation, asked: Asked, first: Apart, run: _Run, tally: Tally, problems: Problems
) -> None:
    """Say what makes the figures worth less than they seem, and whether they reach what was asked."""
    name = found.predictor
    if learns(asked.wanted) and not asked.plan.any:
        if first.learnt:
            problems.add(p.PERHAPS_SAME.at(predictor=name, learnt=first.told or first.learnt))
        else:
            problems.add(p.NOT_TAUGHT.at(predictor=name))
    if run.seen:
        problems.add(p.SAME_ITEMS.at(predictor=name, seen=run.seen, items=tally.counts.items))
    if found.counts.suggested:
        seen, items = found.counts.suggested, found.counts.items
        problems.add(p.SUGGESTED.at(predictor=name, suggested=seen, items=items))
    if not any(control.accuracy.n for control in found.controls.values()):
        counts = found.counts
        problems.add(p.NOTHING_COMPARED.at(predictor=name, items=counts.items, answered=counts.answered))
    for control, one in found.controls.items():
        value = one.accuracy.value
        if asked.least is None or value is None:
            continue
        # What it failed on is in no figure, and is no reason to pass.
        value *= one.accuracy.n / max(one.accuracy.n, tally.controls[control].referred)
        if value < asked.least - 1e-12:
            what = {"predictor": name, "control": control, "value": value, "least": asked.least}
            problems.add(p.BELOW_ASKED.at(Place(control=control), **what))
