"""The reference page on problems: every code, what it means, what to do."""

from __future__ import annotations

from collections.abc import Iterator

from labelwright.registry import problem_types


def problems_page() -> Iterator[str]:
    """Every problem code."""
    yield "# Problems"
    yield ""
    yield "What labelwright finds wrong, by code. An error ends the run with exit code 1; a loss is what the"
    yield "target cannot hold. Words in braces are filled in."
    yield ""
    area = ""
    for code, declared in problem_types().items():
        if code.split(".")[0] != area:
            area = code.split(".")[0]
            yield from [f"## {area}", ""]
        module, kind = declared[0]
        severity = "loss" if kind.loss else kind.severity.value
        yield f"### `{code}`"
        yield ""
        yield f"{kind.title} ({severity})."
        yield ""
        yield f"- Message: `{kind.message}`"
        yield f"- Remedy: {kind.remedy}"
        yield f"- Declared in: `{module}`"
        yield ""
