"""The page templates of this package, compiled once for all runs of one user."""

from __future__ import annotations

import os
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import FileSystemBytecodeCache


@cache
def page(name: str, *styles: str) -> Any:
    """The template ``name`` of the assets, with style sheets as its ``css``. What is put in is escaped."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FunctionLoader(_asset),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        bytecode_cache=_compiled(),
    )
    environment.globals["css"] = Markup("".join(map(_asset, styles)))
    environment.filters["comma"] = "{:,}".format
    return environment.get_template(name)


def _asset(name: str) -> str:
    return files("labelwright.report").joinpath("assets", name).read_text(encoding="utf-8")


def _compiled() -> FileSystemBytecodeCache | None:
    """Where compiled templates stay, like ``__pycache__``; none where the folder is not the user's alone.

    Compiling them costs more than drawing a page, and small conversions are run by the thousand.
    """
    from jinja2 import FileSystemBytecodeCache

    class Kept(FileSystemBytecodeCache):
        def dump_bytecode(self, bucket: Any) -> None:
            try:
                super().dump_bytecode(bucket)
            except OSError:  # a full disk costs speed, not the report
                return

    try:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        folder = Path(base, "labelwright", "pages")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
    except (OSError, RuntimeError):
        return None
    mine = not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o022)
    return Kept(str(folder), "%s.cache") if mine else None
