"""Finds plugins: entry point -> package -> its children. Nothing is listed by hand.

Each entry point of the group ``labelwright.plugins`` names a package. In ``labelwright.dialects``,
``.formats``, ``.consensus`` and ``.quality.lint`` every public module defines ``plugin``, or ``plugins``
for several of one family; in the package of tools every sub-package does. Templates are folders of data.
Duplicates and import errors are loud.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from labelwright.contracts import AnyRule, Dialect, Format, Tool
from labelwright.problems import ProblemType, UsageError

GROUP = "labelwright.plugins"
LINT = "labelwright.quality.lint"


def _packages(name: str) -> Iterator[ModuleType]:
    """The packages registered under a name, each once, in a fixed order."""
    points = {p.value for p in entry_points(group=GROUP) if p.name == name}
    if name == "lint":  # the engine's own rules are there whatever else is installed
        points.add(LINT)
    if not points:
        raise UsageError(f"no {name} are installed; reinstall labelwright to register its plugins")
    for value in sorted(points):
        yield importlib.import_module(value)


def _children(package: ModuleType) -> Iterator[ModuleType]:
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda i: i.name):
        if not info.name.startswith("_"):
            yield importlib.import_module(f"{package.__name__}.{info.name}")


@cache
def _plugins(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for package in _packages(kind):
        for module in _children(package):
            single = getattr(module, "plugin", None)
            several = getattr(module, "plugins", () if single is None else (single,))
            for plugin in several:
                if plugin.name in found:
                    raise RuntimeError(f"{kind}: {plugin.name!r} is defined twice")
                found[plugin.name] = plugin
    return dict(sorted(found.items()))


def dialects() -> dict[str, Dialect]:
    """All dialects by name."""
    return cast("dict[str, Dialect]", _plugins("dialects"))


def formats() -> dict[str, Format]:
    """All formats by name."""
    return cast("dict[str, Format]", _plugins("formats"))


def consensus_rules() -> dict[str, AnyRule]:
    """All consensus rules by name."""
    return cast("dict[str, AnyRule]", _plugins("consensus"))


def lint_rules() -> dict[str, Any]:
    """All lint rules by name: classes, made anew for each run (see ``labelwright.quality.lint``)."""
    return _plugins("lint")


def tools() -> dict[str, Tool]:
    """All tools by name."""
    return cast("dict[str, Tool]", _plugins("tools"))


@cache
def template_folders() -> dict[str, Path]:
    """Every installed template's folder by name: a folder that holds a ``template.toml``."""
    found: dict[str, Path] = {}
    for package in _packages("templates"):
        for child in sorted(files(package).iterdir(), key=lambda c: c.name):
            folder = Path(str(child))
            if not (folder / "template.toml").is_file():
                continue
            if folder.name in found:
                raise RuntimeError(f"templates: {folder.name!r} is defined twice")
            found[folder.name] = folder
    return found


def problem_types() -> dict[str, list[tuple[str, ProblemType]]]:
    """Every declared problem by code, with the module that declares it (imports everything)."""
    roots = {p.value.split(".")[0] for p in entry_points(group=GROUP)}
    found: dict[str, list[tuple[str, ProblemType]]] = {}
    seen: set[int] = set()
    for root in sorted(roots):
        package = importlib.import_module(root)
        for info in pkgutil.walk_packages(package.__path__, f"{root}."):
            if info.name.endswith("__main__"):
                continue
            module = importlib.import_module(info.name)
            for value in vars(module).values():
                if isinstance(value, ProblemType) and id(value) not in seen:
                    seen.add(id(value))
                    found.setdefault(value.code, []).append((info.name, value))
    return dict(sorted(found.items()))


def pick(kind: str, found: dict[str, Any], name: str) -> Any:
    """The plugin of that name. Raises ``UsageError`` that lists what there is."""
    try:
        return found[name]
    except KeyError:
        names = ", ".join(found)
        raise UsageError(f"unknown {kind} {name!r}; there are: {names}") from None
