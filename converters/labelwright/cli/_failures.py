"""What the person at the terminal, or a script, is told when a command cannot go on."""

from __future__ import annotations

from labelwright import __version__
from labelwright.cli.output import emit_json, error_line, say
from labelwright.problems import DataError, ProblemType, UsageError

BUG, USAGE, PROBLEMS = 3, 2, 1

MISUSE = ProblemType(
    "cli.usage",
    "The program was asked for something it cannot do",
    "{reason}",
    "See the command's --help.",
)
SYSTEM = ProblemType(
    "cli.system",
    "The operating system refused something",
    "{reason}",
    "Check the disk, the path and its permissions.",
)


def failed(error: Exception, as_json: bool) -> int:
    """Say what went wrong; the exit code."""
    if isinstance(error, UsageError):
        text = str(error.args[0]) if error.details else str(error)
        return usage_error(text, as_json, error.details)
    if isinstance(error, DataError):
        return data_error(error, as_json)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return data_error(DataError(SYSTEM.at(reason=f"{where}{error.strerror or error}")), False)
    import traceback

    traceback.print_exception(error)
    error_line(f"this is a bug in labelwright {__version__}; please report it with the lines above")
    return BUG


def usage_error(text: str, as_json: bool, details: tuple[str, ...] = ()) -> int:
    """Say that the program was misused: one line, and one for each detail; as JSON on stdout for scripts."""
    if as_json:
        emit_json({"problems": [MISUSE.at(reason=" ".join(one.split())) for one in details or (text,)]})
    error_line(text)
    for detail in details:
        say("  " + " ".join(detail.split()))
    return USAGE


def data_error(error: DataError, as_json: bool) -> int:
    """Show the problem that stopped a run: one line and what to do; as JSON on stdout for scripts."""
    problem = error.problem
    if as_json:
        emit_json({"problems": [problem]})
    place = f"{problem.place}: " if str(problem.place) else ""
    error_line(f"{place}{problem.message} [{problem.code}]")
    if problem.remedy:
        say(f"  {problem.remedy}")
    return PROBLEMS
