"""What was answered about one region is voted on too, and the tool's own ids decide nothing."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace

from labelwright.agreement.engine import AgreementState
from labelwright.agreement.result import State
from labelwright.consensus.majority import plugin as majority
from labelwright.consensus.nearest import plugin as nearest
from labelwright.consensus.unanimous import plugin as unanimous
from labelwright.contracts import Control, Template
from labelwright.pipeline.resolve import Resolver, Tie
from labelwright.records import Annotation, Kind, Relation, Segment, Span, Turn
from labelwright.registry import template_folders
from labelwright.render.load import load_template
from labelwright.render.renderer import used_controls

FACTS = load_template(template_folders()["factuality"])
DIALOGUE = load_template(template_folders()["dialogue"])
SAID = ("SUPPORTED", "CONTRADICTED", "NOT_VERIFIABLE")


def claim(verdict: str, evidence: str = "", id: str = "", start: int = 0) -> Span:
    told = {"evidence": evidence} if evidence else {}
    told |= {"verdict": verdict} if verdict else {}
    return Span(start, start + 9, "CLAIM", "the claim", id=id, answers=tuple(sorted(told.items())))


def answered(control: str, *values: Any) -> list[Annotation]:
    return [Annotation(str(n), f"a{n}", {control: v}) for n, v in enumerate(values)]


def resolver(template: Template, rule: str = "majority") -> Resolver:
    return Resolver(template, rule, used_controls(template))


def test_a_minority_does_not_win_because_its_name_comes_first() -> None:
    given = [
        (claim("CONTRADICTED", "page 9", "x"),),
        (claim("SUPPORTED", "line 12 of page 3", "y"),),
        (claim("SUPPORTED", "line 12, page 3", "z"),),
    ]
    for order in permutations(given):
        outcome = resolver(FACTS).resolve(answered("claims", *order))
        (kept,) = outcome.answers["claims"]
        assert not outcome.ties
        assert dict(kept.answers) == {"verdict": "SUPPORTED", "evidence": "line 12, page 3"}


def test_a_draw_about_a_region_waits_and_names_the_region() -> None:
    given = [(claim("CONTRADICTED"), claim("SUPPORTED", start=20)), (claim("SUPPORTED"),)]
    given.append((claim("SUPPORTED", start=20),))
    for order in permutations(given):
        outcome = resolver(FACTS).resolve(answered("claims", *order))
        expected = Tie("verdict", ("CONTRADICTED", "SUPPORTED"), "claims", "[0, 9) CLAIM")
        assert outcome.ties == [expected]
        assert [dict(s.answers) for s in outcome.answers["claims"]] == [{}, {"verdict": "SUPPORTED"}]


def test_who_left_a_question_open_has_no_vote_on_it() -> None:
    outcome = resolver(FACTS).resolve(answered("claims", (claim(""),), (claim(""),), (claim("SUPPORTED"),)))
    assert dict(outcome.answers["claims"][0].answers) == {"verdict": "SUPPORTED"} and not outcome.ties


def test_an_optional_answer_keeps_no_item_waiting() -> None:
    control = Control(Kind.SPANS, regions={"sure": Control(Kind.RATING)})
    values = [(replace(claim(""), answers=(("sure", n),)),) for n in (3, 1)]
    for order in permutations(values):
        decision = majority.resolve(control, [(f"a{n}", v) for n, v in enumerate(order)])
        assert [dict(s.answers) for s in decision.value] == [{"sure": 1}] and not decision.questions
    control = Control(Kind.SPANS, regions={"sure": Control(Kind.RATING, required=True)})
    decision = majority.resolve(control, [("a", values[0]), ("b", values[1])])
    assert [q.tied for q in decision.questions] == [(1, 3)]


def test_labels_about_a_region_are_voted_one_by_one() -> None:
    control = Control(Kind.SPANS, regions={"flags": Control(Kind.CHOICES, ["a", "b", "c"])})
    values = [
        (replace(claim(""), answers=(("flags", f),)),) for f in (("a", "b"), ("b", "c"), ("a", "b", "c"))
    ]
    decision = majority.resolve(control, [(f"a{n}", v) for n, v in enumerate(values)])
    assert dict(decision.value[0].answers) == {"flags": ("a", "b", "c")}
    decision = majority.resolve(control, [("a", values[0]), ("b", values[0]), ("c", values[1])])
    assert dict(decision.value[0].answers) == {"flags": ("a", "b")}


def turn(label: str, words: str = "") -> tuple[Turn, ...]:
    return (Turn(1, label, words, (("rewrite", words),) if words else ()),)


def test_three_rewrites_of_one_turn_are_one_rewrite() -> None:
    # No two people write the same: the mark is voted on, then the words nearest to the others are taken.
    given = [turn("REWRITE", "Your parcel is on its way."), turn("REWRITE", "Your parcel is on the way.")]
    given.append(turn("REWRITE", "Sorry!"))
    for order in permutations(given):
        outcome = resolver(DIALOGUE).resolve(answered("turns", *order))
        (kept,) = outcome.answers["turns"]
        assert kept.label == "REWRITE" and kept.text.startswith("Your parcel") and not outcome.ties
        assert dict(kept.answers) == {"rewrite": kept.text}
    tie = resolver(DIALOGUE).resolve(answered("turns", turn("KEEP"), turn("REWRITE", "Sorry!")))
    assert [t.control for t in tie.ties] == ["turns"]


def test_a_draw_about_a_stretch_of_time_waits_where_the_answer_is_required() -> None:
    asked = Control(Kind.CHOICE, ["calm", "angry"], on="who", required=True)
    template = Template("t", controls={"who": Control(Kind.SEGMENTS), "mood": asked})
    given = [(Segment(0.0, end, "x", answers=(("mood", m),)),) for end, m in ((4.0, "calm"), (4.1, "angry"))]
    outcome = Resolver(template, "majority").resolve(answered("who", *given))
    assert outcome.ties == [Tie("mood", ("angry", "calm"), "who", "0 to 4 s x")]
    asked.required = False
    outcome = Resolver(template, "majority").resolve(answered("who", *given))
    assert dict(outcome.answers["who"][0].answers) == {"mood": "calm"} and not outcome.ties


def test_words_about_a_stretch_are_the_nearest_to_the_others() -> None:
    control = Control(Kind.SEGMENTS, regions={"words": Control(Kind.TRANSCRIPT, required=True)})
    said = ["we saw for red tones", "he saw four red stones", "we saw four red tones"]
    given = [(Segment(0.0, 4.0 + n / 10, "x", answers=(("words", w),)),) for n, w in enumerate(said)]
    decision = majority.resolve(control, [(f"a{n}", v) for n, v in enumerate(given)])
    assert dict(decision.value[0].answers) == {"words": said[2]} and not decision.questions


def test_relations_are_voted_whatever_was_answered_about_their_ends() -> None:
    def linked(verdict: str, id: str) -> tuple[Relation, ...]:
        return (Relation(claim(verdict, id=id), claim(verdict, id=f"{id}2", start=20), "CAUSES"),)

    given = [(f"a{n}", linked(v, str(n))) for n, v in enumerate(SAID)]
    for rule in (majority, unanimous, nearest):
        decision = rule.resolve(Control(Kind.RELATIONS), given)
        assert [r.key for r in decision.value] == [linked("", "")[0].key] and decision.votes == 3
    assert majority.resolve(Control(Kind.RELATIONS), [*given[:2], ("c", ())]).votes == 2


STRETCH = Segment(0.5, 2.0, "x", id="one", answers=(("mood", "calm"),))
SPAN = Span(0, 3, "A", "abc", id="one", answers=(("verdict", "SUPPORTED"),))
ALIKE = [
    (Kind.SEGMENTS, STRETCH, replace(STRETCH, id="two", origin="prediction", score=0.7, parent="p")),
    (Kind.SPANS, SPAN, replace(SPAN, id="two", origin="prediction", score=0.7, parent="p")),
]


@pytest.mark.parametrize(("kind", "one", "same"), ALIKE, ids=["segments", "spans"])
def test_ids_of_regions_decide_nothing(kind: Kind, one: Any, same: Any) -> None:
    control = Control(kind)
    other = replace(one, label="other")
    for rule in (majority, unanimous, nearest):
        assert rule.resolve(control, [("a", (one,)), ("b", (same,))]).value == (one,)
    assert nearest.resolve(control, [("a", (other,)), ("b", (same,)), ("c", (one,))]).votes == 2
    tied = unanimous.resolve(control, [("a", (other,)), ("b", (same,)), ("c", (one,))]).tied
    assert len(tied) == 2
    # Answers about a region do make a difference.
    silent = replace(same, answers=())
    assert len(unanimous.resolve(control, [("a", (one,)), ("b", (silent,))]).tied) == 2


@pytest.mark.parametrize(("kind", "one", "same"), ALIKE, ids=["segments", "spans"])
def test_a_draw_of_whole_answers_does_not_go_by_ids(kind: Kind, one: Any, same: Any) -> None:
    first, second = replace(one, answers=(("q", "b"),)), replace(one, answers=(("q", "a"),))
    for ids in (("1", "2"), ("2", "1")):
        given = [("a", (replace(first, id=ids[0]),)), ("b", (replace(second, id=ids[1]),))]
        assert nearest.resolve(Control(kind), given).value[0].answers == (("q", "a"),)


@pytest.mark.parametrize(("kind", "one", "same"), ALIKE, ids=["segments", "spans"])
def test_measured_agreement_does_not_go_by_ids(kind: Kind, one: Any, same: Any) -> None:
    controls = {"r": Control(kind), "q": Control(Kind.CHOICE, ["a", "b"], on="r")}
    found = []
    for ids in (("1", "2"), ("2", "1")):
        state = AgreementState(controls)
        twice = tuple(replace(one, id=i, answers=(("q", a),)) for i, a in zip(ids, "ab", strict=True))
        state.add("7", ["ann", "bob"], [{"r": twice}, {"r": (same,)}])
        found.append(state.result(resamples=0))
    assert found[0] == found[1]


def test_two_annotators_who_share_no_region_are_not_one() -> None:
    controls = {"r": Control(Kind.SEGMENTS), "q": Control(Kind.CHOICE, ["a", "b"], on="r")}
    state = AgreementState(controls)

    def marked(start: float) -> dict[str, Any]:
        return {"r": (Segment(start, start + 1, "x", answers=(("q", "a"),)),)}

    state.add("1", ["ann", "bob"], [marked(0.0), marked(5.0)])
    assert state.result(resamples=0).controls["q"].measures["percent"].state is State.NO_OVERLAP
    alone = AgreementState(controls)
    alone.add("1", ["ann"], [marked(0.0)])
    assert alone.result(resamples=0).controls["q"].measures["percent"].state is State.ONE_ANNOTATOR
    # Both marked it, one was alone in answering.
    state.add("2", ["ann", "bob"], [marked(0.0), {"r": (Segment(0.0, 1.0, "x"),)}])
    assert state.result(resamples=0).controls["q"].measures["percent"].state is State.ONE_ANNOTATOR
