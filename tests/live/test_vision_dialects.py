"""Rows with images, opened by the programs that people train with; what those refuse, we refuse."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from talks import SIZES, beside, captioned, chats, embedded, listed, say, write_pictures
from tests.live.test_readers import GOLDEN, read

from labelwright import registry
from labelwright.examples import Chat, Example, Media
from labelwright.problems import Place, Problems
from labelwright.quality.rowcheck import RowChecker
from labelwright.quality.validate import validate_file

pytestmark = pytest.mark.live

DIALECTS: dict[str, Any] = dict(registry.dialects())
FILMS = [
    Chat(
        [
            say("user", Media("f.mp4", "video/mp4", "video"), "What happens?"),
            say("assistant", "A door opens."),
        ]
    ),
    Chat(
        [
            say("user", beside("a.png"), Media("s.wav", "audio/wav", "audio"), "Does it fit?"),
            say("assistant", "It does."),
        ]
    ),
]


def put(path: Path, name: str, examples: list[Any]) -> list[dict[str, Any]]:
    """A training file of these examples, and its rows; every row is one that we accept."""
    rows = [DIALECTS[name].row(example) for example in examples]
    checker = RowChecker(DIALECTS[name])
    assert all(checker.accepts(row) for row in rows)
    path.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    return rows


def accepted(name: str, folder: str, kind: str) -> list[bool]:
    """Which golden lines we accept."""
    found = []
    for line in (GOLDEN / folder / f"{kind}.jsonl").read_bytes().splitlines():
        problems = Problems()
        validate_file(io.BytesIO(line + b"\n"), "f.jsonl", DIALECTS[name], problems)
        errors = {p.code for p in problems if p.severity == "error"}
        found.append(errors <= {"file.too-few-rows"})
    return found


def refused_too(ours: list[bool], theirs: list[bool]) -> bool:
    """Whether we refuse whatever they refuse."""
    return not any(mine and not other for mine, other in zip(ours, theirs, strict=True))


def test_together_takes_images_in_the_rows(tmp_path: Path) -> None:
    names = ["ionos", "openai", "together", "fireworks"]
    for name in names:
        put(tmp_path / f"{name}.jsonl", name, list(chats(embedded)))
    whole = tmp_path / "rows.jsonl"
    whole.write_bytes(b"".join((tmp_path / f"{name}.jsonl").read_bytes() for name in names))
    found = read("training", "read_together.py", whole)
    assert found == {"lines": [True] * len(chats(embedded)) * len(names), "file": True}


@pytest.mark.parametrize(
    ("name", "folder"),
    [("together", "together_conversation"), ("ionos", "ionos_multimodal")],
)
def test_what_together_refuses_of_images_we_refuse(name: str, folder: str) -> None:
    for kind in ("good", "bad"):
        theirs = read("training", "read_together.py", GOLDEN / folder / f"{kind}.jsonl")["lines"]
        ours = accepted(name, folder, kind)
        assert refused_too(ours, theirs)
        assert set(ours) == {kind == "good"}
        assert any(theirs) if kind == "good" else not all(theirs)


def test_mistral_takes_our_rows_and_refuses_what_we_refuse(tmp_path: Path) -> None:
    talk = [say("user", "Hi"), say("assistant", "Yes?"), say("user", "2+2?"), say("assistant", "4")]
    put(tmp_path / "rows.jsonl", "mistral", [Chat(talk), Chat([say("system", "Be brief."), *talk[2:]])])
    assert read("mistral", "read_mistral.py", tmp_path / "rows.jsonl") == [True, True]
    for kind in ("good", "bad"):
        theirs = read("mistral", "read_mistral.py", GOLDEN / "mistral_instruct" / f"{kind}.jsonl")
        assert set(theirs) == set(accepted("mistral", "mistral_instruct", kind)) == {kind == "good"}


@pytest.mark.parametrize("name", ["trl-vision", "trl-vision-prompt-completion"])
def test_trl_finds_every_image_where_it_was_shown(name: str, tmp_path: Path) -> None:
    write_pictures(tmp_path)
    put(tmp_path / "rows.jsonl", name, list(chats(beside)))
    (rows,) = read("training", "read_trl_images.py", tmp_path / "rows.jsonl").values()
    expected = []
    for example in chats(beside):
        messages = []
        for message in example.messages:
            think = f"<think>{message.think}</think>" if message.think else ""
            parts: list[Any] = [
                list(SIZES[part.named]) if isinstance(part, Media) else think + part.text
                for part in message.content
            ]
            messages.append([message.role, parts])
        expected.append(messages)
    assert rows == expected


def test_what_trl_refuses_of_images_we_refuse(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    # TRL passes over an image_url part in silence, and datasets wants one set of columns: line by line.
    for kind, lines in (("good", 3), ("bad", 2)):
        paths = []
        for number, line in enumerate(
            (GOLDEN / "trl_vision" / f"{kind}.jsonl").read_bytes().splitlines()[:lines]
        ):
            paths.append(tmp_path / f"{kind}{number}.jsonl")
            paths[-1].write_bytes(line + b"\n")
        found = read("training", "read_trl_images.py", *paths)
        theirs = [not isinstance(rows[0], str) for rows in found.values()]
        assert theirs == accepted("trl-vision", "trl_vision", kind)[:lines] == [kind == "good"] * lines


def info(name: str, folder: Path, *files: str) -> None:
    """The entries that LLaMA-Factory looks its data sets up by."""
    for file, content in DIALECTS[name].companions([folder / f"{file}.jsonl" for file in files]).items():
        (folder / file).write_bytes(content)


@pytest.mark.parametrize("name", ["sharegpt", "alpaca"])
def test_llamafactory_reads_every_row_with_its_files(name: str, tmp_path: Path) -> None:
    write_pictures(tmp_path)
    text = [Chat([say("user", "Hi"), say("assistant", "Hello.")])]
    put(tmp_path / "shown.jsonl", name, [*chats(beside), *FILMS])
    put(tmp_path / "said.jsonl", name, text)
    info(name, tmp_path, "shown", "said")
    found = read("training", "read_llamafactory.py", tmp_path, Path("shown"), Path("said"))
    for file, examples in (("shown.jsonl", [*chats(beside), *FILMS]), ("said.jsonl", text)):
        assert len(found[file]) == len(examples)
        for row, example in zip(found[file], examples, strict=True):
            turns = [m for m in example.messages if m.role != "system"]
            read_turns = [*row["_prompt"], *row["_response"]]
            assert [t["role"] for t in read_turns] == [m.role for m in turns]
            for turn, message in zip(read_turns, turns, strict=True):
                said = turn["content"]
                for token in ("<image>", "<video>", "<audio>"):
                    said = said.replace(token, "")
                think = f"<think>{message.think}</think>" if message.think else ""
                assert said == think + message.text
            system = [m.text for m in example.messages if m.role == "system"]
            assert [row["_system"]] == (system or [""])
            for key in ("image", "video", "audio"):
                files = [p.named for m in turns for p in m.content if isinstance(p, Media) and p.kind == key]
                held = row[f"_{key}s"] or []
                assert [Path(path).name for path in held] == files
                assert sum(t["content"].count(f"<{key}>") for t in read_turns) == len(files)
            assert [Path(p).parent for p in row["_images"] or []] == [tmp_path] * len(row["_images"] or [])


def test_what_llamafactory_skips_we_refuse(tmp_path: Path) -> None:
    for name, folder in (("sharegpt", "llamafactory_sharegpt"), ("alpaca", "llamafactory_alpaca")):
        for kind in ("good", "bad"):
            ours = accepted(name, folder, kind)
            assert set(ours) == {kind == "good"}
    lines = (GOLDEN / "llamafactory_sharegpt" / "bad.jsonl").read_bytes().splitlines()[:2]
    empty: dict[str, Any] = {"images": [], "videos": [], "audios": []}
    for number, line in enumerate(lines):
        row = {**empty, **json.loads(line)}
        (tmp_path / f"bad{number}.jsonl").write_bytes(msgspec.json.encode(row) + b"\n")
    info("sharegpt", tmp_path, "bad0", "bad1")
    found = read("training", "read_llamafactory.py", tmp_path, Path("bad0"), Path("bad1"))
    assert [rows[0]["_response"] for rows in found.values()] == [[], []]


def test_swift_takes_every_row(tmp_path: Path) -> None:
    examples: list[Example] = [*chats(beside), *FILMS, captioned(beside), listed(beside)]
    rows = put(tmp_path / "rows.jsonl", "ms-swift", list(examples))
    found = read("training", "read_swift.py", tmp_path / "rows.jsonl")
    assert len(found) == len(rows)
    for row, made in zip(rows, found, strict=True):
        assert [i["path"] for i in made.pop("images", [])] == row.pop("images", [])
        assert made == row


def test_what_swift_refuses_or_swaps_we_refuse() -> None:
    assert set(accepted("ms-swift", "ms_swift_grounding", "good")) == {True}
    assert set(accepted("ms-swift", "ms_swift_grounding", "bad")) == {False}
    good = read("training", "read_swift.py", GOLDEN / "ms_swift_grounding" / "good.jsonl")
    assert all(isinstance(row, dict) for row in good)
    bad = read("training", "read_swift.py", GOLDEN / "ms_swift_grounding" / "bad.jsonl")
    assert [row if isinstance(row, str) else "taken" for row in bad] == [
        "AssertionError",
        "taken",  # it counts no placeholders before it trains
        "AssertionError",
        "taken",
        "ValueError",
    ]
    assert bad[3]["objects"]["bbox"] == [[10, 20, 30, 40]]  # swapped in silence


def vi_rows(examples: list[Any]) -> list[dict[str, Any]]:
    """Rows of what Vi has a place for."""
    vi = DIALECTS["vi"]
    fit = [e for e in examples if not any(p.severity == "error" for p in vi.unfit(e, Place()))]
    return [vi.row(example) for example in fit]


def vi_folder(place: Path, sides: dict[str, list[dict[str, Any]]]) -> None:
    """A data set folder with its pictures."""
    vi = DIALECTS["vi"]
    for side, rows in sides.items():
        problems = Problems()
        for name, data in vi.folder(rows, side, problems):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(data)
        assert list(problems) == []
        pictures = place / vi.images_folder(side)
        write_pictures(pictures)
        for name in SIZES:
            if name not in {row["asset"]["filename"] for row in rows}:
                (pictures / name).unlink()


TASKS = ["phrase_grounding", "vqa", "freeform"]
REASONED = Chat([say("user", beside("a.png"), "How many?"), say("assistant", "Two.", think="1 + 1")])


@pytest.fixture(scope="module")
def vi(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the loader finds in two data sets and in all golden lines, by name; read in one go."""
    place = tmp_path_factory.mktemp("vi")
    vi_folder(place / "asked", {"": vi_rows([*chats(beside), REASONED])})
    rows = vi_rows([captioned(beside)])
    vi_folder(place / "grounded", {"train": rows, "validation": rows})
    paths = {name: place / name for name in ("asked", "grounded")}
    for task in TASKS:
        for kind in ("good", "bad"):
            paths[f"{task}-{kind}"] = GOLDEN / f"datature_vi_{task}" / f"{kind}.jsonl"
    found = read("vi", "read_vi.py", *paths.values())
    return {name: found[str(path)] for name, path in paths.items()}


