"""No text of an annotator runs as a formula in a table that the program writes."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from cli_in_process import run
from ls_double import LabelStudio
from service_world import World

import labelwright

FORMULAS = ('=HYPERLINK("http://x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "'=1")
STARTS = ("=", "+", "-", "@", "\t", "\r")


def test_a_version_of_the_service_as_a_table(
    world: World, server: LabelStudio, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, text in enumerate(FORMULAS):
        task = server.add(text)
        for person in (1, 2):
            server.annotate(task, person, number)
    world.dataset["to"] = "csv"
    world.write()
    code, out, error = run(capsys, "reconcile", "--json", "--config", str(world.folder / "labelwright.toml"))
    assert code == 0, (out, error)
    table = next(content for name, content in world.newest().items() if name.endswith(".csv"))
    rows = list(csv.reader(io.StringIO(table.decode("utf-8-sig"))))
    cells = [cell for row in rows for cell in row]
    assert any("HYPERLINK" in cell for cell in cells)
    assert [cell for cell in cells if cell.startswith(STARTS) and not _number(cell)] == []


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_only_modules_that_guard_write_tables() -> None:
    root = Path(labelwright.__file__).parent
    writers = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if "csv.writer(" in (text := path.read_text(encoding="utf-8")) or "DictWriter(" in text
    }
    assert writers == {"formats/csv.py", "report/review_sheet.py", "predicting/ordering/output.py"}
