"""Patterns and gazetteers: many, overlapping, in any script, and none that takes for ever."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from predicted import answered, model, queries, refused, texts

from labelwright.contracts import Template
from labelwright.predicting.model import Model
from labelwright.predictors import patterns as _patterns
from labelwright.predictors._gazetteer import Gazetteer
from labelwright.predictors.patterns import _apart
from labelwright.records import Kind

SPANS = texts(Kind.SPANS)


def patterns(folder: Path, text: str, template: Template = SPANS, **options: str) -> Model:
    path = folder / "p.toml"
    path.write_text(text, encoding="utf-8")
    return model("patterns", template, {"file": str(path), **options})


def terms(folder: Path, *words: str, ignore_case: bool = False) -> Model:
    listed = ", ".join(f'"{w}"' for w in words)
    text = f'[[pattern]]\nlabel = "T"\nterms = [{listed}]\nignore_case = {str(ignore_case).lower()}\n'
    return patterns(folder, text)


def marked(made: Model, text: str) -> list[str]:
    (spans,) = answered(made, SPANS, text)
    assert all(text[s.start : s.end] == s.text for s in spans)
    return [s.text for s in spans]


def test_a_regular_expression_that_explodes_costs_its_item_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The fast one has its time however late the machine comes to it; regular expressions have another clock.
    monkeypatch.setattr(_patterns, "time", SimpleNamespace(monotonic=lambda: 0.0))
    made = patterns(tmp_path, '[[pattern]]\nlabel = "X"\nregex = "(a|a)+$"\n', seconds="0.2")
    began = time.monotonic()
    slow, fast = made.predict(queries(SPANS, ["a" * 60 + "b", "aaa"]))
    assert time.monotonic() - began < 5
    assert [p.code for p in slow.problems] == ["patterns.too-slow"] and slow.answers is None
    assert "pattern 1 (X) took longer than 0.2 s on a text of 61 characters" in slow.problems[0].message
    assert fast.answers is not None and [s.text for s in fast.answers["asked"]] == ["aaa"]


def test_a_text_of_a_megabyte_cannot_make_a_quadratic_one_run_on(tmp_path: Path) -> None:
    made = patterns(tmp_path, '[[pattern]]\nlabel = "MAIL"\nregex = "[a-z]+@[a-z]+"\n', seconds="0.3")
    began = time.monotonic()
    (outcome,) = made.predict(queries(SPANS, ["a" * 1_000_000]))
    assert time.monotonic() - began < 10
    assert [p.code for p in outcome.problems] in ([], ["patterns.too-slow"])


def test_thousands_of_terms_take_no_longer_than_a_few(tmp_path: Path) -> None:
    (tmp_path / "many.txt").write_text("\n".join(f"word{n}" for n in range(20_000)), encoding="utf-8")
    made = patterns(tmp_path, '[[pattern]]\nlabel = "W"\nterms_file = "many.txt"\n')
    text = " ".join(f"word{n}" for n in range(0, 40_000, 2))
    began = time.monotonic()
    assert len(marked(made, text)) == 10_000
    assert time.monotonic() - began < 5  # an alternation of as many terms takes minutes


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("Rom", "Rom, Roman, (Rom) Rom_e Rom2", ["Rom", "Rom"]),
        ("東京", "私は東京都に住む", ["東京"]),
        ("กรุงเทพ", "อยู่กรุงเทพมหานคร", ["กรุงเทพ"]),
        ("Zoe", "Zoe\u0301 and Zoe", ["Zoe"]),  # the first one is another name
        ("דוד", "דוד ודוד", ["דוד"]),
        ("C++", "C++ and C", ["C++"]),
        ("New York", "New\n  York, New York", ["New\n  York", "New York"]),
        ("😀", "a😀b", ["😀"]),
        ("-5", "at -5, 3-5", ["-5", "-5"]),
        ("AT&T", "AT&T Inc", ["AT&T"]),
    ],
)
def test_terms_are_whole_words_in_any_script(tmp_path: Path, term: str, text: str, found: list[str]) -> None:
    assert marked(terms(tmp_path, term), text) == found


def test_case_is_ignored_where_wanted_and_offsets_stay(tmp_path: Path) -> None:
    made = terms(tmp_path, "istanbul", "STRASSE", ignore_case=True)
    # The small letter of the capital I with a dot is two code points: it must not move what follows.
    assert marked(made, "İ ISTANBUL Strasse") == ["ISTANBUL", "Strasse"]
    assert marked(terms(tmp_path, "istanbul"), "ISTANBUL") == []


def test_the_longest_stands_and_then_the_earlier(tmp_path: Path) -> None:
    text = """
