"""What a lint rule is, and what it may know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from labelwright.contracts import Control, Lint, Template
from labelwright.problems import Place, Problem
from labelwright.quality.lint._row import Row
from labelwright.quality.lint._similar import Similar
from labelwright.records import Item, Kind

# What a rule needs before it can run; a rule that lacks it is left out, and the summary says so.
TEMPLATE, EXPORT, SPLITS = "template", "export", "splits"
NEEDS = {
    TEMPLATE: "it needs a template (--template)",
    EXPORT: "it needs an export, not a training file",
    SPLITS: "it needs several files",
}


class Context:
    """What all rules of one run share. ``template`` None: nothing is known but the rows."""

    def __init__(self, template: Template | None = None, *, export: bool = False, splits: int = 1) -> None:
        """``export``: items come from an annotation tool; ``splits``: how many files are compared."""
        self.template = template
        self.export = export
        self.splits = splits
        self._similar: Similar | None = None

    @property
    def lint(self) -> Lint:
        """What the template says to the rules."""
        return self.template.quality.lint if self.template is not None else Lint()

    @property
    def has(self) -> frozenset[str]:
        """Which needs of rules are met."""
        met = {TEMPLATE: self.template is not None, EXPORT: self.export, SPLITS: self.splits > 1}
        return frozenset(need for need, there in met.items() if there)

    @property
    def similar(self) -> Similar:
        """Finds earlier rows that read alike; made on first use, shared by the rules that ask."""
        if self._similar is None:
            self._similar = Similar()
        return self._similar

    def labels(self) -> frozenset[str]:
        """The labels that a target is one of, where the template says so; else empty."""
        if self.template is None or self.template.checks.assistant != "enum":
            return frozenset()
        controls = self.template.controls
        control: Control | None = controls.get(self.template.checks.labels_of)
        if control is None:
            chosen = [c for c in controls.values() if c.kind is Kind.CHOICE and c.labels]
            control = chosen[0] if len(chosen) == 1 else None
        return frozenset(control.labels) if control is not None else frozenset()


class Rule:
    """A rule: sees every row once, in order, and may have more to say at the end.

    A module of this package defines one subclass and names it ``plugin``; its docstring is its page.
    """

    name: ClassVar[str]
    needs: ClassVar[str] = ""
    package: ClassVar[str] = ""  # a package of the extra ``lint`` that it imports

    def __init__(self, context: Context) -> None:
        """Remember what is known."""
        self.context = context

    def see(self, row: Row) -> Iterable[Problem]:
        """What is wrong with one row, given those before it."""
        return ()

    def see_item(self, item: Item, source: str) -> Iterable[Problem]:
        """What is wrong with one item of an export, which may give no row."""
        return ()

    def finish(self) -> Iterator[Problem]:
        """What is wrong with all of it."""
        yield from ()

    def at_template(self, name: str = "template.toml") -> Place:
        """A place in the template's folder."""
        return Place(source=name)
