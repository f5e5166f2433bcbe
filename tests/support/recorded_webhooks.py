"""The deliveries that real servers sent: by tool, the name of each, its body and what signed it."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "service" / "receiving" / "recordings"
CVAT_SECRET = "s3cr3t-ключ"  # what the recorded server signed with


@lru_cache
def label_studio() -> dict[str, Any]:
    """Payloads by name."""
    found: dict[str, Any] = json.loads((FOLDER / "label-studio.json").read_bytes())
    return found


@lru_cache
def cvat() -> dict[str, tuple[bytes, str]]:
    """Bodies as they came, with the signature, by name."""
    found = json.loads((FOLDER / "cvat.json").read_bytes())
    return {name: (one["body"].encode(), one["signature"]) for name, one in found.items()}


def payloads(tool: str) -> dict[str, Any]:
    """Decoded payloads of a tool by name."""
    if tool == "label-studio":
        return label_studio()
    return {name: json.loads(body) for name, (body, _) in cvat().items()}
