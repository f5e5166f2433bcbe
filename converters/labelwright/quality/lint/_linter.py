"""Runs rules over rows and sums up."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from msgspec import Struct

from labelwright.problems import Problem, Problems, ProblemType, Severity, UsageError
from labelwright.quality.lint._row import Row
from labelwright.quality.lint._rule import NEEDS, Context, Rule
from labelwright.records import Item
from labelwright.registry import lint_rules, pick

NOT_RUN = ProblemType(
    "lint.rule-not-run",
    "A rule could not run",
    "the rule {rule} needs the package {package}, which is not installed",
    "Install it with pip install 'labelwright[lint]'.",
    Severity.NOTE,
)


class LintSummary(Struct):
    """What was linted. ``rules`` ran; ``skipped`` maps the others to the reason; ``counts`` are by code.

    ``splits`` counts the rows of each file (or of the one export).
    """

    rows: int
    splits: dict[str, int]
    rules: list[str]
    skipped: dict[str, str]
    counts: dict[str, int]
    errors: int = 0
    warnings: int = 0
    notes: int = 0

    @property
    def clean(self) -> bool:
        """Whether nothing but notes was found."""
        return not self.errors and not self.warnings


class Linter:
    """All rules of one run. Raises ``UsageError`` for unknown rules, or one asked for that cannot run."""

    def __init__(
        self, context: Context, problems: Problems, only: Sequence[str] = (), ignore: Sequence[str] = ()
    ) -> None:
        """``only`` and ``ignore`` name rules; ``only`` stands above the template's own ``ignore``."""
        self._problems = problems
        self._severities = dict.fromkeys(Severity, 0)
        self._counts: dict[str, int] = {}
        self._splits: dict[str, int] = {}
        self._skipped: dict[str, str] = {}
        self._rules: list[Rule] = []
        known = lint_rules()
        for name in (*only, *ignore, *context.lint.ignore):
            pick("lint rule", known, name)
        unfit = set(context.lint.ignore) - set(only)
        for name, kind in known.items():
            reason = _reason(kind, context, only, ignore, unfit)
            if not reason and kind.package and find_spec(kind.package) is None:
                problem = NOT_RUN.at(rule=name, package=kind.package)
                if name in only:
                    raise UsageError(f"{problem.message}; install it with pip install 'labelwright[lint]'")
                reason = problem.message
                self.add(problem)
            if reason:
                self._skipped[name] = reason
            else:
                self._rules.append(kind(context))

    def add(self, problem: Problem) -> None:
        """Take a problem, also one that no rule found."""
        self._problems.add(problem)
        self._severities[problem.severity] += 1
        self._counts[problem.code] = self._counts.get(problem.code, 0) + 1

    def merge(self, found: Problems) -> None:
        """Take over what a reader collected."""
        severities = {problem.code: problem.severity for problem in found}
        for code, count in found.counts.items():
            self._severities[severities[code]] += count
            self._counts[code] = self._counts.get(code, 0) + count
        self._problems.merge(found)

    def row(self, row: Row) -> None:
        """Show one row to every rule."""
        self._splits[row.split] = self._splits.get(row.split, 0) + 1
        for rule in self._rules:
            for problem in rule.see(row):
                self.add(problem)

    def item(self, item: Item, source: str) -> None:
        """Show one item of an export to every rule."""
        for rule in self._rules:
            for problem in rule.see_item(item, source):
                self.add(problem)

    def finish(self) -> LintSummary:
        """Let every rule have its last word; the summary."""
        for rule in self._rules:
            for problem in rule.finish():
                self.add(problem)
        return LintSummary(
            rows=sum(self._splits.values()),
            splits=self._splits,
            rules=[rule.name for rule in self._rules],
            skipped=self._skipped,
            counts=dict(sorted(self._counts.items())),
            errors=self._severities[Severity.ERROR],
            warnings=self._severities[Severity.WARNING],
            notes=self._severities[Severity.NOTE],
        )


def _reason(
    kind: type[Rule], context: Context, only: Sequence[str], ignore: Sequence[str], unfit: set[str]
) -> str:
    """Why a rule does not run; empty if it may. Raises ``UsageError`` if it was asked for and cannot."""
    if kind.name in ignore or (only and kind.name not in only):
        return "not asked for"
    if kind.name in unfit:
        return "the template ignores it"
    if kind.needs and kind.needs not in context.has:
        if kind.name in only:
            raise UsageError(f"lint rule {kind.name}: {NEEDS[kind.needs]}")
        return NEEDS[kind.needs]
    return ""
