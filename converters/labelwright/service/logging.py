"""The service's log: one JSON line a record, or readable lines on a terminal; always redacted."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from labelwright.service.redaction import Redactor

Clean = Callable[[str], str]

# What a record may say of what it is about, by ``extra``; each is a field of its own in the line.
ABOUT = ("project", "build", "dataset", "version", "code", "target", "event")
_QUIET = (
    "dbos",
    "uvicorn.access",
    "opentelemetry",
    "sqlalchemy",
    "urllib3",
    "httpx",
)  # told from warnings on


class Lines(logging.Formatter):
    """Formats a record as one JSON line."""

    def __init__(self, clean: Clean) -> None:
        """``clean`` takes out what must not be read."""
        super().__init__()
        self._clean = clean

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._text(_message(record)),
        }
        told |= {name: self._field(record.__dict__[name]) for name in ABOUT if name in record.__dict__}
        found = _exception(record)
        if found:
            told["exception"] = self._text(found)
        return json.dumps(told)  # plain ASCII: nothing in it ends a line or moves a terminal's cursor

    def _field(self, value: object) -> object:
        return value if isinstance(value, int) else self._text(str(value))

    def _text(self, text: str) -> str:
        shown = "".join(c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in text)
        return self._clean(shown)


class Readable(Lines):
    """Formats a record for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and below it what was raised."""
        when = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        name = record.name.removeprefix("labelwright.service.")
        line = f"{when} {record.levelname.lower():<7} {name}: {' '.join(_message(record).split())}"
        return self._text("\n".join(filter(None, (line, _exception(record)))))


class Handler(logging.StreamHandler[TextIO]):
    """Writes to a stream; a record that cannot be written is left out, and never shown as it is."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing: the library would write the record's arguments to standard error."""


def set_up(level: str, clean: Clean, stream: TextIO | None = None) -> Callable[[], None]:
    """Have everything that is logged written by us; gives what undoes it.

    Loggers of the libraries that bring a handler of their own are made to use ours.
    """
    where = sys.stderr if stream is None else stream
    handler = Handler(where)
    handler.setFormatter((Readable if where.isatty() else Lines)(clean))
    root = logging.getLogger()
    before, level_before, hook = list(root.handlers), root.level, threading.excepthook
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logger = logging.getLogger(name)
        logger.handlers[:] = [logging.NullHandler()]  # one that has a handler is given no other
        logger.propagate = True
        logger.setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(True)
    threading.excepthook = _thread_ended

    def undo() -> None:
        root.handlers[:] = before
        root.setLevel(level_before)
        logging.captureWarnings(False)
        threading.excepthook = hook
        for name in _QUIET:
            logging.getLogger(name).handlers.clear()
            logging.getLogger(name).setLevel(logging.NOTSET)

    return undo


def set_up_rebuild() -> Clean:
    """The same in a process that rebuilds: what it raises goes to its log, and so does any warning.

    It knows the secrets of its own server, by the files that its environment names. Gives what takes them
    and e-mails out of a text.
    """
    files = [Path(value) for name, value in os.environ.items() if name.endswith("_FILE") and value]
    clean = Redactor(files)
    set_up("warning", clean)

    def raised(kind: type[BaseException], error: BaseException, trace: object) -> None:
        del kind, trace
        logging.getLogger(__name__).critical("a rebuild ended by a fault of its own", exc_info=error)

    sys.excepthook = raised
    return clean


def _thread_ended(told: threading.ExceptHookArgs) -> None:
    if told.exc_value is not None and not isinstance(told.exc_value, SystemExit):
        name = told.thread.name if told.thread is not None else "?"
        logging.getLogger(__name__).error("the thread %s ended", name, exc_info=told.exc_value)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # arguments that do not fit: the words alone
        return f"{record.msg} (its arguments do not fit)"


def _exception(record: logging.LogRecord) -> str:
    found = record.stack_info or ""
    if record.exc_info and record.exc_info[1] is not None:
        try:
            found += "".join(traceback.format_exception(record.exc_info[1]))
        except Exception:  # its own text cannot be made
            found += type(record.exc_info[1]).__name__
    elif record.exc_text:
        found += record.exc_text
    return found.rstrip()
