"""``labelwright report`` as a user meets it: files, history, lint, volumes, exit codes, bad input."""

from __future__ import annotations

import json
import multiprocessing
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests_support import email_export, export_of

from labelwright.pipeline.history import DAMAGED
from labelwright.registry import template_folders
from labelwright.report.json import make_schema
from labelwright.state.history import Entry, History

EMAILS = template_folders()["email-classification"] / "export.json"
FORMS = ["report.html", "report.json", "report.md"]


def report(labelwright: Any, *more: str | Path, export: Path = EMAILS) -> Any:
    return labelwright("report", export, "-t", "email-classification", "--resamples", "100", *more)


def test_a_folder_gets_the_three_forms_that_say_the_same(labelwright: Any, tmp_path: Path) -> None:
    ran = report(labelwright, "-o", tmp_path / "out", "--json")
    assert ran.code == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == FORMS
    assert (tmp_path / "out" / "report.json").read_text() == ran.out
    jsonschema.Draft202012Validator(make_schema()).validate(ran.json)
    found = ran.json
    assert (
        found["lint"]["summary"]["rows"] == found["counts"]["examples"] == found["volume"]["examples"] == 18
    )
    assert found["target"] == "" and found["consensus"] == "majority" and found["trend"] == []
    assert found["gold"]["items"] == found["counts"]["gold"] == 1
    page = (tmp_path / "out" / "report.html").read_text()
    assert "18</b><span>examples for training" in page and "rules looked at 18 rows" in page
    again = report(labelwright, "-o", tmp_path / "again", "--json")
    assert all((tmp_path / "again" / n).read_bytes() == (tmp_path / "out" / n).read_bytes() for n in FORMS)
    assert again.out == ran.out


@pytest.mark.parametrize("name", sorted(template_folders()))
def test_every_template_has_a_report_like_its_conversion(name: str, labelwright: Any, tmp_path: Path) -> None:
    folder = template_folders()[name]
    ran = labelwright("report", export_of(folder), "-t", name, "-o", tmp_path, "--json", "--resamples", "50")
    assert ran.code in (0, 1)
    assert ran.json["counts"]["items"] > 0 and ran.json["lint"]["summary"]["rows"] > 0
    balance = ran.json["counts"]
    used = balance["examples"] + balance["left_out"] + balance["unrendered"] + balance["tied"]
    assert used + balance["gold"] + balance["untrusted_items"] + balance["rejected"] == balance["annotated"]
    assert ran.json["lint"]["summary"]["rows"] == balance["examples"]
    assert len((tmp_path / "report.html").read_bytes()) < 300_000


def test_the_conversion_shows_the_same_and_lints_what_it_wrote(labelwright: Any, tmp_path: Path) -> None:
    ran = report(labelwright, "--json")
    common = ("-t", "email-classification", "--to", "openai", "--resamples", "100")
    target = tmp_path / "train.jsonl"
    made = labelwright("convert", EMAILS, *common, "-o", target, "--lint", "--json")
    for part in ("controls", "contested", "gold", "signals", "counts", "volume", "gate", "problems"):
        assert made.json[part] == ran.json[part], part
    lint = made.json["lint"]["summary"]
    assert lint["rows"] == 18 and lint["splits"] == {"openai": 18}
    assert lint["rules"] == ran.json["lint"]["summary"]["rules"]
    assert json.loads((tmp_path / "train.report.json").read_text())["lint"] == made.json["lint"]
    split = labelwright(
        "convert", EMAILS, *common, "-o", tmp_path / "b.jsonl", "--split", "50/50", "--lint", "--json"
    )
    assert set(split.json["lint"]["summary"]["splits"]) == {"train", "validation"}
    assert "split-leakage" in split.json["lint"]["summary"]["rules"]
    csv = labelwright(
        "convert", EMAILS, "-t", "email-classification", "--to", "csv", "-o", tmp_path / "c.csv", "--lint",
        "--json",
    )  # fmt: skip
    assert csv.json["lint"]["summary"]["rows"] == 18
    plain = labelwright("convert", EMAILS, *common, "-o", tmp_path / "d.jsonl", "--json")
    assert plain.json["lint"] is None
    assert (tmp_path / "d.jsonl").read_bytes() == target.read_bytes()


@pytest.mark.parametrize("ending", [".html", ".md", ".json"])
def test_one_file_is_written_by_its_ending_and_not_replaced_unasked(
    ending: str, labelwright: Any, tmp_path: Path
) -> None:
    target = tmp_path / f"batch{ending}"
    assert report(labelwright, "-o", target, "--no-lint").code == 0
    assert [p.name for p in tmp_path.glob("batch*")] == [target.name]
    assert report(labelwright, "-o", target, "--no-lint").code == 2
    assert report(labelwright, "-o", target, "--no-lint", "--force").code == 0


