"""TRL unpaired preference rows (KTO): a prompt, one answer, and whether it is wanted.

A pair gives two rows. An answer that nobody judged good or bad gets the label null, which is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labelwright.contracts import Broken, Dialect
from labelwright.dialects._chat import written
from labelwright.dialects._compared import ComparedDialect, along
from labelwright.dialects._messages import ends_with_assistant, has_content, has_user, one_system_first
from labelwright.dialects._pairs import not_blank, thinks
from labelwright.dialects._rules import broken, known_keys, rule
from labelwright.dialects._targets import said
from labelwright.dialects._tool_calls import tool_calls
from labelwright.dialects.trl_prompt_completion import TWO_KINDS, prompt_ends
from labelwright.examples import Example, Rated

NO_VERDICT = rule(
    "rated.no-verdict",
    "An answer was not judged good or bad",
    "nobody said whether the answer is wanted",
    "Have the answer judged, or say in the template which ratings are good enough.",
)
_GOOD = (ends_with_assistant, has_user, one_system_first, has_content, tool_calls, said)
_BAD = (ends_with_assistant, has_user, one_system_first, has_content, tool_calls)
_KNOWN = known_keys("prompt", "completion", "label", "tools", "chat_template_kwargs", "images", "image")


class TrlUnpaired(ComparedDialect):
    """One answer per row."""

    name = "trl-unpaired"
    title = "TRL unpaired preference (KTO)"
    reference = "https://huggingface.co/docs/trl/dataset_formats#unpaired-preference"
    kinds = frozenset({"rated"})

    def row(self, example: Example) -> dict[str, Any]:
        """A prompt, an answer and a verdict; null where there is none."""
        assert isinstance(example, Rated)
        every = written([*example.prompt, example.response], self.think_tag)
        return {"prompt": every[:-1], "completion": every[-1:], "label": example.desirable}

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        if not isinstance(row, dict):
            return
        yield from _KNOWN(row)
        if "label" in row and row["label"] is None:
            yield broken(NO_VERDICT, "label")
        prompt, answer = row.get("prompt"), row.get("completion")
        if isinstance(prompt, list) and isinstance(answer, list):
            yield from prompt_ends(prompt)
            rules = _GOOD if row.get("label") is True else _BAD
            yield from along([("prompt", prompt), ("completion", answer)], rules)
        elif isinstance(prompt, str) and isinstance(answer, str):
            yield from not_blank("prompt", "completion")(row)
            if row.get("label") is True:
                yield from thinks("completion")(row)
        elif isinstance(prompt, str | list) and isinstance(answer, str | list):
            yield broken(TWO_KINDS, "completion")

    def pair(self, row: Any) -> tuple[Any, Any] | None:
        """What is judged, and the verdict."""
        if not isinstance(row, dict) or "label" not in row:
            return None
        return [row.get("prompt"), row.get("completion")], row["label"]

    def shape(self, row: Any) -> str:
        """Strings or messages."""
        return "strings" if isinstance(row, dict) and isinstance(row.get("prompt"), str) else "messages"


plugin: Dialect = TrlUnpaired()
