"""Every audio template, from sounds that the server itself serves over answers given in the real page
to the answers that are written, and who disagreed."""

from __future__ import annotations

import csv
import json
import shutil
import wave
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.live.browser import Page, opened
from tests.live.command import Labelwright
from tests.live.hearing import CLOSE, Listener, listen, play, same_about_sound, see
from tests.live.server import ANNOTATORS, Server

from labelwright.records import Kind
from labelwright.registry import template_folders
from labelwright.render.load import load_template

pytestmark = pytest.mark.live
FOLDERS = {n: f for n, f in template_folders().items() if load_template(f).modality == "audio"}
ANN, BOB, CEM = ANNOTATORS
ITEMS = 2  # answered in the page: the first by clicks and drags, the second by keys and drags
Result = list[dict[str, Any]]


def _shipped(name: str) -> list[tuple[Result, Result]]:
    """Of the first items of the export that comes with a template: what most answered, and the third."""
    export = json.loads((FOLDERS[name] / "export.json").read_text("utf-8"))
    people = [sorted(t["annotations"], key=lambda a: int(a["id"])) for t in export[:ITEMS]]
    return [(found[0]["result"], found[2]["result"]) for found in people]


def _config(name: str) -> str:
    return (FOLDERS[name] / "label_studio.xml").read_text("utf-8")


def _answers(path: Path) -> list[dict[str, Any]]:
    """The answers of a table, by column; segments without their ids and to a hundredth of a second."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return [{k: _plain(v) for k, v in row.items() if k.startswith("answer.")} for row in rows]


def _plain(cell: str) -> Any:
    if not cell.startswith("["):
        return cell
    found = json.loads(cell)
    for segment in found:
        del segment["id"]
        for key in ("start", "end"):
            segment[key] = pytest.approx(segment[key], abs=CLOSE)
    return found


def _installed(labelwright: Labelwright, server: Server, name: str, title: str) -> tuple[int, list[int]]:
    """A project with the template's samples; twice, to see that nothing is sent again."""
    made = ("install", "label-studio", name, "--project", title, "--items", "samples", "--json")
    first, second = labelwright(*made).json, labelwright(*made).json
    assert (first["uploaded"], first["imported"]) == (12, 12)
    assert (second["uploaded"], second["imported"], second["present"]) == (0, 0, 12)
    return first["project"], server.tasks(first["project"])


def _served(server: Server, name: str, task: int) -> None:
    """The server gives back the very bytes of the sample, and to nobody without a login."""
    data = server.api("GET", f"/api/tasks/{task}/?resolve_uri=false")["data"]
    address = f"{server.url}{data['audio']}"
    got = requests.get(address, headers={"Authorization": f"Token {server.legacy}"}, timeout=60)
    sample = json.loads((FOLDERS[name] / "samples.jsonl").read_text("utf-8").split("\n")[0])
    assert got.content == (FOLDERS[name] / sample["audio"]).read_bytes()
    assert requests.get(address, timeout=60).status_code == 401


def _by_hand(page: Page, name: str, result: Result, keys: bool) -> Result:
    hand = Listener(page, _config(name), keys)
    see(page)
    if not keys:
        play(page)
    hand.answer(result)
    stored: Result = page.submit()["result"]
    assert same_about_sound(stored, result)
    return stored


@pytest.mark.parametrize("name", FOLDERS)
def test_a_sound_from_page_to_answers(
    name: str,
    labelwright: Labelwright,
    server: Server,
    chromium: Any,
    tmp_path: Path,
    screenshots: Path,
) -> None:
    project, tasks = _installed(labelwright, server, name, f"Page {name}")
    _served(server, name, tasks[0])
    shipped = _shipped(name)
    with opened(chromium, server, ANN, screenshots) as page:
        for task, (result, _), keys in zip(tasks, shipped, (False, True), strict=False):
            page.open(project, task)
            made = _by_hand(page, name, result, keys)
            stored = {server.annotate(task, made, BOB): made}
            other = made if keys else shipped[0][1]
            stored[server.annotate(task, other, CEM)] = other
            page.open(project, task)
            listen(page)
            for number, kept in stored.items():
                page.select_annotation(number)
                listen(page)
                # What was stored over the API is, to the page, as if it had been made there.
                assert _in_order(page.serialised()) == _in_order(kept)

    pulled, rows = tmp_path / "pulled", tmp_path / "answers.csv"
    labelwright("pull", "label-studio", project, "-o", pulled)
    labelwright("convert", pulled, "--template", name, "--to", "csv", "--no-gate", "-o", rows)
    assert _answers(rows) == _answers(FOLDERS[name] / "expected.csv")[:ITEMS]
    measuring = ("--json", "--min-agreement", 0, "--allow-unmeasured", "--resamples", 0)
    report = labelwright("agreement", pulled, "--template", name, *measuring).json
    assert (report["agreement"]["annotators"], report["counts"]["items"]) == (3, ITEMS)
    # A stretch that two people marked is an item of its own where something is asked of it.
    assert {c["item"].split()[0] for c in report["contested"]} == {str(tasks[0])}
    assert not [p for p in pulled.iterdir() if p.is_file() and b"@example.com" in p.read_bytes()]


def _in_order(result: Result) -> list[str]:
    return sorted(json.dumps(item, sort_keys=True) for item in result)


