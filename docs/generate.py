"""Writes ``docs/reference`` from the code itself: ``python docs/generate.py [--check]``.

``--check`` writes nothing and fails when a page is not what the code says.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer

from agreement_page import agreement_page
from config_page import config_page
from groundings_page import groundings_page
from labelwright.cli.main import build
from labelwright.contracts import ModelRule, Template
from labelwright.registry import consensus_rules, dialects, formats, template_folders, tools
from labelwright.render.load import load_template
from labelwright.service.config import schema as config_schema
from lint_page import lint_page
from markdown_text import names, table, text_of
from measures_page import measures_page
from problems_page import problems_page
from template_page import template_page

ROOT = Path(__file__).parents[1]
BESIDE = "../../"  # from the pages to the root
SCHEMA = Path("converters/labelwright/service/config") / config_schema.FILE
README = ROOT / "README.md"
REFERENCE = Path(__file__).parent / "reference"
NOTE = "<!-- Written by docs/generate.py; change the code, then run `make docs`. -->"


def module_text(package: str, name: str) -> list[str]:
    """The docstring of the module that defines a plugin."""
    for info in pkgutil.iter_modules(importlib.import_module(package).__path__):
        module = importlib.import_module(f"{package}.{info.name}")
        if any(
            p.name == name
            for p in getattr(module, "plugins", [getattr(module, "plugin", module)])
            if p is not module
        ):
            return text_of(module.__doc__)
    return text_of(sys.modules[type(formats()[name]).__module__].__doc__)  # a tool brings it


# --- the command line --------------------------------------------------------------------------


def commands(command: Any, path: str, parent: Any = None) -> Iterator[tuple[str, Any]]:
    """Every command below one, with the words that call it."""
    context = command.context_class(command, info_name=path.split()[-1], parent=parent)
    yield path, command
    for name in getattr(command, "list_commands", lambda _: [])(context):
        yield from commands(command.get_command(context, name), f"{path} {name}", context)


def all_commands() -> list[tuple[str, Any]]:
    """Every command of the application."""
    return list(commands(typer.main.get_command(build()), "labelwright"))


def default_of(parameter: Any) -> str:
    """The default worth saying: none for flags and empty values."""
    value = parameter.default
    if parameter.required:
        return "required"
    if value in (None, "", False) or callable(value) or getattr(parameter, "multiple", False):
        return ""
    return f"`{value}`"


def cli_page() -> Iterator[str]:
    """Every command with its arguments and options."""
    yield "# Command line"
    yield ""
    yield "Results go to standard output, everything said to a person to standard error; `-` is standard"
    yield "input or output. Every command has `--help`."
    yield ""
    codes = {
        "0": "clean",
        "1": "problems were found, the gate was not met, or a source or server could not be used",
        "2": "the program was called wrongly",
        "3": "a bug in labelwright",
        "130": "interrupted",
    }
    yield from table(("exit code", "means"), ((f"`{c}`", m) for c, m in codes.items()))
    for path, command in all_commands():
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
        called = " ".join([path, *(a.name.upper() for a in arguments)])
        yield f"## `{called}`"
        yield ""
        yield from [*inspect.cleandoc(command.help or "").split("\n"), ""]
        rows = [(f"`{a.name.upper()}`", a.help or "", default_of(a)) for a in arguments]
        rows += [
            (", ".join(f"`{n}`" for n in [*o.opts, *o.secondary_opts]), o.help or "", default_of(o))
            for o in options
        ]
        if rows:
            yield from table(("argument or option", "means", "default"), rows)


# --- templates, targets, rules -----------------------------------------------------------------


def template_entry(template: Template) -> Iterator[str]:
    """One template: what it shows, asks, gives."""
    yield f"## `{template.name}`"
    yield ""
    yield template.description or template.title
    yield ""
    yield from table(
        ("control", "kind", "level", "asked of", "values"),
        (
            (
                f"`{name}`",
                control.kind.value,
                control.measured_level.value,
                f"each region of `{control.on}`" if control.on else "the item",
                ", ".join(f"`{label}`" for label in control.labels),
            )
            for name, control in template.controls.items()
        ),
    )
    quality = template.quality
    shows = ", ".join(f"`{name}` ({shown.type})" for name, shown in template.inputs.items())
    yield f"- Shows: {shows}"
    yield f"- Gives: {template.example.kind} examples"
    if template.checks.assistant:
        yield f"- Target is checked as: {template.checks.assistant}"
    yield f"- Gate: {quality.measure} at least {quality.min_agreement}"
    yield f"- Consensus: {quality.consensus or 'majority'}"
    if quality.volumes:
        yield "- Volumes: " + ", ".join(f"{tier} {count}" for tier, count in quality.volumes.items())
    yield ""


def templates_page() -> Iterator[str]:
    """Every installed template."""
    yield "# Templates"
    yield ""
    yield "`labelwright templates show NAME` prints the guidelines too."
    yield ""
    for folder in template_folders().values():
        yield from template_entry(load_template(folder))


def dialects_page() -> Iterator[str]:
    """Every dialect."""
    yield "# Dialects"
    yield ""
    yield "Shapes of training files, for `--to` and `--as`. Each row is checked against a JSON Schema and"
    yield "against rules beyond it."
    yield ""
    for name, dialect in dialects().items():
        rules = dialect.file_rules
        limits = [f"at least {rules.min_rows} rows"] if rules.min_rows > 1 else []
        limits += [f"at most {rules.max_rows:,} rows"] if rules.max_rows else []
        limits += [f"at most {rules.max_bytes:,} bytes"] if rules.max_bytes else []
        limits.append("a byte order mark is required" if rules.byte_order_mark else "no byte order mark")
        yield f"## `{name}`"
        yield ""
        yield from module_text("labelwright.dialects", name)
        yield f"- For: {dialect.title}"
        yield f"- Takes: {names(dialect.kinds)} examples"
        yield f"- File: {'; '.join(limits)}"
        yield f"- Specification: <{dialect.reference}>"
        yield ""


def formats_page() -> Iterator[str]:
    """Every annotation file format."""
    yield "# Annotation file formats"
    yield ""
    yield "For `--to` and `--as`, like dialects. What a format cannot hold is a loss: named, counted, and"
    yield "refused without `--allow-loss`."
    yield ""
    for name, written in formats().items():
        yield f"## `{name}`"
        yield ""
        yield from module_text("labelwright.formats", name)
        yield f"- For: {written.title}"
        yield f"- File name ends in: `{written.suffix}`"
        yield f"- Holds answers of kind: {names(kind.value for kind in written.kinds)}"
        yield f"- Specification: <{written.reference}>"
        yield ""


def consensus_page() -> Iterator[str]:
    """Every consensus rule."""
    yield "# Consensus rules"
    yield ""
    yield "For `--consensus`. What a file of `--references` says stands before every rule. `each` is no"
    yield "rule: it gives one example per annotation. Text and json go to `nearest` and transcripts to"
    yield "`majority`, unless `unanimous` is asked (or, for transcripts, `nearest`). A model is fitted to all"
    yield "answers first, so the export is read twice. The manifest tells which rule served each control."
    yield ""
    for name, rule in consensus_rules().items():
        yield f"## `{name}`"
        yield ""
        yield from text_of(type(rule).__doc__)
        yield f"- Takes answers of kind: {names(kind.value for kind in rule.kinds)}"
        if rule.others:
            yield f"- Other kinds go to: `{rule.others}`"
        if isinstance(rule, ModelRule):
            yield "- A model: reads the export twice"
        yield ""


PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "agreement.md": agreement_page,
    "cli.md": cli_page,
    "consensus.md": consensus_page,
    "dialects.md": dialects_page,
    "formats.md": formats_page,
    "groundings.md": groundings_page,
    "labelwright-toml.md": config_page,
    "lint.md": lint_page,
    "measures.md": measures_page,
    "problems.md": problems_page,
    "template-toml.md": template_page,
    "templates.md": templates_page,
}


def pages() -> dict[str, str]:
    """Every page of the reference by file name."""
    made = {}
    for name, page in PAGES.items():
        title, *rest = page()
        lines = "\n".join([title, "", NOTE, *rest]).split("\n")
        made[name] = "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"
    return made


def readme() -> str:
    """The README, with what there is in its table as the registry has it."""
    main_command: Any = typer.main.get_command(build())
    context = main_command.context_class(main_command, info_name="labelwright")
    there = {
        "tools": list(tools()),
        "templates": list(template_folders()),
        "training files": list(dialects()),
        "annotation formats": list(formats()),
        "consensus rules": list(consensus_rules()),
        "commands": sorted(main_command.list_commands(context)),
    }
    text = README.read_text(encoding="utf-8")
    for part, found in there.items():
        row = re.compile(rf"^\| {part} \| [^;|]*(;[^|]*)?\|$", re.M)
        text = row.sub(lambda m, p=part, f=found: f"| {p} | {', '.join(f)}{(m[1] or ' ')}|", text)  # type: ignore[misc]
    return text


def main(arguments: list[str]) -> int:
    """Write the pages, or compare them; 1 if any is stale."""
    wanted = {**pages(), f"{BESIDE}README.md": readme(), f"{BESIDE}{SCHEMA}": config_schema.text()}
    found = {path.name: path.read_text(encoding="utf-8") for path in REFERENCE.glob("*.md")}
    found |= {f"{BESIDE}{p}": (ROOT / p).read_text(encoding="utf-8") for p in ("README.md", SCHEMA)}
    stale = sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name))
    if "--check" in arguments:
        for name in stale:
            print(f"docs/reference/{name} is stale; run `make docs`", file=sys.stderr)
        return 1 if stale else 0
    REFERENCE.mkdir(exist_ok=True)
    for name in stale:
        path = REFERENCE / name
        if name in wanted:
            path.write_text(wanted[name], encoding="utf-8")
        else:
            path.unlink()
        print(f"docs/reference/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
