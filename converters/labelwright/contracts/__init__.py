"""What plugins and templates promise: small protocols and the values they exchange.

A new tool is a folder, a new template a folder, a new dialect, format or consensus rule a file. Each
is found by scanning (see ``registry``) and covered by the contract tests.
"""

from __future__ import annotations

from labelwright.contracts.consensus import (
    AnnotatorModel,
    AnyRule,
    ConsensusRule,
    Decision,
    Evidence,
    FittedModel,
    FittedRule,
    ModelRule,
    Outvoted,
    Patterns,
    Question,
)
from labelwright.contracts.datasets import DatasetTool
from labelwright.contracts.hooks import Heard, Hooks, Registered, Server
from labelwright.contracts.media import (
    EMBED,
    FILE,
    LINK,
    MediaRoom,
    MediaRules,
    Notation,
    Prepared,
    count_places,
    places_in,
)
from labelwright.contracts.outputs import (
    Broken,
    Dataset,
    Dialect,
    FileRules,
    FolderChecked,
    FolderFormat,
    Format,
    SidedFormat,
)
from labelwright.contracts.templates import (
    Checks,
    Control,
    ExampleSpec,
    Input,
    Lint,
    Quality,
    SkeletonSpec,
    Template,
)
from labelwright.contracts.tools import (
    Infers,
    Source,
    SourceControls,
    TellsControls,
    Tool,
)

__all__ = [
    "EMBED",
    "FILE",
    "LINK",
    "AnnotatorModel",
    "AnyRule",
    "Broken",
    "Checks",
    "ConsensusRule",
    "Control",
    "Dataset",
    "DatasetTool",
    "Decision",
    "Dialect",
    "Evidence",
    "ExampleSpec",
    "FileRules",
    "FittedModel",
    "FittedRule",
    "FolderChecked",
    "FolderFormat",
    "Format",
    "Heard",
    "Hooks",
    "Infers",
    "Input",
    "Lint",
    "MediaRoom",
    "MediaRules",
    "ModelRule",
    "Notation",
    "Outvoted",
    "Patterns",
    "Prepared",
    "Quality",
    "Question",
    "Registered",
    "Server",
    "SidedFormat",
    "SkeletonSpec",
    "Source",
    "SourceControls",
    "TellsControls",
    "Template",
    "Tool",
    "count_places",
    "places_in",
]
