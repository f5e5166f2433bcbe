"""The service in a process of its own: ``python -m receiving_server CONFIG whole|nothing|bare``.

``whole`` is what ``labelwright serve`` runs. ``nothing`` is the same, but for the inbox, which stores
nothing. ``bare`` has an inbox and no rebuilds, so that it is up in a moment. The environment's ``LINGER``
are the seconds that what comes after an answer is thrown away.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from labelwright.contracts import Heard
from labelwright.service import context
from labelwright.service.config.load import Loaded, load
from labelwright.service.inbox import body
from labelwright.service.inbox.writer import InboxWriter


class Nothing(InboxWriter):
    """An inbox that forgets."""

    def put(self, project: str, heard: Heard) -> asyncio.Future[None]:
        done = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


def _bare(loaded: Loaded) -> None:
    import uvicorn

    from labelwright.service.app import build
    from labelwright.service.memory import settle
    from labelwright.service.running import opened
    from labelwright.service.wire import GuardedProtocol

    config = loaded.config.service
    with opened(loaded) as service:
        service.inbox.start()
        options: Any = {
            "log_config": None,
            "access_log": False,
            "server_header": False,
            "proxy_headers": False,
        }
        settle()
        uvicorn.run(build(service), host=config.host, port=config.port, http=GuardedProtocol, **options)
        service.inbox.close()


def main() -> None:
    """Serve until the end."""
    loaded, how = load(Path(sys.argv[1])), sys.argv[2]
    body.LINGER = float(os.environ.get("LINGER", body.LINGER))
    if how == "bare":
        _bare(loaded)
        return
    from labelwright.service.serving import serve

    if how == "nothing":
        vars(context)["InboxWriter"] = Nothing
    serve(loaded, "", print)


if __name__ == "__main__":
    main()
