"""Shows the rows of a run to the lint rules, for its report."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from labelwright.contracts import Dialect, Template
from labelwright.examples import COMPARED, NONE, Example
from labelwright.pipeline.finishing import work_files
from labelwright.pipeline.linting import read_rows
from labelwright.pipeline.opening import Opened
from labelwright.pipeline.outputs import unspool
from labelwright.pipeline.pairs import PairPolicy
from labelwright.pipeline.settings import Settings
from labelwright.problems import Place, Problem, Problems
from labelwright.quality.lint import Context, Linter, row_of_item
from labelwright.records import Resolved
from labelwright.registry import dialects
from labelwright.render.renderer import Renderer
from labelwright.report.model import Counts, Linted

KEPT = 20  # problems of one code that a report holds


class RunLinter:
    """The lint rules over one run: its template, its items and the rows it made."""

    def __init__(self, template: Template, splits: int = 1) -> None:
        """``splits``: how many files the run writes."""
        self._template = template
        self._problems = Problems(KEPT)
        self._linter = Linter(Context(template, export=True, splits=splits), self._problems)

    def items(self, opened: Opened) -> None:
        """Read the source once more, for the rules that look at items; its problems are known."""
        for item in opened.tool.read(opened.source, self._template, Problems()):
            self._linter.item(item, opened.source.name)

    def rows(self, paths: Iterable[Path], dialect: Dialect, name: str) -> None:
        """Rows as a dialect writes them, in files of one split."""
        for path in paths:
            with path.open("rb") as stream:
                read_rows(stream, dialect, self._linter, name)

    def example(self, resolved: Resolved, example: Example | None, name: str) -> None:
        """One item and the example it gives, which no dialect has written."""
        place = Place(source=name, item=resolved.item.key.item)
        self._linter.row(row_of_item(resolved.item, resolved.answers, example, self._template, place, name))

    def finish(self) -> Linted:
        """What was found."""
        return Linted(self._linter.finish(), list(self._problems))


def render_spooled(
    paths: list[Path],
    template: Template,
    name: str,
    policy: PairPolicy,
    counts: Counts,
    problems: Problems,
    linter: RunLinter | None,
) -> None:
    """Render the resolved items of a run that writes no file: count the examples, and lint them."""
    renderer = Renderer(template) if template.example.kind != NONE else None
    kinds = frozenset({template.example.kind})
    for resolved in unspool(paths):
        place = Place(source=name, item=resolved.item.key.item)
        if renderer is None:
            found: list[Example | None] = [None]
        else:
            made = renderer.render(resolved.item, resolved.answers, name)
            if isinstance(made, Problem):
                counts.unrendered += 1
                counts.examples -= 1
                problems.add(made)
                continue
            found = [made]
            if template.example.kind in COMPARED:
                kept, left = policy.apply(made, kinds)
                counts.left_out += len(left)
                problems.extend(reason.kind.at(place, **reason.what) for reason in left)
                found = list(kept)
        counts.examples += len(found) - 1
        for example in found if linter is not None else ():
            assert linter is not None
            linter.example(resolved, example, name)


def lint_run(
    opened: Opened, folder: Path, settings: Settings, template: Template, sides: tuple[str, ...]
) -> Linted:
    """What the lint rules say of the rows in a run's work folder, as they are written."""
    linter = RunLinter(template, len(sides))
    dialect = dialects().get(settings.target)
    linter.items(opened)
    for side, name in enumerate(sides):
        paths = work_files(folder, "rows", side)
        if dialect is not None:
            linter.rows(paths, dialect, name if len(sides) > 1 else settings.target)
        else:
            render_spooled(paths, template, name, PairPolicy(), Counts(), Problems(), linter)
    return linter.finish()
