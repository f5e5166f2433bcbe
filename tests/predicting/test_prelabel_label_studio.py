"""A whole project of Label Studio gets suggestions: once each, whatever happens on the way."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_in_process import run
from ls_double import TOKEN, LabelStudio, running

from labelwright.quality.lots import Lot

MODEL = '''
import os
from pathlib import Path
from labelwright.contracts import Guess

class Sorter:
    """Sorts by the words; what it is asked about is written down."""

    inputs = ("text",)
    kinds = ("choice",)
    batch = 8
    options = {"all": ("", "what it answers")}
    version = os.environ.get("SORTER", "1")

    def __init__(self, asked):
        (self.text,), (self.control,) = asked.inputs, asked.controls
        self.all = asked.option("all")

    def predict(self, batch):
        with open("asked", "a") as kept:
            kept.write(f"{len(batch)}\\n")
        return [self.one(query.text(self.text)) for query in batch]

    def one(self, text):
        if "DIE" in text:
            os.abort()
        if "RAISE" in text:
            raise ValueError("no")
        if "NOTHING" in text:
            return Guess({})
        label = "spam" if "spam" in text else "support request"
        return Guess({self.control: self.all or label}, score=0.2 if "unsure" in text else 0.9)
'''


class Desk:
    """A project, a predictor and the command."""

    def __init__(self, server: LabelStudio, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.server, self.folder, self.capsys = server, folder, capsys

    def prelabel(self, *more: str, code: int = 0) -> dict[str, Any]:
        """Run it; what it did."""
        found: dict[str, Any] = json.loads(self.ran(*more, "--json", code=code)[0])
        return found

    def ran(self, *more: str, code: int = 0, predictor: str = "./sorter.py:Sorter") -> tuple[str, str]:
        """Run it; what it put out and said."""
        ended, out, err = run(
            self.capsys, "prelabel", "label-studio", "E-mails", "--predictor", predictor, *more
        )
        assert ended == code, out + err
        return out, err

    def stored(self) -> list[list[str]]:
        """The labels of each task's predictions."""
        rows = [t["predictions"] for _, t in sorted(self.server.tasks.items())]
        return [[r["value"]["choices"][0] for p in one for r in p["result"]] for one in rows]

    def asked(self) -> int:
        """How many items the model was asked about."""
        path = self.folder / "asked"
        return sum(map(int, path.read_text().split())) if path.exists() else 0


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    (tmp_path / "sorter.py").write_text(MODEL)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(str(Path(p).absolute()) for p in sys.path if p))
    monkeypatch.chdir(tmp_path)
    with running(LabelStudio()) as server:
        monkeypatch.setenv("LABEL_STUDIO_URL", server.url)
        monkeypatch.setenv("LABEL_STUDIO_API_KEY", TOKEN)
        monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "state"))
        yield Desk(server, tmp_path, capsys)


def test_each_task_gets_one_prediction_and_a_second_run_changes_nothing(desk: Desk) -> None:
    for n in range(20):
        desk.server.add(f"mail {n}")
    first = desk.prelabel()
    assert (first["items"], first["written"], first["failed"], first["present"]) == (20, 20, 0, 0)
    assert desk.stored() == [["SUPPORT_REQUEST"]] * 20
    (made,) = desk.server.tasks[1]["predictions"]
    assert made["model_version"] == first["version"] and made["score"] == 0.9
    before, writes = json.dumps(desk.server.tasks), desk.server.writes
    second = desk.prelabel()
    assert (second["written"], second["present"]) == (0, 20)
    assert json.dumps(desk.server.tasks) == before and desk.server.writes == writes and desk.asked() == 20


def test_what_is_wrong_with_one_item_costs_that_item_and_is_told(desk: Desk) -> None:
    for text in ("a", "DIE", "RAISE", "REFUSED", "NOTHING", "spam", "b"):
        desk.server.add(text)
    found = desk.prelabel(code=1)
    assert desk.stored() == [["SUPPORT_REQUEST"], [], [], [], [], [], ["SUPPORT_REQUEST"]]
    assert (found["written"], found["failed"], found["empty"]) == (2, 3, 2)
    assert found["codes"] == {
        "label-studio.refused": 1, "predictor.item-failed": 1, "predictor.label-unknown": 1,
        "predictor.process-died": 1,
    }  # fmt: skip
    assert [len(t["predictions"]) for t in desk.server.tasks.values()] == [1, 0, 0, 0, 1, 1, 1]