def test_what_is_read_is_never_written_over(labelwright: Any, tmp_path: Path) -> None:
    export = tmp_path / "report.json"
    export.write_bytes(EMAILS.read_bytes())
    for out in (export, tmp_path):
        ran = report(labelwright, "-o", out, "--force", export=export)
        assert ran.code == 2 and "is what is read" in ran.err
    assert export.read_bytes() == EMAILS.read_bytes()
    assert report(labelwright, "-o", tmp_path / "report.pdf").code == 2


@pytest.mark.parametrize("command", ["report", "agreement"])
def test_fail_under_decides_the_exit_code(command: str, labelwright: Any) -> None:
    common = (command, EMAILS, "-t", "email-classification", "--resamples", "0", "--json")
    high = labelwright(*common, "--fail-under", "0.99")
    assert high.code == 1 and high.json["gate"]["state"] == "failed"
    assert high.json["problem_counts"]["quality.agreement-below-gate"] == 1
    low = labelwright(*common, "--fail-under", "0.2")
    assert low.code == 0 and low.json["gate"]["minimum"] == 0.2
    assert labelwright(*common, "--min-agreement", "0.2").json["gate"] == low.json["gate"]


@pytest.mark.parametrize("option", ["--ties", "--consensus"])
def test_unknown_words_are_misuse(option: str, labelwright: Any) -> None:
    ran = report(labelwright, option, "nope")
    assert ran.code == 2 and "nope" in ran.err


def test_parts_and_standard_input_give_the_same_report(labelwright: Any, tmp_path: Path) -> None:
    export = email_export(tmp_path / "a.json", 200)
    whole = report(labelwright, "--json", export=export)
    assert report(labelwright, "--json", "--jobs", "2", export=export).out == whole.out
    common = ("report", "-", "-t", "email-classification", "--resamples", "100", "--json")
    piped = labelwright(*common, stdin=export.read_bytes())
    assert piped.json["lint"]["summary"]["counts"] == whole.json["lint"]["summary"]["counts"]
    assert piped.json["controls"] == whole.json["controls"]


def test_ties_follow_the_stated_policy(labelwright: Any) -> None:
    folder = template_folders()["preference-pair"]
    common = ("report", folder / "export.json", "-t", "preference-pair", "--resamples", "0", "--json")
    drop, keep = labelwright(*common), labelwright(*common, "--ties", "keep")
    left = drop.json["counts"]["left_out"]
    assert left > 0 and keep.json["counts"]["left_out"] == 0
    assert keep.json["counts"]["examples"] == drop.json["counts"]["examples"] + left


def test_without_a_file_the_report_is_printed(labelwright: Any) -> None:
    ran = report(labelwright)
    assert ran.out.startswith("GATE PASSED")
    assert re.search(r"Lint: \d+ rules looked at 18 rows", ran.out)
    assert "18 examples for training" in ran.out


# --- History -------------------------------------------------------------------------------------


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.glob("*.json"))


def test_batches_make_a_trend_and_the_same_batch_adds_nothing(labelwright: Any, tmp_path: Path) -> None:
    past = tmp_path / "history"
    first = report(labelwright, "--history", past, "--batch", "spring", "--json")
    assert [b["name"] for b in first.json["trend"]] == ["spring"] and first.json["batch"] == "spring"
    entry = names(past)
    assert len(entry) == 1 and entry[0].startswith("0001-")
    again = report(labelwright, "--history", past, "--batch", "spring", "--json")
    assert names(past) == entry and again.out == first.out
    other = email_export(tmp_path / "other.json", 30)
    second = report(labelwright, "--history", past, "--json", export=other)
    assert [b["name"] for b in second.json["trend"]] == ["spring", second.json["batch"]]
    assert len(second.json["batch"]) == 8 and second.json["trend"][1]["input"].startswith(
        second.json["batch"]
    )
    batch = second.json["trend"][1]
    percent = second.json["controls"]["category"]["measures"]["percent"]
    assert batch["controls"]["category"]["measures"]["percent"] == percent
    assert (batch["items"], batch["examples"]) == (30, second.json["counts"]["examples"])
    assert batch["lint"]["warnings"] == second.json["lint"]["summary"]["warnings"]
    assert first.json["trend"][0]["gold"]["n"] == 2


