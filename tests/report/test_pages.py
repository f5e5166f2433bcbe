"""Templates of pages are compiled once for all runs, where that is safe, and drawn alike where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from labelwright.report.pages import page


@pytest.fixture(autouse=True)
def _fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page.cache_clear()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def drawn() -> str:
    """A small page of the assets, compiled anew in this process."""
    page.cache_clear()
    template = page("review.html.j2", "page.css", "review.css")
    return str(template.render(title="<b>", source="s", sheet=Sheet(), items=[], ties=0, verdicts=[]))


class Sheet:
    """What the page asks of a sheet without items."""

    def __getattr__(self, name: str) -> str:
        """Any fact, as an empty text."""
        return ""


def test_compiled_templates_stay_in_the_users_own_folder(tmp_path: Path) -> None:
    first = drawn()
    kept = tmp_path / "cache" / "labelwright" / "pages"
    assert sorted(path.suffix for path in kept.iterdir()) == [".cache"] * len(list(kept.iterdir()))
    assert kept.stat().st_mode & 0o777 == 0o700
    assert drawn() == first and "&lt;b&gt;" in first


def test_a_folder_that_others_can_write_is_not_used(tmp_path: Path) -> None:
    kept = tmp_path / "cache" / "labelwright" / "pages"
    kept.mkdir(parents=True)
    kept.chmod(0o777)
    assert "&lt;b&gt;" in drawn()
    assert not list(kept.iterdir())


def test_no_folder_and_spoilt_files_cost_nothing_but_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = drawn()
    for path in (tmp_path / "cache" / "labelwright" / "pages").iterdir():
        path.write_bytes(b"spoilt")
    assert drawn() == first
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert drawn() == first
