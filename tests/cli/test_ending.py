"""A request to end that comes while something is imported."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

# It asks for the end of its own process, and cannot bear an error while it begins.
FRAIL = """
import os, signal, time

try:
    os.kill(os.getpid(), signal.{number})
    end = time.monotonic() + {seconds}
    while time.monotonic() < end:
        pass
except BaseException as error:
    raise SystemError("broken") from error
"""
PROGRAM = """
import sys, time
from labelwright.cli import _ending, main

_ending.MOST = {most}

def run(arguments):
    try:
        import frail
        print("imported", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        return 130

sys.modules["labelwright.cli.main"].run = run
main([])
"""


def ended(folder: Path, number: str, seconds: float, most: float) -> tuple[int, str, str]:
    (folder / "frail.py").write_text(FRAIL.format(number=number, seconds=seconds))
    (folder / "program.py").write_text(PROGRAM.format(most=most))
    path = os.pathsep.join([str(folder), *(str(Path(p).absolute()) for p in sys.path if p)])
    done = subprocess.run(
        [sys.executable, folder / "program.py"], env={**os.environ, "PYTHONPATH": path},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(("number", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_it_waits_until_the_import_is_over(tmp_path: Path, number: str, code: int) -> None:
    returned, out, said = ended(tmp_path, number, 0.3, 60.0)
    assert (returned, said) == (code, "") and out in ("", "imported\n")


def test_it_does_not_wait_for_an_import_without_end(tmp_path: Path) -> None:
    returned, _, said = ended(tmp_path, "SIGTERM", 600.0, 0.2)
    assert returned == 1 and "broken" in said, "the error is the one of what was imported"


def test_an_extension_that_begins_does_not_panic(tmp_path: Path) -> None:
    """Whenever it comes: each time a little later."""
    program = (
        "import os, signal, sys, threading, time\n"
        "from labelwright.cli._ending import listen\n"
        "def ask():\n"
        "    time.sleep(float(sys.argv[1]))\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "listen()\n"
        "threading.Thread(target=ask, daemon=True).start()\n"
        "import jsonschema_rs\n"
        "time.sleep(60)\n"
    )
    for step in range(12):
        done = subprocess.run(
            [sys.executable, "-c", program, str(step * 0.002)], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (signal.SIGTERM + 128, "")