def test_a_batch_measured_anew_takes_its_former_place_and_loses_nothing(
    labelwright: Any, tmp_path: Path
) -> None:
    past = tmp_path / "history"
    report(labelwright, "--history", past, "--batch", "one")
    report(labelwright, "--history", past, "--batch", "two", export=email_export(tmp_path / "b.json", 30))
    common = ("-t", "email-classification", "--history", past, "--batch", "one", "--json")
    ran = labelwright("agreement", EMAILS, *common, "--resamples", "50")
    assert [b["name"] for b in ran.json["trend"]] == ["one", "two"]
    assert ran.json["trend"][0]["lint"] is not None and ran.json["trend"][0]["examples"] == 18
    assert len(names(past)) == 3  # the interval is another one; the former figures stay on disk
    target = tmp_path / "train.jsonl"
    converted = labelwright("convert", EMAILS, *common, "--to", "openai", "-o", target, "--resamples", "50")
    assert converted.json["trend"] == ran.json["trend"] and len(names(past)) == 3


def test_other_templates_are_not_in_the_trend(labelwright: Any, tmp_path: Path) -> None:
    past = tmp_path / "history"
    report(labelwright, "--history", past)
    folder = template_folders()["sentiment"]
    ran = labelwright("report", folder / "export.json", "-t", "sentiment", "--history", past, "--json")
    assert len(names(past)) == 2 and [b["template"] for b in ran.json["trend"]] == ["sentiment"]


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff\xfe", b"[" * 9000, b'{"name": 3}'])
def test_a_damaged_entry_is_told_and_left_alone(damage: bytes, labelwright: Any, tmp_path: Path) -> None:
    past = tmp_path / "history"
    report(labelwright, "--history", past, "--batch", "a")
    damaged = past / names(past)[0]
    damaged.write_bytes(damage)
    (past / "notes.json").write_text("mine")
    (past / "0007-aaaaaaaaaaaa.json").mkdir()
    ran = report(labelwright, "--history", past, "--batch", "b", "--json")
    assert ran.code == 0 and [b["name"] for b in ran.json["trend"]] == ["b"]
    assert ran.json["problem_counts"][DAMAGED.code] == 2
    assert damaged.read_bytes() == damage
    assert [n for n in names(past) if n.startswith("0008-")]


def test_a_wellformed_entry_that_is_no_batch_is_damaged_too(labelwright: Any, tmp_path: Path) -> None:
    History(tmp_path / "h").add(lambda entries: b'{"name": "x"}')
    ran = report(labelwright, "--history", tmp_path / "h", "--json")
    (problem,) = [p for p in ran.json["problems"] if p["code"] == DAMAGED.code]
    assert "holds no batch" in problem["message"] and problem["place"]["source"].startswith("0001-")


def test_a_history_that_is_a_file_is_misuse(labelwright: Any, tmp_path: Path) -> None:
    (tmp_path / "h").write_text("")
    ran = report(labelwright, "--history", tmp_path / "h")
    assert ran.code == 2 and "--history takes a folder" in ran.err


def _append(arguments: tuple[str, int]) -> None:
    folder, number = arguments
    history = History(Path(folder))
    for step in range(10):
        content = b"%d %d" % (number, step)
        history.add(lambda entries, content=content: content)  # type: ignore[misc]


def test_processes_at_once_lose_no_entry(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(_append, [(str(tmp_path / "h"), n) for n in range(2)])
    found = History(tmp_path / "h").entries()
    assert [e.number for e in found] == list(range(1, 21))
    assert {e.content for e in found} == {b"%d %d" % (n, s) for n in range(2) for s in range(10)}
    assert not list((tmp_path / "h").glob(".new*"))


def test_a_former_entry_is_seen_before_the_next_is_made(tmp_path: Path) -> None:
    seen: list[list[Entry]] = []

    def nothing(entries: list[Entry]) -> None:
        seen.append(entries)

    history = History(tmp_path / "h")
    history.add(lambda entries: b"one")
    history.add(nothing)
    assert [e.content for e in seen[0]] == [b"one"] and len(history.entries()) == 1


def test_any_name_is_a_batch_name(labelwright: Any, tmp_path: Path) -> None:
    name = "<b>\udcff \x1b[2J" + "x" * 3000
    ran = report(labelwright, "--history", tmp_path / "h", "--batch", name, "-o", tmp_path / "out", "--json")
    assert ran.code == 0 and ran.json["trend"][0]["name"] == ran.json["batch"]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<b>\\" not in page and "\x1b" not in page and len(page) < 100_000
    unnamed = report(labelwright, "--batch", "spring", "--json")
    assert unnamed.json["batch"] == "spring" and unnamed.json["trend"] == []


# --- Bad input -----------------------------------------------------------------------------------


def written(path: Path, tasks: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps(tasks))
    return path


def test_one_annotator_no_overlap_and_nothing_at_all_are_states(labelwright: Any, tmp_path: Path) -> None:
    alone = report(labelwright, export=email_export(tmp_path / "a.json", 12, people=1))
    assert alone.code == 1 and "Only one annotator answered" in alone.out
    tasks = json.loads(email_export(tmp_path / "b.json", 12).read_text())
    for number, task in enumerate(tasks):
        task["annotations"] = [task["annotations"][0] | {"completed_by": 1 + number % 2}]
    apart = report(labelwright, export=written(tmp_path / "b.json", tasks))
    assert apart.code == 1 and "No item was answered by two people on category" in apart.out
    for task in tasks:
        task["annotations"] = []
    nothing = report(labelwright, "-o", tmp_path / "out", export=written(tmp_path / "c.json", tasks))
    assert nothing.code == 1 and "No item has a submitted annotation" in nothing.err
    assert (tmp_path / "out" / "report.html").is_file()


def test_the_same_answer_and_a_single_answer_are_states(labelwright: Any, tmp_path: Path) -> None:
    tasks = json.loads(email_export(tmp_path / "a.json", 12).read_text())
    for task in tasks:
        for number, annotation in enumerate(task["annotations"]):
            annotation["completed_by"] = 1 + number
            annotation["result"][0]["value"]["choices"] = ["SALES_INQUIRY"]
    tasks[0]["annotations"][0]["completed_by"] = 99
    ran = report(labelwright, "--show-annotators", export=written(tmp_path / "b.json", tasks))
    said = " ".join(ran.out.split())
    assert ran.code == 1 and "Everybody always gave the same answer on category" in said
    assert "99 gave a single annotation; what is said of them rests on it." in said


def test_media_put_the_images_behind_contested_shapes(labelwright: Any, tmp_path: Path) -> None:
    folder = template_folders()["object-detection"]
    args = ("report", folder / "export.json", "-t", "object-detection", "--resamples", "50")
    ran = labelwright(*args, "--media", folder / "media", "-o", tmp_path / "out", "--json")
    assert ran.code == 0, ran.err
    drawn = [one["drawing"] for one in ran.json["contested"] if one["drawing"] is not None]
    assert drawn and all(one["thumbnail"].startswith("data:image/jpeg;base64,") for one in drawn)
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count("data:image/jpeg;base64,") == len(drawn)
    without = labelwright(*args, "--json")
    assert not any(one["drawing"]["thumbnail"] for one in without.json["contested"] if one["drawing"])
    same = labelwright("agreement", *args[1:], "--media", folder / "media", "--json")
    assert [one["drawing"] for one in same.json["contested"] if one["drawing"]] == drawn


@pytest.mark.parametrize("command", ["report", "agreement"])
def test_media_of_a_template_without_images_are_refused(
    command: str, labelwright: Any, tmp_path: Path
) -> None:
    ran = labelwright(command, EMAILS, "-t", "email-classification", "--media", tmp_path)
    assert ran.code == 2
    assert (
        ran.err == "labelwright: --media: template email-classification has no images; leave the option out\n"
    )
    shapes = template_folders()["object-detection"] / "export.json"
    ran = labelwright(command, shapes, "-t", "object-detection", "--media", tmp_path / "nowhere")
    assert ran.code == 2 and "there is no folder" in ran.err


def test_unknown_gold_ids_are_a_state(labelwright: Any, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    made = labelwright("gold", "make", EMAILS, "-t", "email-classification", "-o", gold)
    assert made.code == 0, made.err
    lines = [json.loads(line) for line in gold.read_text().splitlines()]
    lines.append(lines[0] | {"item": "no-such-item"})
    gold.write_text("".join(json.dumps(line) + "\n" for line in lines))
    ran = report(labelwright, "--gold", gold, "--json")
    assert ran.json["problem_counts"]["answers.item-unknown"] == 1
    printed = " ".join(report(labelwright, "--gold", gold).out.split())
    assert "In the files of known answers, 1 entry names no item of this export." in printed


def test_thousands_of_items_and_hundreds_of_people_give_a_small_page(
    labelwright: Any, tmp_path: Path
) -> None:
    tasks = json.loads(email_export(tmp_path / "a.json", 2000).read_text())
    for number, task in enumerate(tasks):
        for k, annotation in enumerate(task["annotations"]):
            annotation["completed_by"] = 1 + (number * 3 + k * 7) % 500
        task["annotations"][0]["ground_truth"] = number % 10 == 0
    ran = report(labelwright, "-o", tmp_path / "out", export=written(tmp_path / "b.json", tasks))
    assert ran.code in (0, 1)
    page = (tmp_path / "out" / "report.html").read_text()
    assert len(page.encode()) < 250_000
    assert "and 460 more annotators" in page and "440 more are not drawn" in page