def test_vi_opens_questions_and_answers(vi: dict[str, Any]) -> None:
    found = vi["asked"]["dump"]
    assert [pair[:3] for pair in found["pairs"]] == [["a.png", 64, 48], ["b.png", 40, 40]]
    (first,), (second,) = (pair[3] for pair in found["pairs"])
    assert [i["answer"] for i in first["contents"]["interactions"]] == [
        "The lower edge is cracked.",
        "<datature_think>1 + 1</datature_think>Two.",
    ]
    assert [i["order"] for i in second["contents"]["interactions"]] == [1, 2]
    assert len(found["drawn"]) == 2


def test_vi_opens_both_sides_of_grounded_phrases(vi: dict[str, Any]) -> None:
    (row,) = vi_rows([captioned(beside)])
    for side in ("training", "validation"):
        ((name, width, height, (said,)),) = vi["grounded"][side]["pairs"]
        assert (name, width, height) == ("a.png", 64, 48)
        assert said["asset"]["width"] == 64
        assert said["contents"] == row["contents"]
        (drawn,) = vi["grounded"][side]["drawn"]
        assert drawn[1] >= 48
    assert vi["grounded"]["dump"]["pairs"] == []


@pytest.mark.parametrize("task", TASKS)
def test_what_vi_cannot_decode_we_refuse(task: str, vi: dict[str, Any]) -> None:
    for kind in ("good", "bad"):
        theirs, ours = vi[f"{task}-{kind}"], accepted("vi", f"datature_vi_{task}", kind)
        assert set(ours) == {kind == "good"}
        # The loader knows no freeform line at all, which is why such rows carry a note.
        assert refused_too(ours, theirs) is (task != "freeform" or kind == "bad")
        assert any(theirs) is (task != "freeform")
