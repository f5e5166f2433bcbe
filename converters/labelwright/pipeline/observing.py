"""What a run sees in its source: the answers' agreement, gold, models, and who everybody is."""

from __future__ import annotations

from msgspec import Struct

from labelwright.agreement.result import Agreement
from labelwright.contracts import AnyRule, FittedModel, Template
from labelwright.pipeline.goldrun import gold_plan, report_gold, review_states, settled
from labelwright.pipeline.naming import named, named_model
from labelwright.pipeline.opening import Opened
from labelwright.pipeline.parts import Progress
from labelwright.pipeline.partstate import PartState
from labelwright.pipeline.running import run
from labelwright.pipeline.settings import Settings
from labelwright.problems import Problems
from labelwright.quality.anchored import AnchoringReport, anchoring_report
from labelwright.quality.gold import GoldReport
from labelwright.quality.signals import Signal, find_signals
from labelwright.state.pseudonyms import Pseudonyms, load_key, state_folder


class Observed(Struct):
    """What a run saw, with names in place of annotators' ids."""

    state: PartState
    agreement: Agreement
    gold: GoldReport | None
    signals: dict[str, list[Signal]]
    rules: dict[str, AnyRule]
    models: dict[str, FittedModel]
    reviews: dict[str, int]
    anchoring: AnchoringReport | None = None


def observe(
    opened: Opened,
    settings: Settings,
    template: Template,
    folder: str,
    progress: Progress | None,
    problems: Problems,
    straight: str = "",
) -> Observed:
    """Run a source until its plan for gold holds; ``folder`` empty: without writing work files.

    ``straight``: the format is written meanwhile (see ``straight``).

    Adds what the run found wrong to ``problems``. Raises ``DataError`` for what stops a run.
    """
    key = load_key(state_folder(settings.state), settings.key_file)
    names = Pseudonyms(key, opened.tool.name, settings.show_annotators)
    first = gold_plan(settings, template, problems)
    ran, plan = settled(
        lambda plan: run(opened, settings, template, folder, progress, plan, straight),
        first,
        settings,
        template,
    )
    state = ran.state
    problems.merge(state.problems)
    gold = report_gold(state, plan, settings, template, names, problems)
    state.work = {names[annotator]: work for annotator, work in state.work.items()}
    found = state.agreement.result(settings.seed, settings.resamples, settings.contested)
    if settings.media:
        from labelwright.pipeline.thumbnails import add_thumbnails  # late: most runs show no media

        add_thumbnails(found, opened, template, settings)
    agreement = named(found, names)
    times = {name: work.seconds for name, work in state.work.items()}
    signals = find_signals(times, state.habits, agreement, names)
    models = {control: named_model(fitted.model, names) for control, fitted in ran.models.items()}
    anchored = None
    if settings.anchoring:
        seeded = settings.seed, settings.resamples
        anchored = anchoring_report(state.anchoring, template, names, *seeded, settings.lot)
    reviews = review_states(plan, state)
    return Observed(state, agreement, gold, signals, ran.rules, models, reviews, anchored)
