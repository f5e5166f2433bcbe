"""Loads a template from its folder."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from labelwright.contracts import Template
from labelwright.problems import UsageError

FILE = "template.toml"


def load_template(folder: Path) -> Template:
    """Read ``template.toml`` of a folder.

    Raises ``UsageError`` with the file and the offending key if it cannot be read.
    """
    path = folder / FILE
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read template {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from None
    try:
        template = msgspec.convert(raw, Template)
    except msgspec.ValidationError as error:
        raise UsageError(f"{path}: {error}") from None
    template.folder = str(folder)
    return template


def find_template(name: str, installed: dict[str, Path]) -> Template:
    """A template by name, or by the path of its folder (or of its ``template.toml``).

    Raises ``UsageError`` naming the installed templates if there is neither.
    """
    if name in installed:
        return load_template(installed[name])
    path = Path(name)
    if path.name == FILE:
        path = path.parent
    if (path / FILE).is_file():
        return load_template(path)
    if path.is_dir():
        raise UsageError(f"{path} has no {FILE}; a template is a folder that holds one")
    raise UsageError(f"unknown template {name!r}; there are: {', '.join(installed)}")
