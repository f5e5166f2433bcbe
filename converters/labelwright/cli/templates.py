"""``labelwright templates``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labelwright.cli.output import Json, emit, emit_json, exit_with, say, say_problems


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(
        rich_markup_mode=None, invoke_without_command=True, help="List the templates; show or check one."
    )
    group.callback()(listing)
    group.command("show")(show)
    group.command("lint")(lint)
    app.add_typer(group, name="templates")


def listing(context: typer.Context, json_output: Json = False) -> None:
    """List the templates; show or check one. Without a command, all are listed."""
    if context.invoked_subcommand is not None:
        return
    from labelwright.registry import template_folders
    from labelwright.render.load import load_template

    found = [load_template(folder) for folder in template_folders().values()]
    if json_output:
        emit_json(
            [
                {"name": t.name, "title": t.title, "modality": t.modality, "description": t.description}
                for t in found
            ]
        )
        return
    width = max(len(t.name) for t in found)
    emit("\n".join(f"{t.name:<{width}}  {t.description or t.title}" for t in found))


def show(
    name: Annotated[str, typer.Argument(help="A template's name, or the folder of your own.")],
    json_output: Json = False,
) -> None:
    """Show one template: what it asks, what it gives, its guidelines."""
    from labelwright.cli.options import chosen_template

    template = chosen_template(name)
    if json_output:
        emit_json(template)
        return
    lines = [f"{template.name}: {template.title}", template.description, "", "Shows:"]
    lines += [f"  {n} ({i.type})" for n, i in template.inputs.items()]
    lines.append("Asks:")
    for control, spec in template.controls.items():
        labels = f": {', '.join(spec.labels)}" if spec.labels else ""
        where = f" on each region of {spec.on}" if spec.on else ""
        lines.append(f"  {control} ({spec.kind}, {spec.measured_level}{where}){labels}")
    quality = template.quality
    lines.append(f"Gives: {template.example.kind} examples")
    lines.append(f"Gate: {quality.measure} at least {quality.min_agreement}")
    lines += (
        ["Volumes: " + ", ".join(f"{n} {v}" for n, v in quality.volumes.items())] if quality.volumes else []
    )
    lines.append(f"Files: {', '.join(sorted(p.name for p in Path(template.folder).iterdir()))}")
    guidelines = Path(template.folder) / "guidelines.md"
    if guidelines.is_file():
        lines += ["", guidelines.read_text(encoding="utf-8").rstrip()]
    emit("\n".join(lines))


def lint(
    path: Annotated[str, typer.Argument(help="A template's name, or the folder of your own.")],
    json_output: Json = False,
) -> None:
    """Check a template: its file, its rendering, each tool's configuration, samples and guidelines."""
    from labelwright.cli.options import chosen_template
    from labelwright.problems import Problems
    from labelwright.quality.template_lint import lint_template
    from labelwright.registry import tools

    template = chosen_template(path)
    problems = Problems()
    problems.extend(lint_template(template))
    for tool in tools().values():
        problems.extend(tool.lint_config(template))
    if json_output:
        emit_json({"template": template.name, "counts": problems.counts, "problems": list(problems)})
    else:
        say_problems(problems)
        say(f"{template.name}: {len(problems)} problems")
    exit_with(1 if problems.errors else 0)
