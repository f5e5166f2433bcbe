"""What the readers of regions need of the reader they serve."""

from __future__ import annotations

from typing import Any, Protocol

from labelwright.problems import Ledger, ProblemType
from labelwright_plugins.label_studio.fields import Result
from labelwright_plugins.label_studio.plan import Plan


class Parses(Protocol):
    """What a region reader needs of the reader it serves."""

    matched: int

    def parse(self, plan: Plan, result: Result) -> Any:
        """The value of one result; None, with a problem, if it has none."""
        ...

    def problem(self, found: ProblemType, result: Result, control: str, /, **what: Any) -> None:
        """Add a problem at one result."""
        ...

    def rate(self, result: Result) -> float | None:
        """Frames a second of the film that a result is about, where it is known."""
        ...


class Draws(Parses, Protocol):
    """What a reader of shapes needs beside that."""

    @property
    def ledger(self) -> Ledger:
        """The ledger of what is read."""
        ...

    def lose(
        self, found: ProblemType, result: Result, control: str, objects: int = 1, /, **what: Any
    ) -> None:
        """Add a problem at one result that costs whole objects."""
        ...
