"""What many regions of an item have in common is told once, with their number, and nothing is left unsaid."""

from __future__ import annotations

from typing import Any

from predicted import queries, texts

from labelwright.contracts import Asked, Control, Guess, Outcome, Template
from labelwright.predicting.binding import bind
from labelwright.predicting.model import Model
from labelwright.records import Kind, Span

LONG = "Ada " * 500


class Says:
    """Answers every item with the same."""

    inputs = ("text",)
    kinds = ("spans", "choices", "taxonomy")
    answer: Any = ()

    def __init__(self, asked: Asked) -> None:
        (self._control,) = asked.controls

    def predict(self, batch: list[Any]) -> list[Guess]:
        """The same for each."""
        return [Guess({self._control: self.answer}) for _ in batch]


def told(template: Template, answer: Any, items: int = 1) -> list[Outcome]:
    """What becomes of an answer."""
    kind = type("Says", (Says,), {"answer": answer})
    model = Model("says", kind, bind(kind, template))
    model.load()
    return model.predict(queries(template, [LONG] * items))


def test_a_label_that_many_regions_have_is_told_once_an_item() -> None:
    spans = [Span(4 * n, 4 * n + 3, "NOBODY", id=str(n)) for n in range(300)]
    spans += [Span(4 * n, 4 * n + 3, "PER") for n in range(300, 302)]
    spans += [Span(4 * n, 4 * n + 3, "NOWHERE", id=str(n)) for n in range(302, 303)]
    found = told(texts(Kind.SPANS, ["PER"]), tuple(spans), items=2)
    assert [len((one.answers or {})["asked"]) for one in found] == [2, 2]
    for number, one in enumerate(found):
        assert [p.code for p in one.problems] == ["predictor.label-unknown"] * 2
        first, second = one.problems
        assert "'NOBODY'" in first.message and first.message.endswith("left out: 300")
        assert "'NOWHERE'" in second.message and second.message.endswith("left out: 1")
        assert first.place.item.endswith(f"{number:06d}") and first.place.control == "asked"
        assert (first.place.region, second.place.region) == ("", "302")


def test_scores_that_are_none_are_told_once_an_item_with_the_first() -> None:
    spans = [Span(4 * n, 4 * n + 3, "PER", score=50.0 + n) for n in range(100)]
    (found,) = told(texts(Kind.SPANS, ["PER"]), tuple(spans))
    assert len((found.answers or {})["asked"]) == 100
    (problem,) = found.problems
    assert problem.message == "the score 50.0 is no number from 0 to 1; scores left out: 100"
    assert problem.place.control == "asked" and found.score is None


def test_different_labels_and_paths_are_told_each() -> None:
    (found,) = told(texts(Kind.CHOICES, ["A"]), ("B", "A", "C"))
    assert found.answers == {"asked": ("A",)} and len(found.problems) == 2
    template = Template(
        "t", inputs=texts(Kind.CHOICE).inputs, controls={"asked": Control(Kind.TAXONOMY, ["A"])}
    )
    (found,) = told(template, (("X", "Y"), ("A",), ("Z",)))
    assert found.answers == {"asked": (("A",),)}
    assert [problem.message for problem in found.problems] == [
        "control 'asked' has no label 'X / Y'; answers with it that are left out: 1",
        "control 'asked' has no label 'Z'; answers with it that are left out: 1",
    ]
