"""Sends what is due, each target by itself: one that is slow holds nobody else up.

An event is sent at least once. Who is killed between the answer and its record leaves the row held; when
that time is over it is sent again, with the same id.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from labelwright.service.notify import backoff, line, standard
from labelwright.service.notify.outbox import DEAD, SENT, Due, bury, claim, record, waiting_for
from labelwright.service.notify.outgoing import Answered, post
from labelwright.service.notify.target import Misconfigured, target

if TYPE_CHECKING:
    from labelwright.service.context import Service

log = logging.getLogger(__name__)

AT_ONCE = 2  # attempts at a time for one target
GONE = 410


class Postman:
    """The threads that send, up to ``AT_ONCE`` for each target, as long as something is due for it."""

    def __init__(self, service: Service) -> None:
        """None yet."""
        self._service, self._lock = service, threading.Lock()
        self._at_work: dict[str, set[threading.Thread]] = {}
        self._stop = threading.Event()

    def round(self) -> None:
        """See what is due, and have it sent; returns without waiting for it."""
        database, known = self._service.database, self._service.loaded.config.notify
        due = waiting_for(database, time.time())
        if any(name not in known for name in due):
            log.warning("%d events were for targets that are gone; they are dead", bury(database, known))
        for name in due:
            if name in known:
                self._begin(name)

    def stop(self, seconds: float) -> None:
        """Begin nothing more; wait so long for what was begun. What is not recorded is sent again."""
        self._stop.set()
        end = time.monotonic() + seconds
        for thread in [t for threads in list(self._at_work.values()) for t in list(threads)]:
            thread.join(max(0.0, end - time.monotonic()))

    def _begin(self, name: str) -> None:
        with self._lock:
            threads = self._at_work.setdefault(name, set())
            if len(threads) >= AT_ONCE or self._stop.is_set():
                return
            thread = threading.Thread(target=self._run, args=(name,), name=f"send-{name}", daemon=True)
            threads.add(thread)
            thread.start()

    def _run(self, name: str) -> None:
        try:
            while not self._stop.is_set():
                due = claim(self._service.database, name, time.time())
                if due is None:
                    return
                attempt(self._service, due)
        except Exception as error:  # the database is away: what was claimed comes round again
            log.warning("sending to %s was broken off: %s", name, type(error).__name__)
        finally:
            with self._lock:
                self._at_work[name].discard(threading.current_thread())


def attempt(service: Service, due: Due) -> str:
    """Send one that was claimed and record what came of it: sent, failed or dead."""
    with service.telemetry.span("send", target=due.target, event=due.type) as came:
        answer = _sent(service, due)
        came("failed" if answer.error else SENT, str(answer.status or "no answer") if answer.error else "")
    now = time.time()
    values = _outcome(due, answer, now)
    state = values["state"]
    outcome = state if state in (SENT, DEAD) else "failed"
    record(service.database, due, **values)
    service.metrics.sent(due.target, outcome)
    about = {"project": due.project, "event": due.event, "target": due.target}
    if outcome == SENT:
        log.info("%s of %s was sent to %s", due.type, due.project, due.target, extra=about)
    else:
        how = "was given up" if outcome == DEAD else "failed"
        words = "%s of %s to %s %s: %s"
        log.warning(words, due.type, due.project, due.target, how, answer.error, extra=about)
    return outcome


def _sent(service: Service, due: Due) -> Answered:
    try:
        where = target(service.loaded, due.target)
        if where.kind == "slack":
            headers, body = {}, line.body(due.type, due.project, due.data)
        else:
            body = standard.body(due.type, due.project, due.at, due.data)
            headers = standard.headers(due.event, time.time(), body, where.secrets)
    except Misconfigured as error:
        return Answered(0, str(error))
    return post(where.url, {"Content-Type": "application/json", **headers}, body, where.allow_private)


def _outcome(due: Due, answer: Answered, now: float) -> dict[str, Any]:
    """The values of the row after an attempt."""
    told: dict[str, Any] = {"attempts": due.attempts + 1, "status": answer.status, "error": answer.error}
    if not answer.error:
        return {**told, "state": SENT, "sent_at": now}
    wait = backoff.delay(due.event, due.target, due.attempts + 1)
    if answer.status == GONE or wait is None:
        return {**told, "state": DEAD}
    if answer.status in (429, 503):
        wait = max(wait, backoff.asked(answer.retry_after, now))
    return {**told, "state": "waiting", "next_at": now + wait}
