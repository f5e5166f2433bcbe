"""A user's own predictor in one file: what is wrong with it is told in a sentence, and costs no more."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from predicted import queries, texts

from labelwright.contracts import Outcome
from labelwright.predicting.asking import Wanted, loaded
from labelwright.predicting.finding import find
from labelwright.problems import UsageError
from labelwright.records import Kind

TEMPLATE = texts(Kind.CHOICE, ["A_B", "C"])
USUAL = """
from labelwright.contracts import Guess

class Model:
    inputs = ("text",)
    kinds = ("choice",)

    def __init__(self, asked):
        (self.control,) = asked.controls

    def predict(self, batch):
        return [Guess({self.control: "a b"}, score=0.5) for query in batch]
"""


def spec(folder: Path, code: str) -> str:
    file = folder / "my_model.py"
    file.write_text(code, encoding="utf-8")
    return f"{file}:Model"


def asked(folder: Path, code: str) -> list[Outcome]:
    with ExitStack() as stack:
        model = loaded(Wanted(spec(folder, code)), TEMPLATE, stack)
        return model.predict(queries(TEMPLATE, ["x", "y"]))


def test_one_class_is_enough(tmp_path: Path) -> None:
    assert [(o.answers, o.score, o.problems) for o in asked(tmp_path, USUAL)] == [
        ({"asked": "A_B"}, 0.5, [])
    ] * 2


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('inputs = "text"', "inputs has to name at least one of"),
        ('kinds = ("choise",)', "kinds has 'choise'"),
        ('options = ["depth"]', "options has to be a mapping of names to (default, meaning)"),
        ('options = {"depth": "3"}', "options has to be a mapping of names to (default, meaning)"),
        ('options = {"depth": 3}', "options has to be a mapping of names to (default, meaning)"),
        ('options = {"de": "ab"}', "options has to be a mapping of names to (default, meaning)"),
        ('labels = "A_B"', "labels has to be a list of texts"),
        ('modules = "torch"', "modules has to be a list of texts"),
        ('paths = "file"', "paths has to be a list of texts"),
    ],
)
def test_a_class_that_says_itself_wrong_is_refused(tmp_path: Path, line: str, reason: str) -> None:
    with pytest.raises(UsageError) as error:
        find(spec(tmp_path, f"{USUAL}    {line}\n"))
    assert reason in str(error.value) and "my_model.py:Model" in str(error.value)


def test_a_file_that_leaves_ends_nothing_else(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        find(spec(tmp_path, "import sys\nsys.exit('no GPU')\n"))
    assert str(error.value).endswith("my_model.py cannot be used: SystemExit: no GPU")


def test_a_constructor_that_leaves_is_a_model_that_failed(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        asked(tmp_path, USUAL.replace("(self.control,) = asked.controls", "raise SystemExit('no GPU')"))
    assert str(error.value).endswith("my_model.py:Model cannot be loaded: SystemExit: no GPU")


def test_a_prediction_that_leaves_costs_its_item(tmp_path: Path) -> None:
    code = USUAL.replace(
        "        return [", "        if batch[0].text('text') == 'x': raise SystemExit(3)\n        return ["
    )
    first, second = asked(tmp_path, code)
    assert first.answers is None
    assert [(p.code, p.message.endswith("failed: SystemExit: 3")) for p in first.problems] == [
        ("predictor.item-failed", True)
    ]
    assert second.answers == {"asked": "A_B"}
