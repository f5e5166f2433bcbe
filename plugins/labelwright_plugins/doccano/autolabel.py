"""What doccano's auto-labelling is told: whom to ask, how, and what to make of the answer.

doccano knows three tasks, and asks once for each: ``Category`` and ``Span`` map labels, ``Text`` takes
words. Boxes, segments and relations cannot be asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from labelwright.problems import DataError, ProblemType
from labelwright_plugins.doccano.client import Client

TASKS = {
    "DocumentClassification": ("Category",),
    "ImageClassification": ("Category",),
    "SequenceLabeling": ("Span",),
    "IntentDetectionAndSlotFilling": ("Category", "Span"),
    "Seq2seq": ("Text",),
    "Speech2text": ("Text",),
    "ImageCaptioning": ("Text",),
}
MODEL = "Custom REST Request"
NOT_ANSWERED = ProblemType(
    "doccano.predictor-unreachable",
    "doccano gets no answer from the predictor",
    "doccano cannot ask {address}: {reason}",
    "The service must run, at an address that the doccano server itself can reach (public_url).",
)


def mapping(task: str) -> str:
    """The mapping template of a task (``Category``, ``Span`` or ``Text``): our answer as doccano's labels."""
    return (Path(__file__).parent / "mappings" / f"{task.lower()}.jinja").read_text("utf-8").strip()


def request(address: str, key: str, task: str) -> dict[str, Any]:
    """What doccano is to send: to ``address``, the predictor's own below ``/rest/``, for one task."""
    return {
        "url": f"{address.rstrip('/')}/{task.lower()}",
        "method": "POST",
        "params": {},
        "headers": {"Authorization": f"Bearer {key}"} if key else {},
        "body": {"text": "{{ text }}"},
    }


def configuration(address: str, key: str, task: str) -> dict[str, Any]:
    """A project's auto-labelling for one task."""
    return {
        "model_name": MODEL,
        "model_attrs": request(address, key, task),
        "template": mapping(task),
        "label_mapping": {},
        "default": False,
        "task_type": task,
    }


def run(client: Client, project: int, example: int) -> None:
    """Have the server auto-label one example, as the user who is logged in. Raises ``DataError``."""
    try:
        client.post(f"/v1/projects/{project}/auto-labeling", example=example)
    except DataError as error:
        address, reason = "the predictor", error.problem.message
        raise DataError(NOT_ANSWERED.at(address=address, reason=reason)) from None