def test_a_region_without_a_label_is_a_segment_without_a_label(
    labelwright: Labelwright, server: Server, chromium: Any, tmp_path: Path, screenshots: Path
) -> None:
    # The page draws no region without a label and lets nobody take the last one off; what other
    # programs store so is shown, kept and read.
    name = "speaker-diarization"
    project, tasks = _installed(labelwright, server, name, "No label")
    ((result, _), _) = _shipped(name)
    words = result[1]
    assert words["type"] == "textarea"
    number = server.annotate(tasks[0], [words], BOB)
    with opened(chromium, server, ANN, screenshots) as page:
        page.open(project, tasks[0])
        listen(page)
        page.select_annotation(number)
        listen(page)
        assert page.serialised() == [words]
    pulled, rows = tmp_path / "pulled", tmp_path / "answers.csv"
    labelwright("pull", "label-studio", project, "-o", pulled)
    labelwright("convert", pulled, "--template", name, "--to", "csv", "--no-gate", "-o", rows)
    (answers,) = _answers(rows)
    (segment,) = answers["answer.speakers"]
    assert (segment["label"], segment["answers"]) == ("", [["words", words["value"]["text"][0]]])


def test_segments_and_transcripts_are_all_asked_by_some_template() -> None:
    kinds = {c.kind for f in FOLDERS.values() for c in load_template(f).controls.values()}
    assert {Kind.SEGMENTS, Kind.TRANSCRIPT, Kind.CHOICE, Kind.RATING} <= kinds


def test_a_missing_sound_is_told_before_anything_is_sent(
    labelwright: Labelwright, server: Server, tmp_path: Path
) -> None:
    items = tmp_path / "items.jsonl"
    items.write_text('{"audio": "nowhere.wav", "note": "x"}\n')
    made = ("install", "label-studio", "audio-transcription", "--project", "Missing sound", "--items", items)
    ran = labelwright(*made, code=None)
    assert ran.code == 1 and "label-studio.media-unreadable" in ran.err and "nowhere.wav" in ran.err
    titles = {p["title"] for p in server.api("GET", "/api/projects/?page_size=1000")["results"]}
    assert "Missing sound" not in titles


def test_more_sounds_come_into_a_project_that_has_answers(
    labelwright: Labelwright, server: Server, tmp_path: Path
) -> None:
    # The page shows two things, so that the server takes no file the direct way.
    name = "audio-transcription"
    media = sorted((FOLDERS[name] / "media").iterdir())[:2]
    items = tmp_path / "items.jsonl"
    found = []
    for count in (1, 2, 2):
        for path in media[:count]:
            (tmp_path / path.name).write_bytes(path.read_bytes())
        lines = [json.dumps({"audio": path.name, "note": "x"}) for path in media[:count]]
        items.write_text("\n".join(lines))
        made = ("install", "label-studio", name, "--project", "More sounds", "--items", items, "--json")
        ran = labelwright(*made).json
        found.append((ran["uploaded"], ran["imported"], ran["present"]))
        tasks = server.tasks(ran["project"])
        server.annotate(tasks[0], _shipped(name)[0][0], BOB)
    assert found == [(1, 1, 0), (1, 1, 1), (0, 0, 2)]
    for task, path in zip(tasks, media, strict=True):
        data = server.api("GET", f"/api/tasks/{task}/?resolve_uri=false")["data"]
        headers = {"Authorization": f"Token {server.legacy}"}
        got = requests.get(f"{server.url}{data['audio']}", headers=headers, timeout=60)
        assert got.content == path.read_bytes() and data["audio"].endswith(f"-{path.name}")


def test_a_transcribed_clip_comes_with_its_length(
    labelwright: Labelwright, server: Server, tmp_path: Path
) -> None:
    name, title = "audio-transcription", "Lengths"
    made = ("install", "label-studio", name, "--project", title, "--items", "samples")
    assert "12 durations read from WAV files" in labelwright(*made).out
    ran = labelwright(*made, "--json").json
    assert (ran["imported"], ran["present"], ran["measured"]) == (0, 12, 0)
    tasks = server.tasks(ran["project"])
    for task, (result, _) in zip(tasks, _shipped(name), strict=False):
        for who in ANNOTATORS:
            server.annotate(task, result, who)
    pulled, manifest = tmp_path / "pulled", tmp_path / "train.json"
    labelwright("pull", "label-studio", ran["project"], "-o", pulled)
    labelwright("convert", pulled, "--template", name, "--to", "nemo", "--no-gate", "-o", manifest)
    rows = [json.loads(line) for line in manifest.read_text("utf-8").splitlines()]
    samples = [json.loads(s) for s in (FOLDERS[name] / "samples.jsonl").read_text("utf-8").splitlines()]
    for row, sample in zip(rows, samples[:ITEMS], strict=True):
        with wave.open(str(FOLDERS[name] / sample["audio"])) as sound:
            assert row["duration"] == pytest.approx(sound.getnframes() / sound.getframerate(), abs=0.001)


def test_items_that_came_without_a_length_are_not_sent_again(
    labelwright: Labelwright, server: Server, tmp_path: Path
) -> None:
    # As a project is that was installed before its template asked for lengths.
    name = "audio-transcription"
    old = tmp_path / name
    shutil.copytree(FOLDERS[name], old)
    toml = old / "template.toml"
    before, asked, after = toml.read_text("utf-8").partition("[inputs.duration]")
    toml.write_text(before + after[after.index("[controls.") :], encoding="utf-8")
    made = ("--project", "Before lengths", "--items", "samples", "--json")
    first = labelwright("install", "label-studio", old, *made).json
    again = labelwright("install", "label-studio", name, *made).json
    assert asked and (first["imported"], first["measured"]) == (12, 0)
    assert (again["imported"], again["present"], again["measured"]) == (0, 12, 0)
