"""Consensus rules: what stands, what is a tie."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelwright.consensus.borda import plugin as borda
from labelwright.consensus.bradley_terry import plugin as bradley_terry
from labelwright.consensus.majority import plugin as majority
from labelwright.consensus.median import plugin as median
from labelwright.consensus.nearest import plugin as nearest
from labelwright.consensus.unanimous import plugin as unanimous
from labelwright.contracts import Control, Decision
from labelwright.records import Kind, Segment, Span, Turn

ONE, TWO = Span(0, 3, "A", id="x"), Span(4, 6, "B")
X = Turn(0, "x")


def answers(*values: Any) -> list[tuple[str, Any]]:
    return [(f"a{i}", v) for i, v in enumerate(values)]


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (Kind.CHOICE, ["b", "a", "b"], Decision("b", (), 2)),
        (Kind.CHOICE, ["b", "a"], Decision(None, ("a", "b"), 1)),
        (Kind.RATING, [5, 3, 5.0], Decision(5.0, (), 2)),
        (Kind.CHOICES, [("a", "b"), ("a",), ("a", "c")], Decision(("a",), (), 3)),
        (Kind.CHOICES, [("a", "b"), ("a",)], Decision(None, (("a",), ("a", "b")), 2)),
        (Kind.TAXONOMY, [(("a", "b"),), (("a", "b"),), ()], Decision((("a", "b"),), (), 2)),
        (Kind.SPANS, [(ONE, TWO), (Span(0, 3, "A", id="y"),), ()], Decision((ONE,), (), 2)),
        (Kind.SPANS, [(ONE,), ()], Decision(None, ((), (ONE,)), 0)),
        (Kind.TURNS, [(X,), (X,), (Turn(0, "y"),)], Decision((X,), (), 2)),
        (Kind.JSON, [{"a": 1}, {"a": True}, {"a": 1}], Decision({"a": 1}, (), 2)),
    ],
)
def test_majority(kind: Kind, values: list[Any], expected: Decision) -> None:
    assert majority.resolve(Control(kind), answers(*values)) == expected
    assert majority.resolve(Control(kind), answers(values[0], values[0])).value == values[0]


def test_left_against_right_is_a_tie_and_not_the_value_tie() -> None:
    control = Control(Kind.PREFERENCE)
    assert majority.resolve(control, answers("left", "right")) == Decision(None, ("left", "right"), 1)
    assert majority.resolve(control, answers("left", "right", "tie", "tie")).value == "tie"


def test_segments_are_voted_by_time() -> None:
    control = Control(Kind.SEGMENTS)
    a, b, c = Segment(0.0, 5.0, "x"), Segment(0.1, 5.2, "x"), Segment(0.3, 9.0, "x")
    expected = Decision((Segment(0.1, 5.2, "x"),), (), 2)
    for order in permutations([(a,), (b,), (c,)]):
        assert majority.resolve(control, answers(*order)) == expected
    # Two: what both marked. What one alone marked is a tie only where it is longer than the collar.
    assert majority.resolve(control, answers((a,), (b,))) == Decision((Segment(0.1, 5.0, "x"),), (), 2)
    both = majority.resolve(control, answers((a,), (c,)))
    assert both.tied == ((Segment(0.3, 5.0, "x"),), (Segment(0.0, 9.0, "x"),))
    assert majority.resolve(Control(Kind.SEGMENTS, collar=5.0), answers((a,), (c,))).value == both.tied[0]


def test_labels_and_channels_are_voted_apart() -> None:
    control = Control(Kind.SEGMENTS)
    speech, music = Segment(0.0, 4.0, "speech"), Segment(2.0, 6.0, "music")
    other = Segment(0.0, 4.0, "speech", channel=1)
    given = answers((speech, music), (speech, music, other), (music,))
    assert majority.resolve(control, given) == Decision((speech, music), (), 2)


def test_a_gap_and_a_double_mark() -> None:
    control = Control(Kind.SEGMENTS)
    whole, twice = (Segment(0.0, 10.0, "x"),), (Segment(0.0, 6.0, "x"), Segment(4.0, 10.0, "x"))
    parts = (Segment(0.0, 4.0, "x"), Segment(6.0, 10.0, "x"))
    # One person who marks a moment twice has one vote: the gap stands two to two.
    tie = majority.resolve(control, answers(whole, twice, parts, parts))
    assert tie.tied == (parts, (Segment(0.0, 10.0, "x"),))
    assert majority.resolve(control, answers(whole, twice, parts)).value == (Segment(0.0, 10.0, "x"),)
    assert majority.resolve(control, answers(whole, parts, parts)).value == parts


def test_where_ends_overlap_there_is_no_segment() -> None:
    control = Control(Kind.SEGMENTS)
    left, right = Segment(0.0, 5.0, "x"), Segment(4.9, 9.0, "x")
    assert majority.resolve(control, answers((left,), (right,), ())).value == ()
    click = Segment(4.9, 5.0, "x")  # as short, but meant
    assert majority.resolve(control, answers((click,), (click,), ())).value == (click,)


def test_what_was_answered_about_a_stretch_is_voted_too() -> None:
    control = Control(Kind.SEGMENTS)

    def said(start: float, end: float, words: str, mood: str = "") -> Segment:
        answered = (("mood", mood), ("words", words)) if mood else (("words", words),)
        return Segment(start, end, "x", answers=answered)

    a, b, c = (
        said(0, 5, "four tones", "calm"),
        said(0, 5.1, "for tones", "calm"),
        said(0, 5.2, "4 tones", "wild"),
    )
    found = majority.resolve(control, answers((a,), (b,), (c,))).value
    assert [(s.start, s.end, dict(s.answers)) for s in found] == [
        (0, 5.1, {"mood": "calm", "words": "for tones"})  # a draw of words: those of the likest segment
    ]
    d = said(0, 5.2, "four tones")
    found = majority.resolve(control, answers((a,), (b,), (d,))).value
    assert dict(found[0].answers) == {"mood": "calm", "words": "four tones"}


def test_speakers_are_matched_by_time_and_not_by_name() -> None:
    control = Control(Kind.SEGMENTS, ["S1", "S2"], diarization=True)

    def dialogue(first: str, second: str, shift: float = 0.0) -> tuple[Segment, ...]:
        return (
            Segment(0.0, 4.0 + shift, first),
            Segment(4.0 + shift, 9.0, second),
            Segment(9.0, 12.0, first),
        )

    given = [dialogue("S1", "S2"), dialogue("S2", "S1", 0.1), dialogue("S1", "S2", 0.2)]
    expected = dialogue("S1", "S2", 0.1)
    for order in permutations(given):
        assert majority.resolve(control, answers(*order)).value == expected
    # Where names mean something, the second contradicts the others.
    named = majority.resolve(Control(Kind.SEGMENTS, ["S1", "S2"]), answers(*given)).value
    assert [(s.start, s.end, s.label) for s in named] == [(0, 4, "S1"), (4.2, 9, "S2"), (9, 12, "S1")]


def test_marks_of_no_length_and_unusable_times() -> None:
    control = Control(Kind.SEGMENTS)
    beat, wrong = Segment(3.0, 3.0, "beat"), Segment(5.0, 1.0, "beat")
    assert majority.resolve(control, answers((beat,), (beat, wrong), ())).value == (beat,)
    assert majority.resolve(control, answers((beat,), ())).tied == ((), (beat,))
    endless = Segment(0.0, float("nan"), "beat")
    assert majority.resolve(control, answers((beat,), (beat, endless), (endless,))).value == (beat,)


def test_transcripts_are_voted_and_then_compared() -> None:
    control = Control(Kind.TRANSCRIPT)
    said = ["Four tones.", "four tones", "for tones", "four tones"]
    assert majority.resolve(control, answers(*said)) == Decision("four tones", (), 3)
    apart = ["we saw four red tones", "we saw for red tones", "he saw four red stones"]
    assert majority.resolve(control, answers(*apart)).value == apart[0]
    assert nearest.resolve(control, answers(*apart)).value == apart[0]
    assert majority.resolve(control, answers("", "four")).value == ""  # always a draw: value order
    assert majority.resolve(control, answers("", "four", "")) == Decision("", (), 2)


def test_nearest_knows_rankings_and_segments() -> None:
    ranking = Control(Kind.RANKING)
    abc, acb, cab = (("a",), ("b",), ("c",)), (("a",), ("c",), ("b",)), (("c",), ("a",), ("b",))
    assert nearest.resolve(ranking, answers(abc, cab, acb)).value == acb
    segments = Control(Kind.SEGMENTS)
    a, b, c = (tuple([Segment(0.0, end, "x")]) for end in (1.0, 2.0, 2.5))
    assert nearest.resolve(segments, answers(a, b, c)).value == b


def test_unanimous() -> None:
    control = Control(Kind.CHOICE)
    assert unanimous.resolve(control, answers("a", "a")) == Decision("a", (), 2)
    assert unanimous.resolve(control, answers("b", "a", "b")) == Decision(None, ("a", "b"))
    differs = unanimous.resolve(Control(Kind.JSON), answers({"a": 1}, {"a": True}))
    assert differs.value is None and len(differs.tied) == 2


def test_nearest() -> None:
    control = Control(Kind.TEXT)
    texts = ["the cat sat on the mat", "the cat sat on a mat", "dogs bark loudly"]
    assert nearest.resolve(control, answers(*texts)).value in texts[:2]
    # Two texts are always a draw: the order of annotators does not decide it.
    assert nearest.resolve(control, answers("b", "a")) == nearest.resolve(control, answers("a", "b"))
    assert nearest.resolve(control, answers("b", "a")).value == "a"
    assert nearest.resolve(Control(Kind.JSON), answers({"a": 1}, {"a": 2}, {"a": 2})).value == {"a": 2}


def test_median() -> None:
    control = Control(Kind.NUMBER)
    assert median.resolve(control, answers(9, 1, 3)) == Decision(3, (), 1)
    assert median.resolve(control, answers(2, 1)) == Decision(1.5, (), 0)


ABC, BAC, CAB = (("a",), ("b",), ("c",)), (("b",), ("a",), ("c",)), (("c",), ("a",), ("b",))
RANKED = Control(Kind.RANKING)


@pytest.mark.parametrize("rule", [bradley_terry, borda])
@pytest.mark.parametrize(
    ("rankings", "expected"),
    [
        ([ABC, BAC, ABC], Decision(ABC, (), 2)),
        ([ABC, BAC], Decision((("a", "b"), ("c",)), (), 0)),  # equal strength is one tier, not a tie
        ([ABC, CAB, ABC], Decision((("a",), ("b", "c")), (), 0)),
        ([(("a", "b"), ("c",)), ABC], Decision(ABC, (), 1)),
        ([ABC, ()], Decision(ABC, (), 1)),
        ([(("a",),), (("b",),)], Decision((("a", "b"),), (), 0)),  # nobody compared them
        ([(), ()], Decision((), (), 2)),
    ],
)
def test_rankings_become_one(rule: Any, rankings: list[Any], expected: Decision) -> None:
    for order in permutations(rankings):
        assert rule.resolve(RANKED, answers(*order)) == expected


def test_strength_follows_through_names_that_were_not_compared() -> None:
    # Nobody compared a with c or d: b, whom a beats, beats c, who beats d.
    chain = [(("a",), ("b",)), (("b",), ("c",)), (("c",), ("d",))]
    expected = (("a",), ("b",), ("c",), ("d",))
    assert bradley_terry.resolve(RANKED, answers(*chain)).value == expected
    # By places alone b and c would be equal to each other, and a to no better than one who beats the worst.
    assert borda.resolve(RANKED, answers(*chain)).value == (("a",), ("b", "c"), ("d",))


def test_a_win_against_the_strong_counts_more() -> None:
    strong = [(("a",), ("b",))] * 3 + [(("c",), ("a",)), (("d",), ("b",))]
    value = bradley_terry.resolve(RANKED, answers(*strong)).value
    place = {name: i for i, tier in enumerate(value) for name in tier}
    assert place["c"] < place["d"]  # one win each, of c against the stronger


@given(st.lists(st.permutations("abcd"), min_size=2, max_size=5))
def test_where_all_rank_all_both_rules_agree(orders: list[list[str]]) -> None:
    given_ = answers(*(tuple((name,) for name in order) for order in orders))
    one, other = bradley_terry.resolve(RANKED, given_), borda.resolve(RANKED, given_)
    assert one == other
    assert sorted(name for tier in one.value for name in tier) == list("abcd")


def marks() -> st.SearchStrategy[tuple[Segment, ...]]:
    one = st.builds(
        lambda start, length, label, channel: Segment(start / 2, (start + length) / 2, label, channel),
        st.integers(0, 12), st.integers(1, 8), st.sampled_from("xy"), st.integers(0, 1),
    )  # fmt: skip
    return st.lists(one, max_size=4).map(tuple)


@given(st.lists(marks(), min_size=2, max_size=5), st.randoms())
def test_every_moment_is_voted_on(given_: list[tuple[Segment, ...]], rng: Any) -> None:
    control = Control(Kind.SEGMENTS, collar=0.0)
    found = majority.resolve(control, answers(*given_))
    shuffled = rng.sample(given_, len(given_))
    again = majority.resolve(control, answers(*shuffled))
    assert (found.value, found.tied) == (again.value, again.tied)
    if all(value == given_[0] for value in given_):
        assert found.value == given_[0]
        return
    without, whole = found.tied or (found.value, found.value)
    for channel in (0, 1):
        for label in "xy":
            for half in range(40):
                moment = half / 2 + 0.25
                at = [
                    any(s.start <= moment < s.end and (s.channel, s.label) == (channel, label) for s in own)
                    for own in [*given_, without, whole]
                ]
                votes = 2 * sum(at[:-2])
                assert at[-2:] == [votes > len(given_), votes >= len(given_)]
    assert bool(found.tied) == (without != whole)


@pytest.mark.parametrize("rule", [bradley_terry, borda, majority, nearest])
def test_a_name_ranked_twice_or_not_at_all_stops_nothing(rule: Any) -> None:
    twice, partial = (("a",), ("b",), ("a",)), (("b",),)
    decision = rule.resolve(RANKED, answers(twice, partial, ABC))
    assert decision.tied or sorted({n for tier in decision.value for n in tier}) in (
        ["a", "b"],
        ["a", "b", "c"],
    )
