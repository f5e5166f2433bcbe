"""Sends signed deliveries as fast as they are answered, or at a rate: a process of its own.

``python webhook_load.py JSON`` with host, port, path, secret, connections, count, first (the number of the
first delivery, so that no two are alike) and rate (deliveries a second; 0: as fast as answers come). Prints
one JSON value: answers by status, seconds, and milliseconds from when each was due to its answer.

Sockets as they are, requests made beforehand: it must cost less than what it measures.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import hmac
import json
import sys
import time
from collections import Counter, deque
from typing import Any

BODY = (
    '{"job": {"url": "http://cvat.test/api/jobs/%d", "id": %d, "task_id": 1, "task_name": "images A", '
    '"project_id": 1, "project_name": "Street \\u2014 demo", "assignee": null, "guide_id": null, '
    '"dimension": "2d", "bug_tracker": "http://cvat.test/bugs", "status": "annotation", '
    '"stage": "annotation", '
    '"state": "new", "mode": "annotation", "frame_count": 3, "start_frame": 0, "stop_frame": 2, '
    '"data_chunk_size": 72, "data_compressed_chunk_type": "imageset", '
    '"data_original_chunk_type": "imageset", '
    '"created_date": "2026-11-21T02:21:07.534925Z", "updated_date": "2026-11-21T02:22:08.505953Z", '
    '"issues": {"url": "http://cvat.test/api/issues?job_id=1", "count": 0}, "labels": {"url": '
    '"http://cvat.test/api/labels?job_id=1"}, "type": "annotation", "organization": null, '
    '"target_storage": null, "source_storage": null, "assignee_updated_date": null, "parent_job_id": null, '
    '"replicas_count": 0, "consensus_replicas": 0}, "sender": {"url": "http://cvat.test/api/users/1", '
    '"id": 1, "username": "admin", "first_name": "", "last_name": ""}, "event": "update:job", '
    '"before_update": {"updated_date": "2026-11-21T02:21:07.534950Z"}, "webhook_id": 1}'
)


def request(path: str, secret: bytes, number: int) -> bytes:
    """One delivery of CVAT, as it goes over the wire."""
    body = (BODY % (number, number)).encode()
    signature = hmac.new(secret, body, hashlib.sha256).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: labelwright.test\r\n"
        "User-Agent: CVAT/2.64.1 python-requests/2.32.4\r\n"
        "Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n"
        f"X-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: application/json\r\n\r\n"
    )
    return head.encode() + body


class Load:
    """All connections: what is left to send, what came back."""

    def __init__(self, requests: list[bytes], rate: float) -> None:
        self.left = list(reversed(requests))
        self.total, self.rate = len(requests), rate
        self.statuses: Counter[int] = Counter()
        self.latencies: list[float] = []
        self.idle: deque[Connection] = deque()  # in turn, so that none is so long idle that it is closed
        self.done = asyncio.Event()
        self.waiting: deque[float] = deque()  # deliveries that were due and found no connection

    def answered(self, status: int, began: float) -> None:
        now = time.perf_counter()
        self.statuses[status] += 1
        self.latencies.append((now - began) * 1000)
        if len(self.latencies) == self.total:
            self.done.set()

    async def paced(self) -> None:
        """One delivery every so often, whether the last was answered or not."""
        began = time.perf_counter()
        for number in range(self.total):
            due = began + number / self.rate
            wait = due - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            if self.idle:
                self.idle.popleft().send(due)
            else:
                self.waiting.append(due)


class Connection(asyncio.Protocol):
    """A connection that sends the next delivery when the last was answered."""

    def __init__(self, load: Load) -> None:
        self.load, self.began = load, 0.0
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.load.idle.append(self)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.load.done.is_set():
            raise SystemExit("the server closed a connection")

    def send(self, due: float = 0.0) -> None:
        if self.load.left:
            self.began = due or time.perf_counter()
            self.transport.write(self.load.left.pop())

    def data_received(self, data: bytes) -> None:
        assert data.endswith(b"\r\n\r\n"), data  # answers have no body
        self.load.answered(int(data[9:12]), self.began)
        if not self.load.rate:
            self.send()
        elif self.load.waiting:
            self.send(self.load.waiting.popleft())
        else:
            self.load.idle.append(self)


async def run(job: dict[str, Any]) -> dict[str, Any]:
    """Send everything."""
    numbers = range(job["first"], job["first"] + job["count"])
    load = Load([request(job["path"], job["secret"].encode(), n) for n in numbers], job["rate"])
    loop = asyncio.get_running_loop()
    for _ in range(job["connections"]):
        await loop.create_connection(lambda: Connection(load), job["host"], job["port"])
    gc.collect()
    gc.disable()
    began, cpu = time.perf_counter(), time.process_time()
    pacing = None
    if load.rate:
        pacing = asyncio.create_task(load.paced())
    else:
        for connection in list(load.idle):
            connection.send()
    await asyncio.wait_for(load.done.wait(), MOST)
    seconds = time.perf_counter() - began
    if pacing is not None:
        await pacing
    found = sorted(load.latencies)
    return {
        "seconds": seconds,
        "cpu": time.process_time() - cpu,
        "statuses": load.statuses,
        **{name: found[min(int(len(found) * part), len(found) - 1)] for name, part in PARTS.items()},
    }


MOST = 300.0  # seconds for everything
PARTS = {"p50": 0.5, "p99": 0.99, "p999": 0.999, "max": 1.0}

if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(json.loads(sys.argv[1])))))
