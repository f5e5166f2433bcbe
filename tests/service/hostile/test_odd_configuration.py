"""Values in labelwright.toml of the right kind that serve nobody: named, with no trace of our insides."""

from __future__ import annotations

from pathlib import Path

import pytest

from labelwright.service.config.findings import ConfigError
from labelwright.service.config.load import parsed

BASE = """
[tools.label-studio]
url = "http://127.0.0.1:1"
token_file = {token}
[projects.emails]
tool = "label-studio"
project = {project}
template = "email-classification"
[projects.emails.datasets.train]
to = "ionos"
[service]
{service}
"""


def _told(folder: Path, service: str = "", token: str = '"token"', project: str = '"28"') -> str:
    (folder / "token").write_text("0123456789abcdef\n")
    (folder / "token").chmod(0o600)
    text = BASE.format(service=service, token=token, project=project)
    with pytest.raises(ConfigError) as caught:
        parsed(text, folder / "labelwright.toml")
    return "\n".join(str(one) for one in (caught.value, *caught.value.details))


@pytest.mark.parametrize("key", ["data", "host", "database_url", "public_url"])
def test_a_text_with_a_control_character_is_named(tmp_path: Path, key: str) -> None:
    told = _told(tmp_path, service=f'{key} = "a\\u0000b"')
    assert f"service.{key}" in told and "\0" not in told


def test_a_name_of_a_file_with_a_control_character_is_named(tmp_path: Path) -> None:
    assert "tools.label-studio.token_file" in _told(tmp_path, token='"to\\u0000ken"')


def test_a_project_with_a_line_break_is_named(tmp_path: Path) -> None:
    assert "projects.emails.project" in _told(tmp_path, project='"28\\n29"')


def test_a_home_of_nobody_is_no_file(tmp_path: Path) -> None:
    assert "tools.label-studio.token_file" in _told(tmp_path, token='"~there-is-no-such-user/token"')


@pytest.mark.parametrize("value", ["1e12", "1e300", "99999999999999999", "1" + "0" * 400])
@pytest.mark.parametrize("key", ["ceiling", "drain", "reconcile_every", "keep_deliveries_days"])
def test_a_number_beyond_all_use_is_named(tmp_path: Path, key: str, value: str) -> None:
    assert f"service.{key}" in _told(tmp_path, service=f"{key} = {value}")
