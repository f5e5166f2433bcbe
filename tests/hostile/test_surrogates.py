"""Half of a surrogate pair in one text: a problem at its item, and everything else goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cvat_folder import images, job, label, labeled, rectangle, write_folder
from ls_double import TOKEN, LabelStudio, running

from labelwright.cli.main import run
from labelwright.io.surrogates import HALF
from labelwright_plugins.cvat import folder as cvat_folder

CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="category" toName="text">'
    '<Choice value="SUPPORT_REQUEST"/><Choice value="SALES_INQUIRY"/><Choice value="GENERAL_FEEDBACK"/>'
    '</Choices><TextArea name="note" toName="text"/></View>'
)
LABELS = ["SUPPORT_REQUEST", "SALES_INQUIRY", "GENERAL_FEEDBACK"]


def task(number: int, text: str, note: str = "fine") -> dict[str, Any]:
    def answers(person: int) -> dict[str, Any]:
        chosen = {
            "id": "a", "from_name": "category", "to_name": "text", "type": "choices",
            "value": {"choices": [LABELS[number % 3]]},
        }  # fmt: skip
        said = {
            "id": "b", "from_name": "note", "to_name": "text", "type": "textarea", "value": {"text": [note]},
        }  # fmt: skip
        return {"id": number * 10 + person, "completed_by": person, "result": [chosen, said]}

    return {"id": number, "data": {"text": text}, "annotations": [answers(1), answers(2)]}


TASKS = [
    *(task(n, f"mail {n}") for n in range(1, 7)),
    task(7, "half a smile \ud83d"),
    task(8, "mail 8", "\udc00 half a note"),
    task(9, "a whole smile \U0001f600"),
]


def converted(source: Path, out: Path, *more: str, to: str = "ionos") -> dict[str, Any]:
    """The report; every file that was written is UTF-8."""
    target = out / ("t.jsonl" if to == "ionos" else "t.json")
    code = run(
        ["convert", str(source), "--to", to, "-o", str(target), "--state", str(out / "state"),
         "--resamples", "0", "--allow-unmeasured", *more]
    )  # fmt: skip
    assert code == 1
    for path in out.glob("t.*"):
        path.read_bytes().decode()
    assert target.is_file()
    found: dict[str, Any] = json.loads((out / "t.report.json").read_text())
    return found


def places(report: dict[str, Any]) -> list[tuple[str, str]]:
    found = [p for p in report["problems"] if p["code"] == HALF.code]
    return [(p["place"].get("item", ""), p["place"]["path"]) for p in found]


@pytest.mark.parametrize("form", ["export", "one line", "workers", "API answer", "storage"])
def test_label_studio(tmp_path: Path, form: str) -> None:
    source = tmp_path / "export.json"
    more = ["--template", "email-classification"]
    if form == "storage":
        source = tmp_path / "storage"
        source.mkdir()
        for one in TASKS:
            for made in one["annotations"]:
                whole = {**made, "task": {k: v for k, v in one.items() if k != "annotations"}}
                (source / str(made["id"])).write_text(json.dumps(whole))
    elif form == "API answer":
        source.write_text(json.dumps({"tasks": TASKS, "total": len(TASKS)}))
    else:
        source.write_text(json.dumps(TASKS, indent=None if form == "one line" else 1))
        more += ["--jobs", "3"] if form == "workers" else []
    (tmp_path / "config.xml").write_text(CONFIG)
    report = converted(source, tmp_path, *more, "--label-config", str(tmp_path / "config.xml"))
    texts = [f"annotations[{n}].result[1].value.text[0]" for n in range(1 if form == "storage" else 2)]
    assert sorted(set(places(report))) == [("7", "data.text"), *(("8", text) for text in texts)]
    assert report["problem_counts"][HALF.code] == (4 if form == "storage" else 3)  # there, a file for each
    rows = (tmp_path / "t.jsonl").read_text().splitlines()
    assert len(rows) == len(TASKS)
    assert "half a smile \ufffd" in rows[6] and "a whole smile \U0001f600" in rows[8]


def test_label_studio_pulled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = LabelStudio()
    with running(server) as started:
        for number in range(6):
            kept = started.add(f"mail {number} \ud800" if number == 3 else f"mail {number}")
            for person in (1, 2):
                started.annotate(kept, person, number % 3)
        monkeypatch.setenv("LABEL_STUDIO_API_KEY", TOKEN)
        pulled = tmp_path / "pulled"
        line = ["pull", "label-studio", "28", "-o", str(pulled), "--url", started.url]
        assert run(line) == 0
        first = (pulled / "export.json").read_bytes()
        assert b"mail 3 \\ud800" in first  # exactly what the server said
        asked = started.fetched()
        assert run(line) == 0
        assert (pulled / "export.json").read_bytes() == first and started.fetched() == asked
    report = converted(pulled, tmp_path, "--template", "email-classification")
    ((item, path),) = places(report)
    assert path == "data.text" and item
    assert len((tmp_path / "t.jsonl").read_text().splitlines()) == 6


def test_cvat(tmp_path: Path) -> None:
    plate = {
        "id": 8, "name": "plate", "mutable": False, "input_type": "text", "default_value": "", "values": [],
    }  # fmt: skip
    shapes = [
        rectangle(n, n, attributes=[{"spec_id": 8, "value": "half \ud83d" if n == 1 else "AB 12"}])
        for n in range(3)
    ]
    source = write_folder(
        tmp_path / "pulled",
        [label(1, "car", attributes=[plate])],
        {1: ({}, images(3), [job(1, 0, 2, 1)], {})},
    )
    held = source / "tasks" / "1" / "annotations" / "job_1.json"
    held.write_bytes(cvat_folder.encode(labeled(*shapes), 0))  # as a pull writes it
    report = converted(source, tmp_path, "--no-gate", "--allow-loss", to="coco")
    assert places(report) == [("task 1, job 1", "frame 1, attributes[0].value")]
    assert len(json.loads((tmp_path / "t.json").read_text())["annotations"]) == 3


def test_cvat_names(tmp_path: Path) -> None:
    source = write_folder(
        tmp_path / "pulled",
        [label(1, "car")],
        {1: ({}, images(2), [job(1, 0, 1, 1)], {1: labeled(rectangle(1, 0), rectangle(2, 1))})},
    )
    labels = source / "labels.json"
    labels.write_bytes(cvat_folder.encode([label(1, "car"), label(2, "half \ud83d")]))
    report = converted(source, tmp_path, "--no-gate", "--allow-loss", to="coco")
    assert places(report) == [("", "pulled/labels.json: [1].name")]
