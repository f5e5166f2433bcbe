"""What commands share: data goes to stdout, talk to stderr, progress to a terminal only."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

if TYPE_CHECKING:
    from labelwright.problems import Problem

Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output, for scripts.")]


def usable_streams() -> None:
    """Make standard output and error take any text, whatever the locale and even if they are closed."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def standard_input() -> BinaryIO:
    """The bytes of standard input. Raises ``UsageError`` if it is closed."""
    if sys.stdin is None:
        from labelwright.problems import UsageError

        raise UsageError("standard input is closed; name a file")
    return sys.stdin.buffer


def emit_json(value: Any) -> None:
    """Print a value as JSON on stdout."""
    import msgspec

    encoded = msgspec.json.encode(value, order="sorted")
    sys.stdout.write(msgspec.json.format(encoded, indent=2).decode() + "\n")


def emit(text: str) -> None:
    """Print data on stdout."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def say(text: str) -> None:
    """Say something to the person at the terminal, on stderr."""
    sys.stderr.write(text if text.endswith("\n") else text + "\n")


def error_line(text: str) -> None:
    """One line about what went wrong."""
    say("labelwright: " + " ".join(text.split()))


def wants_json(arguments: Iterable[str]) -> bool:
    """Whether a command line asks for JSON."""
    return "--json" in arguments


def say_problems(problems: Iterable[Problem], limit: int = 20) -> None:
    """Show some problems on stderr."""
    shown = list(problems)
    for problem in shown[:limit]:
        say(str(problem))
        if problem.remedy:
            say(f"  {problem.remedy}")
    if len(shown) > limit:
        say(f"... and {len(shown) - limit} more")


def progress(what: str) -> Callable[[int], None] | None:
    """A function that shows a running count on a terminal; None when stderr is piped."""
    if not sys.stderr.isatty():
        return None
    started = time.monotonic()
    last = [0.0]

    def show(count: int) -> None:
        now = time.monotonic()
        if now - last[0] >= 0.2:
            last[0] = now
            rate = count / max(now - started, 1e-9)
            sys.stderr.write(f"\r{what}: {count:,} ({rate:,.0f}/s) ")
            sys.stderr.flush()

    return show


def progress_done() -> None:
    """End the progress line."""
    if sys.stderr.isatty():
        sys.stderr.write("\r" + " " * 60 + "\r")


def exit_with(code: int) -> None:
    """End the command with an exit code."""
    if code:
        raise typer.Exit(code)
