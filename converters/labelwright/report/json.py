"""The report as JSON: one document for every command that reports, described by ``schema.json``."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from labelwright.agreement.result import Contested, ControlAgreement
from labelwright.contracts import FittedModel
from labelwright.problems import Ledger, Place, Problem
from labelwright.quality.anchored import AnchoringReport
from labelwright.quality.gate import GateResult
from labelwright.quality.gold import GoldReport
from labelwright.quality.signals import Signal
from labelwright.report.batches import Batch
from labelwright.report.model import (
    AnnotatorWork,
    Approximation,
    Counts,
    Linted,
    ModelStrengths,
    Report,
    Volume,
)

SCHEMA = "https://json-schema.org/draft/2020-12/schema"


class AgreementBasis(Struct):
    """What the agreement rests on; ``resamples`` and ``seed`` are those of the bootstrap."""

    items: int
    annotators: int
    seed: int
    resamples: int


class Document(Struct):
    """The JSON document: a report with the agreement's controls and contested items at the top level."""

    version: str
    template: str
    title: str
    tool: str
    source: str
    target: str
    consensus: str
    counts: Counts
    gate: GateResult
    agreement: AgreementBasis
    controls: dict[str, ControlAgreement]
    contested: list[Contested]
    annotators: dict[str, AnnotatorWork]
    problems: list[Problem]
    problem_counts: dict[str, int]
    problem_titles: dict[str, str]
    splits: dict[str, int]
    volume: Volume
    models: dict[str, FittedModel]
    strengths: dict[str, ModelStrengths]
    written: bool
    gold: GoldReport | None
    signals: dict[str, list[Signal]]
    lint: Linted | None
    batch: str
    trend: list[Batch]
    reviews: dict[str, int]
    objects: dict[str, Ledger]
    approximations: dict[str, Approximation]
    suggestions: AnchoringReport | None


def render_json(report: Report) -> bytes:
    """The report as UTF-8 JSON with sorted keys, two spaces of indent and a last newline."""
    a = report.agreement
    same = {n: getattr(report, n) for n in Document.__struct_fields__ if n in Report.__struct_fields__}
    same["agreement"] = AgreementBasis(a.items, a.annotators, a.seed, a.resamples)
    document = Document(controls=a.controls, contested=a.contested, **same)
    builtins = encodable(msgspec.to_builtins(document))
    return msgspec.json.format(msgspec.json.encode(builtins, order="sorted"), indent=2) + b"\n"


def encodable(value: Any) -> Any:
    """The value with lone surrogates, which UTF-8 cannot hold, shown as escapes."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {encodable(k): encodable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [encodable(v) for v in value]
    return value


def make_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the document, from the structs.

    Every field is always written, so every field is required; only a place leaves out what is not
    known.
    """
    (root,), definitions = msgspec.json.schema_components([Document], ref_template="#/$defs/{name}")
    for name, definition in definitions.items():
        if definition.get("type") != "object" or "properties" not in definition:
            continue
        definition["additionalProperties"] = False
        if name != Place.__name__:
            definition["required"] = sorted(definition["properties"])
    schema = {"$schema": SCHEMA, "title": "labelwright report", **root, "$defs": definitions}
    return dict(msgspec.json.decode(msgspec.json.encode(schema)))  # defaults that are tuples become lists
