"""What every template promises whose answers are drawn: one definition of labels for all tools."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import pytest
from pictures import COLOURS, FILMS, FRAMES, MAKERS, PALETTE, RATE, SMALL, films, frames, pictures
from pngs import decoded
from tests_support import expected_files

from labelwright.cli.main import run
from labelwright.contracts import Source, Template, Tool
from labelwright.registry import template_folders, tools
from labelwright.render.load import load_template
from labelwright_plugins.cvat.labels import DRAWN, label_specs, unasked

FOLDERS = {n: f for n, f in template_folders().items() if (f / "cvat.json").is_file()}
NAMES = pytest.mark.parametrize("name", FOLDERS)
CONFIGS = {"label-studio": "label_studio.xml", "cvat": "cvat.json"}
PAIRS = [(n, t) for n, f in FOLDERS.items() for t, file in CONFIGS.items() if (f / file).is_file()]


def _drawn(name: str) -> bool:
    """Whether answers of a template are drawn."""
    return any(c.kind in DRAWN for c in load_template(template_folders()[name]).controls.values())


def _specs(folder: Path) -> list[dict[str, Any]]:
    specs = json.loads((folder / "cvat.json").read_text(encoding="utf-8"))
    assert isinstance(specs, list)
    return specs


def test_every_template_whose_answers_are_drawn_is_meant() -> None:
    # CVAT asks no number and no words of a whole image, as the guidelines of these say.
    assert {n for n in template_folders() if _drawn(n)} - set(FOLDERS) == {
        "phrase-grounding",
        "predictive-maintenance",
    }
    assert {*MAKERS, FILMS} <= set(FOLDERS)
    assert [n for n, f in FOLDERS.items() if not (f / "label_studio.xml").is_file()] == ["cuboids"]


@NAMES
def test_nothing_is_required_that_cvat_cannot_show(name: str) -> None:
    needed = {i.type for i in load_template(FOLDERS[name]).inputs.values() if i.required}
    assert needed <= {"image", "video"}


@NAMES
def test_the_labels_of_cvat_are_those_of_the_template(name: str) -> None:
    template = load_template(FOLDERS[name])
    assert _specs(FOLDERS[name]) == label_specs(template)
    assert unasked(template) == []


@NAMES
def test_the_guidelines_name_every_joint(name: str) -> None:
    text = (FOLDERS[name] / "guidelines.md").read_text(encoding="utf-8")
    for control in load_template(FOLDERS[name]).controls.values():
        for skeleton in control.skeletons.values():
            assert not [joint for joint in skeleton.joints if joint not in text]
            assert len(skeleton.sigmas) == len(skeleton.joints)
            assert {j for edge in skeleton.edges for j in edge} <= set(skeleton.joints)


# --- one definition of labels ------------------------------------------------------------------


def _copied(name: str, to: Path) -> Path:
    folder = to / name
    shutil.copytree(FOLDERS[name], folder, ignore=shutil.ignore_patterns("media", "export*", "expected*"))
    return folder


def _changed(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert f'"{old}"' in text
    path.write_text(text.replace(f'"{old}"', f'"{new}"'), encoding="utf-8")


def _drifts(tool: Tool, folder: Path) -> list[str]:
    return [problem.code for problem in tool.lint_config(load_template(folder))]


def _some_label(template: Template) -> str:
    return next(label for control in template.controls.values() for label in control.labels)


@pytest.mark.parametrize(("name", "tool"), PAIRS)
def test_a_label_that_one_tool_calls_otherwise_is_a_drift(name: str, tool: str, tmp_path: Path) -> None:
    folder = _copied(name, tmp_path)
    assert [_drifts(t, folder) for t in tools().values() if t.name in CONFIGS] == [[], []]
    _changed(folder / CONFIGS[tool], _some_label(load_template(folder)), "OTHERWISE")
    assert {t.name for t in tools().values() if _drifts(t, folder)} == {tool}


@pytest.mark.parametrize(("name", "tool"), PAIRS)
def test_a_label_that_the_template_alone_renames_is_a_drift_of_every_tool(
    name: str, tool: str, tmp_path: Path
) -> None:
    folder = _copied(name, tmp_path)
    _changed(folder / "template.toml", _some_label(load_template(folder)), "OTHERWISE")
    assert _drifts(tools()[tool], folder)


@pytest.mark.parametrize(
    "name", [n for n, f in FOLDERS.items() if "only = " in (f / "template.toml").read_text()]
)
def test_an_attribute_that_is_asked_of_other_labels_is_a_drift(name: str, tmp_path: Path) -> None:
    folder = _copied(name, tmp_path)
    path = folder / "template.toml"
    lines = path.read_text(encoding="utf-8").split("\n")
    path.write_text("\n".join(x for x in lines if not x.startswith("only = ")), encoding="utf-8")
    assert _drifts(tools()["cvat"], folder)


# --- the samples -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MAKERS)
def test_pictures_are_what_their_description_makes(name: str) -> None:
    there = {p.name: decoded(p.read_bytes()) for p in (FOLDERS[name] / "media").iterdir()}
    colours = b"".join(bytes(PALETTE[c]) for c in COLOURS)
    wanted = {
        file: (colours, b"".join(b"\0" + bytes(row) for row in rows)) for file, rows in pictures(name).items()
    }
    assert there == wanted


@pytest.mark.parametrize("name", films())
def test_films_show_what_their_description_makes(name: str) -> None:
    film = cv2.VideoCapture(str(FOLDERS[FILMS] / "media" / name))
    assert (film.get(cv2.CAP_PROP_FRAME_WIDTH), film.get(cv2.CAP_PROP_FRAME_HEIGHT)) == SMALL
    assert film.get(cv2.CAP_PROP_FPS) == RATE
    shown = 0
    for rows in frames(films()[name]):
        ok, picture = film.read()
        assert ok
        shown += 1
        for y, x in ((10, 10), *_middles(rows)):
            wanted = PALETTE[COLOURS[rows[y][x]]][::-1]
            assert all(abs(int(a) - b) < 40 for a, b in zip(picture[y, x], wanted, strict=True))
    assert shown == FRAMES and not film.read()[0]
    film.release()


def _middles(rows: list[bytearray]) -> list[tuple[int, int]]:
    """The middle of each colour's pixels that lies on the colour: compression blurs edges."""
    found = []
    for colour in {c for row in rows for c in row}:
        places = [(y, x) for y, row in enumerate(rows) for x, c in enumerate(row) if c == colour]
        y, x = sum(p[0] for p in places) // len(places), sum(p[1] for p in places) // len(places)
        if rows[y][x] == colour:
            found.append((y, x))
    return found


