"""Lints training files and exports: opens them, makes rows of them and shows these to the rules."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from msgspec import Struct

from labelwright.contracts import Dialect, Template
from labelwright.examples import NONE
from labelwright.io.problems import EMPTY
from labelwright.pipeline.answers import counted
from labelwright.pipeline.opening import UNRECOGNISED, Opened, open_source
from labelwright.pipeline.resolve import Resolver
from labelwright.problems import DataError, Place, Problem, Problems, ProblemType, Severity, UsageError
from labelwright.quality._lines import raw_lines, read_line, unusable
from labelwright.quality.lint import Context, Linter, LintSummary, row_of, row_of_item
from labelwright.quality.rowcheck import RowChecker
from labelwright.registry import dialects, pick
from labelwright.render.renderer import Renderer, used_controls

NO_PAIR = ProblemType(
    "lint.row-shape",
    "A row does not have the shape of its dialect",
    "the row has no input and target as {dialect} has them; no rule looked at it",
    "Run labelwright validate, which says what is wrong, or name the dialect with --as.",
)
TIED = ProblemType(
    "lint.items-tied",
    "Items on which annotators are tied were not looked at",
    "{count} items are tied and teach nothing yet",
    "Adjudicate them.",
    Severity.NOTE,
)
HEAD = 1 << 16
TRIED = 100  # lines that are looked at to find a file's dialect
Progress = Callable[[int], None]


class LintResult(Struct):
    """What linting found: the summary and the problems that were kept."""

    summary: LintSummary
    problems: list[Problem]


class _Rows(Struct):
    """A training file and the dialect it is read as; ``stream`` holds it where it is standard input."""

    path: str
    dialect: Dialect
    stream: Any = None


def lint(
    paths: Sequence[str],
    template: Template | None = None,
    *,
    dialect: str = "",
    label_config: Path | None = None,
    only: Sequence[str] = (),
    ignore: Sequence[str] = (),
    stdin: BinaryIO | None = None,
    progress: Progress | None = None,
) -> LintResult:
    """Lint files and exports as one data set; each path is a split of its own.

    ``dialect`` says that the paths are training files of that shape; without it, JSON Lines that some
    dialect accepts are training files and the rest are exports, which need ``template``. ``stdin`` is read
    where a training file is called ``-``.
    Raises ``UsageError`` for unknown names, ``DataError`` for a file that cannot be used at all.
    """
    problems = Problems()
    found = Problems()
    with ExitStack() as stack:
        named = _named(dialect) if dialect else None
        sources: list[_Rows | Opened] = [
            _Rows(path, named, stdin if path == "-" else None)
            if named is not None
            else _source(path, label_config, template, stack)
            for path in paths
        ]
        exports = [s for s in sources if isinstance(s, Opened)]
        if exports and template is not None:
            template = exports[0].tool.adapt(exports[0].source, template, found)
        context = Context(template, export=bool(exports), splits=len(paths))
        linter = Linter(context, problems, only, ignore)
        linter.merge(found)
        for source, name in zip(sources, _names(paths), strict=True):
            if isinstance(source, Opened):
                assert template is not None
                _export(source, template, linter, name, progress)
            else:
                _file(source, linter, name, progress)
        summary = linter.finish()
    return LintResult(summary, sorted(problems, key=_order))


def _order(problem: Problem) -> tuple[Any, ...]:
    rank = list(Severity).index(problem.severity)
    place = problem.place
    return (rank, problem.code, place.source, place.line, place.item, problem.message)


def _names(paths: Sequence[str]) -> list[str]:
    """A name for each path: the file's own where that is enough."""
    names = ["standard input" if path == "-" else Path(path).name or path for path in paths]
    return names if len(set(names)) == len(names) else [str(path) for path in paths]


def _named(name: str) -> Dialect:
    chosen: Dialect = pick("dialect", dict(dialects()), name)
    return chosen


