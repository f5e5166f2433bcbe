"""Whether a target fits a template and the options of a run."""

from __future__ import annotations

from labelwright.contracts import Template
from labelwright.dialects._targets import TAGS
from labelwright.pipeline.settings import Settings
from labelwright.problems import UsageError
from labelwright.registry import dialects, formats


def check_think_tag(settings: Settings) -> None:
    """Refuse a tag that nobody knows or that the target does not write. Raises ``UsageError``."""
    if not settings.think_tag:
        return
    if settings.think_tag not in TAGS:
        raise UsageError(f"--think-tag {settings.think_tag}: give one of {', '.join(TAGS)}")
    fitting = [n for n, d in dialects().items() if hasattr(d, "think_tag")]
    if settings.target not in fitting:
        raise UsageError(f"{settings.target} takes no --think-tag; these do: {', '.join(fitting)}")


def check_kind(template: Template, settings: Settings) -> None:
    """Refuse a target that cannot hold what the template gives. Raises ``UsageError``."""
    dialect = dialects().get(settings.target)
    if dialect is not None:
        if template.example.kind not in dialect.kinds:
            fitting = [n for n, d in dialects().items() if template.example.kind in d.kinds]
            raise UsageError(
                f"{settings.target} takes no {template.example.kind} examples, which template "
                f"{template.name} gives; these do: {', '.join(fitting)}"
            )
        return
    chosen = formats()[settings.target]
    if not any(c.kind in chosen.kinds for c in template.controls.values()):
        asked = sorted({c.kind.value for c in template.controls.values()})
        fitting = [n for n, f in formats().items() if any(k in f.kinds for k in asked)]
        raise UsageError(
            f"{settings.target} holds no answers of the kinds that template {template.name} asks "
            f"({', '.join(asked)}); these do: {', '.join([*dialects(), *fitting])}"
        )


def check_gate(template: Template) -> None:
    """Refuse a gate that asks for nothing, which would let everything pass. Raises ``UsageError``."""
    where = f"{template.folder}/template.toml: [quality]"
    unknown = [name for name in template.quality.gate if name not in template.controls]
    if unknown:
        raise UsageError(f"{where} gate names {', '.join(unknown)}; controls: {', '.join(template.controls)}")
    if not 0 <= template.quality.min_agreement <= 1:
        raise UsageError(f"{where} min_agreement is {template.quality.min_agreement}; give 0 to 1")
