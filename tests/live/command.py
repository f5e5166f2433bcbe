"""The command line as a user of one server runs it, in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from labelwright.cli.main import run


@dataclass
class Ran:
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Labelwright:
    """Runs ``labelwright ARGUMENTS``."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture

    def __call__(self, *arguments: str | Path | int, code: int | None = 0) -> Ran:
        """Run; fails unless the exit code is ``code``; None: any."""
        self._capture.readouterr()
        got = run([str(a) for a in arguments])
        captured = self._capture.readouterr()
        ran = Ran(got, captured.out, captured.err)
        assert "Traceback" not in ran.err, ran.err
        assert code in {None, got}, f"exit code {got}\n{ran.out}\n{ran.err}"
        return ran
