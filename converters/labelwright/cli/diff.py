"""``labelwright diff``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labelwright.cli.output import Json, emit, emit_json

if TYPE_CHECKING:
    from labelwright.state.difference import Difference


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("diff")(command)


def command(
    version_a: Annotated[Path, typer.Argument(help="A version's folder, or its manifest.")],
    version_b: Annotated[Path, typer.Argument(help="Another version's folder, or its manifest.")],
    json_output: Json = False,
) -> None:
    """Say what changed between two versions of a data set."""
    from labelwright.state.difference import compare

    found = compare(version_a, version_b)
    if json_output:
        emit_json(found)
    else:
        emit(_words(found))


def _words(found: Difference) -> str:
    rows = found.rows
    lines = [
        f"{found.before} -> {found.after}",
        f"items: {rows.added} added, {rows.removed} removed, {rows.changed} changed, "
        f"{rows.unchanged} unchanged",
    ]
    for word, items in (
        ("added", rows.added_items),
        ("removed", rows.removed_items),
        ("changed", rows.changed_items),
    ):
        if items:
            lines.append(f"  {word}: {', '.join(items)}")
    lines.append(f"inputs: {'changed' if found.inputs_changed else 'the same'}")
    lines.append(f"template or label config: {'changed' if found.template_changed else 'the same'}")
    lines.append(f"gate: {found.gate[0]} -> {found.gate[1]}")
    lines += _pairs("settings", found.settings) + _pairs("counts", found.counts)
    lines += _pairs("agreement", found.agreement)
    return "\n".join(lines)


def _pairs(title: str, pairs: dict[str, Any]) -> list[str]:
    return [f"{title}: {name}: {_shown(a)} -> {_shown(b)}" for name, (a, b) in pairs.items()]


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    return "-" if value is None else str(value)
