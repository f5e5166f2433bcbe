"""What scanning finds, and what is said of it: plugins, problem codes, documented commands."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from labelwright import registry

ROOT = Path(__file__).parents[2]
ENGINE = ROOT / "converters" / "labelwright"


def public(folder: Path) -> set[str]:
    return {p.stem for p in folder.glob("*.py") if not p.name.startswith("_")}


@pytest.mark.parametrize("kind", ["dialects", "formats", "consensus"])
def test_every_module_gives_a_plugin(kind: str) -> None:
    found = registry._plugins(kind)
    modules = public(ENGINE / kind)
    assert modules, f"no modules in {kind}"
    # One file, one plugin or one family: as many plugins as files at least, and none without a name.
    assert len(found) >= len(modules)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in found)


@pytest.mark.parametrize("kind", ["dialects", "formats", "consensus", "tools"])
def test_a_plugin_asked_for_by_name_is_the_one_that_all_hold(kind: str) -> None:
    whole = dict(registry.Plugins[Any](kind))
    for name, plugin in whole.items():
        alone = registry.Plugins[Any](kind)
        assert alone[name] is plugin and alone._all is None
    for name in ("", "none-such", "_chat", "os.path", "..x", "trl_messages"):
        assert name not in registry.Plugins[Any](kind)


def test_every_tool_and_template_folder_is_found() -> None:
    tools = {p.parent.name for p in (ROOT / "plugins/labelwright_plugins").glob("*/__init__.py")}
    assert {name.replace("-", "_") for name in registry.tools()} == tools
    folders = {p.parent.name for p in (ROOT / "label_configs/labelwright_configs").glob("*/template.toml")}
    assert set(registry.template_folders()) == folders


def test_problem_codes_are_declared_once_and_well_formed() -> None:
    declared = registry.problem_types()
    assert len(declared) > 30
    assert {code: [m for m, _ in found] for code, found in declared.items() if len(found) > 1} == {}
    assert [code for code in declared if not re.fullmatch(r"[a-z0-9-]+\.[a-z0-9-]+", code)] == []


def test_problems_say_what_to_do() -> None:
    declared = registry.problem_types()
    assert [code for code, found in declared.items() if not found[0][1].remedy.endswith(".")] == []


@pytest.fixture(scope="module")
def generator() -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "docs"))
        return runpy.run_path(str(ROOT / "docs/generate.py"), run_name="generate")


def test_every_command_is_documented(generator: dict[str, Any]) -> None:
    page = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")
    commands = generator["all_commands"]()
    assert len(commands) > 10
    for path, command in commands:
        assert re.search(rf"^## `{re.escape(path)}[` ]", page, re.M), path
        assert command.help, f"{path} has no help text"
        for parameter in command.params:
            assert parameter.name == "help" or getattr(parameter, "help", None), f"{path} {parameter.name}"


def test_the_reference_is_what_the_code_says(generator: dict[str, Any]) -> None:
    for name, text in generator["pages"]().items():
        assert (ROOT / "docs/reference" / name).read_text(encoding="utf-8") == text, (
            f"{name}: run `make docs`"
        )
