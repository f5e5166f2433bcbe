"""Classification learnt of a project's own answers, on the encoder as its package ships it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from predicted import answered, model, queries, refused, settled, texts

from labelwright.predicting.model import Model
from labelwright.predictors._linear import fitted
from labelwright.problems import DataError
from labelwright.records import Kind, Resolved

ASKED = texts(Kind.CHOICE, ["REFUND", "DELIVERY", "PRAISE"])
SAID = {
    "REFUND": ["I want my money back for {}", "please refund the {}", "you billed me twice for {}"],
    "DELIVERY": ["where is my {}", "the {} has not arrived", "the courier lost the {}"],
    "PRAISE": ["I love the {}", "the {} is fantastic", "great {}, thank you"],
}
ROWS = [
    (said.format(o), label) for label, all_ in SAID.items() for said in all_ for o in ("lamp", "bike", "book")
]
UNSEEN = [
    ("the charge for the chair was wrong, return it", "REFUND"),
    ("my kettle is late", "DELIVERY"),
    ("so happy with this camera", "PRAISE"),
    ("Wann kommt mein Paket an?", "DELIVERY"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("classify")


@pytest.fixture(scope="module")
def trained(folder: Path) -> Model:
    made = model("classify", ASKED, folder=str(folder))
    made.fit(settled(ROWS))
    return made


def test_before_training_it_says_that_nothing_is_learnt(tmp_path: Path) -> None:
    (outcome,) = model("classify", ASKED, folder=str(tmp_path)).predict(queries(ASKED, ["a"]))
    assert outcome.answers is None and [p.code for p in outcome.problems] == ["classify.nothing-learnt"]


def test_texts_it_never_saw_get_the_right_labels_and_sober_scores(trained: Model) -> None:
    outcomes = trained.predict(queries(ASKED, [text for text, _ in UNSEEN]))
    assert [o.answers for o in outcomes] == [{"asked": label} for _, label in UNSEEN]
    assert all(0.34 < (o.score or 0) < 0.999 for o in outcomes)
    told = trained.told
    assert told.startswith("asked: ") and "of 27 in 5-fold cross-validation (33% by always" in told


def test_it_is_there_again_with_the_same_version_before_it_is_loaded(trained: Model, folder: Path) -> None:
    again = model("classify", ASKED, folder=str(folder))
    assert again.version == trained.version and "+" in again.version
    assert again.predict(queries(ASKED, ["late"])) == trained.predict(queries(ASKED, ["late"]))
    assert sorted(p.name for p in folder.iterdir()) == ["classify.msgpack"]


def test_the_same_answers_in_another_order_are_the_same_lesson(trained: Model, tmp_path: Path) -> None:
    other = model("classify", ASKED, folder=str(tmp_path))
    assert other.fit(settled(ROWS)[::-1]) == trained.version


def test_several_labels_are_judged_each_by_itself(tmp_path: Path) -> None:
    asked = texts(Kind.CHOICES, ["REFUND", "DELIVERY", "PRAISE"])
    both = [(f"{a} and {b}", ("DELIVERY", "REFUND")) for a, _ in ROWS[:6] for b, _ in ROWS[9:12]]
    made = model("classify", asked, folder=str(tmp_path))
    made.fit(settled([(text, (label,)) for text, label in ROWS] + [*both, ("hm", ()), ("well", ())]))
    text = "please refund the chair and where is my kettle"
    assert answered(made, asked, text, "I love the chair") == [("DELIVERY", "REFUND"), ("PRAISE",)]


@pytest.mark.parametrize(
    "rows", [[], [("a", "REFUND")], [("a", "REFUND"), ("b", "REFUND")], [("", "A"), (" ", "B")]]
)
def test_too_few_answers_teach_nothing_and_harm_nothing(rows: list[Any], trained: Model) -> None:
    version = trained.version
    with pytest.raises(DataError, match="usable answers with"):
        trained.fit(settled(rows))
    assert trained.version == version
    assert answered(trained, ASKED, "my kettle is late") == ["DELIVERY"]


def test_what_a_model_answered_is_not_learnt(trained: Model) -> None:
    guessed = [Resolved(one.item, one.answers, predicted=True) for one in settled(ROWS)]
    with pytest.raises(DataError, match="has 0 usable answers"):
        trained.fit(guessed)


def test_without_a_folder_or_with_a_broken_file_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no folder to keep"):
        model("classify", ASKED).fit(settled(ROWS[:3] + ROWS[9:12]))
    (tmp_path / "classify.msgpack").write_bytes(b"\xc1 broken")
    assert "take it away to learn anew" in refused("classify", ASKED, folder=str(tmp_path))


def test_a_write_that_fails_leaves_what_was_there(
    trained: Model, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (folder / "classify.msgpack").read_bytes()

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        trained.fit(settled(ROWS[:15]))
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {"classify.msgpack": before}


def test_scores_are_calibrated_on_noise() -> None:
    """A third of the answers is chance: probabilities must say so, not only the accuracy."""
    generator = np.random.default_rng(1)
    truth = generator.integers(0, 3, 600)
    embedded = np.eye(40)[truth] * 2 + generator.normal(size=(600, 40)) * 0.3
    wanted = np.eye(3)[np.where(generator.random(600) < 0.3, generator.integers(0, 3, 600), truth)]
    head = fitted(embedded[:300], wanted[:300], ["a", "b", "c"], True)
    shares = head.shares(embedded[300:])
    hit = shares.argmax(axis=1) == wanted[300:].argmax(axis=1)
    assert abs(shares.max(axis=1).mean() - hit.mean()) < 0.06
    assert abs(head.accuracy - hit.mean()) < 0.06 and head.folds == 5


def test_the_head_is_the_optimum_that_scikit_learn_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    from sklearn.linear_model import LogisticRegression

    generator = np.random.default_rng(2)
    truth = generator.integers(0, 3, 200)
    embedded = np.eye(20)[truth] + generator.normal(size=(200, 20)) * 0.5
    strength = 1e-2
    monkeypatch.setattr("labelwright.predictors._linear.STRENGTHS", (strength,))
    head = fitted(embedded, np.eye(3)[truth], ["a", "b", "c"], True)
    theirs = LogisticRegression(C=1 / (strength * 200), tol=1e-8, max_iter=5000).fit(embedded, truth)
    head.temperature = 1.0
    assert head.shares(embedded) == pytest.approx(theirs.predict_proba(embedded), abs=2e-3)
