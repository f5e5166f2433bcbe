"""Sub-commands that tools bring: ``labelwright VERB TOOL ...``, made from what each tool declares."""

from __future__ import annotations

import importlib
from typing import Any

import typer
from typer.core import TyperGroup


def tool_group(verb: str) -> type[TyperGroup]:
    """A command group with one command per tool that can do ``verb``; imported when it is asked."""

    class ToolGroup(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:
            from labelwright.registry import tools

            return [name for name, tool in tools().items() if verb in tool.capabilities]

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            from labelwright.registry import tools

            tool = tools().get(cmd_name)
            if tool is None or verb not in tool.capabilities:
                return None
            module, _, function = tool.capabilities[verb].partition(":")
            app = typer.Typer(add_completion=False, rich_markup_mode=None)
            app.command(cmd_name)(getattr(importlib.import_module(module), function))
            command = typer.main.get_command(app)
            command.name = cmd_name
            return command

    return ToolGroup


def add_tool_verb(app: typer.Typer, verb: str, summary: str, capability: str = "") -> None:
    """Add ``verb`` as a group whose commands are the tools that have the capability (the verb's name)."""
    group = typer.Typer(
        cls=tool_group(capability or verb), no_args_is_help=True, rich_markup_mode=None, help=summary
    )

    @group.callback()
    def _callback() -> None:
        """Nothing of its own."""

    _callback.__doc__ = summary
    app.add_typer(group, name=verb, help=summary)
