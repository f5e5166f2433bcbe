"""Pipelines of Hugging Face's transformers, with weights from a folder of the user's own.

Nothing is downloaded unless ``download`` is yes, code that comes with weights is never run, and weights are
read as safetensors alone. Labels are those of the model's configuration, mapped to the project's as all are.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from labelwright.contracts import Asked, Guess, Query
from labelwright.predictors._extras import agreed, needed, number
from labelwright.predictors._kept import DIGITS, digest, words
from labelwright.predictors._pictures import Picture, drawable, picture_of
from labelwright.predictors._pipes import more, too_long
from labelwright.predictors._sounds import RATE, Sound
from labelwright.problems import DataError, Place, Problem, ProblemType, UsageError
from labelwright.records import Kind, Shape, Span, Value

_WHOLES = (Kind.CHOICE, Kind.CHOICES)
ZERO_SHOT = "zero-shot-classification"
TASKS: Mapping[str, tuple[str, tuple[Kind, ...]]] = {
    "text-classification": ("text", _WHOLES),
    ZERO_SHOT: ("text", _WHOLES),
    "token-classification": ("text", (Kind.SPANS,)),
    "image-classification": ("image", _WHOLES),
    "object-detection": ("image", (Kind.SHAPES,)),
    "image-to-text": ("image", (Kind.TEXT,)),
    "automatic-speech-recognition": ("audio", (Kind.TRANSCRIPT, Kind.TEXT)),
}
SIDE = 2048  # pixels of an image's longer side; models scale it down further
READ = 1_000_000  # characters
LONGEST = 1800  # seconds of a sound that is held in memory
_EDGE = 1 << 16  # bytes of a file's beginning and end that tell it from another

TOO_LONG = ProblemType(
    "hugging-face.sound-too-long",
    "A sound is longer than a speech model is given",
    "the sound has more than {limit} s",
    "Cut it into shorter items.",
)


class HuggingFace:
    """See the module."""

    name = "hugging-face"
    title = "Hugging Face pipelines"
    version = "1"
    extra = "hugging-face"
    remote = True
    inputs = ("text", "image", "audio")
    kinds = (Kind.CHOICE, Kind.CHOICES, Kind.SPANS, Kind.SHAPES, Kind.TEXT, Kind.TRANSCRIPT)
    options: ClassVar[dict[str, tuple[str, str]]] = {
        "task": ("", f"one of {', '.join(TASKS)}"),
        "model": ("", "the folder with the model: config.json, model.safetensors and what goes with them"),
        "threshold": ("0.5", "the score from which one of several labels, a mark or a box is given"),
        "device": ("cpu", "where it runs: cpu, cuda, cuda:1, mps"),
        "batch": ("8", "items at a time"),
        "download": ("no", "yes: model may be a name, and is downloaded"),
    }
    modules = ("transformers", "torch", "PIL")
    beside = ("torch",)  # which build of it is right depends on the machine
    paths = ("model",)
    incidental = ("device", "batch", "download")

    def __init__(self, asked: Asked) -> None:
        """Load the model. Raises ``UsageError`` for what is not there or does not fit the template."""
        self._asked = asked
        self._task = asked.option("task")
        if self._task not in TASKS:
            raise UsageError(f"which task? set the option task to one of {', '.join(TASKS)}")
        self._type, kinds = TASKS[self._task]
        self._threshold = number("threshold", asked.option("threshold"), 0, 1)
        self.batch = int(number("batch", asked.option("batch"), 1, 4096))
        self._inputs = [n for n in asked.inputs if asked.template.inputs[n].type == self._type]
        controls = [n for n in asked.controls if asked.template.controls[n].kind in kinds]
        if Kind.SHAPES in kinds and controls:
            controls = [n for n in drawable(asked, ("box",)) if n in controls]
        if not self._inputs or not controls:
            answers = " or ".join(kinds)
            raise UsageError(
                f"{self._task} reads {self._type} and answers {answers}; the template asks otherwise"
            )
        self._controls = controls
        unnamed = [n for n in controls if self._task == ZERO_SHOT and not asked.template.controls[n].labels]
        if unnamed:
            raise UsageError(f"control {unnamed[0]!r} has no labels to choose from")
        self._pipe = _pipeline(asked, self._task)
        found = getattr(getattr(self._pipe.model, "config", None), "id2label", None) or {}
        self.labels = _labels(found.values(), self._task)

    @staticmethod
    def fingerprint(asked: Asked) -> str:
        """A digest of the model's files: their names, sizes, beginnings and ends."""
        folder = Path(asked.option("model"))
        if not folder.is_dir():
            return digest(asked.option("model").encode())  # what is downloaded has its name alone
        return digest(*(_edges(path) for path in sorted(folder.iterdir()) if path.is_file()))

    def predict(self, batch: Sequence[Query]) -> list[Guess | Problem]:
        """What the model says of each item; those whose file cannot be had are told."""
        found: list[Guess | Problem] = [Guess({}) for _ in batch]
        for control in self._controls:
            able: list[int] = []
            given: list[Any] = []
            for n, query in enumerate(batch):
                try:
                    one = self._given(query, control)
                except DataError as error:
                    found[n] = error.problem
                    continue
                if one is not None and not isinstance(found[n], Problem):
                    able.append(n)
                    given.append(one)
            for n, one, said in zip(
                able, given, self._said(given, [batch[n] for n in able], control), strict=True
            ):
                guess = found[n]
                assert isinstance(guess, Guess)
                self._answer(guess, batch[n], control, one, said)
        return found

    def _given(self, query: Query, control: str) -> Any:
        """What the pipeline is given of an item: words, a ``Picture`` or samples; None: it has nothing."""
        named = self._asked.template.controls[control].input
        name = (
            named
            if named in self._inputs
            else next((n for n in self._inputs if query.item.inputs.get(n)), "")
        )
        if not name or not query.item.inputs.get(name):
            return None
        if self._type == "image":
            return picture_of(query, name, SIDE)
        if self._type == "audio":
            return _samples(query, name)
        text = (
            query.text(name)
            if self._task == "token-classification"
            else words(query, self._asked, control, READ)
        )
        if not text.strip():
            return None
        text = text.encode("utf-8", "replace").decode()
        offered = query.labels(control) if self._task == ZERO_SHOT else []
        long = too_long(
            self._pipe, self._task, text, offered, Place(item=str(query.item.key), control=control)
        )
        if long is not None:
            raise DataError(long)
        return text

    def _said(self, given: list[Any], queries: Sequence[Query], control: str) -> list[Any]:
        """What the pipeline says of each."""
        if not given:
            return []
        if self._task == ZERO_SHOT:
            several = self._asked.template.controls[control].kind is Kind.CHOICES
            asked = zip(given, queries, strict=True)
            return [self._pipe(t, candidate_labels=q.labels(control), multi_label=several) for t, q in asked]
        if self._type == "image":
            from PIL import Image

            given = [Image.fromarray(one.pixels) for one in given]
        elif self._type == "audio":
            given = [{"raw": one, "sampling_rate": RATE} for one in given]
        return list(self._pipe(given, batch_size=self.batch, **more(self._pipe, self._task)))

    def _answer(self, guess: Guess, query: Query, control: str, given: Any, said: Any) -> None:
        kind = query.template.controls[control].kind
        if self._task == ZERO_SHOT:
            said = [{"label": a, "score": b} for a, b in zip(said["labels"], said["scores"], strict=True)]
        value: Value
        if kind in _WHOLES:
            value, score = self._chosen(kind, said)
            if score is not None:
                guess.scores[control] = score
            guess.shares[control] = {one["label"]: _score(one) for one in said}
        elif kind is Kind.SPANS:
            value = tuple(
                Span(int(one["start"]), int(one["end"]), one["entity_group"], score=_score(one))
                for one in said
                if _score(one) >= self._threshold
            )
        elif kind is Kind.SHAPES:
            value = tuple(shape for one in said if (shape := self._shape(one, given)) is not None)
        else:
            value = said["text"] if self._type == "audio" else said[0]["generated_text"]
            if not value.strip():
                return
            value = value.strip()
        if value is not None:
            guess.answers[control] = value

    def _chosen(self, kind: Kind, said: list[dict[str, Any]]) -> tuple[Value | None, float | None]:
        """The likeliest label; or all that are likely enough, as sure as the least sure of them."""
        if kind is Kind.CHOICES:
            kept = [one for one in said if _score(one) >= self._threshold]
            scores = [_score(one) for one in kept]
            return tuple(sorted(one["label"] for one in kept)), min(scores) if scores else None
        best = max(said, key=_score, default=None)
        return (best["label"], _score(best)) if best is not None else (None, None)

    def _shape(self, one: dict[str, Any], picture: Picture) -> Shape | None:
        if _score(one) < self._threshold:
            return None
        box = picture.box(*(one["box"][side] for side in ("xmin", "ymin", "xmax", "ymax")))
        return Shape(box, one["label"], score=_score(one)) if box is not None else None


