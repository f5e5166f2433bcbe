"""``labelwright lint`` as a user meets it: files, exports, splits, bad input, exit codes."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from labelwright.registry import dialects, lint_rules, template_folders

FOLDERS = template_folders()
# Those whose export tells several people apart: one XML file of CVAT has the work of one.
SEVERAL = sorted(name for name, folder in FOLDERS.items() if (folder / "export.json").is_file())
EMAILS = FOLDERS["email-classification"] / "export.json"
LONG = "My parcel arrived on Monday, and the lamp inside was broken into many small pieces"


def chat(user: str, answer: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": user}, {"role": "assistant", "content": answer}]}


def write(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", SEVERAL)
def test_shipped_exports_have_nothing_worse_than_notes(name: str, labelwright: Any) -> None:
    ran = labelwright("lint", FOLDERS[name] / "export.json", "-t", name, "--json")
    assert [p for p in ran.json["problems"] if p["severity"] != "note"] == []
    assert ran.code == 0 and ran.json["clean"]
    summary = ran.json["summary"]
    assert summary["rows"] > 5
    assert set(summary["rules"]) | set(summary["skipped"]) == set(lint_rules())
    assert sum(summary["counts"].values()) == summary["notes"]


def test_an_export_is_looked_at_as_it_would_be_converted(labelwright: Any, tmp_path: Path) -> None:
    tasks = json.loads(EMAILS.read_text())
    first = next(t for t in tasks if t["annotations"])
    twin = json.loads(json.dumps(first))
    twin["id"] = 990001
    for number, annotation in enumerate(twin["annotations"]):
        annotation["id"] = 880000 + number
        for result in annotation["result"]:
            if result["type"] == "choices":
                result["value"]["choices"] = ["SALES_INQUIRY"]
    first["data"]["text"] += " Write to jane.roe@mail-house.de."
    twin["data"]["text"] += " Write to jane.roe@mail-house.de."
    path = tmp_path / "export.json"
    path.write_text(json.dumps([*tasks, twin]))
    ran = labelwright("lint", path, "-t", "email-classification", "--json")
    assert ran.code == 1
    found = {p["code"]: p for p in ran.json["problems"] if p["severity"] != "note"}
    assert set(found) == {"lint.contradictory-targets", "lint.near-duplicates", "lint.personal-data"}
    assert found["lint.contradictory-targets"]["place"]["item"] == "990001"
    assert ran.json["summary"]["counts"]["lint.personal-data"] == 2
    assert "jane" not in ran.out


@pytest.mark.parametrize("name", sorted(n for n, d in dialects().items() if hasattr(d, "pair")))
def test_every_dialect_with_pairs_is_read(name: str, labelwright: Any, tmp_path: Path) -> None:
    from labelwright.examples import KINDS, Chat, Completion, Media, Message, Text
    from labelwright.problems import Place

    dialect = dialects()[name]
    if not {"chat", "completion"} & dialect.kinds:
        assert dialect.kinds <= set(KINDS)
        return
    rows = []
    for answer in ("REFUND", "Mail joe@firm.de"):
        question, answered = (Text("Where is my order?"),), Message("assistant", (Text(answer),))
        made = Chat([Message("user", question), answered])
        unfit = getattr(dialect, "unfit", None)
        if unfit and any(p.severity == "error" for p in unfit(made, Place())):  # it is about an image
            image = Media("https://example.org/1.png", type="image/png", width=4, height=3)
            made = Chat([Message("user", (image, *question)), answered])
        example = made if "chat" in dialect.kinds else Completion("Where is my order?", answer)
        rows.append(dialect.row(example))
    ran = labelwright("lint", write(tmp_path / "a.jsonl", *rows), "--as", name, "--json")
    codes = ran.json["summary"]["counts"]
    assert codes["lint.contradictory-targets"] == 1 and codes["lint.personal-data"] == 1
    detected = labelwright("lint", tmp_path / "a.jsonl", "--json")
    assert detected.json["summary"]["counts"] == codes


def test_leaks_between_files(labelwright: Any, tmp_path: Path) -> None:
    train = write(tmp_path / "train.jsonl", chat(LONG, "A"), chat("Something else entirely, you see.", "B"))
    val = write(tmp_path / "val.jsonl", chat(LONG.upper(), "A"), chat(LONG + "!!", "A"), chat("new", "B"))
    ran = labelwright("lint", train, val, "--only", "split-leakage", "--json")
    assert ran.code == 1
    assert ran.json["summary"]["splits"] == {"train.jsonl": 2, "val.jsonl": 3}
    assert ran.json["summary"]["counts"] == {"lint.split-leakage": 1, "lint.split-leakage-near": 1}
    assert ran.json["problems"][0]["place"] == {"source": "val.jsonl", "line": 1}
    assert ran.json["summary"]["rules"] == ["split-leakage"]


def test_files_of_one_name_stay_apart(labelwright: Any, tmp_path: Path) -> None:
    paths = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        paths.append(write(tmp_path / name / "rows.jsonl", chat("the same", "A")))
    ran = labelwright("lint", *paths, "--json")
    assert ran.json["summary"]["splits"] == {str(path): 1 for path in paths}
    assert ran.json["summary"]["counts"]["lint.split-leakage"] == 1


def test_rules_can_be_chosen(labelwright: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", chat("a", "the thing"), chat("a", "x@y.de"))
    assert (
        labelwright("lint", path, "--ignore", "contradictory-targets", "--json").json["summary"]["errors"]
        == 0
    )
    only = labelwright("lint", path, "--only", "vague-phrases", "--only", "personal-data", "--json").json
    assert only["summary"]["rules"] == ["personal-data", "vague-phrases"]
    assert set(only["summary"]["counts"]) == {"lint.personal-data", "lint.vague-phrases"}
    ran = labelwright("lint", path, "--only", "nonsense")
    assert ran.code == 2 and "yes-bias" in ran.err
    ran = labelwright("lint", path, "--only", "label-schema")
    assert ran.code == 2 and "--template" in ran.err


def test_a_template_ignores_rules_and_declares_languages(labelwright: Any, tmp_path: Path) -> None:
    text = (FOLDERS["email-classification"] / "template.toml").read_text()
    folder = tmp_path / "email-classification"
    folder.mkdir()
    for file in FOLDERS["email-classification"].iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    lint = '\n[quality.lint]\nignore = ["pilot-size"]\nlanguages = ["en"]\n'
    (folder / "template.toml").write_text(text + lint)
    ran = labelwright("lint", EMAILS, "-t", folder, "--json")
    assert ran.code == 1
    assert ran.json["summary"]["skipped"]["pilot-size"] == "the template ignores it"
    assert ran.json["summary"]["counts"]["lint.languages"] >= 2
    (folder / "template.toml").write_text(text + '\n[quality.lint]\nignore = ["nonsense"]\n')
    assert labelwright("lint", EMAILS, "-t", folder).code == 2


def test_a_missing_package_is_said_once_and_the_rest_runs(
    labelwright: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        "labelwright.quality.lint._linter.find_spec", lambda n: None if n == "py3langid" else found(n)
    )
    path = write(tmp_path / "a.jsonl", chat("a", "b"))
    ran = labelwright("lint", path)
    assert ran.code == 0
    assert ran.err.count("py3langid") == 2 and "pip install 'labelwright[lint]'" in ran.err
    ran = labelwright("lint", path, "--only", "languages")
    assert ran.code == 2 and "labelwright[lint]" in ran.err


def test_standard_input(labelwright: Any) -> None:
    rows = (json.dumps(chat("a", "A")) + "\n" + json.dumps(chat("a", "B")) + "\n").encode()
    ran = labelwright("lint", "-", "--as", "openai", "--json", stdin=rows)
    assert ran.json["problems"][0]["place"] == {"source": "standard input", "line": 2}
    ran = labelwright("lint", "-", "-t", "email-classification", "--json", stdin=EMAILS.read_bytes())
    assert ran.code == 0 and ran.json["summary"]["rows"] > 10


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (b"", 1, "empty"),
        (b"\n\n", 1, "empty"),
        (b"\x00\x01\x02binary\x00" * 50, 2, "--as"),
        (b"<!DOCTYPE html><html>log in</html>", 1, "HTML"),
        (b"PK\x03\x04 zipped", 1, "archive"),
        (b'{"what": "ever"}\n', 2, "--as"),
        (b"not json\n", 2, "--as"),
    ],
)
def test_a_file_that_is_none(content: bytes, code: int, said: str, labelwright: Any, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(content)
    ran = labelwright("lint", tmp_path / "x.jsonl", "-t", "sentiment")
    assert ran.code == code and said in ran.err
    forced = labelwright("lint", tmp_path / "x.jsonl", "--as", "openai")
    assert forced.code == 1


def test_broken_rows_are_named_and_the_others_are_linted(labelwright: Any, tmp_path: Path) -> None:
    good = json.dumps(chat("a", "the thing")).encode()
    huge = json.dumps(chat("x" * 3_000_000, "y@z.de")).encode()
    odd = [
        b'{"messages": 7}',
        b'{"messages": [1, {"role": 3, "content": {"text": [null, "z"]}}]}',
        b'{"a": NaN}',
    ]
    (tmp_path / "x.jsonl").write_bytes(b"\n".join([b"caf\xe9", b"{'a': 1}", b"", *odd, good, huge]) + b"\n")
    ran = labelwright("lint", tmp_path / "x.jsonl", "--json")
    assert ran.code == 1
    counts = ran.json["summary"]["counts"]
    assert counts["file.encoding"] == counts["json.single-quotes"] == counts["file.blank-line"] == 1
    assert counts["json.not-a-number"] == 1 and counts["lint.row-shape"] >= 1
    assert counts["lint.vague-phrases"] == counts["lint.personal-data"] == 1


def test_the_wrong_template_and_no_template(labelwright: Any) -> None:
    ran = labelwright("lint", EMAILS)
    assert ran.code == 2 and "--template" in ran.err
    ran = labelwright("lint", EMAILS, "-t", "dialogue", "--json")
    assert ran.code == 1 and ran.json["problems"][0]["code"] == "label-studio.template-mismatch"
    assert labelwright("lint", EMAILS, "-t", "nonsense").code == 2
    assert labelwright("lint", "missing.jsonl", "-t", "sentiment").code == 2
    assert labelwright("lint", EMAILS, "--as", "nonsense").code == 2


def test_control_characters_do_not_reach_the_terminal(labelwright: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", chat("a", "car\u202e \u001b[31m"), chat("b", "Car\u202e \u001b[31m"))
    ran = labelwright("lint", path)
    assert "lint.terminology" in ran.err
    assert "\u001b" not in ran.err and "\u202e" not in ran.err


def test_the_same_input_gives_the_same_bytes(labelwright: Any) -> None:
    runs = {labelwright("lint", EMAILS, "-t", "email-classification", "--json").out for _ in range(2)}
    assert len(runs) == 1


# --- whole files that break one rule -----------------------------------------------------------

GOLDEN = Path(__file__).parents[1] / "golden"
WHOLE = GOLDEN / "formats" / "_file_level"


@pytest.mark.parametrize(
    ("name", "code", "counts", "said"),
    [
        ("bad_yes_bias", 1, {"lint.yes-bias": 1}, "9 of 10 yes/no answers (90 %) are yes"),
        (
            "bad_same_question",
            1,
            {"lint.contradictory-targets": 9, "lint.near-duplicates": 9, "lint.question-repeated": 1},
            "100 % of 10 questions are 'What do you see?'",
        ),
        # Nothing but a person knows that a scratch is a surface damage.
        ("bad_terminology_split", 0, {}, ""),
    ],
)
def test_a_bad_file_is_refused_for_what_is_wrong_with_it(
    name: str, code: int, counts: dict[str, int], said: str, labelwright: Any
) -> None:
    ran = labelwright("lint", GOLDEN / "lint" / f"{name}.jsonl", "--ignore", "pilot-size", "--json")
    assert (ran.code, ran.json["summary"]["counts"]) == (code, counts)
    assert said in "\n".join(p["message"] for p in ran.json["problems"])


@pytest.mark.parametrize("synonyms", ['[["scratch", "surface damage"]]', "[]"])
def test_two_terms_for_one_thing_are_found_once_the_template_says_so(
    synonyms: str, labelwright: Any, tmp_path: Path
) -> None:
    template = tmp_path / "defects"
    template.mkdir()
    (template / "template.toml").write_text(f'name = "defects"\n[quality.lint]\nsynonyms = {synonyms}\n')
    path = GOLDEN / "lint" / "bad_terminology_split.jsonl"
    ran = labelwright("lint", path, "-t", template, "--only", "terminology", "--json")
    if synonyms == "[]":
        assert ran.code == 0 and ran.json["problems"] == []
    else:
        assert ran.code == 1
        (problem,) = ran.json["problems"]
        assert problem["code"] == "lint.terminology"
        assert problem["message"] == "one thing goes by 'scratch' (5), 'surface damage' (5)"
        assert "'scratch' everywhere" in problem["remedy"]


def test_a_validation_file_that_leaks_is_refused_beside_its_training_file(labelwright: Any) -> None:
    train, val = WHOLE / "good_10_lines.jsonl", GOLDEN / "lint" / "bad_split_leak_val.jsonl"
    ran = labelwright("lint", train, val, "--ignore", "pilot-size", "--json")
    assert ran.code == 1
    assert ran.json["summary"]["counts"] == {"lint.split-leakage": 1}
    assert ran.json["problems"][0]["place"] == {"source": val.name, "line": 1}
    assert labelwright("lint", val, "--ignore", "pilot-size", "--json").json["problems"] == []


@pytest.mark.parametrize("name", ["good_10_lines", "good_yes_balanced", "good_crlf", "good_no_final_newline"])
def test_a_good_file_passes(name: str, labelwright: Any) -> None:
    ran = labelwright("lint", WHOLE / f"{name}.jsonl", "--ignore", "pilot-size", "--json")
    assert (ran.code, ran.json["problems"]) == (0, [])


def test_groups_and_slices_are_those_of_the_items_data(labelwright: Any, tmp_path: Path) -> None:
    folder = tmp_path / "sentiment"
    folder.mkdir()
    for file in FOLDERS["sentiment"].iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    text = (folder / "template.toml").read_text()
    keys = '\n[quality.lint]\ngroups = ["shop", "where"]\nslices = { shop = 15, where = 1 }\n'
    (folder / "template.toml").write_text(text + keys)
    tasks = json.loads((FOLDERS["sentiment"] / "export.json").read_text())
    for number, task in enumerate(tasks):
        task["data"]["shop"] = "north" if number < 5 else "south"
        task["meta"] = {"where": "here" if number % 2 else "there"}
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks))
    ran = labelwright("lint", path, "-t", folder, "--only", "slices", "--only", "group-shares", "--json")
    assert ran.code == 1
    assert ran.json["summary"]["counts"] == {"lint.items-tied": 1, "lint.slices": 1}
    (small,) = [p["message"] for p in ran.json["problems"] if p["code"] == "lint.slices"]
    assert "items have shop = 'north'; each slice needs 15" in small
