"""The id of a project that a person named, as a pull wrote it down."""

from __future__ import annotations

from pathlib import Path

import pytest

from labelwright.io.pulled import number_of


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (b'{"id": 7, "title": "x"}', "7"),
        (b"", ""),
        (b'{"id": "7"}', ""),
        (b'{"title": "\xff"', ""),
        (b"\xff", ""),
    ],
)
def test_a_file_that_says_nothing_gives_nothing(tmp_path: Path, written: bytes, number: str) -> None:
    (tmp_path / "about.json").write_bytes(written)
    assert number_of("Mail", tmp_path / "about.json") == number


def test_an_id_needs_no_file(tmp_path: Path) -> None:
    assert number_of("12", tmp_path / "none") == "12"
    assert number_of("\u0661", tmp_path / "none") == "" == number_of("Mail", tmp_path / "none")
