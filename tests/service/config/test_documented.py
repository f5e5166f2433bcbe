"""The examples of the reference page are one good file, with every key of predictors and ports."""

from __future__ import annotations

import tomllib

import msgspec
import pytest

from config_examples import EXAMPLES
from config_page import TABLES
from labelwright.registry import template_folders
from labelwright.render.load import find_template
from labelwright.service.config.model import Config, ListenConfig, PredictorConfig


def _whole() -> Config:
    return msgspec.convert(tomllib.loads("".join(EXAMPLES.values())), Config)


def test_the_examples_are_one_configuration() -> None:
    found = _whole()
    assert len(EXAMPLES) == len(TABLES)
    (predictor,) = found.predictors.values()
    template = find_template(predictor.template, template_folders())
    assert set(predictor.controls) <= set(template.controls) and set(predictor.inputs) <= set(template.inputs)
    labels = {label for name in predictor.controls for label in template.controls[name].labels}
    assert {label for label in predictor.labels.values() if label} <= labels
    assert {p.tool for p in found.projects.values()} | {predictor.tool} <= set(found.tools)


@pytest.mark.parametrize(
    ("name", "kind"), [("[predictors.NAME]", PredictorConfig), ("[listen.NAME]", ListenConfig)]
)
def test_every_key_of_predictors_and_ports_is_shown(name: str, kind: type[msgspec.Struct]) -> None:
    (shown,) = next(iter(tomllib.loads(EXAMPLES[name]).values())).values()
    assert set(shown) == set(kind.__struct_fields__)
