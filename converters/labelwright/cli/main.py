"""The entry point: builds the application, runs it, turns every error into one line and an exit code.

Exit codes: 0 clean, 1 problems or a gate not met, 2 usage, 3 our bug, 130 interrupt,
143 ended from outside.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from typing import NoReturn

import typer

from labelwright import __version__, cli
from labelwright.cli._ending import INTERRUPT, listen
from labelwright.cli._plainvalues import take_plain_values
from labelwright.cli.output import error_line, say, usable_streams, wants_json

# What parses the command line raises these; the base class lies inside typer or in click, by version.
_ParseError: type[Exception] = next(
    c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException" and issubclass(c, Exception)
)


def build() -> typer.Typer:
    """The application with every command of this package."""
    app = typer.Typer(
        name="labelwright",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        help="Turn human labelling in annotation tools into fine-tuning data that can be trusted.",
    )
    app.callback()(_root)
    for info in sorted(pkgutil.iter_modules(cli.__path__), key=lambda i: i.name):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{cli.__name__}.{info.name}")
        register = getattr(module, "register", None)
        if register is not None:
            register(app)
    return app


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"labelwright {__version__}")
        raise typer.Exit


def _root(
    version: bool = typer.Option(
        False, "--version", help="Show the version and exit.", callback=_version, is_eager=True
    ),
) -> None:
    """Turn human labelling in annotation tools into fine-tuning data that can be trusted."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    listen()
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run the command line; the exit code."""
    usable_streams()
    as_json = wants_json(arguments)
    try:
        command = typer.main.get_command(build())
        take_plain_values(command)
        outcome = command(args=arguments, standalone_mode=False)
        sys.stdout.flush()
    except _ParseError as error:
        return _misused(error, as_json)
    except typer.Exit as error:
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        error_line("interrupted")
        return INTERRUPT
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python flushes again on exit: give it nowhere to fail.
        _mute()
        return 0
    except Exception as error:
        from labelwright.cli._failures import failed  # late: showing help needs none of it

        if isinstance(error, OSError):
            _mute()
        return failed(error, as_json)
    if outcome == INTERRUPT:  # the parser takes an interrupt for a request to exit with this code
        error_line("interrupted")
    return outcome if isinstance(outcome, int) else 0


def _misused(error: Exception, as_json: bool) -> int:
    from labelwright.cli._failures import USAGE, usage_error

    text = getattr(error, "format_message", error.__str__)()
    if type(error).__name__ == "NoArgsIsHelpError":
        say(text)
        return USAGE
    return usage_error(text, as_json)


def _mute() -> None:
    """Send what is still buffered for standard output nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