[[pattern]]
label = "NUMBER"
regex = "[0-9]+"
[[pattern]]
label = "ORDER"
regex = "[A-Z]{2}-[0-9]{6}"
score = 0.5
[[pattern]]
label = "CODE"
terms = ["AB-123456", "New York", "New York City"]
"""
    made = patterns(tmp_path, text)
    (spans,) = answered(made, SPANS, "AB-123456 New York City 77")
    assert [(s.label, s.text, s.score) for s in spans] == [
        ("ORDER", "AB-123456", 0.5),
        ("CODE", "New York City", 1.0),
        ("NUMBER", "77", 1.0),
    ]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8), st.integers(0, 3)), max_size=30))
@settings(max_examples=60, deadline=None)
def test_what_stands_never_overlaps_and_nothing_that_fits_is_missing(
    drawn: list[tuple[int, int, int]],
) -> None:
    found = [(start, start + length, which) for start, length, which in drawn]
    kept = _apart(found)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(kept))
    for one in found:  # each is kept, or one at least as long is in its way
        assert any(
            k == one or (k[0] < one[1] and one[0] < k[1] and k[1] - k[0] >= one[1] - one[0]) for k in kept
        )


@given(
    st.lists(st.text("ab東 é\u0301", min_size=1, max_size=4), max_size=6),
    st.text("ab東 é\u0301-", max_size=40),
)
@settings(max_examples=80, deadline=None)
def test_what_a_gazetteer_finds_is_a_term(words: list[str], text: str) -> None:
    known = {" ".join(w.split()) for w in words}
    for start, end, number in Gazetteer(((w, n) for n, w in enumerate(words)), False).matches(text):
        assert " ".join(text[start:end].split()) in known and 0 <= number < len(words)


def test_whole_texts_get_labels(tmp_path: Path) -> None:
    text = '[[pattern]]\nlabel = "A"\nterms = ["x"]\n[[pattern]]\nlabel = "B"\nterms = ["y"]\n'
    asked = texts(Kind.CHOICE, ["A", "B"])
    assert answered(patterns(tmp_path, text, asked), asked, "x y y", "x y", "z") == ["B", "A", None]
    several = texts(Kind.CHOICES, ["A", "B"])
    assert answered(patterns(tmp_path, text, several), several, "y x", "y", "z") == [("A", "B"), ("B",), ()]


def test_the_version_changes_with_the_file_and_its_lists(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("one\n", encoding="utf-8")
    text = '[[pattern]]\nlabel = "W"\nterms_file = "t.txt"\n'
    first = patterns(tmp_path, text).version
    assert patterns(tmp_path, text).version == first
    (tmp_path / "t.txt").write_text("two\n", encoding="utf-8")
    second = patterns(tmp_path, text).version
    assert len({first, second, patterns(tmp_path, text + "ignore_case = true\n").version}) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "missing required field `pattern`"),
        ("pattern = []", "has no patterns"),
        ('[[pattern]]\nlabel = "A"', "pattern 1 (A) needs one of regex, terms and terms_file"),
        ('[[pattern]]\nlabel = "A"\nregex = "("', "pattern 1 (A) is no regular expression"),
        ('[[pattern]]\nlabel = ""\nregex = "a"', "has no label"),
        ('[[pattern]]\nlabel = "A"\nregex = "a"\nscore = 2.0', "the score 2 is not from 0 to 1"),
        ('[[pattern]]\nlabel = "A"\nterms = [" "]', "has no terms"),
        ('[[pattern]]\nlabel = "A"\nterms_file = "none.txt"', "cannot read"),
        ('[[pattern]]\nlabel = "A"\nregexp = "a"', "unknown field `regexp`"),
        ("[[", "p.toml: "),
    ],
)
def test_what_is_wrong_with_a_file_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "p.toml"
    path.write_text(text, encoding="utf-8")
    reason = refused("patterns", SPANS, {"file": str(path)})
    assert said in reason and "\n" not in reason
    assert "seconds is '0'" in refused("patterns", SPANS, {"file": str(path), "seconds": "0"})
