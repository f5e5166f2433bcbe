"""Finds plugins: entry point -> package -> its children. Nothing is listed by hand.

Each entry point of the group ``labelwright.plugins`` names a package. In ``labelwright.dialects``,
``.formats``, ``.groundings``, ``.consensus``, ``.predictors`` and ``.quality.lint`` every public module
defines ``plugin``, or ``plugins`` for several of one family; in the package of tools every sub-package
does. Templates are folders of data. Duplicates and import errors are loud.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, cast

from labelwright.contracts import AnyRule, Dataset, DatasetTool, Dialect, Format, Host, Notation, Tool
from labelwright.problems import ProblemType, UsageError

GROUP = "labelwright.plugins"
LINT = "labelwright.quality.lint"
MEDIA = "media"  # the capability of a tool that gives the files that its items show
WRITE = "write"  # the capability of a tool that imports a format of its own
ENVIRONMENT = "environment"  # the capability of a tool whose server the service can log in to
WEBHOOK = "webhook"  # the capability of a tool whose webhooks can be received
ASKS = "predictor-connect"  # the capability of a tool that can be told to ask a predictor
HOST = "predictor-host"  # the capability of a tool that asks models by a protocol of its own
T = TypeVar("T")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)


@cache
def _points() -> list[tuple[str, str]]:
    """What is registered: (kind, package)."""
    return [(p.name, p.value) for p in entry_points(group=GROUP)]


def _registered(name: str) -> list[str]:
    """The packages registered under a name, each once, in a fixed order."""
    points = {value for kind, value in _points() if kind == name}
    if name == "lint":  # the engine's own rules are there whatever else is installed
        points.add(LINT)
    if not points:
        raise UsageError(f"no {name} are installed; reinstall labelwright to register its plugins")
    return sorted(points)


def _packages(name: str) -> Iterator[ModuleType]:
    for value in _registered(name):
        yield importlib.import_module(value)


def _children(package: ModuleType) -> Iterator[ModuleType]:
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda i: i.name):
        if not info.name.startswith("_"):
            yield importlib.import_module(f"{package.__name__}.{info.name}")


class Plugins(MutableMapping[str, T]):
    """Plugins by name. Asking for one imports the module of its name alone; all else imports them all.

    Where several packages bring plugins of a kind, all are always imported, so that no two may have
    one name.
    """

    def __init__(self, kind: str) -> None:
        """``kind``: the name of the entry points."""
        self._kind = kind
        self._alone: dict[str, T] = {}
        self._all: dict[str, T] | None = None

    def __getitem__(self, name: str) -> T:
        """The plugin of that name. Raises ``KeyError``."""
        if self.alone(name):
            return self._alone[name]
        return self._whole()[name]

    def __setitem__(self, name: str, plugin: T) -> None:
        """Add a plugin, or replace one."""
        self._whole()[name] = plugin

    def __delitem__(self, name: str) -> None:
        """Remove a plugin."""
        del self._whole()[name]

    def __iter__(self) -> Iterator[str]:
        """The names, sorted."""
        return iter(self._whole())

    def __len__(self) -> int:
        """How many there are."""
        return len(self._whole())

    def alone(self, name: str) -> bool:
        """Whether the module of a name holds the plugin of that name; nothing else is imported."""
        return self._all is None and (name in self._alone or self._import(name))

    def _import(self, name: str) -> bool:
        """Import the plugin from the module of its name, or of its family's; whether there is one."""
        packages = _registered(self._kind)
        if len(packages) > 1 or not _NAME.fullmatch(name):
            return False
        words = name.split("-")
        for length in range(len(words), 0, -1):
            module = f"{packages[0]}.{'_'.join(words[:length])}"
            if importlib.util.find_spec(module) is None:
                continue
            found = {p.name: p for p in _defined(importlib.import_module(module))}
            if name in found:
                self._alone[name] = found[name]
                return True
        return self._kind == "formats" and self._of_tool(name)

    def _of_tool(self, name: str) -> bool:
        """Import the format that the tool of that name brings; whether there is one."""
        tool = tools().get(name)
        if tool is None or WRITE not in tool.capabilities:
            return False
        self._alone[name] = _at(tool.capabilities[WRITE])
        return True

    def _whole(self) -> dict[str, T]:
        if self._all is None:
            self._all = _imported(self._kind)
        return self._all


