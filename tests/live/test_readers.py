"""Files that we write, opened by the programs that people will open them with: count in is count out."""

from __future__ import annotations

import html
import json
import os
import subprocess
import wave
from pathlib import Path
from typing import Any

import msgspec
import pytest

from labelwright import registry
from labelwright.contracts import Control, Input, Template
from labelwright.dialects._rules import is_error
from labelwright.examples import Example, Message, Preference, Text, derive
from labelwright.problems import Problems
from labelwright.quality.rowcheck import RowChecker
from labelwright.records import Item, ItemKey, Kind, Resolved, Segment

pytestmark = pytest.mark.live

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "formats"
SCRIPTS = Path(__file__).parent / "readers"
DIALECTS = registry.dialects()
FORMATS: dict[str, Any] = dict(registry.formats())


def read(environment: str, script: str, *paths: Path) -> Any:
    """What a script prints that runs in one of the readers' environments."""
    home = Path(os.environ.get("LABELWRIGHT_READERS") or ROOT / ".servers" / "readers")
    python = home / environment / "bin" / "python"
    if not python.exists():
        raise RuntimeError(f"no {python}; `make readers` makes it, or set LABELWRIGHT_READERS")
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TOGETHER_DISABLE_TQDM": "true"}
    cache = {"HF_HOME": str(paths[0].parent / ".cache")}
    path = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    ran = subprocess.run(
        [python, SCRIPTS / script, *paths],
        env={**path, **offline, **cache},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def say(role: str, text: str, think: str = "") -> Message:
    return Message(role, (Text(text),), think)


PAIRS = [
    Preference([say("user", "2+2?")], say("assistant", "4"), say("assistant", "5"), margin=1.0),
    Preference(
        [
            say("system", "Be kind."),
            say("user", "Hi"),
            say("assistant", "Yes?"),
            say("user", "Grüße\u2028🙂"),
        ],
        say("assistant", "b", "because"),
        say("assistant", 'c "quoted"\nand long'),
        margin=2.0,
        scores=(3.0, 1.0),
    ),
    Preference(
        [say("user", "Same start?")], say("assistant", "Yes"), say("assistant", "Yes, it is"), margin=0.5
    ),
]


def write(name: str, folder: Path) -> tuple[Path, list[dict[str, Any]]]:
    """A training file with all pairs, and its rows."""
    dialect = DIALECTS[name]
    examples: list[Example] = [made for pair in PAIRS for made in derive(pair, dialect.kinds)]
    rows = [dialect.row(example) for example in examples]
    path = folder / f"{name}.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    return path, rows


TRL = ["trl-preference", "trl-preference-implicit", "trl-unpaired", "reward-pairs"]
OTHERS = [
    "openai-dpo",
    "together-preference",
    "llamafactory-ranking",
    "llamafactory-kto",
    "hh-rlhf",
    "ultrafeedback",
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[list[dict[str, Any]], Any]]:
    """Rows written and what datasets and TRL made of them, by dialect; read in one go."""
    folder = tmp_path_factory.mktemp("training")
    written = {name: write(name, folder) for name in [*TRL, *OTHERS]}
    found = read("training", "read_training.py", *(path for path, _ in written.values()))
    return {name: (rows, found[str(path)]) for name, (path, rows) in written.items()}


@pytest.mark.parametrize("name", [*TRL, *OTHERS])
def test_datasets_reads_every_row_as_it_was_written(name: str, trained: dict[str, Any]) -> None:
    rows, found = trained[name]
    assert found["rows"] == rows
    assert sorted(found["columns"]) == sorted(rows[0])


@pytest.mark.parametrize(
    "name", ["trl-preference", "trl-preference-implicit", "reward-pairs", "ultrafeedback"]
)
def test_trl_finds_the_prompt_and_both_answers(name: str, trained: dict[str, Any]) -> None:
    _, found = trained[name]
    assert len(found["prepared"]) == len(PAIRS)
    assert all(row["talk"] for row in found["prepared"])
    for pair, row in zip(PAIRS, found["prepared"], strict=True):
        asked = "".join(f"[{m.role}]{m.text}[end]" for m in pair.prompt)
        assert row["prompt"] == f"{asked}[assistant]"
        think = f"<think>{pair.chosen.think}</think>" if pair.chosen.think else ""
        assert row["chosen"] == f"{think}{pair.chosen.text}[end]"
        assert row["rejected"] == f"{pair.rejected.text}[end]"


def test_trl_finds_answers_and_verdicts(trained: dict[str, Any]) -> None:
    _, found = trained["trl-unpaired"]
    assert [row["label"] for row in found["prepared"]] == [True, False] * len(PAIRS)
    assert [row["completion"] for row in found["prepared"]][:2] == ["4[end]", "5[end]"]
    assert all(row["talk"] and row["prompt"].endswith("[assistant]") for row in found["prepared"])


def test_trl_takes_the_start_of_two_transcripts_as_their_prompt(trained: dict[str, Any]) -> None:
    rows, found = trained["hh-rlhf"]
    for row, prepared in zip(rows, found["prepared"], strict=True):
        assert not prepared["talk"]
        assert prepared["prompt"] + prepared["chosen"] == row["chosen"]
        assert prepared["prompt"] + prepared["rejected"] == row["rejected"]
        assert "\n\nHuman:" in prepared["prompt"]


@pytest.mark.parametrize("name", ["together-preference", "openai-dpo"])
def test_together_takes_the_pairs(name: str, tmp_path: Path) -> None:
    path, rows = write(name, tmp_path)
    assert read("training", "read_together.py", path) == {"lines": [True] * len(rows), "file": True}


@pytest.mark.parametrize("kind", ["good", "bad"])
def test_what_together_refuses_we_refuse(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"{kind}.jsonl"
    path.write_bytes((GOLDEN / "openai_dpo" / f"{kind}.jsonl").read_bytes())
    verdicts = read("training", "read_together.py", path)["lines"]
    checker = RowChecker(DIALECTS["together-preference"])
    ours = [checker.accepts(json.loads(line)) for line in path.read_bytes().splitlines()]
    assert len(ours) == len(verdicts)
    assert [mine for mine, theirs in zip(ours, verdicts, strict=True) if mine and not theirs] == []
    assert all(verdicts) is (kind == "good")
    refused = [list(checker.broken(json.loads(line))) for line in path.read_bytes().splitlines()]
    assert all(any(is_error(b) for b in found) is (kind == "bad") for found in refused)


TALK = Template(
    name="talk",
    inputs={"sound": Input("audio")},
    controls={
        "who": Control(Kind.SEGMENTS, labels=["Ann", "Ben"], diarization=True),
        "said": Control(Kind.TRANSCRIPT, on="who"),
        "mood": Control(Kind.CHOICE, labels=["calm", "loud"]),
    },
)
CLIPS = Template(
    name="clips",
    inputs={"sound": Input("audio")},
    controls={"text": Control(Kind.TRANSCRIPT), "mood": Control(Kind.CHOICE, labels=["calm", "loud"])},
)


def part(start: float, end: float, label: str, said: str) -> Segment:
    return Segment(start, end, label, answers=(("said", said),))


def talk(number: int, uri: str, *parts: Segment) -> Resolved:
    return Resolved(Item(ItemKey("", "1", str(number)), {"sound": uri}, []), {"who": parts})


TALKS = [
    talk(
        1,
        "a/one.wav",
        part(0.0, 1.5004, "Ann", "Hello <b> & --> there"),
        part(1.5004, 2.25, "Ben", "Grüße 🙂\nagain"),
        part(2.0, 3600.125, "Ann", "1"),
    ),
    talk(2, "b/one.wav", part(0.1 + 0.2, 7 / 3, "Ben", "x"), part(2.5, 2.501, "Ben", "y")),
]


def test_pyannote_and_meeteval_read_every_turn(tmp_path: Path) -> None:
    path = tmp_path / "talks.rttm"
    path.write_bytes(b"".join(FORMATS["rttm"].write(TALKS, TALK, Problems())))
    expected = sorted(
        [name, round(s.start, 3), round(round(s.end, 3) - round(s.start, 3), 3), s.label]
        for name, held in zip(("one", "one.2"), TALKS, strict=True)
        for s in held.answers["who"]
    )
    found = read("audio", "read_rttm.py", path)
    assert found["pyannote"] == expected
    assert found["meeteval"] == expected


@pytest.mark.parametrize("line", [1, 2])
def test_what_readers_lose_or_refuse_we_refuse(line: int, tmp_path: Path) -> None:
    bad = (GOLDEN / "rttm" / "bad.jsonl").read_bytes().splitlines()[line - 1]
    path = tmp_path / "bad.rttm"
    path.write_bytes(json.loads(bad)["rttm"].encode())
    found = [p.code for p in FORMATS["rttm"].check([path.read_bytes()], "bad.rttm")]
    assert found == [["rttm.negative"], ["rttm.fields"]][line - 1]
    if line == 1:
        assert read("audio", "read_rttm.py", path)["pyannote"] == []
    else:
        with pytest.raises(AssertionError, match="meeteval"):
            read("audio", "read_rttm.py", path)


def test_subtitle_readers_read_every_cue(tmp_path: Path) -> None:
    problems = Problems()
    paths = []
    for name in ("srt", "vtt"):
        for file, content in FORMATS[name].write_files(TALKS, TALK, problems):
            paths.append(tmp_path / file)
            paths[-1].write_bytes(content)
    found = read("audio", "read_subtitles.py", *paths)
    assert len(found) == 4
    for number, path in enumerate(paths):
        held = TALKS[number % 2].answers["who"]
        times = [[round(s.start, 3), round(s.end, 3)] for s in held]
        assert [[round(start, 3), round(end, 3)] for start, end, _, _ in found[str(path)]] == times
        texts = [dict(s.answers)["said"] for s in held]
        if path.suffix == ".vtt":
            assert [html.unescape(text) for *_, text in found[str(path)]] == texts
            assert [voice for _, _, voice, _ in found[str(path)]] == [s.label for s in held]
        else:
            assert [text for *_, text in found[str(path)]] == [t.replace("-->", "->") for t in texts]


def test_datasets_reads_a_folder_of_sounds(tmp_path: Path) -> None:
    sounds = {"one.wav": "hello", "deep/two b.wav": "Grüße 🙂", "three.wav": None}
    items = []
    for number, (name, text) in enumerate(sounds.items()):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        with wave.open(str(tmp_path / name), "wb") as handle:
            handle.setnchannels(1)
            handle.setsampwidth(2)
            handle.setframerate(8000)
            handle.writeframes(b"\0\0" * 800)
        item = Item(ItemKey("", "1", str(number)), {"sound": name}, [])
        items.append(Resolved(item, {"mood": "calm"} if text is None else {"text": text, "mood": "calm"}))
    problems = Problems()
    data = b"".join(FORMATS["audiofolder"].write(items, CLIPS, problems))
    (tmp_path / "metadata.jsonl").write_bytes(data)
    assert list(problems) == []
    found = {row["audio"]: row for row in read("training", "read_audio_folder.py", tmp_path)}
    assert {Path(name).name: text for name, text in sounds.items()} == {
        name: row["transcription"] for name, row in found.items()
    }
    assert {row["mood"] for row in found.values()} == {"calm"}
    assert {row["seconds"] for row in found.values()} == {0.1}


def test_datasets_reads_every_line_of_a_manifest(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl"
    path.write_bytes(b"".join(FORMATS["nemo"].write(TALKS, TALK, Problems())))
    rows = read("training", "read_training.py", path)[str(path)]["rows"]
    assert len(rows) == 5
    assert [row["text"] for row in rows][:2] == ["Hello <b> & --> there", "Grüße 🙂\nagain"]
    assert [row["offset"] for row in rows][:3] == [0.0, 1.5, 2.0]
