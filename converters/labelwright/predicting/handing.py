"""What passes between us and a predictor's code: items that it may change, and what it raises."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace

from labelwright.contracts import Query
from labelwright.io.scrub import line, raised
from labelwright.problems import LONGEST, DataError, Place, Problem, UsageError

RAISED = 300  # characters of what a predictor raised
EXITS = (Exception, SystemExit, GeneratorExit, asyncio.CancelledError)  # whoever runs us may still interrupt


def handed(query: Query) -> Query:
    """A query for a predictor to do with as it likes: what its answer is held against stays as it was."""
    item = replace(query.item, inputs=dict(query.item.inputs), sizes=dict(query.item.sizes))
    return replace(query, item=item, drawn=dict(query.drawn))


def batch(queries: Sequence[Query]) -> tuple[Query, ...]:
    """Queries that a predictor can neither take out nor sort: the answers are told apart by their order."""
    return tuple(handed(query) for query in queries)


def place_of(query: Query) -> Place:
    """The item of a query."""
    return Place(item=str(query.item.key))


def said(error: BaseException) -> str:
    """What a predictor raised, on one short line without e-mails."""
    if isinstance(error, UsageError | DataError):
        text = error.problem.message if isinstance(error, DataError) else str(error)
        return line(text, LONGEST)
    return raised(error, RAISED)


def tidied(problem: Problem) -> Problem:
    """A predictor's own problem, as one that can be sent on and shown. Raises ``TypeError`` if it is none."""
    texts = (problem.code, problem.message, problem.remedy, problem.title, problem.bound)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a Problem whose fields are no texts")
    code, message, remedy, title, bound = (line(text, len(text)) for text in texts)
    return replace(problem, code=code, message=message, remedy=remedy, title=title, bound=bound)