def _defined(module: ModuleType) -> tuple[Any, ...]:
    """The plugins that a module defines: ``plugins``, or the only ``plugin``."""
    single = getattr(module, "plugin", None)
    return tuple(getattr(module, "plugins", () if single is None else (single,)))


def _imported(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for package in _packages(kind):
        for module in _children(package):
            for plugin in _defined(module):
                if plugin.name in found:
                    raise RuntimeError(f"{kind}: {plugin.name!r} is defined twice")
                found[plugin.name] = plugin
    if kind == "formats":
        for name, tool in tools().items():
            if WRITE in tool.capabilities:
                found[name] = _at(tool.capabilities[WRITE])
    return dict(sorted(found.items()))


def media_fetchers(names: Iterable[str]) -> list[Any]:
    """Of tools by name, what gives files of their items (see ``media.sources``). Raises ``UsageError``."""
    found = {name: tool for name, tool in tools().items() if MEDIA in tool.capabilities}
    return [_at(pick("tool with media", found, name).capabilities[MEDIA])() for name in names]


def predictor_hosts() -> list[Host]:
    """The protocols by which tools ask models, one of each tool that has one."""
    return [_at(tool.capabilities[HOST]) for tool in tools().values() if HOST in tool.capabilities]


def capability(tool: Tool, name: str) -> Any:
    """What a tool brings under the name of a capability that it has."""
    return _at(tool.capabilities[name])


def _at(address: str) -> Any:
    """What ``module:object`` names."""
    module, _, name = address.partition(":")
    return getattr(importlib.import_module(module), name)


@cache
def _plugins(kind: str) -> Plugins[Any]:
    return Plugins(kind)


def dialects() -> Mapping[str, Dialect]:
    """All dialects by name."""
    return cast("Plugins[Dialect]", _plugins("dialects"))


def formats() -> Mapping[str, Format]:
    """All formats by name, those that tools import among them."""
    return cast("Plugins[Format]", _plugins("formats"))


def groundings() -> Mapping[str, Notation]:
    """All notations for places in images, by name."""
    return cast("Plugins[Notation]", _plugins("groundings"))


def dialect_of(target: str) -> Dialect | None:
    """The dialect of that name; None where it is a format's name or nobody's.

    Formats are not looked for among all dialects, which takes time: no two targets share a name.
    """
    if not _plugins("dialects").alone(target) and _plugins("formats").alone(target):
        return None
    return dialects().get(target)


def consensus_rules() -> Mapping[str, AnyRule]:
    """All consensus rules by name."""
    return cast("Plugins[AnyRule]", _plugins("consensus"))


def lint_rules() -> Mapping[str, Any]:
    """All lint rules by name: classes, made anew for each run (see ``labelwright.quality.lint``)."""
    return _plugins("lint")


def predictors() -> Mapping[str, type[Any]]:
    """All predictors by name: classes, made anew for each template (see ``contracts.Predictor``)."""
    return cast("Plugins[type[Any]]", _plugins("predictors"))


def tools() -> Mapping[str, Tool]:
    """All tools by name."""
    return cast("Plugins[Tool]", _plugins("tools"))


def source_reader(name: str) -> Tool:
    """The tool of that name, or the format of that name as one whose files are read.

    Raises ``KeyError`` if there is neither.
    """
    if name in tools():
        return tools()[name]
    found = formats()[name]
    if not isinstance(found, Dataset):
        raise KeyError(name)
    return DatasetTool(found)


def source_readers() -> Iterator[Tool]:
    """Everything that may recognise a source: all tools, then the formats that can be read."""
    yield from tools().values()
    for found in formats().values():
        if isinstance(found, Dataset) and found.name not in tools():
            yield DatasetTool(found)


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
    roots = {value.split(".")[0] for _, value in _points()}
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


def pick(kind: str, found: Mapping[str, Any], name: str) -> Any:
    """The plugin of that name. Raises ``UsageError`` that lists what there is."""
    try:
        return found[name]
    except KeyError:
        names = ", ".join(found)
        raise UsageError(f"unknown {kind} {name!r}; there are: {names}") from None
