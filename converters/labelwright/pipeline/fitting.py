"""Whether a target fits a template and the options of a run."""

from __future__ import annotations

from labelwright.contracts import Format, Template
from labelwright.dialects._targets import TAGS
from labelwright.examples import NONE, reachable
from labelwright.pipeline.pairs import KEEP, POLICIES
from labelwright.pipeline.settings import Settings
from labelwright.problems import UsageError
from labelwright.registry import dialect_of, dialects, formats

USUAL = "percent"


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
    dialect = dialect_of(settings.target)
    given, name = template.example.kind, template.name
    fits = (
        _holds(formats()[settings.target], template) if dialect is None else reachable(given, dialect.kinds)
    )
    if fits:
        return
    written = [n for n, d in dialects().items() if reachable(given, d.kinds)]
    held = [name for name, form in formats().items() if _holds(form, template)]
    if dialect is not None:
        gives = "none" if given == NONE else f"{given} examples"
        raise UsageError(
            f"{settings.target} takes {_listed(dialect.kinds)} examples and template {name} gives "
            f"{gives}; these fit: {', '.join(written or held) or 'no target'}"
        )
    asked = sorted({c.kind.value for c in template.controls.values()})
    raise UsageError(
        f"{settings.target} holds no answers of the kinds that template {name} asks "
        f"({', '.join(asked)}); these do: {', '.join([*written, *held])}"
    )


def _holds(form: Format, template: Template) -> bool:
    """Whether a format takes an answer that the template asks, and an input that it shows."""
    needed: frozenset[str] = getattr(form, "inputs", frozenset())
    shown = {given.type for given in template.inputs.values()}
    asked = {control.kind for control in template.controls.values()}
    return bool(asked & form.kinds) and (not needed or bool(shown & needed))


def _listed(kinds: frozenset[str]) -> str:
    return " or ".join(sorted(kinds))


def check_ties(settings: Settings) -> None:
    """Refuse a policy for ties that is unknown or that the target cannot hold. Raises ``UsageError``."""
    if settings.ties not in POLICIES:
        raise UsageError(f"--ties {settings.ties}: give one of {', '.join(POLICIES)}")
    if settings.ties == KEEP:
        holding = [n for n, d in dialects().items() if getattr(d, "holds_ties", False)]
        if settings.target not in holding:
            raise UsageError(f"{settings.target} holds no ties; these do: {', '.join(holding) or 'none'}")


def check_gate(template: Template, measure: str = "") -> None:
    """Refuse a gate that asks for nothing, or for a measure that nobody knows. Raises ``UsageError``."""
    asked = measure or template.quality.measure
    if asked != USUAL:
        from labelwright.agreement.catalogue import measures  # late: it imports all of them

        if asked not in measures():
            raise UsageError(f"no measure is called {asked!r}; there are: {', '.join(measures())}")
    where = f"{template.folder}/template.toml: [quality]"
    unknown = [name for name in template.quality.gate if name not in template.controls]
    if unknown:
        raise UsageError(f"{where} gate names {', '.join(unknown)}; controls: {', '.join(template.controls)}")
