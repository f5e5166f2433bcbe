"""Transcripts: rates of jiwer, stated normalisation, and what empty ones mean."""

import math
from typing import Any

import jiwer
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelwright.agreement.engine import AgreementState
from labelwright.agreement.normalise import STEPS, Normaliser, unknown_steps
from labelwright.agreement.result import ControlAgreement, State
from labelwright.agreement.transcripts import cer, wer, word_distance, word_edits
from labelwright.contracts import Control, Template
from labelwright.problems import UsageError
from labelwright.quality.gate import judge
from labelwright.records import Kind, Segment

few = settings(max_examples=60, deadline=None)

SENTENCES = st.lists(
    st.sampled_from(["a", "b", "tone", "tones", "é", "\U0001f600", "x" * 70]), max_size=8
).map(" ".join)


def measured(items: list[list[Any]], **more: Any) -> ControlAgreement:
    state = AgreementState({"t": Control(Kind.TRANSCRIPT, **more)})
    for at, answers in enumerate(items):
        state.add(str(at), [f"p{i}" for i in range(len(answers))], [{"t": a} for a in answers])
    return state.result(resamples=0).controls["t"]


def value(found: ControlAgreement, name: str) -> float:
    measure = found.measures[name]
    assert measure.value is not None, measure.state
    return measure.value


def test_published_numbers() -> None:
    assert wer("hello world", "hello duck") == 0.5
    assert wer("", "") == cer("", "") == 0.0
    assert wer("", "a") == cer("", "a") == 1.0
    assert wer("a", "a b c") == 2.0


@few
@given(st.lists(st.tuples(SENTENCES.filter(bool), SENTENCES), min_size=1, max_size=6))
def test_rates_of_a_published_implementation(pairs: list[tuple[str, str]]) -> None:
    for a, b in pairs:
        assert wer(a, b) == jiwer.wer(a, b)
        assert cer(a, b) == jiwer.cer(a, b)
        assert word_edits(a, b) == word_edits(b, a)
        assert 0.0 <= word_distance(a, b) == word_distance(b, a) <= 1.0


def test_many_distinct_words() -> None:
    left = [f"w{n} same {n % 7}" for n in range(20_000)]
    right = [f"w{n} same {n % 5}" for n in range(20_000)]
    found = measured([list(pair) for pair in zip(left, right, strict=True)], normalise=["whitespace"])
    assert value(found, "wer") == pytest.approx(jiwer.wer(left + right, right + left), abs=1e-12)


@pytest.mark.parametrize(
    "steps", [[], ["whitespace"], ["casefold"], ["whitespace", "accents"], ["characters"]]
)
def test_words_are_those_of_the_normalised_text(steps: list[str]) -> None:
    normalise = Normaliser(steps)
    for text in ("", "  ", " Caf\u00e9\u00a0 \u2019tis, it's\n\tso ", "one", "\u3000a\u2003b"):
        assert normalise.split(text) == (normalise(text), normalise(text).split())


def test_measures_by_hand() -> None:
    found = measured([["Hello, world!", "hello duck"], ["one two three four", "One two three four."]])
    assert value(found, "percent") == pytest.approx(5 / 6)
    assert value(found, "wer") == pytest.approx(2 / 12)
    assert value(found, "exact") == 0.5
    # "world" to "duck": five edits of eleven and ten characters.
    assert value(found, "cer") == pytest.approx(10 / (21 + 2 * 18))
    assert value(found, "character_percent") == pytest.approx((11 - 5 + 18) / (11 + 18))
    longer = measured([["a", "a b c"]])
    assert value(longer, "percent") == pytest.approx(1 / 3)
    assert value(longer, "wer") == pytest.approx(2 * 2 / 4)


@few
@given(st.lists(st.tuples(SENTENCES, SENTENCES), min_size=1, max_size=5))
def test_error_rates_are_those_of_both_directions(pairs: list[tuple[str, str]]) -> None:
    found = measured([list(p) for p in pairs], normalise=["whitespace"])
    left, right = [a for a, _ in pairs], [b for _, b in pairs]
    for name, rate in (("wer", jiwer.wer), ("cer", jiwer.cer)):
        if any(left) or any(right):
            assert value(found, name) == pytest.approx(rate(left + right, right + left))
        else:
            assert found.measures[name].state is State.NO_VARIATION
    assert value(found, "exact") == pytest.approx(sum(a == b for a, b in pairs) / len(pairs))