def test_labels_are_mapped_as_told(desk: Desk) -> None:
    desk.server.add("spam")
    assert desk.prelabel("--label", "spam=GENERAL_FEEDBACK")["codes"] == {}
    assert desk.stored() == [["GENERAL_FEEDBACK"]]
    assert "does not have" in desk.ran("--label", "spam=OTHER", code=2)[1]
    assert "A=B" in desk.ran("--label", "spam", code=2)[1]


def test_a_run_that_is_cut_off_goes_on_where_it_was(desk: Desk) -> None:
    for n in range(30):
        desk.server.add(f"mail {n}")
    desk.server.writes = 14  # one of them lets the project show this version
    assert "connection" in desk.ran(code=1)[1]
    assert sum(map(len, desk.stored())) == 13
    desk.server.writes = 10**9
    again = desk.prelabel()
    assert (again["present"], again["written"]) == (13, 17)
    assert desk.stored() == [["SUPPORT_REQUEST"]] * 30


def test_a_blind_share_is_drawn_by_lot_and_stays_when_tasks_arrive(desk: Desk) -> None:
    for n in range(40):
        desk.server.add(f"mail {n}")
    found = desk.prelabel("--share", "80", "--seed", "7")
    blind = {n for n, t in desk.server.tasks.items() if not t["predictions"]}
    assert blind == {n for n in range(1, 41) if not Lot(80, 7).shows(str(n))}
    assert found["blind"] == len(blind) and 2 <= len(blind) <= 14
    desk.server.add("one more")
    desk.prelabel("--share", "80", "--seed", "7")
    assert {n for n, t in desk.server.tasks.items() if not t["predictions"] and n <= 40} == blind


def test_what_people_answered_is_left_out_where_asked(desk: Desk) -> None:
    one, two, three = (desk.server.add(t) for t in "abc")
    desk.server.annotate(one, 5, 0)
    desk.server.annotate(two, 5, 0, skip=True)
    found = desk.prelabel("--only-unlabelled")
    assert (found["answered"], found["written"]) == (1, 2)
    assert [len(desk.server.tasks[n]["predictions"]) for n in (one, two, three)] == [0, 1, 1]


def test_a_dry_run_writes_nothing(desk: Desk) -> None:
    desk.server.add("a")
    desk.server.add("spam")
    found = desk.prelabel("--dry-run")
    assert (found["written"], found["empty"], found["codes"]) == (1, 1, {"predictor.label-unknown": 1})
    assert desk.server.writes == 10**9


def test_a_threshold_leaves_out_what_is_unsure(desk: Desk) -> None:
    desk.server.add("unsure")
    desk.server.add("sure")
    found = desk.prelabel("--threshold", "0.5")
    assert (found["written"], found["below"], desk.stored()) == (1, 1, [[], ["SUPPORT_REQUEST"]])


def test_another_threshold_is_another_version_whose_suggestions_are_written(desk: Desk) -> None:
    desk.server.add("unsure")
    desk.server.add("sure")
    strict = desk.prelabel("--threshold", "0.5")
    assert desk.stored() == [[], ["SUPPORT_REQUEST"]] and strict["empty"] == 1
    assert desk.prelabel("--threshold", "0.5")["present"] == 2
    loose = desk.prelabel("--threshold", "0.1", "--replace")
    assert desk.stored() == [["SUPPORT_REQUEST"]] * 2 and loose["written"] == 2
    plain = desk.prelabel("--replace")
    assert len({strict["version"], loose["version"], plain["version"]}) == 3


def test_replacing_takes_earlier_versions_away_but_for_what_answers_came_from(desk: Desk) -> None:
    one, two = desk.server.add("a"), desk.server.add("b")
    desk.prelabel()
    desk.server.annotate(two, 5, 0)
    used = desk.server.tasks[two]["predictions"][0]["id"]
    desk.server.tasks[two]["annotations"][0]["parent_prediction"] = used
    found = desk.prelabel("--option", "all=SALES_INQUIRY", "--replace")
    assert (found["written"], found["removed"]) == (2, 1)
    assert desk.stored() == [["SALES_INQUIRY"], ["SUPPORT_REQUEST", "SALES_INQUIRY"]]
    assert len(desk.server.tasks[one]["predictions"]) == 1