# --- what comes of them ------------------------------------------------------------------------

DATASETS = [
    (n, to, p) for n, f in FOLDERS.items() for to, p in expected_files(f) if to not in {"csv", "cvat"}
]


@pytest.mark.parametrize(("name", "to", "path"), DATASETS, ids=[f"{n}-{to}" for n, to, _ in DATASETS])
def test_no_tool_takes_a_data_set_for_its_own_export(name: str, to: str, path: Path) -> None:
    head = path.read_bytes()[:65536] if path.is_file() else b""
    assert [t.name for t in tools().values() if t.recognise(Source(str(path)), head)] == []


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("tool", ["label-studio", "cvat"])
def test_a_data_set_goes_into_either_tool(
    name: str, tool: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "state"))
    given = next((p for to, p in expected_files(FOLDERS[name]) if to in {"coco", "datumaro"}), None)
    if given is None:
        # Films have frames, which data sets of images take apart; answers about whole images are no shapes.
        assert name == FILMS or not _drawn(name)
        return
    report = tmp_path / "made.report.json"
    arguments = ["convert", str(given), "--to", tool, "-o", str(tmp_path / "made")]
    if (name, tool) == ("keypoints-pose", "cvat"):  # CVAT's figures have no boxes, which it says
        assert run(arguments) == 1 and not (tmp_path / "made").exists()
        assert "shape.box-lost" in json.loads(report.read_text(encoding="utf-8"))["problem_counts"]
        arguments += ["--allow-loss", "--force"]
    code = run(arguments)
    objects = json.loads(report.read_text(encoding="utf-8"))["objects"]
    if (name, tool) == ("cuboids", "label-studio"):
        assert code == 1 and not (tmp_path / "made").exists()  # it has no cuboids, and says so
        return
    assert code == 0, capfd.readouterr().err
    assert objects["read"]["given"] == objects["read"]["taken"] == objects["write"]["taken"] > 0
