"""What consensus rules promise: those that see one item, and models that are fitted to all answers first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

from msgspec import Struct

from labelwright.contracts.templates import Control
from labelwright.records import Kind

# Distinct answers of one control by annotator group, with how many items have each. A pattern has one
# value per annotator of its group, ``...`` where that one did not answer.
Patterns: TypeAlias = Mapping[tuple[str, ...], Mapping[tuple[Any, ...], int]]


class Question(Struct, frozen=True):
    """A control asked of one region, on which a rule cannot decide; ``region`` says which in words."""

    control: str
    region: str
    tied: tuple[Any, ...]


class Outvoted(Struct, frozen=True):
    """A shape or track that too few drew: what is made of theirs, and who drew it ``of`` how many."""

    mark: Any
    by: tuple[str, ...]
    of: int


class Decision(Struct, frozen=True):
    """What a consensus rule made of several answers: a value, or a tie between some.

    ``questions`` are ties about single regions, whose answers the value (or those tied) then lacks.
    ``outvoted`` are the shapes and tracks that are left out because too few drew them.
    """

    value: Any = None
    tied: tuple[Any, ...] = ()
    votes: int = 0
    questions: tuple[Question, ...] = ()
    outvoted: tuple[Outvoted, ...] = ()


class ConsensusRule(Protocol):
    """Makes one answer of several annotators' answers for one control.

    ``others`` names the rule that serves controls of other kinds than ``kinds``; where it is empty,
    such a control is misuse.
    """

    name: str
    kinds: frozenset[Kind]
    others: str

    def resolve(self, control: Control, answers: Sequence[tuple[str, Any]]) -> Decision:
        """Decide from (annotator, value) pairs; at least one pair, sorted by annotator.

        ``control.regions`` are the controls asked of its regions; a draw on a required one is a question.
        """
        ...


class Evidence(Struct, frozen=True):
    """What a model is fitted to: the answers to one control.

    ``gold`` tells of each annotator how many answers on items with a reference were right, and how
    many there were. It is empty where no item has a reference.
    """

    patterns: Patterns
    gold: Mapping[str, tuple[int, int]] = {}


class AnnotatorModel(Struct):
    """What a model holds of one annotator.

    ``accuracy`` is the share of the ``answers`` that it takes for right. ``confusion[i][j]``: how
    often (0 to 1) the annotator says ``labels[j]`` of an item that is ``labels[i]``; empty where the
    model has none or it is too large to show. ``weight`` is what one vote counts, where votes are weighed.
    """

    answers: int
    accuracy: float | None = None
    weight: float | None = None
    confusion: list[list[float]] = []


class FittedModel(Struct):
    """A fitted model in numbers: what a report shows and a manifest records.

    ``marginals`` are the shares of the ``labels`` among the items. A model without iterations
    has no ``log_likelihood`` and no ``tolerance``.
    """

    rule: str
    items: int
    labels: list[str] = []
    marginals: list[float] = []
    annotators: dict[str, AnnotatorModel] = {}
    iterations: int = 0
    log_likelihood: float | None = None
    tolerance: float | None = None
    converged: bool = True


class FittedRule(Protocol):
    """A model that was fitted to the answers of one control. Workers get it, so it must pickle."""

    model: FittedModel

    def resolve(self, control: Control, answers: Sequence[tuple[str, Any]]) -> Decision:
        """Decide as ``ConsensusRule.resolve``; also of one answer, or of annotators not seen before."""
        ...


@runtime_checkable
class ModelRule(Protocol):
    """A rule that must see all answers before it decides on any. Takes coded kinds only.

    It is asked for every item, also where all annotators agree.
    """

    name: str
    kinds: frozenset[Kind]
    others: str

    def fit(self, control: Control, evidence: Evidence) -> FittedRule:
        """The model for one control. The same evidence gives the same model, whatever its order."""
        ...


AnyRule: TypeAlias = ConsensusRule | ModelRule