def test_replacing_later_takes_away_what_stands_beside_and_what_is_blind_now(desk: Desk) -> None:
    for n in range(10):
        desk.server.add(f"mail {n}")
    desk.prelabel()
    desk.prelabel("--option", "all=SALES_INQUIRY", "--share", "50")
    shown = [Lot(50, 0).shows(str(n)) for n in range(1, 11)]
    old, new = "SUPPORT_REQUEST", "SALES_INQUIRY"
    assert desk.stored() == [[old, new] if one else [old] for one in shown]
    found = desk.prelabel("--option", "all=SALES_INQUIRY", "--share", "50", "--replace", "--dry-run")
    assert found["removed"] == 0
    found = desk.prelabel("--option", "all=SALES_INQUIRY", "--share", "50", "--replace")
    assert (found["removed"], found["present"], found["blind"]) == (10, sum(shown), 10 - sum(shown))
    assert desk.stored() == [[new] if one else [] for one in shown]


def test_the_project_shows_the_version_unless_it_shows_anothers(desk: Desk) -> None:
    desk.server.add("a")
    first = desk.prelabel()["version"]
    assert desk.server.project["model_version"] == first
    second = desk.prelabel("--option", "all=SALES_INQUIRY")
    assert desk.server.project["model_version"] == second["version"] != first and second["codes"] == {}

    hidden = {"label-studio.predictions-hidden": 1}
    desk.server.project["model_version"] = "another"
    desk.server.add("b")
    found = desk.prelabel()
    assert (found["codes"], found["written"]) == (hidden, 1)
    assert desk.server.project["model_version"] == "another"
    desk.server.backends = [{"id": 1, "title": "another", "model_version": first}]
    desk.server.add("c")
    assert desk.prelabel()["codes"] == {}
    desk.server.project |= {"model_version": first, "show_collab_predictions": False}
    desk.server.add("d")
    assert desk.prelabel()["codes"] == hidden


def test_a_predictor_of_the_service_is_used_as_it_is_configured(desk: Desk) -> None:
    desk.server.add("spam")
    config = desk.folder / "labelwright.toml"
    config.write_text(
        '[predictors.mails]\npredictor = "./sorter.py:Sorter"\ntemplate = "email-classification"\n'
        'labels = { spam = "GENERAL_FEEDBACK" }\nshare = 0\nseed = 5\n'
    )
    # Its blind share is kept as well, unless another is asked for.
    blind = json.loads(desk.ran("--config", "labelwright.toml", "--json", predictor="mails")[0])
    assert (blind["share"], blind["seed"], blind["blind"], desk.stored()) == (0, 5, 1, [[]])
    found = json.loads(
        desk.ran("--config", "labelwright.toml", "--share", "100", "--json", predictor="mails")[0]
    )
    assert desk.stored() == [["GENERAL_FEEDBACK"]] and found["version"].startswith("mails-")
    assert (
        "written there" in desk.ran("--config", str(config), "--label", "a=b", predictor="mails", code=2)[1]
    )
    assert "is configured" in desk.ran("--config", str(config), predictor="nobody", code=2)[1]


def test_what_cannot_be_is_one_sentence(desk: Desk) -> None:
    desk.server.add("a")
    assert "there are" in desk.ran("--option", "nothing=1", code=2)[1]
    assert "none.py" in desk.ran(predictor="./none.py:Sorter", code=2)[1]
    assert "answers choice" in desk.ran("--template", "subtitles", code=2)[1]


READS = """
from pathlib import Path
from labelwright.contracts import Guess


class Reads:
    inputs = ("text",)
    kinds = ("choice",)
    options = {"file": ("label.txt", "what holds the label"), "note": ("", "no file")}
    paths = ("file",)

    def __init__(self, asked):
        (self.control,) = asked.controls
        self.label = Path(asked.option("file")).read_text()
        assert asked.option("note") in ("", "label.txt")

    def predict(self, batch):
        return [Guess({self.control: self.label}) for _ in batch]
"""


@pytest.mark.parametrize("options", ["", 'options = { file = "label.txt", note = "label.txt" }'])
def test_files_that_a_configured_predictor_names_lie_beside_the_configuration(
    desk: Desk, options: str
) -> None:
    desk.server.add("mail")
    conf = desk.folder / "conf"
    conf.mkdir()
    (conf / "reads.py").write_text(READS)
    for folder, label in ((conf, "GENERAL_FEEDBACK"), (desk.folder, "SALES_INQUIRY")):
        (folder / "label.txt").write_text(label)
    (conf / "labelwright.toml").write_text(
        f'[predictors.mails]\npredictor = "./reads.py:Reads"\ntemplate = "email-classification"\n{options}\n'
    )
    desk.ran("--config", "conf/labelwright.toml", predictor="mails")
    assert desk.stored() == [["GENERAL_FEEDBACK"]]
    desk.ran("--option", "file=label.txt", predictor="conf/reads.py:Reads")
    assert desk.stored() == [["GENERAL_FEEDBACK", "SALES_INQUIRY"]], "without one, where the program runs"
