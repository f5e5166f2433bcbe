"""A predictor that answers anything at all: what it does wrong with an item costs that item alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy
import pytest
from predicted import queries, texts

from labelwright.contracts import Asked, Control, Guess, Input, Outcome, Query, Template
from labelwright.geometry.shapes import Box, Ellipse, Points, Polygon
from labelwright.geometry.tracks import Keyframe
from labelwright.predicting.binding import bind
from labelwright.predicting.model import Model
from labelwright.problems import DataError, Problem, ProblemType
from labelwright.records import Item, ItemKey, Kind, Relation, Shape, Span, Track

OWN = ProblemType("my.own\nERROR faked", "T", "m {x}", "r")


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError


class NoNumber:
    def __float__(self) -> float:
        raise ZeroDivisionError

    def __str__(self) -> str:
        raise RuntimeError


def nested() -> Any:
    found: list[Any] = []
    for _ in range(100_000):
        found = [found]
    return found


def raising(error: BaseException) -> Callable[[], Any]:
    def do() -> Any:
        raise error

    return do


ODD: dict[str, tuple[Callable[[], Any], str]] = {
    "answers none": (lambda: Guess(None), "predictor.item-failed"),  # type: ignore[arg-type]
    "answers text": (lambda: Guess("A"), "predictor.item-failed"),  # type: ignore[arg-type]
    "scores none": (lambda: Guess({"asked": "A"}, scores=None), "predictor.item-failed"),  # type: ignore[arg-type]
    "shares none": (lambda: Guess({"asked": "A"}, shares=None), "predictor.item-failed"),  # type: ignore[arg-type]
    "problems none": (lambda: Guess({"asked": "A"}, problems=None), "predictor.item-failed"),  # type: ignore[arg-type]
    "problems text": (lambda: Guess({"asked": "A"}, problems=["no"]), "predictor.item-failed"),  # type: ignore[list-item]
    "nested": (lambda: Guess({"asked": nested()}), "predictor.value-misfits"),
    "exits": (raising(SystemExit(3)), "predictor.item-failed"),
    "cancelled": (raising(asyncio.CancelledError()), "predictor.item-failed"),
    "unspeakable": (raising(Unspeakable()), "predictor.item-failed"),
    "surrogate": (raising(ValueError("\ud800")), "predictor.item-failed"),
}


class Odd:
    """Answers A, but where the text names something odd."""

    inputs = ("text",)
    kinds = (Kind.CHOICE, Kind.SPANS)

    def __init__(self, asked: Asked) -> None:
        (self.control,) = asked.controls

    def predict(self, batch: Sequence[Query]) -> Sequence[Guess | Problem]:
        return [self.one(query.text("text")) for query in batch]

    def one(self, text: str) -> Any:
        return ODD[text][0]() if text in ODD else Guess({self.control: "A"}, score=0.5)


def loaded(kind: type[Any], asks: Kind = Kind.CHOICE) -> Model:
    template = texts(asks, ["A", "B"])
    model = Model("odd", kind, bind(kind, template))
    model.load()
    assert model.state == "ready", model.reason
    return model


def told(outcomes: Sequence[Outcome]) -> list[Any]:
    return [o.answers["asked"] if o.answers else o.problems[0].code for o in outcomes]


@pytest.mark.parametrize("odd", sorted(ODD))
def test_an_odd_answer_costs_its_item_alone(odd: str) -> None:
    model = loaded(Odd)
    outcomes = model.predict(queries(model.template, ["a", odd, "b"]))
    assert told(outcomes) == ["A", ODD[odd][1], "A"]
    (problem,) = outcomes[1].problems
    assert problem.place.item.endswith("000001")
    assert problem.message.isprintable()


@pytest.mark.parametrize("score", [10**400, "high", [0.5], NoNumber(), float("nan"), float("inf"), -1, True])
def test_a_score_that_is_none_costs_the_score_alone(score: Any) -> None:
    class Scored(Odd):
        def one(self, text: str) -> Any:
            return Guess({"asked": "A"}, score=score if text == "whole" else None, scores={"asked": score})

    model = loaded(Scored)
    for outcome in model.predict(queries(model.template, ["whole", "control"])):
        assert outcome.answers == {"asked": "A"} and outcome.score is None and outcome.scores == {}
        assert {one.code for one in outcome.problems} == {"predictor.score-unusable"}


def test_numpy_scores_are_scores() -> None:
    class Scored(Odd):
        def one(self, text: str) -> Any:
            half: Any = numpy.float32(0.5)
            return Guess({"asked": "A"}, scores={"asked": half}, shares={"asked": {"A": half, "B": half}})

    model = loaded(Scored)
    (outcome,) = model.predict(queries(model.template, ["a"]))
    assert (outcome.score, outcome.scores, outcome.problems) == (0.5, {"asked": 0.5}, [])
    assert json.dumps(outcome.shares) == '{"asked": {"A": 0.5, "B": 0.5}}'


def test_a_batch_can_be_neither_sorted_nor_emptied() -> None:
    """Or the answers would go to other items than those that they are about."""

    class Sorts(Odd):
        def predict(self, batch: Sequence[Query]) -> Sequence[Guess | Problem]:
            batch.sort(key=lambda query: query.text("text"))  # type: ignore[attr-defined]
            return [Guess({self.control: "A" if q.text("text") < "m" else "B"}) for q in batch]

    model = loaded(Sorts)
    outcomes = model.predict(queries(model.template, ["z", "a"]))
    assert told(outcomes) == ["predictor.item-failed", "predictor.item-failed"]
    assert "sort" in outcomes[0].problems[0].message


def test_what_a_predictor_does_to_an_item_changes_nothing() -> None:
    class Lowers(Odd):
        def predict(self, batch: Sequence[Query]) -> Sequence[Guess | Problem]:
            for query in batch:
                query.item.inputs["text"] = "x" * 100
            return [Guess({self.control: (Span(0, 4, "A"), Span(5, 50, "A"))}) for _ in batch]

    model = loaded(Lowers, Kind.SPANS)
    (query,) = queries(model.template, ["Ada here"])
    (outcome,) = model.predict([query])
    assert outcome.answers is not None
    assert [one.text for one in outcome.answers["asked"]] == ["Ada "]
    assert [one.code for one in outcome.problems] == ["predictor.value-misfits"]
    assert query.text("text") == "Ada here"


def test_a_generator_without_end_is_left() -> None:
    class Endless(Odd):
        def predict(self, batch: Sequence[Query]) -> Iterator[Guess]:  # type: ignore[override]
            while True:
                yield Guess({self.control: "A"})

    model = loaded(Endless)
    assert told(model.predict(queries(model.template, ["a", "b"]))) == ["predictor.miscounted"] * 2


def test_a_predictors_own_words_fit_a_line_and_name_nobody() -> None:
    class Tells(Odd):
        def one(self, text: str) -> Any:
            if text == "raises":
                raise ValueError("bob@example.com wrote\nthis \x1b[31m" + "x" * 10_000_000)
            if text == "stops":
                raise DataError(OWN.at(x="bob@example.com"))
            return OWN.at(x="bob@example.com\n\ud800")

    model = loaded(Tells)
    for outcome in model.predict(queries(model.template, ["raises", "stops", "tells"])):
        (problem,) = outcome.problems
        assert f"{problem.code} {problem.message}".isprintable() and len(problem.message) < 400
        assert "bob" not in problem.message


def test_one_that_exits_while_it_loads_failed() -> None:
    class Exits(Odd):
        def __init__(self, asked: Asked) -> None:
            raise SystemExit("no licence")

    model = Model("odd", Exits, bind(Exits, texts(Kind.CHOICE, ["A"])))
    model.load()
    assert (model.state, model.reason) == ("failed", "SystemExit: no licence")


@pytest.mark.parametrize(
    ("geometry", "kept"),
    [
        (Box(1, 1, 4, 4), Box(1, 1, 4, 4)),
        (Box(-50, -50, 1000, 1000), Box(0, 0, 20, 10)),
        (Box(15, 2, 10, 2), Box(15, 2, 5, 2)),
        (Box(-1, 2, 10, 2, 45.0), Box(-1, 2, 10, 2, 45.0)),  # what is left of a turned one is no box
        (Box(900, 900, 10, 10), "outside of its image of 20 x 10 pixels"),
        (Polygon.of(((30, 0), (40, 0), (40, 9))), "outside of its image of 20 x 10 pixels"),
        (Box(5, 5, -3, -3), "below 0"),
        (Box(5, 5, 0, 3), "no area"),
        (Box(5, 5, 3, 3, float("nan")), "lie nowhere"),
        (Ellipse(5, 5, -2, 3), "below 0"),
        (Polygon.of(((1, 1), (2, 2))), "no points"),
        (Points(()), "no points"),
    ],
)
def test_a_shape_lies_in_its_image(geometry: Any, kept: Any) -> None:
    """Or a tool stores what nobody can see or select."""

    class Draws(Odd):
        kinds = (Kind.SHAPES,)  # type: ignore[assignment]
        inputs = ("image",)

        def predict(self, batch: Sequence[Query]) -> Sequence[Guess | Problem]:
            return [Guess({self.control: (Shape(geometry, "A"),)}) for _ in batch]

    template = Template(
        "t", inputs={"image": Input("image")}, controls={"asked": Control(Kind.SHAPES, ["A"])}
    )
    model = Model("draws", Draws, bind(Draws, template))
    model.load()
    item = Item(ItemKey("", "", "1"), {"image": "a.png"}, [], sizes={"image": (20, 10)})
    (outcome,) = model.predict([Query(item, template)])
    if isinstance(kept, str):
        assert outcome.answers is None
        assert [one.code for one in outcome.problems] == ["predictor.value-misfits"]
        assert kept in outcome.problems[0].message
    else:
        assert outcome.answers is not None and [one.geometry for one in outcome.answers["asked"]] == [kept]
        assert [one.code for one in outcome.problems] == ["predictor.box-cut"] * (geometry != kept)


class Gives:
    """Answers what it is made with, whatever it is asked."""

    inputs = ("text", "dialogue", "video")
    kinds = tuple(Kind)
    answers: dict[str, Any]

    def __init__(self, asked: Asked) -> None:
        pass

    def predict(self, batch: Sequence[Query]) -> Sequence[Guess | Problem]:
        return [Guess(dict(self.answers)) for _ in batch]


def fitted(
    controls: dict[str, Control], answers: dict[str, Any], labels: dict[str, str] | None = None, **inputs: Any
) -> tuple[Any, dict[str, int]]:
    """What is left of answers, and the codes of what is wrong with them."""
    kinds = {"text": "text", "turns": "dialogue", "film": "video"}
    template = Template("t", inputs={name: Input(kinds[name]) for name in inputs}, controls=controls)
    kind = type("Made", (Gives,), {"answers": answers})
    model = Model("made", kind, bind(kind, template), labels)
    model.load()
    assert model.state == "ready", model.reason
    item = Item(ItemKey("", "1", "1"), inputs, [])
    if "film" in inputs:
        item.sizes["film"] = (100, 100)
    (outcome,) = model.predict([Query(item, template)])
    codes: dict[str, int] = {}
    for problem in outcome.problems:
        codes[problem.code] = codes.get(problem.code, 0) + 1
    return outcome.answers, codes


def test_paths_are_mapped_and_known_to_their_end() -> None:
    controls = {"kind": Control(Kind.TAXONOMY, ["Animal", "Animal / Cat", "Animal / Dog", "Plant"])}
    paths = [("Animal", "Cat"), ("Animal", "Unicorn"), ("animal", "DOG"), ("Animal",), ("Tree",), ("Stone",)]
    paths += [("Animal / Cat",)]  # as a model writes it that was shown the labels
    told = {"Tree": "Plant", "Stone": ""}
    found, codes = fitted(controls, {"kind": paths}, told, text="x")
    assert found == {"kind": (("Animal",), ("Animal", "Cat"), ("Animal", "Dog"), ("Plant",))}
    assert codes == {"predictor.label-unknown": 1}


def test_every_keyframe_of_a_track_is_somewhere() -> None:
    controls = {"things": Control(Kind.TRACKS, ["A"])}
    good = Track((Keyframe(0, Box(1, 1, 5, 5)), Keyframe(4, Box(200, 1, 5, 5), outside=True)), "A")
    leaves = Track((Keyframe(0, Box(1, 1, 5, 5)), Keyframe(4, Box(120, 1, 5, 5))), "A")
    nowhere = Track((Keyframe(0, Box(1, 1, 5, 5)), Keyframe(4, Box(float("nan"), 1, 5, 5))), "A")
    turned = Track((Keyframe(0, Box(1, 1, -5, 5)),), "A")
    found, codes = fitted(controls, {"things": (good, leaves, nowhere, turned, Track((), "A"))}, film="a.mp4")
    assert [one.keyframes for one in found["things"]] == [good.keyframes, leaves.keyframes]
    assert codes == {"predictor.value-misfits": 3}


def test_spans_of_turns_lie_within_their_turn() -> None:
    controls = {"names": Control(Kind.SPANS, ["A"])}
    turns = [{"role": "user", "text": "Hello"}, {"role": "assistant", "text": "Hi"}]
    spans = [Span(0, 2, "A", unit="1"), Span(0, 5, "A", unit="1"), Span(0, 5, "A", unit="0")]
    spans += [Span(0, 1, "A", unit="2"), Span(0, 1, "A", unit="-1")]
    found, codes = fitted(controls, {"names": spans}, turns=turns)
    assert [(one.unit, one.end) for one in found["names"]] == [("1", 2), ("0", 5)]
    assert codes == {"predictor.value-misfits": 3}


def test_relations_have_ends_that_the_project_has() -> None:
    controls = {"names": Control(Kind.SPANS, ["PER", "ORG"]), "links": Control(Kind.RELATIONS, ["works"])}
    ada, acme, alien = Span(0, 3, "person", id="a"), Span(4, 8, "ORG", id="b"), Span(4, 8, "ALIEN", id="c")
    far = Span(4, 80, "ORG", id="d")
    links = [Relation(ada, acme, "works"), Relation(ada, alien, "works"), Relation(far, acme, "works")]
    answers = {"names": [ada, acme, alien], "links": links}
    found, codes = fitted(controls, answers, {"person": "PER"}, text="Ada Acme")
    assert [(one.head.label, one.tail.label) for one in found["links"]] == [("PER", "ORG")]
    assert codes == {"predictor.label-unknown": 1, "predictor.value-misfits": 2}
