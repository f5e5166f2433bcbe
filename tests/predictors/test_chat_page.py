"""The page about these predictors shows configurations that hold."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from labelwright.predicting.binding import bind
from labelwright.predicting.finding import find
from labelwright.predictors import _said, http_json
from labelwright.predictors.http_json import HttpJson
from labelwright.problems import ProblemType
from labelwright.registry import template_folders
from labelwright.render.load import find_template
from labelwright.service.config.model import Config

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/predictors-chat.md").read_text("utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
CONFIGURED = [block for block in BLOCKS if "[predictors." in block]


@pytest.mark.parametrize("block", CONFIGURED, ids=range(len(CONFIGURED)))
def test_a_configuration_of_the_page_fits(block: str) -> None:
    config = msgspec.convert(tomllib.loads(block), Config)
    ((_, one),) = config.predictors.items()
    kind = find(one.predictor)
    template = find_template(one.template, template_folders())
    asked = bind(kind, template, options=one.options)
    assert asked.controls
    if "seconds" in asked.options:
        assert float(asked.options["seconds"]) < one.timeout


def test_the_file_of_the_page_can_be_read(tmp_path: Path) -> None:
    (block,) = (b for b in BLOCKS if b not in CONFIGURED)
    (tmp_path / "ner.toml").write_text(block)
    template = find_template("named-entities", template_folders())
    options = {"file": str(tmp_path / "ner.toml"), "url": "https://ner.example.com/analyse"}
    HttpJson(bind(HttpJson, template, options=options))


def test_codes_of_the_page_are_there() -> None:
    known = {p.code for m in (_said, http_json) for p in vars(m).values() if isinstance(p, ProblemType)}
    told = set(re.findall(r"`((?:chat|http-json)\.[a-z-]+)`", PAGE))
    assert told and told <= known
