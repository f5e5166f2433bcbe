"""What the page on models in CVAT says is so: commands are run, files are read, sentences are compared."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from cvat_double import running, seeded
from cvat_double.server import TOKEN

from labelwright.cli.main import run
from labelwright.contracts import HostRequest
from labelwright.predicting.binding import bind, fits
from labelwright.predicting.model import Model
from labelwright.registry import template_folders
from labelwright.render.load import load_template
from labelwright.service.config.load import parsed
from labelwright.service.doors import wanted
from labelwright.service.predicting import models
from labelwright_plugins.cvat import function
from labelwright_plugins.cvat.labels import label_specs
from labelwright_plugins.cvat.nuclio import host
from labelwright_plugins.cvat.sdk_detector import Detector

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/predictors-cvat.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.M | re.S)


def blocks(language: str) -> list[str]:
    return [text for kind, text in BLOCKS if kind == language]


def line(start: str) -> list[str]:
    (found,) = [one for text in blocks("") for one in text.splitlines() if one.startswith(start)]
    return shlex.split(found)


def test_the_cli_command_runs_against_a_project_of_that_template(tmp_path: Path) -> None:
    state = seeded()
    state.labels[1] = []
    template = load_template(template_folders()["ocr-documents"])
    state.add_labels(1, [{"color": "#aabbcc", **spec} for spec in label_specs(template)])
    words = line("cvat-cli ")
    with running(state) as double:
        words[words.index("--server-host") + 1] = double.url
        words[words.index("auto-annotate") + 1] = "1"
        paths = [str(ROOT / part) for part in ("converters", "plugins", "label_configs")]
        environment = {**os.environ, "HOME": str(tmp_path), "CVAT_ACCESS_TOKEN": TOKEN}
        environment["PYTHONPATH"] = os.pathsep.join(paths)
        words[0] = str(Path(sys.executable).with_name("cvat-cli"))
        done = subprocess.run(
            words, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        assert double.count(r"^PATCH /api/tasks/1/annotations/\?action=create") == 1


def test_the_options_of_cvat_cli_are_some() -> None:
    (shown,) = [text for text in blocks("") if text.startswith("--")]
    cli = str(Path(sys.executable).with_name("cvat-cli"))
    told = "".join(
        subprocess.run([cli, *words, "--help"], capture_output=True, text=True, check=True, timeout=60).stdout
        for words in ([], ["task", "auto-annotate"])
    )
    named = [one.split()[0] for one in shown.splitlines()]
    assert len(named) == 5
    assert [option for option in named if option not in told] == []


def test_the_install_command_is_one(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CVAT_URL", raising=False)
    assert run(line("labelwright install")[1:]) == 2
    assert "CVAT_URL" in capfd.readouterr().err


def test_every_parameter_of_the_table_is_one_of_the_function() -> None:
    rows = re.findall(r"^\| (`\w+=.*?) \|", PAGE, re.M)
    named = {name for row in rows for name in re.findall(r"`(\w+)=\w+:", row)}
    code = function.made.__code__
    assert named == set(code.co_varnames[: code.co_argcount])


def test_the_configurations_are_some_and_serve_what_the_page_says(tmp_path: Path) -> None:
    first, second = (parsed(text, tmp_path / "labelwright.toml") for text in blocks("toml"))
    assert first.config.listen["nuclio"].allow == ["172.16.0.0/12"]
    direct = second.config.listen["nuclio"]
    assert wanted(direct, ["a", "b"]) == {"": 8070, "a": 8071, "b": 8072}
    request = HostRequest("GET", "api/functions", {}, b"")
    served = models(first)
    answer = host.at_once(request, served)
    assert answer is not None
    told: dict[str, Any] = json.loads(answer.body)
    kinds = {name: one["metadata"]["annotations"]["type"] for name, one in told.items()}
    assert kinds == {"pages": "detector", "cutter": "interactor", "follower": "tracker"}


def test_the_compose_file_says_the_port_that_is_listened_at() -> None:
    (text,) = blocks("yaml")
    services = yaml.safe_load(text)["services"]
    assert list(services) == ["cvat_server", "cvat_worker_annotation"]
    port = parsed(blocks("toml")[0], Path("labelwright.toml")).config.listen["nuclio"].port
    for one in services.values():
        assert one["environment"]["CVAT_NUCLIO_PORT"] == port
        assert one["environment"]["CVAT_NUCLIO_INVOKE_METHOD"] == "dashboard"


def test_the_refusal_that_people_see_is_one() -> None:
    (shown,) = [text for text in blocks("") if "because=" in text]
    place = shown.split("8070/")[1].partition("?")[0]
    answer = host.at_once(HostRequest("GET", place, {}, b""), {})
    assert answer is not None
    assert answer.status == 422


class Nothing:
    """Fits whatever CVAT can hold about images."""

    inputs = ("image",)
    kinds = ("shapes", "choice", "choices")


ON_IMAGES = {
    name: template
    for name, folder in template_folders().items()
    if fits(Nothing, template := load_template(folder))
}


@pytest.mark.parametrize("name", sorted(ON_IMAGES))
def test_every_template_on_images_makes_a_function(name: str) -> None:
    """Its labels are such as cvat-sdk takes: the attributes, the values, the points of figures."""
    template = ON_IMAGES[name]
    made = Detector(Model("nothing", Nothing, bind(Nothing, template)), 0.0)
    installed = {spec["name"]: spec for spec in label_specs(template)}
    for label in made.spec.labels:
        spec = installed[label.name]
        assert spec["type"] == str(label.type)
        asked = {a["name"]: a["values"] for a in spec["attributes"]}
        assert {a.name: a.values for a in label.attributes}.items() <= asked.items()
