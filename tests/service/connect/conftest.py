"""A configured service beside a Label Studio made small."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ls_webhooks import TOKEN, LabelStudio, label_studio

from labelwright.service.config.load import Loaded, load

CONFIG = """
[service]
port = 8790
[tools.label-studio]
url = "{url}"
token_file = "token"
[projects.emails]
tool = "label-studio"
project = "Emails"
template = "email-classification"
datasets.train.to = "openai"
[projects.other]
tool = "label-studio"
project = "8"
template = "email-classification"
datasets.train.to = "openai"
"""


@pytest.fixture
def tool() -> Iterator[LabelStudio]:
    with label_studio() as running:
        yield running


@pytest.fixture
def config(tool: LabelStudio, tmp_path: Path) -> Path:
    """The configuration's file."""
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "token").chmod(0o600)
    (tmp_path / "labelwright.toml").write_text(CONFIG.format(url=tool.url))
    return tmp_path / "labelwright.toml"


@pytest.fixture
def loaded(config: Path) -> Loaded:
    """The configuration."""
    return load(config)
