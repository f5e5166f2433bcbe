"""The service as processes beside a real Label Studio: its address is registered there, and stays."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from service_world import PROJECT, HasUrl, World
from tests.live.command import Labelwright

TEMPLATE = "email-classification"
LABELS = ("SUPPORT_REQUEST", "SALES_INQUIRY", "GENERAL_FEEDBACK")
RESAMPLES = 20


class LiveWorld(World):
    """One project of a real server, with its service on a port of its own."""

    def __init__(
        self, folder: Path, server: HasUrl, token: str, project: int, labelwright: Labelwright, port: int,
        database_url: str = "", **service: Any,
    ) -> None:  # fmt: skip
        """``project`` is the id on the server; ``labelwright`` runs commands in this process."""
        folder.mkdir()
        super().__init__(folder, server, database_url, drain=10, **service)
        self.number, self.labelwright = project, labelwright
        self.project = {"project": str(project)}
        self.dataset = {"to": "ionos", "allow_unmeasured": True, "min_agreement": 0, "resamples": RESAMPLES}
        self.port = port
        self.login(token)
        self.write()
        self.since = 0.0
        self._fresh = 0

    def login(self, token: str) -> None:
        """Give the service another token."""
        (self.folder / "token").write_text(token)

    def connect(self, *more: str, code: int = 0) -> str:
        """``labelwright connect``; what it said."""
        line = ("connect", "label-studio", PROJECT, "--webhook", *more)
        return self.labelwright(*line, "--config", self._config, code=code).out

    @property
    def _config(self) -> Path:
        return self.folder / "labelwright.toml"

    # What was heard

    def mark(self) -> None:
        """What is heard counts from now."""
        self.since = time.time()

    def heard(self) -> list[str]:
        """The events that came since the mark, in the order of their coming."""
        query = "SELECT event FROM deliveries WHERE last_at >= :since ORDER BY id"
        return [row[0] for row in self.rows(query, since=self.since)]

    def missed(self) -> list[list[str]]:
        """What each rebuild that was done since the mark calls missed, where it does."""
        # One that began before may have looked behind the mark.
        query = "SELECT missed FROM builds WHERE ended_at >= :since AND missed != '[]' ORDER BY started_at"
        return [json.loads(row[0]) for row in self.rows(query, since=self.since)]

    def reconciled(self) -> tuple[set[int], str]:
        """``labelwright reconcile``: the tasks that had been missed, and the code of its failure.

        What moved is said by the first rebuild that sees it, which may be one that a webhook asked for.
        """
        done = self.command("reconcile", PROJECT, "--json")
        (told,) = json.loads(done.stdout)["projects"]
        assert done.returncode == int(bool(told["count"]) or told["state"] == "failed"), done.stderr
        assert told["count"] == len(told["missed"])
        before = {one for found in self.missed() for one in found}
        return {int(one) for one in {*told["missed"], *before}}, told["code"]

    # What came of it

    def answers(self) -> dict[str, str]:
        """The label of each text in the newest version, which has no training file where nothing is left."""
        lines = self.newest().get("train.jsonl", b"").splitlines()
        rows = [json.loads(line)["messages"] for line in lines]
        return {row[-2]["content"]: row[-1]["content"] for row in rows}

    def equals_fresh(self) -> None:
        """A pull into an empty folder, converted, gives the bytes of the version in force."""
        self._fresh += 1
        out = self.folder / f"fresh-{self._fresh}"
        options = ("--to", "ionos", "--allow-unmeasured", "--min-agreement", 0, "--resamples", RESAMPLES)
        line = ("sync", "label-studio", self.number, "--template", TEMPLATE, *options, "--out", out)
        self.labelwright(*line, "--state", self.loaded.data / "state", "--url", self.server.url, code=None)
        made = {p.name: p.read_bytes() for p in (out / "versions" / "0001").iterdir()}
        newest = self.newest()
        assert made.keys() == newest.keys()
        assert [name for name in made if made[name] != newest[name]] == []

    def holds(self, events: Iterable[str], answers: dict[str, str]) -> None:
        """Everything that happened since the mark was heard, and the data set is what it should be."""
        wanted = sorted(events)
        self.until(lambda: len(self.heard()) >= len(wanted), "all is heard")
        self.settled()
        assert sorted(self.heard()) == wanted
        assert self.answers() == answers
        self.mark()


def choice(label: int) -> list[dict[str, Any]]:
    """An answer."""
    value = {"choices": [LABELS[label]]}
    return [{"from_name": "category", "to_name": "text", "type": "choices", "id": "x", "value": value}]
