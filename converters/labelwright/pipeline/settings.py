"""What a run is asked to do, apart from its source and its target files."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from labelwright.contracts import Template


class Settings(Struct):
    """The options of a conversion. ``consensus`` empty: the template's rule, else majority."""

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

    @property
    def rule(self) -> str:
        """The name of the consensus rule."""
        return self.consensus or self.template.quality.consensus or "majority"
