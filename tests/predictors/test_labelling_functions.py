"""Labelling functions of a user's file."""

from __future__ import annotations

from pathlib import Path

import pytest
from predicted import answered, model, queries, refused, settled, texts

from labelwright.predicting.model import Model
from labelwright.problems import DataError
from labelwright.records import Kind

ASKED = texts(Kind.CHOICE, ["REFUND", "DELIVERY", "OTHER"])
CODE = """
from labelwright.predictors.labelling_functions import labelling_function

def lf_money(item):
    return "REFUND" if "money" in item.inputs["text"] else None

def lf_late(item):
    return "DELIVERY" if "late" in item.inputs["text"] else None

@labelling_function
def parcels(item):
    return "DELIVERY" if "parcel" in item.inputs["text"] else None

def lf_guesses(item):
    return "OTHER" if "e" in item.inputs["text"] else "REFUND"

def helper(item):
    return "nobody asks me"
"""
ANSWERS = [
    ("my money back", "REFUND"),
    ("where is the money", "REFUND"),
    ("the parcel is late", "DELIVERY"),
    ("a parcel", "DELIVERY"),
    ("late again", "DELIVERY"),
    ("money for a late parcel", "DELIVERY"),
    ("nothing here", "OTHER"),
] * 4


def made(folder: Path, code: str = CODE, **options: str) -> Model:
    path = folder / "functions.py"
    path.write_text(code, encoding="utf-8")
    kept = str(folder / "kept")
    return model("labelling-functions", ASKED, {"file": str(path), **options}, folder=kept)


def test_before_learning_the_plurality_stands_and_a_draw_is_no_answer(tmp_path: Path) -> None:
    found = answered(made(tmp_path), ASKED, "a late parcel", "money", "my luck", "nothing here")
    assert found == ["DELIVERY", None, "REFUND", "OTHER"]


def test_learning_weighs_the_functions_and_tells_their_table(tmp_path: Path) -> None:
    functions = made(tmp_path)
    before = functions.version
    version = functions.fit(settled(ANSWERS))
    assert version != before
    # The one that guesses is seldom right, and outvoted now by one that mostly is.
    assert answered(functions, ASKED, "some money") == ["REFUND"]
    predictor = functions.ready()
    lines = {line.name: line for line in predictor.table.lines}
    assert list(lines) == ["lf_money", "lf_late", "parcels", "lf_guesses"]
    assert (lines["lf_money"].coverage, lines["lf_money"].correct) == (pytest.approx(3 / 7), 8)
    assert lines["lf_late"].accuracy == 1.0 and lines["lf_late"].learnt == pytest.approx(13.4 / 14)
    assert "lf_guesses" in predictor.told
    again = made(tmp_path)
    assert again.version == version and again.ready().told == predictor.told
    assert again.predict(queries(ASKED, ["some money"])) == functions.predict(queries(ASKED, ["some money"]))


def test_what_was_learnt_of_other_functions_is_not_taken(tmp_path: Path) -> None:
    made(tmp_path).fit(settled(ANSWERS))
    other = made(tmp_path, CODE.replace('"late"', '"slow"'))
    assert other.ready().told == "" and answered(other, ASKED, "money") == [None]


@pytest.mark.parametrize("name", ["dawid-skene", "majority", "one-coin"])
def test_every_model_answers(tmp_path: Path, name: str) -> None:
    labels = "LABELS = dict(R='REFUND', D='DELIVERY', O='OTHER')\n"
    line = "def lf_{n}(item):\n    return LABELS[item.inputs['text'][{n}]]\n"
    functions = made(tmp_path, labels + "".join(line.format(n=n) for n in range(3)), model=name)
    cases = {"RRR": "REFUND", "DDD": "DELIVERY", "OOO": "OTHER", "RRD": "REFUND", "DDO": "DELIVERY"}
    functions.fit(settled(list(cases.items()) * 5))
    assert answered(functions, ASKED, *cases) == list(cases.values())


def test_a_function_that_fails_or_invents_a_label_costs_the_item(tmp_path: Path) -> None:
    said = '{"x": "NEW", "l": ["OTHER"], "o": "OTHER"}'
    code = f'def lf_a(item):\n    return {said}[item.inputs["text"]]\n'
    functions = made(tmp_path, code)
    found = functions.predict(queries(ASKED, ["x", "l", "?", "o"]))
    codes = [[p.code for p in outcome.problems] for outcome in found]
    unknown = ["labelling-function.label-unknown"]
    assert codes == [unknown, unknown, ["labelling-function.failed"], []]
    assert "answered 'NEW'; there are: REFUND, DELIVERY, OTHER" in found[0].problems[0].message
    assert "lf_a failed: KeyError: '?'" in found[2].problems[0].message
    with pytest.raises(DataError, match="lf_a failed"):
        functions.fit(settled([("?", "OTHER")]))


def test_functions_that_all_abstain_teach_nothing(tmp_path: Path) -> None:
    functions = made(tmp_path, "def lf_none(item):\n    return None\n")
    assert answered(functions, ASKED, "a") == [None]
    with pytest.raises(DataError, match="abstain on all 28 items"):
        functions.fit(settled(ANSWERS))


@pytest.mark.parametrize(
    ("code", "options", "said"),
    [
        ("x = 1", {}, "has no labelling functions"),
        ("1/0", {}, "cannot be used: ZeroDivisionError"),
        ("import no_such_package", {}, "needs no_such_package, which is not installed"),
        (
            CODE,
            {"model": "snorkel"},
            "there is no model 'snorkel'; there are: one-coin, dawid-skene, majority",
        ),
        (CODE, {"balance": "REFUND=1"}, "balance has to give each of REFUND, DELIVERY, OTHER a share"),
        (CODE, {"balance": "REFUND=0.1,DELIVERY=0.1,OTHER=0.1"}, "add up to 0.3, not to 1"),
        (CODE, {"file": "nowhere.py"}, "there is no file nowhere.py"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    tmp_path: Path, code: str, options: dict[str, str], said: str
) -> None:
    path = tmp_path / "functions.py"
    path.write_text(code, encoding="utf-8")
    assert said in refused("labelling-functions", ASKED, {"file": str(path), **options})


def test_controls_that_functions_cannot_answer_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "functions.py"
    path.write_text(CODE, encoding="utf-8")
    options = {"file": str(path)}
    assert "has no labels" in refused("labelling-functions", texts(Kind.CHOICE), options)
    two = texts(Kind.CHOICE, ["A"])
    two.controls["other"] = two.controls["asked"]
    assert "name one of: asked, other" in refused("labelling-functions", two, options)
