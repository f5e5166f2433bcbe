"""Loads a template from its folder."""

from __future__ import annotations

import tomllib
from math import inf
from pathlib import Path

import msgspec

from labelwright.contracts import Template
from labelwright.problems import UsageError

FILE = "template.toml"


def load_template(folder: Path) -> Template:
    """Read ``template.toml`` of a folder.

    Raises ``UsageError`` with the file and the offending key if it cannot be read or a number in it
    can be none of its kind.
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
    _check_numbers(template, path)
    return template


def _check_numbers(template: Template, path: Path) -> None:
    """Refuse numbers that would be taken for others, or let everything or nothing pass."""
    quality = template.quality
    shares = {
        "min_agreement": quality.min_agreement,
        "gold_target": quality.gold_target,
        "quorum": quality.quorum,
    }
    for name, share in shares.items():
        if share is not None and not 0 <= share <= 1:
            raise UsageError(f"{path}: [quality] {name} is {share}; give 0 to 1")
    for control, asked in template.controls.items():
        for name, number in (("collar", asked.collar), ("tolerance", asked.tolerance)):
            if not 0 <= number < inf:
                raise UsageError(f"{path}: [controls.{control}] {name} is {number}; give 0 or more")


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