def test_alpha_is_one_minus_observed_over_expected() -> None:
    pairs = [("a b", "a b"), ("c d", "c e"), ("f g", "f g")]
    texts = [t for p in pairs for t in p]
    apart = [word_distance(a, b) for i, a in enumerate(texts) for b in texts[i + 1 :]]
    expected = 1 - (0.5 / 3) / (sum(apart) / len(apart))
    assert value(measured([list(p) for p in pairs]), "krippendorff_alpha") == pytest.approx(expected)
    assert measured([["a", "a"], ["a", "a"]]).measures["krippendorff_alpha"].state is State.NO_VARIATION


def test_empty_and_missing() -> None:
    both = measured([["", ""], ["  ", "!"]])
    assert value(both, "exact") == 1.0
    assert {both.measures[n].state for n in ("percent", "wer", "cer")} == {State.NO_VARIATION}
    one = measured([["", "two words"], ["two words", "two words"]])
    assert value(one, "percent") == pytest.approx(2 / 4)
    assert value(one, "wer") == pytest.approx(4 / 6)
    assert measured([["words", None]]).measures["percent"].state is State.ONE_ANNOTATOR
    assert measured([["words"]]).measures["wer"].state is State.ONE_ANNOTATOR


def test_gate_asks_for_words_and_time() -> None:
    controls = {"t": Control(Kind.TRANSCRIPT), "s": Control(Kind.SEGMENTS), "n": Control(Kind.TEXT)}
    state = AgreementState(controls)
    first = {"t": "one two three four five", "s": (Segment(0, 9, "A"),), "n": "note"}
    second = {"t": "one two three four six", "s": (Segment(0, 10, "A"),), "n": "other"}
    state.add("1", ["x", "y"], [first, second])
    template = Template("t", controls=controls)
    assert judge(state.result(resamples=0), template, 0.8).state == "passed"
    failed = judge(state.result(resamples=0), template, 0.85)
    assert (failed.controls, failed.state) == (["t", "s"], "failed")
    assert [p.place.control for p in failed.problems] == ["t"]
    with pytest.raises(UsageError, match="less is better"):
        judge(state.result(resamples=0), template, 0.8, "wer")


def test_contested_by_words() -> None:
    state = AgreementState({"t": Control(Kind.TRANSCRIPT)})
    for name, pair in (("1", ("a b", "a c")), ("2", ("A b.", "a b")), ("3", ("", "a")), ("4", ("", ""))):
        state.add(name, ["x", "y"], [{"t": p} for p in pair])
    assert [(c.item, c.score) for c in state.result(resamples=0).contested] == [("3", 0.0), ("1", 0.5)]


@pytest.mark.parametrize(
    ("steps", "text", "expected"),
    [
        ([], "It\u2019s  \uff21 \u201cGREAT\u201d stra\u00dfe \u2014 don't!", "it's a great strasse don't"),
        ([], "'tis the dogs' 5 % well-known e\u0301", "tis the dogs 5 well known \u00e9"),
        (["nfkc"], "\ufb01ne", "fine"),
        (["casefold"], "A B", "a b"),
        (["apostrophes"], "It\u2019s", "It's"),
        (["punctuation"], "a,b", "a b"),
        (["accents"], "d\u00e9j\u00e0 \uac00", "deja \uac00"),
        (["whitespace"], " A \n B\t", "A B"),
        (["characters"], "\u56db\u3064 \u97f3", "\u56db \u3064 \u97f3"),
    ],
)
def test_steps(steps: list[str], text: str, expected: str) -> None:
    assert Normaliser(steps)(text) == expected


@few
@given(st.text(), st.lists(st.sampled_from(sorted(STEPS))))
def test_any_text_can_be_normalised(text: str, steps: list[str]) -> None:
    assert isinstance(Normaliser(steps)(text), str)
    found = measured([[text, text + "x"], [text, text]], normalise=steps)
    for measure in found.measures.values():
        assert (measure.value is not None) == (measure.state is State.OK)
        assert measure.value is None or math.isfinite(measure.value)


def test_unknown_step() -> None:
    assert unknown_steps(["nfkc", "lower"]) == ["lower"]
    with pytest.raises(UsageError, match="'lower'"):
        AgreementState({"t": Control(Kind.TRANSCRIPT, normalise=["lower"])})
