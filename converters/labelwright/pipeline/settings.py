"""What a run is asked to do, apart from its source and its target files."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from msgspec import Struct

from labelwright.contracts import Template
from labelwright.quality.gold import LEAST_ANSWERS
from labelwright.quality.lots import Lot


class Settings(Struct):
    """The options of a conversion. ``consensus`` empty: the template's rule, else majority.

    ``gold`` and ``references`` are files of known answers: gold items score annotators and stay out of
    the training file unless ``train_on_gold``; references decide items. ``gold_target`` None: the
    template's; at least ``gold_least`` gold answers are asked of an annotator before it is applied.
    ``predictions``: a tool is to take the answers as a model's.
    ``scoring``: the run is there to score annotators on gold.
    ``lint``: show the rows to the lint rules too. ``history`` is a folder of former batches, in which
    this one is called ``batch`` (empty: by the digest of its input).
    ``anchoring``: look at what suggestions did to the answers; ``lot``: by which they were given.
    ``boxes`` is the notation for places in images with its options (empty: the dialect's own).
    ``media`` are the places where images, films and sounds are looked for (see ``media.room``; none: their
    addresses are written as they are), ``media_base`` is put before addresses that stay, ``oversize`` is
    ``refuse`` or ``resize``, and ``allow_private`` lets them be fetched from a private network. Files that
    go with the training file lie in ``media_folder`` beside it.
    """

    template: Template
    target: str = ""
    consensus: str = ""
    split: tuple[float, ...] = (100.0,)
    seed: int = 0
    min_agreement: float | None = None
    measure: str = ""
    allow_loss: bool = False
    allow_unmeasured: bool = False
    no_gate: bool = False
    jobs: int = 1
    resamples: int = 1000
    contested: int = 20
    show_annotators: bool = False
    state: Path | None = None
    key_file: Path | None = None
    force: bool = False
    think_tag: str = ""
    ties: str = "drop"
    min_margin: float | None = None
    gold: Path | None = None
    references: Path | None = None
    gold_target: float | None = None
    gold_least: int = LEAST_ANSWERS
    train_on_gold: bool = False
    trust_flags: bool = False
    scoring: bool = False
    predictions: bool = False
    lint: bool = False
    history: Path | None = None
    batch: str = ""
    boxes: str = ""
    media: list[str] = []
    media_base: str = ""
    media_folder: str = "images"
    oversize: str = "refuse"
    allow_private: bool = False
    anchoring: bool = False
    lot: Lot | None = None

    @property
    def rule(self) -> str:
        """The name of the consensus rule."""
        return self.consensus or self.template.quality.consensus or "majority"

    @property
    def asked_gold(self) -> float | None:
        """The gold target; None where none is asked."""
        return self.template.quality.gold_target if self.gold_target is None else self.gold_target

    @property
    def deciding(self) -> dict[str, Any]:
        """The settings that decide what comes out, for the manifest."""
        return {
            "consensus": self.rule,
            "split": list(self.split),
            "seed": self.seed,
            "min_agreement": self.min_agreement,
            "measure": self.measure,
            "allow_loss": self.allow_loss,
            "allow_unmeasured": self.allow_unmeasured,
            "gate": not self.no_gate,
            "think_tag": self.think_tag,
            "ties": self.ties,
            "min_margin": self.min_margin,
            "gold": _digest(self.gold),
            "references": _digest(self.references),
            "gold_target": self.asked_gold,
            "gold_least": self.gold_least,
            "train_on_gold": self.train_on_gold,
            "trust_flags": self.trust_flags,
            "predictions": self.predictions,
            "boxes": None,  # where there are some, the run tells how they were written, and media made ready
            "media": None,
        }


def _digest(path: Path | None) -> str:
    """The SHA-256 of a file of known answers; empty without one."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path is not None else ""
