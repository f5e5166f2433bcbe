"""Queries as they go to a predictor's process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from labelwright.contracts import Query, Template
from labelwright.predicting import pipe
from labelwright.predicting import problems as p
from labelwright.predicting.handing import place_of
from labelwright.predicting.suspects import Suspects
from labelwright.problems import DataError, Problem


class Asking:
    """Queries of one call, packed."""

    def __init__(
        self, what: str, templates: list[Template], queries: list[Query], packed: list[bytes]
    ) -> None:
        """``what`` is asked of all; each of ``packed`` counts the template of its query."""
        self.what, self.templates, self.queries, self.packed = what, templates, queries, packed

    def each(self) -> Iterator[Asking]:
        """One for each query."""
        for query, data in zip(self.queries, self.packed, strict=True):
            yield Asking(self.what, self.templates, [query], [data])

    def request(self) -> pipe.Request:
        """The message."""
        return pipe.Request(
            self.what, templates=self.templates, queries=[msgspec.Raw(data) for data in self.packed]
        )


def packed(
    what: str, queries: Sequence[Query], inputs: Sequence[str], predictor: str, suspects: Suspects
) -> tuple[Asking, list[Problem | None]]:
    """The queries that can be asked, and for each of all why it cannot be (None: it can)."""
    asked = Asking(what, [], [], [])
    wrong: list[Problem | None] = []
    for query in queries:
        number = next((n for n, t in enumerate(asked.templates) if t is query.template), len(asked.templates))
        try:
            data = pipe.sent(query, number, inputs)
        except DataError as error:
            wrong.append(error.problem)
            continue
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            why = type(error).__name__
            wrong.append(p.UNSENDABLE.at(place_of(query), predictor=predictor, reason=why))
            continue
        wrong.append(suspects.refused(data, query, predictor))
        if wrong[-1] is None:
            asked.templates += [query.template] if number == len(asked.templates) else []
            asked.queries.append(query)
            asked.packed.append(data)
    return asked, wrong
