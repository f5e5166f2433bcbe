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
    Patterns,
    Question,
)
from labelwright.contracts.outputs import (
    Broken,
    Dialect,
    FileRules,
    FolderFormat,
    Format,
)
from labelwright.contracts.templates import (
    Checks,
    Control,
    ExampleSpec,
    Input,
    Lint,
    Quality,
    Template,
)
from labelwright.contracts.tools import (
    Source,
    Tool,
)

__all__ = [
    "AnnotatorModel",
    "AnyRule",
    "Broken",
    "Checks",
    "ConsensusRule",
    "Control",
    "Decision",
    "Dialect",
    "Evidence",
    "ExampleSpec",
    "FileRules",
    "FittedModel",
    "FittedRule",
    "FolderFormat",
    "Format",
    "Input",
    "Lint",
    "ModelRule",
    "Patterns",
    "Quality",
    "Question",
    "Source",
    "Template",
    "Tool",
]
