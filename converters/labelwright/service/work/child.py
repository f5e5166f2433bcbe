"""One rebuild in a process of its own: ``python -m labelwright.service.work.child``.

The job comes as one line on standard input, which stays open as long as the service lives: when it closes,
this process ends at once, so that no rebuild outlives the service that would record it. The answer is
one line on standard output. Memory that a rebuild took goes back with it, and it holds up nobody's requests.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable

import msgspec

from labelwright.problems import DataError, Problem, ProblemType, UsageError
from labelwright.service.logging import set_up_rebuild
from labelwright.service.work.job import Done, Job, Told

log = logging.getLogger(__name__)

FAULT = ProblemType(
    "service.rebuild-fault",
    "A rebuild ended by a fault of its own",
    "the rebuild ended by a fault of its own ({kind})",
    "See the service's log, and report what it says.",
)
LOST = 75  # exit code: the service is gone
CONFIGURATION = ProblemType(
    "service.configuration",
    "A rebuild cannot be done as the configuration says",
    "{reason}",
    "Correct what is named in labelwright.toml, or what it names, and start the service again.",
)
NICE = 10  # a rebuild gives way to deliveries, which somebody's click waits for


def main() -> int:
    """Do the job of standard input."""
    os.nice(NICE)
    clean = set_up_rebuild()
    line = sys.stdin.buffer.readline()
    job = msgspec.json.decode(line, type=Job)
    threading.Thread(target=_watch, daemon=True).start()
    _answer(_done(job, clean))
    return 0


def _answer(done: Done) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(done) + b"\n")
    sys.stdout.buffer.flush()


def _watch() -> None:
    os.read(sys.stdin.fileno(), 1)  # not the buffer, whose lock would be missed at the end of the program
    os._exit(LOST)


def _done(job: Job, clean: Callable[[str], str]) -> Done:
    """Do it. What is told of a failure is shown to people, and may quote what a server answered."""
    from labelwright.service.work.deadline import fetching
    from labelwright.service.work.rebuild import rebuild
    from labelwright.state.versions import LOCKED

    def give_up(why: Problem) -> None:
        _answer(Done(failed=Told(why.code, clean(why.message), why.remedy)))

    try:
        return rebuild(job, fetching(job.url, job.fetch_within, give_up))
    except DataError as error:
        found = error.problem
        busy = found.code == LOCKED.code
        where = f"{found.place}: " if str(found.place) else ""
        return Done(failed=Told(found.code, clean(f"{where}{found.message}"), found.remedy, busy))
    except UsageError as error:
        wrong = CONFIGURATION.at(reason=clean(str(error)))
        return Done(failed=Told(wrong.code, wrong.message, wrong.remedy))
    except Exception as error:  # ours: it is told like any other, and the service goes on
        log.critical("a rebuild ended by a fault of its own", exc_info=error)
        fault = FAULT.at(kind=type(error).__name__)
        return Done(failed=Told(fault.code, fault.message, fault.remedy))


if __name__ == "__main__":
    raise SystemExit(main())
