"""Label models and the table of functions, against crowd-kit's and Snorkel's figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labelwright.predictors import _label_model
from labelwright.predictors._label_model import LabelModel, dawid_skene, guided, majority, one_coin
from labelwright.predictors._lf_table import table

RECORDED = json.loads((Path(__file__).parents[1] / "golden/weak/votes.json").read_text(encoding="utf-8"))
VOTES, TRUTH, NAMES = np.array(RECORDED["votes"]), np.array(RECORDED["gold"]), RECORDED["names"]


def right(model: LabelModel) -> float:
    return float((model.posterior(VOTES).argmax(axis=1) == TRUTH).mean())


def test_the_table_has_snorkels_figures() -> None:
    made, theirs = table(VOTES, NAMES, ["0", "1", "2"], TRUTH), RECORDED["snorkel"]
    for line, row in zip(made.lines, theirs["summary"], strict=True):
        assert line.polarity == [str(label) for label in row["Polarity"]]
        assert (line.correct, line.incorrect) == (row["Correct"], row["Incorrect"])
        ours = (line.coverage, line.overlaps, line.conflicts, line.accuracy)
        assert ours == pytest.approx((row["Coverage"], row["Overlaps"], row["Conflicts"], row["Emp. Acc."]))
    assert (made.coverage, made.overlaps, made.conflicts) == pytest.approx(
        (theirs["coverage"], theirs["overlap"], theirs["conflict"])
    )


def test_one_coin_has_crowd_kits_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = RECORDED["crowdkit"]["one_coin"]
    monkeypatch.setattr(_label_model, "MOST", theirs["iterations"])
    made = one_coin(VOTES, 3, weight=0.0)
    assert made.accuracies == pytest.approx([theirs["skills"][name] for name in NAMES], abs=1e-9)
    assert made.shares == pytest.approx(theirs["priors"], abs=1e-9)


def test_dawid_skene_has_crowd_kits_figures() -> None:
    theirs = RECORDED["crowdkit"]["dawid_skene"]
    made = dawid_skene(VOTES, 3)
    assert made.shares == pytest.approx(theirs["priors"], abs=1e-3)
    posterior = made.posterior(VOTES)[::8]
    for ours, given in zip(posterior, theirs["proba"], strict=True):
        if given[0] is not None:  # items without votes are none of crowd-kit's
            assert ours == pytest.approx(given, abs=1e-3)


def test_a_fitted_model_is_better_than_counting_and_than_snorkels() -> None:
    assert right(one_coin(VOTES, 3)) > right(majority(5, 3)) > RECORDED["snorkel"]["label_model_accuracy"]


def test_known_labels_are_taken_as_given() -> None:
    """Two functions that err together are believed, unless the labels of some items are known."""
    generator = np.random.default_rng(3)
    truth = generator.integers(0, 2, 300)
    good = np.where(generator.random(300) < 0.9, truth, 1 - truth)
    bad = np.where(generator.random(300) < 0.35, truth, 1 - truth)
    votes = np.stack([good, bad, np.where(generator.random(300) < 0.95, bad, 1 - bad)], axis=1)
    assert one_coin(votes, 2).accuracies[1] > 0.9
    known = np.where(np.arange(300) < 200, truth, -1)
    helped = one_coin(votes, 2, np.array([0.5, 0.5]), known)
    assert helped.accuracies[0] > 0.8 and max(helped.accuracies[1:]) < 0.5
    whole = one_coin(votes, 2, np.array([0.5, 0.5]), truth)
    assert whole.accuracies == pytest.approx([((v == truth).sum() + 1.4) / 302 for v in votes.T])


def test_one_label_functions_count_for_what_they_say_and_abstaining_says_nothing() -> None:
    votes = np.array([[0, -1, 0], [-1, 1, 1], [0, 1, 0], [-1, -1, -1]] * 20)
    made = one_coin(votes, 2, np.array([0.7, 0.3]))
    posterior = made.posterior(np.array([[0, -1, -1], [-1, 1, -1], [-1, -1, -1]]))
    assert posterior[0, 0] > 0.8 and posterior[1, 1] > 0.3
    assert posterior[2] == pytest.approx([0.7, 0.3])
    assert posterior.sum(axis=1) == pytest.approx([1, 1, 1])


def test_a_function_that_never_votes_has_the_hunch_and_models_survive_it() -> None:
    votes = np.array([[0, -1], [1, -1], [0, -1]])
    assert one_coin(votes, 2).accuracies[1] == pytest.approx(0.7)
    assert dawid_skene(votes, 2).accuracies[1] == pytest.approx(0.7)


def test_order_of_items_makes_no_difference() -> None:
    turned: Any = VOTES[::-1]
    assert one_coin(turned, 3).accuracies == pytest.approx(one_coin(VOTES, 3).accuracies)


def test_the_table_as_text() -> None:
    text = table(
        np.array([[0, 1], [0, -1]]), ["lf_a", "lf_b"], ["X", "Y"], np.array([0, -1]), [0.9, 0.6]
    ).text()
    assert [" ".join(line.split()) for line in text.splitlines()] == [
        "function labels coverage overlaps conflicts right wrong accuracy learnt",
        "lf_a X 1.000 0.500 0.500 1 0 1.000 0.900",
        "lf_b Y 0.500 0.500 0.500 0 1 0.000 0.600",
    ]
    assert table(np.zeros((0, 1), int), ["lf"], ["X"]).coverage == 0.0


def test_confusions_are_learnt_from_what_is_known() -> None:
    """Functions that mostly err, each in its own way, are worth much once some labels are known."""
    generator = np.random.default_rng(5)
    truth = generator.integers(0, 3, 600)
    wrong = generator.random((600, 4)) < 0.8
    votes = np.where(wrong, (truth[:, None] + 1) % 3, truth[:, None])
    known = np.where(np.arange(600) < 100, truth, -1)
    blindly, made = dawid_skene(votes, 3), guided(votes, 3, np.full(3, 1 / 3), known)
    told = made.posterior(votes)[100:].argmax(axis=1) == truth[100:]
    untold = blindly.posterior(votes)[100:].argmax(axis=1) == truth[100:]
    assert told.mean() > 0.85 > 0.4 > untold.mean()
    assert made.accuracies == pytest.approx(1 - wrong.mean(axis=0), abs=0.05)
    assert made.shares == pytest.approx([1 / 3] * 3)


def test_a_confusion_matrix_of_what_is_known_alone_is_that_of_its_counts() -> None:
    votes, known = np.array([[0], [0], [1], [1], [1]]), np.array([0, 0, 0, 1, 1])
    made = guided(votes, 2, np.array([0.5, 0.5]), known)
    rates = np.array([[2.7, 1.3], [0.3, 2.7]]) / np.array([[4.0], [3.0]])
    assert [made.confusion["0-0"], made.confusion["0-1"]] == pytest.approx(np.log(rates).T)
    assert made.posterior(votes)[0] == pytest.approx(rates[:, 0] / rates[:, 0].sum())
