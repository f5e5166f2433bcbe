"""Named entities on the pipeline as its package ships it."""

from __future__ import annotations

import pytest
from predicted import answered, model, queries, texts

from labelwright.predicting.model import Model
from labelwright.predictors.entities import pieces
from labelwright.records import Kind
from labelwright.registry import template_folders
from labelwright.render.load import load_template

NAMED = load_template(template_folders()["named-entities"])


@pytest.fixture(scope="module")
def entities() -> Model:
    return model("entities", NAMED)


def found(made: Model, text: str) -> list[tuple[str, str, int, int]]:
    (outcome,) = made.predict(queries(NAMED, [text]))
    assert outcome.answers is not None
    return [(s.text, s.label, s.start, s.end) for s in outcome.answers["entities"]]


def test_the_built_in_template_works_without_any_mapping(entities: Model) -> None:
    text = "Angela Merkel met Tim Cook of Apple in Cupertino on 3 March 2021."
    assert found(entities, text) == [
        ("Angela Merkel", "PER", 0, 13),
        ("Tim Cook", "PER", 18, 26),
        ("Apple", "ORG", 30, 35),
        ("Cupertino", "LOC", 39, 48),
        ("3 March 2021", "DATE", 52, 64),
    ]


def test_offsets_count_code_points(entities: Model) -> None:
    text = "😀👩‍👩‍👧 e\u0301 \ud800 Angela Merkel lives in Berlin."
    marks = found(entities, text)
    assert ("Angela Merkel", "PER") in [(t, label) for t, label, _, _ in marks]
    assert all(text[start:end] == words for words, _, start, end in marks)


def test_pictures_beside_a_name_are_no_part_of_it(entities: Model) -> None:
    assert found(entities, "😀 Zoë lives in Paris 🎉 now.")[0] == ("Zoë", "PER", 2, 5)
    marks = found(entities, "👩‍👩‍👧❤️ Angela Merkel met Tim Cook 🎉🎉")
    assert ("Angela Merkel", "PER") in [(t, label) for t, label, _, _ in marks]
    assert all(words.isascii() for words, _, _, _ in marks)


def test_labels_that_a_project_lacks_are_told_and_those_told_apart_are_obeyed(entities: Model) -> None:
    (outcome,) = entities.predict(queries(NAMED, ["Tim Cook paid $5 million."]))
    assert [p.code for p in outcome.problems] == ["predictor.label-unknown"]
    assert "'MONEY'" in outcome.problems[0].message
    told = model("entities", NAMED, labels={"MONEY": "", "GPE": "ORG"})
    (outcome,) = told.predict(queries(NAMED, ["Tim Cook paid $5 million in Berlin."]))
    assert outcome.problems == [] and outcome.answers is not None
    assert [(s.text, s.label) for s in outcome.answers["entities"]] == [
        ("Tim Cook", "PER"),
        ("Berlin", "ORG"),
    ]


def test_a_project_may_spell_labels_out() -> None:
    asked = texts(Kind.SPANS, ["Person", "Organisation", "City", "Location"])
    (spans,) = answered(model("entities", asked), asked, "Angela Merkel went to Berlin.")
    assert [(s.text, s.label) for s in spans] == [("Angela Merkel", "Person"), ("Berlin", "City")]


def test_a_text_over_the_pipelines_limit_is_read_in_pieces(entities: Model) -> None:
    filler = "x" * 30_000
    text = f"{filler} Angela Merkel lives in Berlin.\n" * 3
    assert [label for _, label, _, _ in found(entities, text)].count("PER") == 3
    assert all(text[start:end] == words for words, _, start, end in found(entities, text))


def test_pieces_are_the_whole_text_and_cut_at_blanks() -> None:
    text = "one two three four" * 3
    cut = list(pieces(text, 10))
    assert "".join(part for _, part in cut) == text
    assert all(text[start : start + len(part)] == part and len(part) <= 10 for start, part in cut)
    assert cut[0] == (0, "one two")
    assert [part for _, part in pieces("aaaaa", 2)] == ["aa", "aa", "a"]
    assert list(pieces("")) == []
