"""Has the events sent that are due."""

from __future__ import annotations

from labelwright.service.context import Service
from labelwright.service.loop import Loop
from labelwright.service.notify.postman import Postman

EVERY = 1.0  # seconds
GRACE = 5.0  # seconds that attempts under way get at the end, at most


def _run(service: Service) -> None:
    postman = service.extra.get("postman")
    if postman is None:
        postman = service.extra["postman"] = Postman(service)
        service.ends.append(lambda: postman.stop(min(GRACE, service.loaded.config.service.drain / 5)))
    postman.round()


loop = Loop("postman", lambda service: EVERY, _run)
