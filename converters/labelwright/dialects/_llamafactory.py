"""What LLaMA-Factory needs beside a training file: its entry in ``dataset_info.json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec


def dataset_info(files: Sequence[Path], entry: Mapping[str, Any]) -> dict[str, bytes]:
    """One entry per training file, named after it."""
    info = {path.stem: {"file_name": path.name, **entry} for path in files}
    return {"dataset_info.json": msgspec.json.format(msgspec.json.encode(info), indent=2) + b"\n"}
