"""``labelwright report`` on an export with predictions: what suggestions did, worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_in_process import run

from labelwright.quality.lots import Lot

LABELS = ("SUPPORT_REQUEST", "SALES_INQUIRY")
MORNING, NOON = "2026-11-22T08:00:00.000000Z", "2026-11-22T12:00:00.000000Z"


def result(label: int) -> list[dict[str, Any]]:
    return [
        {"id": "r", "from_name": "category", "to_name": "text", "type": "choices",
         "value": {"choices": [LABELS[label]]}}
    ]  # fmt: skip


def export(path: Path, tasks: int, lot: Lot, empty: bool = False) -> Path:
    """Ann takes every suggestion, the first label; Bob two of three. Blind, they differ on half.

    ``empty``: items of the blind share have an empty prediction, as the service answers.
    """
    made = []
    for n in range(1, tasks + 1):
        shown = lot.shows(str(n))
        bob = int(n % 3 == 0) if shown else n % 2
        there = [{"id": 1000 + n, "model_version": "m-1", "result": result(0) if shown else [], "score": 0.9,
                  "created_at": MORNING, "task": n, "project": 1}] if shown or empty else []  # fmt: skip
        annotations = [
            {"id": 10 * n + who, "completed_by": who, "result": result(label), "was_cancelled": False,
             "ground_truth": False, "created_at": NOON, "updated_at": NOON, "lead_time": 9.0, "task": n,
             "parent_prediction": 1000 + n if shown else None}
            for who, label in ((1, 0), (2, bob))
        ]  # fmt: skip
        made.append(
            {"id": n, "data": {"text": f"mail {n}"}, "annotations": annotations, "predictions": there,
             "drafts": [], "meta": {}, "project": 1, "created_at": MORNING, "updated_at": NOON}
        )  # fmt: skip
    path.write_text(json.dumps(made))
    return path


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "state"))


def reported(capsys: pytest.CaptureFixture[str], path: Path, *more: str) -> Any:
    line = ("report", str(path), "-t", "email-classification", "--no-lint", "--allow-unmeasured", *more)
    _, out, err = run(capsys, *line)
    assert "Traceback" not in err
    return out


def test_acceptance_and_agreement_with_and_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lot = Lot(70, 2)
    path = export(tmp_path / "export.json", 90, lot)
    found = json.loads(reported(capsys, path, "--json"))["suggestions"]
    shown = [n for n in range(1, 91) if lot.shows(str(n))]
    blind = [n for n in range(1, 91) if not lot.shows(str(n))]
    taken = sum(n % 3 != 0 for n in shown)
    assert (found["items_with"], found["items_without"], found["made_from"]) == (
        len(shown), len(blind), 2 * len(shown),
    )  # fmt: skip
    assert found["accepted"]["value"] == pytest.approx((len(shown) + taken) / (2 * len(shown)), abs=1e-6)
    apart = found["agreement"]["category"]
    with_, without = taken / len(shown), sum(n % 2 == 0 for n in blind) / len(blind)
    assert apart["difference"]["value"] == pytest.approx(with_ - without, abs=1e-9)
    assert apart["difference"]["low"] < apart["difference"]["value"] < apart["difference"]["high"]
    accepted = sorted(one["accepted"]["value"] for one in found["annotators"].values())
    assert accepted == [pytest.approx(taken / len(shown), abs=1e-6), 1.0]
    assert all(name.startswith("annotator-") for name in found["annotators"])
    parts = json.loads(reported(capsys, path, "--json", "--jobs", "2"))["suggestions"]
    assert parts == found
    assert "Suggestions\n" in reported(capsys, path)


def test_empty_predictions_are_told_apart_by_the_lot_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lot = Lot(70, 2)
    path = export(tmp_path / "export.json", 60, lot, empty=True)
    plain = json.loads(reported(capsys, path, "--json"))["suggestions"]
    assert (plain["items_without"], plain["agreement"]["category"]["difference"]["state"]) == (
        0,
        "no-overlap",
    )
    told = json.loads(reported(capsys, path, "--json", "--share", "70", "--lot-seed", "2"))["suggestions"]
    assert told["items_without"] == sum(not lot.shows(str(n)) for n in range(1, 61)) > 0
    assert (told["share"], told["seed"]) == (70.0, 2)


def test_an_export_without_predictions_has_no_such_section(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = export(tmp_path / "export.json", 6, Lot(0))
    assert json.loads(reported(capsys, path, "--json"))["suggestions"] is None
    assert "Suggestions" not in reported(capsys, path)