def _source(
    path: str, label_config: Path | None, template: Template | None, stack: ExitStack
) -> _Rows | Opened:
    detected = detect(path)
    if detected is not None:
        return _Rows(path, detected)
    try:
        opened = stack.enter_context(open_source(path, label_config=label_config))
    except DataError as error:
        if error.problem.code != UNRECOGNISED.code:
            raise
        raise UsageError(
            f"{path} is no export, and no dialect accepts its rows; name the dialect it should be with --as"
        ) from None
    if template is None:
        raise UsageError(f"{path} is an export of {opened.tool.title}: pass --template too")
    return opened


def detect(path: str) -> Dialect | None:
    """The first dialect, by name, that accepts one of the first rows of a file; None if there is none."""
    if path == "-" or not Path(path).is_file():
        return None
    with _opened(path) as stream:
        head = stream.read(HEAD)
        if not head.strip() or unusable(head, path) is not None:
            return None
        stream.seek(0)
        for number, raw in enumerate(itertools.islice(raw_lines(stream), TRIED), 1):
            line = read_line(raw, number, path)
            if line.readable:
                for candidate in dialects().values():
                    pair = getattr(candidate, "pair", None)
                    if pair is not None and RowChecker(candidate).accepts(line.row) and pair(line.row):
                        return candidate
    return None


def _opened(path: str) -> BinaryIO:
    try:
        return Path(path).open("rb")
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path[:80]}: {getattr(error, 'strerror', error)}") from None


def _file(source: _Rows, linter: Linter, name: str, progress: Progress | None) -> None:
    """Every row of a training file; lines that are no rows are problems of their own."""
    with ExitStack() as stack:
        stream = source.stream or stack.enter_context(_opened(source.path))
        read_rows(_checked(stream, name), source.dialect, linter, name, progress)


def read_rows(
    lines: Iterable[bytes], dialect: Dialect, linter: Linter, name: str, progress: Progress | None = None
) -> None:
    """Show the lines of a training file to a linter; ``name`` is that of the split."""
    for number, raw in enumerate(lines, 1):
        line = read_line(raw, number, name)
        for problem in line.problems:
            linter.add(problem)
        if line.readable:
            _row(line.row, dialect, Place(name, number), linter)
        if progress is not None and not number % 1000:
            progress(number)


def _checked(stream: BinaryIO, name: str) -> Iterator[bytes]:
    """The lines of a stream. Raises ``DataError`` for what is empty or no text at all."""
    first = True
    for raw in raw_lines(stream):
        if first and (hopeless := unusable(raw[:HEAD], name)) is not None:
            raise DataError(hopeless)
        first = False
        yield raw
    if first:
        raise DataError(EMPTY.at(Place(source=name)))


def _row(row: Any, dialect: Dialect, place: Place, linter: Linter) -> None:
    pair = getattr(dialect, "pair", None)
    found = pair(row) if pair is not None else None
    if found is None:
        linter.add(NO_PAIR.at(place, dialect=dialect.name))
    else:
        linter.row(row_of(found[0], found[1], place, place.source))


def _export(opened: Opened, template: Template, linter: Linter, name: str, progress: Progress | None) -> None:
    """Every item of an export, resolved and rendered as a conversion would."""
    renderer = Renderer(template) if template.example.kind != NONE else None
    needed = used_controls(template) if renderer is not None else None
    resolver = Resolver(template, template.quality.consensus or "majority", needed)
    found = Problems()
    tied = 0
    for number, item in enumerate(opened.tool.read(opened.source, template, found), 1):
        linter.item(item, name)
        annotations = counted(item)
        if annotations:
            outcome = resolver.resolve(annotations)
            tied += bool(outcome.ties)
            if not outcome.ties:
                example = renderer.render(item, outcome.answers, name) if renderer is not None else None
                if isinstance(example, Problem):
                    linter.add(example)
                else:
                    place = Place(source=name, item=item.key.item)
                    linter.row(row_of_item(item, outcome.answers, example, template, place, name))
        if progress is not None and not number % 1000:
            progress(number)
    linter.merge(found)
    if tied:
        linter.add(TIED.at(Place(source=name), count=tied))
