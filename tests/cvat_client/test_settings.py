"""Who logs in where: from the environment alone, and in no representation."""

from __future__ import annotations

from pathlib import Path

import pytest

from labelwright.problems import UsageError
from labelwright_plugins.cvat.settings import settings
from labelwright_plugins.cvat.targets import split_address

SECRET = "abcdefgh.s3cr3t"


def test_settings_come_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{SECRET}\n")
    environ = {"CVAT_URL": "http://x:1/", "CVAT_ACCESS_TOKEN_FILE": str(file), "CVAT_ORGANIZATION": "acme"}
    found = settings(None, None, environ)
    assert (found.url, found.token, found.organization) == ("http://x:1", SECRET, "acme")
    assert SECRET not in repr(found)
    assert settings("http://y", "other", environ).organization == "other"


def test_a_password_may_have_blanks_and_a_file_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("pass wörd\n")
    environ = {"CVAT_URL": "http://x", "CVAT_USERNAME": "admin", "CVAT_PASSWORD_FILE": str(file)}
    found = settings(None, None, environ)
    assert (found.token, found.username, found.password) == ("", "admin", "pass wörd")
    assert "wörd" not in repr(found)
    assert settings(None, None, {**environ, "CVAT_ACCESS_TOKEN": SECRET}).password == ""


@pytest.mark.parametrize(
    "environ",
    [
        {"CVAT_ACCESS_TOKEN": SECRET},
        {"CVAT_URL": "http://x"},
        {"CVAT_URL": "http://x", "CVAT_USERNAME": "admin"},
        {"CVAT_URL": "http://x", "CVAT_PASSWORD": SECRET},
        {"CVAT_URL": "http://x", "CVAT_ACCESS_TOKEN": f"{SECRET} {SECRET}"},
        {"CVAT_URL": "http://x", "CVAT_ACCESS_TOKEN_FILE": "nowhere"},
        {"CVAT_URL": f"http://u:{SECRET}@x", "CVAT_ACCESS_TOKEN": SECRET},
        {"CVAT_URL": "ftp://x", "CVAT_ACCESS_TOKEN": SECRET},
        {"CVAT_URL": "http://x:y", "CVAT_ACCESS_TOKEN": SECRET},
        {"CVAT_URL": "http://x", "CVAT_ACCESS_TOKEN": SECRET, "CVAT_ORGANIZATION": "two words"},
    ],
)
def test_what_cannot_log_in_is_refused_without_a_secret(environ: dict[str, str]) -> None:
    with pytest.raises(UsageError) as caught:
        settings(None, None, environ)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Street", ("", "Street")),
        ("task:4", ("", "task:4")),
        ("https://cvat.test/tasks/1/jobs/2", ("https://cvat.test", "job:2")),
        ("https://cvat.test/jobs/2/", ("https://cvat.test", "job:2")),
        ("http://cvat.test:81/projects/7?page=1", ("http://cvat.test:81", "project:7")),
        ("http://cvat.test/tasks/9#x", ("http://cvat.test", "task:9")),
    ],
)
def test_addresses_of_pages(text: str, found: tuple[str, str]) -> None:
    assert split_address(text) == found


@pytest.mark.parametrize(
    "text", ["https://cvat.test/", "https://cvat.test/projects/1/jobs/2", "x://cvat/tasks/1"]
)
def test_other_addresses_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        split_address(text)
