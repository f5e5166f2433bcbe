"""Writes an evaluation: JSON, Markdown, or text for a terminal."""

from __future__ import annotations

from pathlib import Path

import msgspec

from labelwright.io.atomic import Pending, must_not_exist, writing
from labelwright.predicting.blocks import markdown, terminal
from labelwright.predicting.evaluating.model import Evaluation
from labelwright.predicting.evaluating.words import blocks
from labelwright.problems import UsageError
from labelwright.report.json import encodable

NAME = "evaluation"


def as_json(found: Evaluation) -> bytes:
    """The evaluation as UTF-8 JSON with sorted keys, two spaces of indent and a last newline."""
    shown = encodable(msgspec.to_builtins(found))
    return msgspec.json.format(msgspec.json.encode(shown, order="sorted"), indent=2) + b"\n"


def as_markdown(found: Evaluation) -> bytes:
    """As GitHub Markdown."""
    return markdown(blocks(found)).encode("utf-8", "backslashreplace")


def as_text(found: Evaluation) -> str:
    """For a terminal."""
    return terminal(blocks(found))


def as_file(found: Evaluation) -> bytes:
    """The text for a terminal, as UTF-8."""
    return as_text(found).encode("utf-8", "backslashreplace")


RENDERINGS = {".md": as_markdown, ".json": as_json, ".txt": as_file}


def targets(out: Path | None, force: bool) -> list[Path]:
    """The files to write: one by its ending, or Markdown and JSON in a folder. Raises ``UsageError``."""
    if out is None:
        return []
    if out.suffix in RENDERINGS and not out.is_dir():
        found = [out]
    elif (out.suffix and not out.is_dir()) or (out.exists() and not out.is_dir()):
        raise UsageError(f"-o {out}: name a folder, or a file that ends in {', '.join(RENDERINGS)}")
    else:
        found = [out / f"{NAME}.md", out / f"{NAME}.json"]
    for path in found:
        must_not_exist(path, force)
    return found


def write(found: Evaluation, paths: list[Path]) -> list[Path]:
    """Write the files, all or none. Raises ``DataError``."""
    with Pending() as pending:
        for path in paths:
            handle = pending.file(path)
            with writing(path):
                handle.write(RENDERINGS[path.suffix](found))
        return pending.commit()
