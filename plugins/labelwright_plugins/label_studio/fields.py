"""The parts of Label Studio's JSON that are read; the decoder skips the rest."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Result(Struct, gc=False):
    """One entry of an annotation's ``result``. Relations have from_id and to_id, the others a value."""

    id: str = ""
    from_name: str = ""
    to_name: str = ""
    type: str = ""
    value: Any = None
    origin: str = "manual"
    score: float | None = None
    parentID: str | None = None
    from_id: str = ""
    to_id: str = ""
    direction: str = "right"
    labels: list[str] | None = None
    original_length: Any = None  # seconds of the sound, on its regions
    original_width: Any = None  # pixels of the image, on its regions
    original_height: Any = None
    image_rotation: Any = None  # degrees by which the page showed the image turned
    item_index: Any = None  # which image, where a tag shows several


class RawAnnotation(Struct, gc=False):
    """One annotation as stored. ``completed_by`` is an id, or an object when users are given in full."""

    id: int | str | None = None
    completed_by: Any = None
    result: list[Result] = []
    was_cancelled: bool = False
    ground_truth: bool = False
    created_at: str = ""
    updated_at: str = ""
    lead_time: float | None = None
    parent_prediction: int | str | None = None
    draft: bool = False


class RawPrediction(Struct):
    """One prediction in full; easy exports hold bare ids instead."""

    id: int | str | None = None
    model_version: str | None = None
    result: list[Result] = []
    score: float | None = None
    created_at: str | None = None


class RawTask(Struct, gc=False):
    """One task with its annotations."""

    id: int | str
    data: dict[str, Any]
    annotations: list[RawAnnotation] = []
    predictions: list[int | RawPrediction] = []
    drafts: list[Any] = []
    project: Any = None
    meta: dict[str, Any] | None = None
