"""The guidelines leave annotators alone.

A schema defines every label, draws every boundary and gives examples and counterexamples; without them
people disagree. The template's folder is checked as ``labelwright templates lint`` does (its findings keep
their codes), and ``guidelines.md`` has at least 100 words (ours) and a counterexample.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from labelwright.problems import Problem, ProblemType, Severity
from labelwright.quality.lint._rule import TEMPLATE, Rule
from labelwright.quality.template_lint import lint_template

FEW = ProblemType(
    "lint.guidelines",
    "The guidelines are short",
    "guidelines.md has {words} words, fewer than {least}",
    "Say what is asked, how to decide between labels, and what to do when unsure.",
    Severity.WARNING,
)
NO_COUNTEREXAMPLE = ProblemType(
    "lint.guidelines-counterexample",
    "The guidelines give no counterexample",
    "guidelines.md has no counterexample",
    "Show what looks like a label and is not, and say why.",
    Severity.NOTE,
)
MIN_WORDS = 100


class Guidelines(Rule):
    """Reads the template's folder."""

    name = "guidelines"
    needs = TEMPLATE

    def finish(self) -> Iterator[Problem]:
        """What the folder lacks."""
        template = self.context.template
        assert template is not None
        yield from lint_template(template)
        path = Path(template.folder) / "guidelines.md"
        if not path.is_file():
            return
        text = path.read_text(encoding="utf-8", errors="replace").casefold()
        words = len(text.split())
        place = self.at_template(path.name)
        if words < MIN_WORDS:
            yield FEW.at(place, words=words, least=MIN_WORDS)
        if not any(word in text for word in ("counterexample", "counter-example", "gegenbeispiel")):
            yield NO_COUNTEREXAMPLE.at(place)


plugin = Guidelines
