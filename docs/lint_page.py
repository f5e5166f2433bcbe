"""The reference page on lint rules, from their modules."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from labelwright.quality.lint._rule import NEEDS
from labelwright.registry import lint_rules, problem_types
from markdown_text import text_of


def lint_page() -> Iterator[str]:
    """Every lint rule: its module's docstring and its codes."""
    yield "# Lint rules"
    yield ""
    yield "For `labelwright lint`, and for `--only` and `--ignore`. Errors and warnings end the run with exit"
    yield "code 1, notes do not. A bound called ours has no source but judgement."
    yield ""
    declared = problem_types()
    for name, rule in lint_rules().items():
        found = [(code, kinds[0][1]) for code, kinds in declared.items() if kinds[0][0] == rule.__module__]
        yield f"## `{name}`"
        yield ""
        yield from text_of(sys.modules[rule.__module__].__doc__)
        for code, kind in found:
            yield f"- `{code}`: {kind.severity.value}"
        if rule.needs:
            yield f"- Condition: {NEEDS[rule.needs]}"
        if rule.package:
            yield f"- Package: `{rule.package}`, of the extra `lint`"
        yield ""
