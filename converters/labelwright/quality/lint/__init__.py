"""Lint: rules that look at what a training file or an export teaches, one file each.

Every public module defines one rule as ``plugin``; its docstring is its page in the reference. Rules see
rows in a neutral form, one after the other, and keep counts and digests of them, not texts.
"""

from __future__ import annotations

from labelwright.quality.lint._linter import Linter, LintSummary
from labelwright.quality.lint._row import Row, digests, row_of, row_of_item
from labelwright.quality.lint._rule import Context, Rule

__all__ = ["Context", "LintSummary", "Linter", "Row", "Rule", "digests", "row_of", "row_of_item"]
