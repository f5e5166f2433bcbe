"""``install cvat`` and ``pull cvat`` as a person runs them, against the double."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cvat_double import Double, running, seeded
from cvat_double.server import PASSWORD, TOKEN, USER
from tests.cli.conftest import Run

TEMPLATE = """
name = "boxes"
modality = "image"
[inputs.image]
type = "image"
[controls.objects]
kind = "shapes"
labels = ["car", "van"]
shapes = ["box"]
[controls.color]
kind = "choice"
labels = [{colors}]
on = "objects"
[example]
kind = "none"
"""


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    """A running double that the environment names."""
    with running(seeded()) as started:
        monkeypatch.setenv("CVAT_URL", started.url)
        monkeypatch.setenv("CVAT_ACCESS_TOKEN", TOKEN)
        yield started


def _template(folder: Path, colors: str = '"red", "blue"') -> Path:
    path = folder / "boxes"
    path.mkdir(exist_ok=True)
    (path / "template.toml").write_text(TEMPLATE.format(colors=colors))
    return path


def test_install_twice_then_more(double: Double, labelwright: Run, tmp_path: Path) -> None:
    path = _template(tmp_path)
    first = labelwright("install", "cvat", path, "--project", "Cars — new")
    assert (first.code, first.err) == (0, "")
    assert "created with 2 labels" in first.out and double.url in first.out
    second = labelwright("install", "cvat", path, "-p", "Cars — new", "--json")
    assert second.json["created"] is False and second.json["added"] == []
    third = labelwright("install", "cvat", _template(tmp_path, '"red", "blue", "green"'), "-p", "Cars — new")
    assert third.out.endswith("added values of car/color: green; values of van/color: green\n")
    assert "nothing changed" in labelwright("install", "cvat", path, "-p", "Cars — new").out


def test_a_contradiction_is_told_on_standard_error(double: Double, labelwright: Run, tmp_path: Path) -> None:
    ran = labelwright("install", "cvat", _template(tmp_path, '"red"'), "--project", "Street — demo")
    assert ran.code == 0
    assert "[cvat.label-extra]" in ran.err and "[cvat.label-differs]" in ran.err


def test_pull_by_name_and_by_address(double: Double, labelwright: Run, tmp_path: Path) -> None:
    ran = labelwright("pull", "cvat", "Quality", "-o", tmp_path / "q")
    assert ran.code == 0
    assert "15 annotations of 10 jobs (6 replicas, 1 ground truth) in 2 tasks; 10 jobs fetched" in ran.out
    assert "nothing changed" in labelwright("pull", "cvat", "3", "-o", tmp_path / "q").out
    page = f"{double.url}/tasks/1/jobs/2"
    ran = labelwright("pull", "cvat", page, "-o", tmp_path / "j", "--media", "--json")
    assert (ran.json["kind"], ran.json["id"], ran.json["images"]) == ("job", 2, 6)
    assert json.loads((tmp_path / "j" / "cvat.json").read_bytes())["url"] == double.url


def test_an_address_names_the_server_where_nothing_else_does(
    double: Double, labelwright: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CVAT_URL")
    assert labelwright("pull", "cvat", f"{double.url}/projects/1", "-o", tmp_path / "p").code == 0


def test_the_log_in_is_not_shown_to_another_server(
    double: Double, labelwright: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CVAT_URL", "https://cvat.test")
    ran = labelwright("pull", "cvat", f"{double.url}/projects/1", "-o", tmp_path / "p")
    assert ran.code == 2 and "is not on https://cvat.test" in ran.err
    assert double.asked == []


def test_a_password_of_a_file_and_an_organization(
    double: Double, labelwright: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "password").write_text(PASSWORD)
    monkeypatch.delenv("CVAT_ACCESS_TOKEN")
    monkeypatch.setenv("CVAT_USERNAME", USER)
    monkeypatch.setenv("CVAT_PASSWORD_FILE", str(tmp_path / "password"))
    double.state.projects[3]["organization"] = 1
    for number in (6, 8):
        double.state.tasks[number]["organization"] = 1
    for job in double.state.jobs.values():
        job["organization"] = 1 if job["task_id"] in (6, 8) else None
    ran = labelwright("pull", "cvat", "Quality", "-o", tmp_path / "q", "--organization", "acme", "--json")
    assert (ran.code, ran.json["jobs"]) == (0, 10)
    assert labelwright("pull", "cvat", "1", "-o", tmp_path / "p", "--organization", "acme").code == 1


@pytest.mark.parametrize(
    ("fault", "code"),
    [((401, {"detail": f"no {TOKEN}"}, {}), 1), ((500, TOKEN.encode(), {}), 1), ("cut", 1), (None, 0)],
    ids=["401", "500", "cut", "good"],
)
def test_the_token_is_in_no_output(
    double: Double,
    labelwright: Run,
    tmp_path: Path,
    fault: object,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("labelwright.io.asking.BACKOFF", 0.001)
    if fault is not None:
        double.fail("GET /api/(projects|jobs)", fault)
    for arguments in (["--json"], []):
        ran = labelwright("pull", "cvat", "Quality", "-o", tmp_path / "q", *arguments)
        assert ran.code == code
        assert TOKEN not in ran.out + ran.err
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes()


def test_what_is_missing_is_one_line(
    labelwright: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CVAT_URL", "CVAT_ACCESS_TOKEN", "CVAT_ACCESS_TOKEN_FILE", "CVAT_USERNAME", "CVAT_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    ran = labelwright("pull", "cvat", "1", "-o", tmp_path / "q")
    assert ran.code == 2 and "CVAT_URL" in ran.err and ran.err.count("\n") == 1
    ran = labelwright("pull", "cvat", "1", "-o", tmp_path / "q", "--url", "http://x")
    assert ran.code == 2 and "CVAT_ACCESS_TOKEN" in ran.err
    assert not (tmp_path / "q").exists()


@pytest.mark.parametrize("target", ["csv", "coco"])
def test_sync_makes_a_version_of_what_moved(
    double: Double, labelwright: Run, tmp_path: Path, target: str
) -> None:
    arguments = (
        "sync", "cvat", "task:8", "--template", _quality(tmp_path), "--to", target, "--out", tmp_path / "out",
        "--min-agreement", "0", "--allow-unmeasured", "--allow-loss", "--json",
    )  # fmt: skip
    first = labelwright(*arguments)
    assert (first.code, first.json["changed"]) == (0, True), first.err
    asked = len(double.asked)
    again = labelwright(*arguments)
    assert (again.json["changed"], again.json["version"]) == (False, first.json["version"])
    # version, task, projects, labels, frames, layout, jobs
    assert len(double.asked) - asked == 7
    double.state.create(
        9, {"shapes": [{"type": "rectangle", "label_id": 17, "frame": 0, "points": [90, 90, 99, 99]}]}
    )
    double.state.tick()
    third = labelwright(*arguments)
    assert third.json["changed"] and third.json["version"] != first.json["version"]
    report = json.loads(next(Path(third.json["version"]).glob("*report.json")).read_bytes())
    assert (report["agreement"]["annotators"], report["agreement"]["items"]) == (3, 2)
    assert report["counts"]["annotations"] == 6
    for path in (tmp_path / "out").rglob("*"):
        assert not path.is_file() or not any(
            w in path.read_bytes() for w in (b"example.test", TOKEN.encode())
        )


def _quality(folder: Path) -> Path:
    """A template that asks what the recorded replicas answer."""
    path = _template(folder, '"s", "m"')
    text = (path / "template.toml").read_text().replace("controls.color", "controls.size")
    text = text.replace('on = "objects"', 'on = "objects"\nonly = ["car"]')
    weather = '[controls.weather]\nkind = "choices"\nlabels = ["rain"]\n[example]'
    (path / "template.toml").write_text(text.replace("[example]", weather))
    return path
