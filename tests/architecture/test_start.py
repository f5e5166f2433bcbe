"""The command line starts light: help loads nothing heavy."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {
    "numpy",
    "jinja2",
    "jsonschema",
    "jsonschema_rs",
    "label_studio_sdk",
    "requests",
    "rapidfuzz",
    "starlette",
}
PROGRAM = """
import json, sys
from labelwright.cli.main import run
code = run(sys.argv[1:])
print("\\n" + json.dumps([code, sorted(sys.modules)]))
"""


@pytest.mark.parametrize("arguments", [["--help"], ["convert", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True
    )
    code, modules = json.loads(run.stdout.splitlines()[-1])
    assert code == 0, run.stderr
    assert "labelwright.cli.convert" in modules
    assert HEAVY & {m.split(".")[0] for m in modules} == set()
    assert [m for m in modules if m.startswith(("labelwright.service", "labelwright.pipeline"))] == []
