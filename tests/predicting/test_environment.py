"""A predictor gets what models need, and the way to the servers whose files it is to read; no other's."""

from __future__ import annotations

import pytest

from labelwright.predicting.environment import passed
from labelwright.registry import tools

SECRETS = {
    "label-studio": "LABEL_STUDIO_API_KEY",
    "cvat": "CVAT_ACCESS_TOKEN",
    "doccano": "DOCCANO_PASSWORD",
}


@pytest.mark.parametrize("whose", [[], *([name] for name in SECRETS), list(SECRETS)])
def test_the_log_in_of_no_other_tool_goes_along(monkeypatch: pytest.MonkeyPatch, whose: list[str]) -> None:
    assert SECRETS.keys() == tools().keys()
    for name in (*SECRETS.values(), "PGPASSWORD", "LABELWRIGHT_STATE", "OPENAI_API_KEY", "HF_HOME"):
        monkeypatch.setenv(name, "x")
    found = passed(whose)
    assert {name for name, variable in SECRETS.items() if variable in found} == set(whose)
    assert {"PATH", "OPENAI_API_KEY", "HF_HOME"} <= found.keys()
    assert not {"PGPASSWORD", "LABELWRIGHT_STATE"} & found.keys()
