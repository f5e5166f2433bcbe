"""The single questions of ``labelwright init``: what is a good answer, and what is offered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from labelwright.cli.output import say
from labelwright.problems import DataError, UsageError
from labelwright.service.config.findings import offered
from labelwright.service.config.written import NAME, Answers
from labelwright.service.starting import detected, targets
from labelwright.service.starting import reached as reach

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from labelwright.cli._asking import Asker

DETECT = "detect"


def one_of(what: str, known: Sequence[str]) -> Callable[[str], None]:
    """A check that an answer is one of those."""

    def check(answer: str) -> None:
        if answer not in known:
            raise UsageError(f"unknown {what} {answer!r}; {offered(answer, known)}")

    return check


def address(answer: str) -> None:
    """Raises ``UsageError`` if it is no web address."""
    try:
        parts = urlsplit(answer)
        good = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and not (parts.username or parts.password)
        )
    except ValueError:
        good = False
    if not good:
        raise UsageError("no web address; write it like http://host:8080, without user and password")


def name(answer: str) -> None:
    """Raises ``UsageError`` if it is no name of a table."""
    if not NAME.fullmatch(answer):
        raise UsageError("a name is of small letters, digits and single hyphens between them")


def port(answer: str) -> None:
    """Raises ``UsageError`` if it is no port."""
    if not answer.isascii() or not answer.isdigit() or int(answer) > 65535:
        raise UsageError("a port is a number up to 65535")


def token(given: str) -> str:
    """A token without blanks around it. Raises ``UsageError`` if it cannot be one."""
    found = given.strip()
    if not found or not found.isascii() or any(c.isspace() for c in found):
        raise UsageError("that is no token: it is empty, or has blanks or foreign characters in it")
    return found


def relative(written: str, folder: Path) -> str:
    """A path of the command line, as the file in ``folder`` says it."""
    path = Path(written).expanduser().absolute()
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def reached(given: Answers, folder: Path) -> bool:
    """Try the connection, and say how that went; whether the project was found."""
    try:
        reach(given, folder)
    except (DataError, UsageError) as error:
        problem = error.problem if isinstance(error, DataError) else None
        say(f"the connection was tried and failed: {problem.message if problem else error}")
        say(f"  {problem.remedy if problem else 'What is written can be corrected later.'}")
        return False
    say(f"{given.url} was reached, and has the project {given.project!r}")
    return True


def template(asker: Asker, given: Answers, folder: Path, can_detect: bool) -> str:
    """The template that is named, chosen from the list, or told from the project."""
    from labelwright.registry import template_folders

    def check(answer: str) -> None:
        if answer == DETECT:
            if not can_detect:
                raise UsageError("it can be told only from a project that was reached; name a template")
        else:
            targets(own(answer), folder)

    def own(answer: str) -> str:
        there = "/" in answer or Path(answer).is_dir()
        return relative(answer, folder) if there and answer not in template_folders() else answer

    offer = [*template_folders(), *([DETECT] if can_detect else [])]
    default = DETECT if can_detect else None
    while True:
        answer = asker.ask("--template", "Template", given.template, default, check, offer)
        if answer != DETECT:
            path = own(answer) if answer else ""
            return path if not path or path == answer or "/" in path else f"./{path}"
        try:
            found = detected(given, folder)
        except (DataError, UsageError) as error:
            if not asker.terminal:
                raise
            say(f"  {error}")
            given.template, default = "", None
            continue
        say(f"template: {found} (told from the project)")
        return found


def target(asker: Asker, given: Answers, folder: Path) -> str:
    """The dialect or format that is named, or chosen from those that fit the template."""
    fitting = targets(given.template, folder) if given.template else []
    return asker.ask("--to", "Training file for", given.to, None, None, fitting)
