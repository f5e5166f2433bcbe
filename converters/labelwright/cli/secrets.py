"""``labelwright secrets rotate``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelwright.cli import options as o
from labelwright.cli.output import Json, emit, emit_json, exit_with, say_problems

if TYPE_CHECKING:
    from labelwright.service.connecting import Connected

SUMMARY = "Change the secrets that webhooks are believed by."
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST = 366 * 86400


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=SUMMARY)

    @group.callback()
    def _callback() -> None:
        """Nothing of its own."""

    _callback.__doc__ = SUMMARY
    group.command("rotate")(rotate)
    app.add_typer(group, name="secrets", help=SUMMARY)


def rotate(
    projects: Annotated[
        list[str] | None, typer.Argument(help="Names of projects; default: all that are connected.")
    ] = None,
    grace: Annotated[
        str,
        typer.Option("--grace", help="How long the old secret is believed: 90s, 30m, 24h, 7d; 0: no more."),
    ] = "24h",
    config: o.ConfigFile = Path("labelwright.toml"),
    json_output: Json = False,
) -> None:
    """Give webhooks new secrets, in the service and in the tools; no delivery is refused meanwhile.

    What is interrupted or fails leaves both secrets believed, and is ended by doing it again.
    """
    from labelwright.cli._configured import loaded
    from labelwright.service.connecting import MISSING, failed
    from labelwright.service.connecting import rotate as rotate_all

    done = rotate_all(loaded(config), projects or (), seconds(grace))
    if json_output:
        emit_json(done)
    for one in () if json_output else done:
        if one.registered is not None:
            emit(_said(one, grace))
    say_problems(one.problem for one in done if one.problem is not None)
    asked = {one.project for one in done if one.registered and one.registered.state == MISSING}
    exit_with(1 if failed(done) or asked & set(projects or ()) else 0)


def _said(done: Connected, grace: str) -> str:
    registered = done.registered
    assert registered is not None
    if registered.state == "missing":
        return f"{done.project}: is not connected; nothing changed"
    others = ", ".join(one for one in registered.differs if one != "secret")
    repaired = f"; repaired: {others}" if others else ""
    lines = [f"{done.project}: the webhook of {done.tool} has a new secret{repaired}"]
    lines.append(f"  the old one is believed for {grace} more")
    return "\n".join([*lines, *(f"  {told}" for told in registered.told)])


def seconds(text: str) -> float:
    """A time such as ``24h``. Raises ``UsageError``."""
    from labelwright.problems import UsageError

    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,3})?)([smhd]?)", text.strip(), re.ASCII)
    if found is None or (not found[2] and float(found[1])):
        raise UsageError(f"--grace {text[:40]}: give a time such as 90s, 30m, 24h or 7d")
    length = float(found[1]) * _UNITS[found[2] or "s"]
    if length > _LONGEST:
        raise UsageError(f"--grace {text}: an old secret is believed for a year at most")
    return length
