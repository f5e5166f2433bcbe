"""What a run must not leave behind, and what it must not put its files in the place of."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from labelwright.cli.main import run
from labelwright.io.atomic import Pending
from labelwright.problems import DataError

TEMPLATE = Path("label_configs/labelwright_configs/defect-detection")


def llava(out: Path, *more: str) -> int:
    """The exit code of a conversion that puts images beside its rows."""
    source, media, state = TEMPLATE / "export.json", TEMPLATE / "media", out.parent / "state"
    return run(
        ["convert", str(source), "-t", "defect-detection", "--to", "llava", "--media", str(media),
         "-o", str(out), "--no-gate", "--allow-loss", "--resamples", "0", "--state", str(state), *more]
    )  # fmt: skip


def test_a_pipe_or_device_is_not_replaced(tmp_path: Path) -> None:
    there = tmp_path / "out.jsonl"
    os.mkfifo(there)
    assert llava(there, "--force") == 2
    assert there.is_fifo() and [p.name for p in tmp_path.iterdir()] == ["out.jsonl"]


def test_folders_made_for_nothing_go_again(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    with pytest.raises(DataError), Pending() as pending:
        pending.file(tmp_path / "a" / "b" / "one").write(b"1")
        pending.file(tmp_path / "kept" / "two").write(b"2")
        pending.adopt(tmp_path / "is-not-there", tmp_path / "c" / "three")
        pending.commit()
    assert [p.name for p in tmp_path.iterdir()] == ["kept"] and not list((tmp_path / "kept").iterdir())


def test_images_are_there_before_the_rows_that_name_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    replace = Path.replace

    def noted(self: Path, target: Path) -> Path:
        order.append(target.relative_to(tmp_path).parts[0])
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", noted)
    llava(tmp_path / "out.jsonl")
    rows = order.index("out.jsonl")
    images = {at for at, name in enumerate(order) if name == "out.images"}
    assert images and max(images) < rows < order.index("out.manifest.json")
