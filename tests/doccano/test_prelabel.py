"""Examples of doccano get a predictor's labels: where nobody labelled, once, and never without being told."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_in_process import run
from doccano_double import HTML, PASSWORD, USER, Double, running

MODEL = '''
from labelwright.contracts import Guess
from labelwright.records import Span

class Names:
    """Finds every capital letter's word; the first is a place, the others are people."""

    inputs = ("text",)
    kinds = ("spans",)

    def __init__(self, asked):
        (self.text,), (self.control,) = asked.inputs, asked.controls

    def predict(self, batch):
        return [self.one(query.text(self.text)) for query in batch]

    def one(self, text):
        found, at = [], 0
        for word in text.split(" "):
            if word[:1].isupper():
                found.append(Span(at, at + len(word), "person" if found else "place", score=0.5))
            at += len(word) + 1
        return Guess({self.control: tuple(found)} if found else {})
'''
Prelabel = Callable[..., dict[str, Any]]


@pytest.fixture
def double() -> Iterator[Double]:
    with running() as started:
        number = started.project("Names", "SequenceLabeling", collaborative_annotation=True)
        started.types[(number, "span-types")] = [{"id": 7, "text": "PERSON"}, {"id": 8, "text": "PLACE"}]
        for text in ("Paris Ada Eve", "nothing", "Rome Bob", "Oslo Cid"):
            started.examples[number].append(
                {"id": 10 + len(started.examples[number]), "text": text, "upload_name": "", "filename": ""}
            )
        yield started


@pytest.fixture
def prelabel(
    double: Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Prelabel:
    (tmp_path / "names.py").write_text(MODEL)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(str(Path(p).absolute()) for p in sys.path if p))
    monkeypatch.setenv("DOCCANO_URL", double.url)
    monkeypatch.setenv("DOCCANO_USERNAME", USER)
    monkeypatch.setenv("DOCCANO_PASSWORD", PASSWORD)
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)

    def command(*more: str, code: int = 0, project: str = "Names") -> dict[str, Any]:
        line = ("prelabel", "doccano", project, *more, "--predictor", "./names.py:Names", "--json")
        ended, out, err = run(capsys, *line)
        assert ended == code, out + err
        return dict(json.loads(out)) | {"said": err}

    return command


def spans(double: Double) -> dict[int, list[tuple[int, int, int]]]:
    """The spans of each example."""
    return {
        example: [(x["label"], x["start_offset"], x["end_offset"]) for x in found]
        for (example, _), found in sorted(double.labels.items())
        if found
    }


def test_it_has_to_be_told_that_labels_are_no_predictions(double: Double, prelabel: Prelabel) -> None:
    assert "doccano has no predictions" in prelabel(code=2)["said"]
    assert prelabel("--dry-run")["written"] == 3 and spans(double) == {}
    assert "--replace is not for doccano" in prelabel("--as-answers", "--replace", code=2)["said"]
    double.project("Alone", "SequenceLabeling", collaborative_annotation=False)
    said = prelabel("--as-answers", code=2, project="Alone")["said"]
    assert "would not see what is written" in said


CONFIG = """
[tools.reviews]
tool = "doccano"
url = "{url}"
username = "{user}"
password_file = "password"
[predictors.names]
predictor = "./names.py:Names"
template = "named-entities"
"""


def test_server_and_log_in_may_be_those_of_the_service(
    double: Double, prelabel: Prelabel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("DOCCANO_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("DOCCANO_PASSWORD", "of nobody")
    monkeypatch.delenv("DOCCANO_USERNAME")
    (tmp_path / "password").write_text(PASSWORD)
    (tmp_path / "password").chmod(0o600)
    (tmp_path / "labelwright.toml").write_text(CONFIG.format(url=double.url, user=USER))
    line = ("prelabel", "doccano", "Names", "--config", "labelwright.toml", "--predictor", "names")
    ended, out, err = run(capsys, *line, "--dry-run", "--json")
    assert ended == 0, out + err
    assert json.loads(out)["written"] == 3


def test_labels_are_written_once_and_with_their_scores(double: Double, prelabel: Prelabel) -> None:
    found = prelabel("--as-answers")
    assert (found["written"], found["empty"], found["items"]) == (3, 1, 4)
    assert spans(double)[10] == [(8, 0, 5), (7, 6, 9), (7, 10, 13)]
    assert {x["prob"] for x in double.labels[10, "spans"]} == {0.5}
    before = json.dumps(list(double.labels.values()))
    again = prelabel("--as-answers")
    assert (again["written"], again["present"], again["empty"]) == (0, 3, 1)
    assert json.dumps(list(double.labels.values())) == before


def test_what_somebody_took_away_does_not_come_back(double: Double, prelabel: Prelabel) -> None:
    prelabel("--as-answers")
    double.labels[10, "spans"].clear()
    assert prelabel("--as-answers")["present"] == 3 and 10 not in spans(double)


def test_what_somebody_labelled_or_confirmed_is_left_alone(double: Double, prelabel: Prelabel) -> None:
    double.labels[12, "spans"] = [{"id": 99, "label": 7, "start_offset": 0, "end_offset": 1}]
    double.examples[1][3]["is_confirmed"] = True
    found = prelabel("--as-answers")
    assert (found["written"], found["closed"]) == (1, 2)
    assert spans(double) == {10: [(8, 0, 5), (7, 6, 9), (7, 10, 13)], 12: [(7, 0, 1)]}


def test_a_label_that_is_deleted_meanwhile_costs_itself_alone(double: Double, prelabel: Prelabel) -> None:
    first = f"POST /v1/projects/1/examples/{double.examples[1][0]['id']}/spans"
    there = double.types[(1, "span-types")]
    double.when[first] = lambda: there.remove({"id": 8, "text": "PLACE"})
    done = prelabel("--as-answers", code=1)
    codes = {"doccano.label-gone": 1, "doccano.suggestion-unwritable": 2}
    assert (done["written"], done["failed"], done["codes"]) == (3, 0, codes), done
    assert {label for found in spans(double).values() for label, _, _ in found} == {7}


def test_a_label_that_is_renamed_meanwhile_is_the_same_label(double: Double, prelabel: Prelabel) -> None:
    first = f"POST /v1/projects/1/examples/{double.examples[1][0]['id']}/spans"
    double.when[first] = lambda: double.types[(1, "span-types")][1].update(text="WHERE")
    assert prelabel("--as-answers")["written"] == 3
    assert {label for found in spans(double).values() for label, _, _ in found} == {7, 8}


def test_a_run_that_is_cut_off_in_an_item_completes_it(double: Double, prelabel: Prelabel) -> None:
    double.failures.append(("POST /v1/projects/1/examples/12/spans", (500, HTML)))
    double.failures.append(("POST /v1/projects/1/examples/12/spans", (500, HTML)))
    first = prelabel("--as-answers", code=1)
    assert first["failed"] == 1 and first["codes"] == {"doccano.server-error": 1}
    double.labels[12, "spans"] = [
        {"id": 99, "label": 8, "start_offset": 0, "end_offset": 4, "prob": 0.5},
    ]  # as when it ended between the two
    second = prelabel("--as-answers", code=1)
    assert second["failed"] == 1
    third = prelabel("--as-answers")
    assert (third["written"], third["present"]) == (1, 2)
    assert spans(double)[12] == [(8, 0, 4), (7, 5, 8)]
