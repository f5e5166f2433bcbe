"""``labelwright adjudicate push|pull TOOL PROJECT``."""

from __future__ import annotations

import typer

from labelwright.cli.toolgroup import add_tool_verb

SUMMARY = "Have a second person decide what annotators could not settle, and look over a sample."


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=SUMMARY)

    @group.callback()
    def _callback() -> None:
        """Nothing of its own."""

    _callback.__doc__ = SUMMARY
    add_tool_verb(group, "push", "Put ties, low agreement and a sample up for review.", "adjudicate-push")
    add_tool_verb(group, "pull", "Fetch what reviewers decided, as references.", "adjudicate-pull")
    app.add_typer(group, name="adjudicate", help=SUMMARY)
