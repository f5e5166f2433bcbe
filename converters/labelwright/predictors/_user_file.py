"""A user's own Python file, as a module."""

from __future__ import annotations

import importlib.util
import re
import sys
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType

from labelwright.io.scrub import line, raised
from labelwright.problems import UsageError

LONGEST = 400  # characters of what is wrong with a file


def user_module(path: Path) -> ModuleType:
    """The module of a file, run anew. Raises ``UsageError`` that says why it cannot be used."""
    try:
        there = path.is_file()
    except OSError:  # such as for a name that no file can have
        there = False
    if not there:
        raise UsageError(line(f"there is no file {path}", LONGEST))
    module_name = f"labelwright_user_{re.sub(r'[^a-zA-Z0-9]', '_', path.stem)}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is no Python file: its name has to end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module  # dataclasses and pickle look their class's module up by name
    try:
        with redirect_stdout(sys.stderr):  # what it prints is no output of ours
            spec.loader.exec_module(module)
    except ModuleNotFoundError as error:
        raise UsageError(f"{path} needs {error.name}, which is not installed") from None
    except (Exception, SystemExit) as error:
        raise UsageError(f"{path} cannot be used: {raised(error, LONGEST)}") from None
    return module
