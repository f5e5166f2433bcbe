"""LLaMA-Factory KTO rows (sharegpt formatting): a conversation and whether its last answer is wanted.

LLaMA-Factory takes ``kto_tag`` only where it is true or false; without one it would train the answer as
if it were wanted. An answer that nobody judged gets the tag null, which is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from labelwright.contracts import Broken, Dialect
from labelwright.dialects._llamafactory import dataset_info
from labelwright.dialects._media import TOKENS, no_files
from labelwright.dialects._rules import broken, known_keys
from labelwright.dialects.sharegpt import TAGS, ShareGpt
from labelwright.dialects.trl_unpaired import NO_VERDICT
from labelwright.examples import Example, Rated

_KNOWN = known_keys("conversations", "kto_tag", "system", "tools", *TOKENS)


class LlamaFactoryKto(ShareGpt):
    """One answer per row."""

    name = "llamafactory-kto"
    title = "LLaMA-Factory KTO (sharegpt, kto_tag)"
    kinds = frozenset({"rated"})

    def row(self, example: Example) -> dict[str, Any]:
        """A conversation and a verdict; null where there is none."""
        assert isinstance(example, Rated)
        held = no_files()
        turns = [self.turn(message, held) for message in [*example.prompt, example.response]]
        row: dict[str, Any] = {"conversations": turns, "kto_tag": example.desirable}
        return {**row, **held}

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        if not isinstance(row, dict):
            return
        yield from _KNOWN(row)
        if "kto_tag" in row and row["kto_tag"] is None:
            yield broken(NO_VERDICT, "kto_tag")
        yield from self.conversation(row, learnt=row.get("kto_tag") is True)

    def pair(self, row: Any) -> tuple[Any, Any] | None:
        """What is judged, and the verdict."""
        if not isinstance(row, dict) or "kto_tag" not in row:
            return None
        return [row.get(key) for key in ("conversations", "system", "tools", *TOKENS)], row["kto_tag"]

    def companions(self, files: Sequence[Path]) -> Mapping[str, bytes]:
        """LLaMA-Factory's entry for each training file."""
        columns = {"messages": "conversations", **{key: key for key in ("kto_tag", *TOKENS)}}
        return dataset_info(files, {"formatting": "sharegpt", "columns": columns, "tags": TAGS})


plugin: Dialect = LlamaFactoryKto()
