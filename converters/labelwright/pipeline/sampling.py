"""Draws a review sample of an export and writes its sheet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from labelwright.contracts import Input, Template
from labelwright.io.atomic import Pending, must_not_exist, writing
from labelwright.io.problems import EMPTY
from labelwright.pipeline.answers import counted
from labelwright.pipeline.opening import Opened
from labelwright.pipeline.resolve import Outcome, Resolver
from labelwright.pipeline.settings import Settings
from labelwright.problems import DataError, Place, Problem, Problems, ProblemType, UsageError
from labelwright.quality.sampling import FEWER_ITEMS, LEAST, MOST, UNUSUAL_SIZE, Sampler
from labelwright.records import Annotation, Item
from labelwright.render.forms import plain
from labelwright.report.review_sheet import Question, Reviewed, Sheet, Shown, render_csv, render_sheet
from labelwright.state.pseudonyms import Pseudonyms, load_key, state_folder

NO_ANSWERS = ProblemType(
    "sample.no-answers",
    "No item of an export has an answer",
    "no item has a submitted answer, so there is nothing to review",
    "Label some items first.",
)
RENDERERS = {".html": render_sheet, ".csv": render_csv}
NAME = "review"


class SampleResult(Struct):
    """The sheet that was drawn, the files written and what is to be said about it."""

    sheet: Sheet
    files: list[Path]
    problems: list[Problem]
    counts: dict[str, int]


def targets(out: Path, force: bool) -> list[Path]:
    """The files to write: one, where ``out`` is a name that ends in .html or .csv; else both in a folder.

    Raises ``UsageError`` if a file exists and ``force`` is not given, or for any other ending.
    """
    if out.suffix in RENDERERS and not out.is_dir():
        files = [out]
    elif out.suffix and not out.is_dir():
        raise UsageError(f"-o {out}: name a folder, or a file that ends in .html or .csv")
    else:
        if out.exists() and not out.is_dir():
            raise UsageError(f"-o {out} is a file; name a folder, or a file that ends in .html or .csv")
        files = [out / f"{NAME}{suffix}" for suffix in RENDERERS]
    for path in files:
        must_not_exist(path, force)
    return files


def sample(opened: Opened, settings: Settings, size: int, out: Path, *, edge: bool = False) -> SampleResult:
    """Draw ``size`` items with the settings' seed and write the review sheet.

    ``edge`` adds every item on which the annotators are tied. Raises ``UsageError`` if the files may not
    be written, ``DataError`` if the export cannot be used or holds no answer.
    """
    files = targets(out, settings.force)
    if Path(opened.source.path).resolve() in {path.resolve() for path in files}:
        raise UsageError(f"{out} is what is read; name another file")
    problems = Problems()
    template = opened.tool.adapt(opened.source, settings.template, problems)
    sheet = draw(opened, template, settings, size, problems, edge=edge)
    if not LEAST <= size <= MOST:
        problems.add(UNUSUAL_SIZE.at(size=size, least=LEAST, most=MOST))
    if sheet.total < size:
        problems.add(FEWER_ITEMS.at(size=size, found=sheet.total))
    with Pending() as pending:
        for path in files:
            handle = pending.file(path)
            with writing(path):
                handle.write(RENDERERS[path.suffix](sheet))
        written = pending.commit()
    return SampleResult(sheet, written, list(problems), problems.counts)


def draw(
    opened: Opened, template: Template, settings: Settings, size: int, problems: Problems, *, edge: bool
) -> Sheet:
    """The sheet: the sample in random order, then the ties beyond it by id. Raises ``DataError``."""
    key = load_key(state_folder(settings.state), settings.key_file)
    names = Pseudonyms(key, opened.tool.name, settings.show_annotators)
    resolver = Resolver(template, settings.rule)
    sampler: Sampler[Reviewed] = Sampler(size, settings.seed)
    ties: dict[str, Reviewed] = {}
    items = 0
    for item in opened.tool.read(opened.source, template, problems):
        items += 1
        annotations = counted(item)
        if not annotations:
            continue
        maker = _Maker(item, annotations, template, resolver, names)
        sampler.offer(str(item.key), maker.make)
        if edge and maker.outcome.ties:
            tied = maker.make()
            tied.reason = "tie"
            ties[str(item.key)] = tied
    place = Place(source=opened.source.name)
    if not sampler.seen:
        raise DataError((NO_ANSWERS if items else EMPTY).at(place))
    drawn = sampler.drawn()
    taken = {key for key, _ in drawn}
    reviewed = [one for _, one in drawn] + [ties[key] for key in sorted(ties) if key not in taken]
    title = template.title or template.name
    return Sheet(template.name, title, opened.source.name, settings.seed, sampler.seen, reviewed)


class _Maker:
    """Makes the sheet's entry of one item, if it is asked for."""

    def __init__(
        self, item: Item, annotations: list[Annotation], template: Template, resolver: Resolver,
        names: Mapping[str, str],
    ) -> None:  # fmt: skip
        self._item = item
        self._annotations = annotations
        self._template = template
        self._resolver = resolver
        self._names = names

    @property
    def outcome(self) -> Outcome:
        """What consensus makes of the answers."""
        return self._resolver.resolve(self._annotations)

    def make(self) -> Reviewed:
        """The entry."""
        outcome = self.outcome
        tied = {tie.on or tie.control for tie in outcome.ties}
        template, item = self._template, self._item
        return Reviewed(
            item=item.key.item,
            link=item.link,
            reason="sample",
            inputs=[_shown(name, shown, item.inputs.get(name)) for name, shown in template.inputs.items()],
            questions=[
                Question(name, self._answers(name), plain(outcome.answers.get(name)), name in tied)
                for name, control in template.controls.items()
                if not control.on
            ],
            annotators=sorted(self._names[a.annotator] for a in self._annotations),
        )

    def _answers(self, control: str) -> dict[str, Any]:
        given = {self._names[a.annotator]: plain(a.answers.get(control)) for a in self._annotations}
        return dict(sorted(given.items()))


def _shown(name: str, shown: Input, value: Any) -> Shown:
    """An input, a dialogue as who says what."""
    if shown.type != "dialogue" or not isinstance(value, list):
        return Shown(name, shown.type, value)
    turns = [turn for turn in value if isinstance(turn, dict)]
    said = [f"{turn.get(shown.author_key, '')}: {turn.get(shown.text_key, '')}" for turn in turns]
    return Shown(name, shown.type, value, "\n".join(said))
