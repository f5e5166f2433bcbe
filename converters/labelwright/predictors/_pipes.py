"""How pipelines of transformers are asked so that nothing of an item is left unread without a word.

Left to itself, a pipeline cuts what is too long for its model: of a text that names are looked for in, and
of one that labels are chosen for without training, the end; of sounds, Whisper refuses what is longer than
30 s. As of transformers 4.46 to 5.23.
"""

from __future__ import annotations

from typing import Any

from labelwright.problems import Place, Problem, ProblemType

OVERLAP = 64  # tokens that two pieces of a long text have in common
NO_LIMIT = 1_000_000  # tokens from which on a limit means that a tokenizer knows none

TEXT_LONG = ProblemType(
    "hugging-face.text-too-long",
    "A text is longer than a model can take",
    "the text has {tokens} tokens; the model takes {limit}",
    "Cut it into shorter items, or choose a model that takes longer ones.",
)


def limit_of(pipe: Any) -> int:
    """The tokens that a text may have; 0 where that is not known."""
    limit = getattr(getattr(pipe, "tokenizer", None), "model_max_length", None)
    return int(limit) if isinstance(limit, int | float) and 0 < limit < NO_LIMIT else 0


def more(pipe: Any, task: str) -> dict[str, Any]:
    """What a pipeline is told beside what it is given."""
    limit = limit_of(pipe)
    if task == "text-classification":
        return {"top_k": None}
    if task == "image-classification":  # None would be five
        return {"top_k": len(pipe.model.config.id2label)}
    if task == "token-classification":
        pieces = {"stride": min(OVERLAP, limit // 4)} if limit and pipe.tokenizer.is_fast else {}
        return {"aggregation_strategy": "simple", **pieces}
    if task == "object-detection":
        return {"threshold": 0.0}  # ours is the one that counts
    if getattr(pipe, "type", "") == "seq2seq_whisper":
        return {"return_timestamps": True}  # else it takes no more than 30 s
    return {}


def too_long(pipe: Any, task: str, text: str, labels: list[str], place: Place) -> Problem | None:
    """What is wrong with a text that the pipeline would not read to its end.

    ``labels`` are those that a pipeline without training puts beside the text, each in a sentence.
    """
    limit = limit_of(pipe)
    if not limit or "stride" in more(pipe, task):
        return None
    room = limit - max((_tokens(pipe, f"This example is {label}.") for label in labels), default=0)
    tokens = _tokens(pipe, text)
    return TEXT_LONG.at(place, tokens=tokens, limit=room) if tokens > room else None


def _tokens(pipe: Any, text: str) -> int:
    return len(pipe.tokenizer(text, truncation=False, verbose=False)["input_ids"])
