"""The entry point: builds the application, runs it, turns every error into one line and an exit code.

Exit codes: 0 clean, 1 problems or a gate not met, 2 usage, 3 our bug, 130 interrupt.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from typing import NoReturn

import typer

from labelwright import __version__, cli
from labelwright.cli.output import data_error, error_line, wants_json

# What parses the command line raises these; the base class lies inside typer or in click, by version.
_ParseError: type[Exception] = next(
    c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException" and issubclass(c, Exception)
)

BUG, INTERRUPT, USAGE, PROBLEMS = 3, 130, 2, 1


def build() -> typer.Typer:
    """The application with every command of this package."""
    app = typer.Typer(
        name="labelwright",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        help="Turn human labelling in Label Studio and CVAT into fine-tuning data that can be trusted.",
    )
    app.callback()(_root)
    for info in sorted(pkgutil.iter_modules(cli.__path__), key=lambda i: i.name):
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
    """Turn human labelling in Label Studio and CVAT into fine-tuning data that can be trusted."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run the command line; the exit code."""
    try:
        outcome = build()(args=arguments, standalone_mode=False)
        sys.stdout.flush()
    except _ParseError as error:
        error_line(getattr(error, "format_message", error.__str__)())
        return USAGE
    except typer.Exit as error:
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        error_line("interrupted")
        return INTERRUPT
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python flushes again on exit: give it nowhere to fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _failed(error, arguments)
    return outcome if isinstance(outcome, int) else 0


def _failed(error: Exception, arguments: list[str]) -> int:
    """Say what went wrong; the exit code. Imports late: showing help needs none of it."""
    from labelwright.problems import DataError, UsageError

    if isinstance(error, UsageError):
        error_line(str(error))
        return USAGE
    if isinstance(error, DataError):
        data_error(error, wants_json(arguments))
        return PROBLEMS
    import traceback

    traceback.print_exception(error)
    error_line(f"this is a bug in labelwright {__version__}; please report it with the lines above")
    return BUG