_SAFE = {"use_safetensors": True}  # weights in other forms can hold code


def _score(one: Mapping[str, Any]) -> float:
    return round(float(one["score"]), DIGITS)


def _pipeline(asked: Asked, task: str) -> Any:
    """The pipeline. Raises ``UsageError``."""
    name, download = asked.option("model"), agreed("download", asked.option("download"))
    local = Path(name).is_dir()
    if not name or not (local or download):
        raise UsageError(f"option model is {name!r}, which is no folder; a name needs download set to yes")
    if local and not (Path(name) / "config.json").is_file():
        raise UsageError(f"{name} holds no model: it has no config.json")
    needed(HuggingFace.extra, "transformers", "PIL")
    if find_spec("torch") is None:
        raise UsageError("pipelines need PyTorch, in the build that fits the machine: pip install torch")
    if not download:
        os.environ["HF_HUB_OFFLINE"] = "1"  # read when the library is imported
    import transformers

    if task not in transformers.pipelines.SUPPORTED_TASKS:
        raise UsageError(f"transformers {transformers.__version__} has no task {task}: another version may")
    try:
        return transformers.pipeline(
            task, model=name, device=asked.option("device"), trust_remote_code=False, model_kwargs=_SAFE
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise UsageError(f"{name} cannot be loaded for {task}: {str(error)[:300]}") from None


def _labels(found: Any, task: str) -> tuple[str, ...]:
    """The labels of a model; empty where it answers with the project's, or in words."""
    if task in (ZERO_SHOT, "image-to-text", "automatic-speech-recognition"):
        return ()
    if task != "token-classification":
        return tuple(dict.fromkeys(map(str, found)))
    bare = (one[2:] if one[:2] in ("B-", "I-") else one for one in map(str, found))
    return tuple(dict.fromkeys(one for one in bare if one != "O"))


def _samples(query: Query, name: str) -> Any:
    import numpy as np

    sound, found = Sound(query, name), []
    for n, window in enumerate(sound.windows(RATE, 1)):
        if n >= LONGEST:
            raise DataError(TOO_LONG.at(Place(item=str(query.item.key), path=name), limit=LONGEST))
        found.append(window[:, 0])
    return np.concatenate(found) if found else None


def _edges(path: Path) -> bytes:
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_EDGE)
        file.seek(max(0, size - _EDGE))
        return f"{path.name} {size}\n".encode() + head + file.read(_EDGE)


plugin = HuggingFace
