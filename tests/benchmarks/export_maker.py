"""Makes Label Studio exports of any size, the same bytes for the same arguments.

``python tests/benchmarks/export_maker.py OUT --items 200000`` writes about 600 MB: e-mails with three
annotators of ten, who agree nine times in ten, in the shape of the easy export.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from typing import Any

LABELS = ("SUPPORT_REQUEST", "SALES_INQUIRY", "GENERAL_FEEDBACK")
WORDS = (
    *("order", "refund", "price", "invoice", "delivery", "account", "password", "plan", "renewal", "thanks"),
    *("broken", "late", "parcel", "question", "Grüße", "support", "offer", "team", "upgrade", "feature"),
    *("billing", "contract", "shipping", "size", "colour", "login"),
)
TIME = "2026-03-01T12:00:00.000000Z"


def annotation(number: int, task: int, person: int, label: str, seconds: float) -> dict[str, Any]:
    """One annotation with the keys of a real export."""
    result = {
        "value": {"choices": [label]},
        "id": f"r{number:09d}",
        "from_name": "category",
        "to_name": "text",
        "type": "choices",
        "origin": "manual",
    }
    return {
        "id": number,
        "completed_by": person,
        "result": [result],
        "was_cancelled": False,
        "ground_truth": False,
        "created_at": TIME,
        "updated_at": TIME,
        "draft_created_at": None,
        "lead_time": seconds,
        "prediction": {},
        "result_count": 1,
        "unique_id": f"00000000-0000-4000-8000-{number:012d}",
        "import_id": None,
        "last_action": None,
        "bulk_created": False,
        "task": task,
        "project": 1,
        "updated_by": person,
        "parent_prediction": None,
        "parent_annotation": None,
        "last_created_by": None,
    }


def task(number: int, random_source: random.Random) -> dict[str, Any]:
    """One task with three annotations."""
    text = " ".join(random_source.choices(WORDS, k=90)) + f" #{number}"
    truth = random_source.choice(LABELS)
    people = sorted(random_source.sample(range(1, 11), 3))
    annotations = []
    for place, person in enumerate(people):
        label = truth if random_source.random() < 0.9 else random_source.choice(LABELS)
        seconds = round(random_source.uniform(2, 40), 3)
        annotations.append(annotation(number * 3 + place, number, person, label, seconds))
    return {
        "id": number,
        "annotations": annotations,
        "drafts": [],
        "predictions": [],
        "data": {"text": text, "received": TIME},
        "meta": {},
        "created_at": TIME,
        "updated_at": TIME,
        "allow_skip": True,
        "inner_id": number,
        "total_annotations": 3,
        "cancelled_annotations": 0,
        "total_predictions": 0,
        "comment_count": 0,
        "unresolved_comment_count": 0,
        "last_comment_updated_at": None,
        "project": 1,
        "updated_by": people[-1],
        "comment_authors": [],
    }


def write_export(path: Path, items: int, seed: int = 1) -> Path:
    """Write an export of ``items`` tasks."""
    random_source = random.Random(seed)
    with path.open("w", encoding="utf-8") as handle:
        handle.write("[")
        for number in range(1, items + 1):
            handle.write(json.dumps(task(number, random_source), ensure_ascii=False))
            handle.write("]" if number == items else ", ")
        if not items:
            handle.write("]")
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--items", type=int, default=200_000)
    given = parser.parse_args()
    write_export(given.out, given.items)
