"""Opens JSONL with datasets, casts paths to images and gives both to TRL: ``read_trl_images.py FILE ...``.

Prints for each file and row what TRL's trainer would hand to a chat template: parts of text, and images by
their size. A row that TRL refuses is the message of its error.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from datasets import Image, Sequence, load_dataset
from trl.data_utils import prepare_multimodal_messages


def shown(messages: list[dict[str, Any]]) -> list[Any]:
    """Role and parts of each message."""
    return [[m["role"], [p.get("text") or list(p["image"].size) for p in m["content"]]] for m in messages]


def parts_only(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages without the keys that ``datasets`` fills with nulls."""
    kept = []
    for message in messages:
        parts = [{k: v for k, v in part.items() if v is not None} for part in message["content"]]
        kept.append({"role": message["role"], "content": parts})
    return kept


def read(path: str) -> list[Any]:
    """The rows of one file."""
    os.chdir(Path(path).parent)
    data = load_dataset("json", data_files=path, split="train").cast_column("images", Sequence(Image()))
    rows: list[Any] = []
    for row in data:
        try:
            if "prompt" in row:
                asked = prepare_multimodal_messages(parts_only(row["prompt"]), images=row["images"])
                asked += prepare_multimodal_messages(parts_only(row["completion"]))
            else:
                asked = prepare_multimodal_messages(parts_only(row["messages"]), images=row["images"])
            rows.append(shown(asked))
        except ValueError as error:
            rows.append(str(error))
    return rows


if __name__ == "__main__":
    print(json.dumps({path: read(path) for path in sys.argv[1:]}))
