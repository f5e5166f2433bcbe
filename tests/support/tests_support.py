"""Small data that several tests share."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

_GENERATE = Path(__file__).parent.parent / "benchmarks" / "generate.py"


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("labelwright_generate", _GENERATE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def email_export(path: Path, items: int, people: int = 3) -> Path:
    """An export of e-mails with ``people`` annotators an item."""
    import json

    generator = _generator()
    generator.write_export(path, items)
    if people < 3:
        tasks = json.loads(path.read_text())
        for task in tasks:
            task["annotations"] = task["annotations"][:people]
            for number, annotation in enumerate(task["annotations"]):
                annotation["completed_by"] = number + 1
        path.write_text(json.dumps(tasks))
    return path
