"""Pipelines of transformers. A stand-in answers as its version 5.23 does with tiny models."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from chatting import codes, question, small
from photos import encoded
from PIL import Image
from seeing import Held
from voices import silence, wav

from labelwright.contracts import Control, Input, Outcome, Query, Template
from labelwright.geometry.shapes import Box
from labelwright.predicting.binding import bind
from labelwright.predicting.finding import find
from labelwright.predicting.model import Model
from labelwright.predictors import _extras, hugging_face
from labelwright.records import Item, ItemKey, Kind

MOOD = small(mood=Control(Kind.CHOICE, ["Positive", "NEGATIVE"]))
TAGS = small(tags=Control(Kind.CHOICES, ["a", "b"]))
NAMES = small(names=Control(Kind.SPANS, ["PER", "LOC"]))
PHOTO = encoded(Image.new("RGB", (400, 200)))


def of_image(**controls: Control) -> Template:
    return Template("seen", inputs={"image": Input("image")}, controls=controls)


class Words:
    """Tokens are words, and one at each end; a model takes twelve."""

    model_max_length = 12
    is_fast = True

    def __call__(self, text: str, truncation: bool, verbose: bool) -> dict[str, list[int]]:
        assert not truncation and not verbose
        return {"input_ids": [0] * (len(text.split()) + 2)}


class Pipe:
    """Answers in the shapes of the real one, and keeps what it was given."""

    def __init__(self, task: str, **how: Any) -> None:
        self.task, self.how, self.calls = task, how, []  # type: ignore[var-annotated]
        ids = {
            "token-classification": {0: "O", 1: "B-PER", 2: "I-PER", 3: "B-LOC"},
            "object-detection": {0: "CAT"},
        }
        found = ids.get(task, {0: "POSITIVE", 1: "NEGATIVE"})
        self.model = SimpleNamespace(config=SimpleNamespace(id2label=found))
        self.tokenizer = Words()
        self.type = "seq2seq_whisper" if task == "automatic-speech-recognition" else None

    def __call__(self, given: Any, **how: Any) -> Any:
        self.calls.append((given, how))
        if self.task == "zero-shot-classification":
            labels = how["candidate_labels"]
            return {"sequence": given, "labels": labels[::-1], "scores": [0.75, 0.25]}
        if any(one == "broken" for one in given if isinstance(one, str)):
            raise RuntimeError("index out of range in self")
        return [self.one(given) for given in given]

    def one(self, given: Any) -> Any:
        if self.task in ("text-classification", "image-classification"):
            return [{"label": "POSITIVE", "score": 0.503197431564331}, {"label": "NEGATIVE", "score": 0.4968}]
        if self.task == "token-classification":
            return [
                {"entity_group": "PER", "score": np.float32(0.9816), "word": "angela", "start": 2, "end": 8},
                {"entity_group": "LOC", "score": np.float32(0.2658), "word": "in", "start": 9, "end": 11},
            ]
        if self.task == "object-detection":
            box = {"xmin": 20, "ymin": 12, "xmax": 60, "ymax": 37}
            return [{"score": s, "label": "CAT", "box": box} for s in (0.9, 0.1)]
        if self.task == "image-to-text":
            return [{"generated_text": " a blue plane "}]
        return {"text": f" {len(given['raw'])} samples at {given['sampling_rate']}"}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Pipe]]:
    """The pipelines that were made of the stand-in."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "")  # so that it is as before afterwards
    monkeypatch.delenv("HF_HUB_OFFLINE")
    pipes: list[Pipe] = []

    def pipeline(task: str, **how: Any) -> Pipe:
        if how["model"].endswith("broken"):
            raise OSError("Error no file named model.safetensors found")
        pipes.append(Pipe(task, **how))
        return pipes[-1]

    library = ModuleType("transformers")
    tasks = SimpleNamespace(SUPPORTED_TASKS=dict.fromkeys(hugging_face.TASKS))
    vars(library).update(pipeline=pipeline, pipelines=tasks, __version__="5.23.0")
    standing = {"transformers": library, "torch": ModuleType("torch")}
    for name, stand_in in standing.items():
        stand_in.__spec__ = ModuleSpec(name, None)
    before: dict[str, ModuleType | None] = {name: sys.modules.get(name) for name in standing}
    sys.modules.update(standing)
    try:
        yield pipes
    finally:
        for name, module in before.items():
            if module is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(bytes(1000))
    return tmp_path


def model(template: Template, folder: Path, task: str, **options: Any) -> Model:
    given = {"task": task, "model": folder, **options}
    kind = find("hugging-face")
    found = Model("hf", kind, bind(kind, template, options={k: str(v) for k, v in given.items()}))
    found.load()
    return found


def one(found: Model, **inputs: Any) -> Outcome:
    assert found.state == "ready", found.reason
    (outcome,) = found.predict([question(found.template, files=PHOTO, **inputs)])
    return outcome


def test_a_text_gets_its_likeliest_label(made: list[Pipe], weights: Path) -> None:
    found = model(MOOD, weights, "text-classification")
    outcome = one(found, text="Fine \ud800")
    assert outcome.answers == {"mood": "Positive"} and outcome.score == 0.5032 and outcome.problems == []
    (pipe,) = made
    assert pipe.how["trust_remote_code"] is False and pipe.how["device"] == "cpu"
    assert pipe.how["model_kwargs"] == {"use_safetensors": True}
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    assert pipe.calls == [(["Fine ?"], {"batch_size": 8, "top_k": None})]
    assert found.labels == ("POSITIVE", "NEGATIVE")


def test_items_go_in_batches_and_one_that_fails_costs_no_other(made: list[Pipe], weights: Path) -> None:
    found = model(MOOD, weights, "text-classification", batch=4)
    texts = ["a", "b", "c", "d", "e", "broken", "f"]
    outcomes = found.predict([question(MOOD, str(n), text=t) for n, t in enumerate(texts)])
    assert [len(given) for given, _ in made[0].calls] == [4, 3, 1, 1, 1]
    assert [codes(o) for o in outcomes] == [[]] * 5 + [["predictor.item-failed"]] + [[]]


def test_several_labels_are_those_above_the_threshold(made: list[Pipe], weights: Path) -> None:
    template = small(tags=Control(Kind.CHOICES, ["POSITIVE", "NEGATIVE"]))
    assert one(model(template, weights, "text-classification"), text="a").answers == {"tags": ("POSITIVE",)}
    low = one(model(template, weights, "text-classification", threshold=0.1), text="a")
    assert low.answers == {"tags": ("NEGATIVE", "POSITIVE")} and low.score == 0.4968
    assert one(model(template, weights, "text-classification", threshold=0.9), text="a").answers == {
        "tags": ()
    }


def test_zero_shot_chooses_among_the_projects_labels(made: list[Pipe], weights: Path) -> None:
    outcome = one(model(TAGS, weights, "zero-shot-classification"), text="t")
    assert outcome.answers == {"tags": ("b",)} and outcome.score == 0.75
    assert made[0].calls == [("t", {"candidate_labels": ["a", "b"], "multi_label": True})]
    free = small(mood=Control(Kind.CHOICE))
    assert "no labels to choose from" in model(free, weights, "zero-shot-classification").reason


def test_names_are_spans_in_code_points(made: list[Pipe], weights: Path) -> None:
    found = model(NAMES, weights, "token-classification")
    outcome = one(found, text="😀 Angela in Berlin")
    assert outcome.answers is not None and outcome.problems == []
    assert [(x.start, x.end, x.label, x.text, x.score) for x in outcome.answers["names"]] == [
        (2, 8, "PER", "Angela", 0.9816)
    ]
    assert found.labels == ("PER", "LOC")
    assert made[0].calls[0][1]["aggregation_strategy"] == "simple"


def test_names_are_looked_for_in_the_whole_of_a_long_text(made: list[Pipe], weights: Path) -> None:
    """Left to itself, the pipeline reads as many tokens as the model takes and drops the others."""
    found = model(NAMES, weights, "token-classification")
    assert codes(one(found, text="😀 Angela " + "in Berlin " * 40)) == []
    assert made[0].calls[0][1]["stride"] == 3
    made[0].tokenizer.is_fast = False
    long = one(found, text="😀 Angela " + "in Berlin " * 40)
    assert codes(long) == ["hugging-face.text-too-long"] and len(made[0].calls) == 1
    made[0].tokenizer.model_max_length = int(1e30)
    assert codes(one(found, text="😀 Angela " + "in Berlin " * 40)) == []
    assert "stride" not in made[0].calls[-1][1]


@pytest.mark.parametrize(
    ("task", "words", "said"),
    [
        ("text-classification", 11, "the text has 13 tokens; the model takes 12"),
        ("zero-shot-classification", 5, "the text has 7 tokens; the model takes 6"),
    ],
)
def test_a_text_that_would_be_cut_is_told(
    task: str, words: int, said: str, made: list[Pipe], weights: Path
) -> None:
    found = model(TAGS, weights, task)
    (problem,) = one(found, text="word " * words).problems
    assert problem.code == "hugging-face.text-too-long" and problem.message == said
    assert made[0].calls == []
    short = [question(TAGS, str(n), text="word " * count) for n, count in enumerate((words, words - 1))]
    assert [p.code for p in found.predict(short)[0].problems] == ["hugging-face.text-too-long"]
    assert len(made[0].calls) == 1


def test_what_it_hesitates_between_is_told(made: list[Pipe], weights: Path) -> None:
    outcome = one(model(MOOD, weights, "text-classification"), text="a")
    assert outcome.shares == {"mood": {"Positive": 0.5032, "NEGATIVE": 0.4968}}
    asked = one(model(TAGS, weights, "zero-shot-classification"), text="t")
    assert asked.shares == {"tags": {"b": 0.75, "a": 0.25}}
    named = one(model(NAMES, weights, "token-classification"), text="😀 Angela in Berlin")
    assert named.shares == {}


def test_images_are_classified_found_in_and_described(made: list[Pipe], weights: Path) -> None:
    kinds = of_image(mood=Control(Kind.CHOICE, ["POSITIVE"]))
    assert one(model(kinds, weights, "image-classification"), image="a.png").answers == {"mood": "POSITIVE"}
    assert made[0].calls[0][1]["top_k"] == 2  # all; left unsaid, it would be five
    things = of_image(things=Control(Kind.SHAPES, ["CAT"], shapes=["box"]))
    outcome = one(model(things, weights, "object-detection"), image="a.png")
    assert outcome.answers is not None and outcome.sizes == {"image": (400, 200)}
    assert [(x.geometry, x.label, x.score) for x in outcome.answers["things"]] == [
        (Box(20, 12, 40, 25), "CAT", 0.9)
    ]
    words = of_image(words=Control(Kind.TEXT))
    described = one(model(words, weights, "image-to-text"), image="a.png")
    assert described.answers == {"words": "a blue plane"} and described.score is None
    assert made[0].calls[0][0][0].size == (400, 200)


def test_boxes_lie_on_the_image_though_it_was_shown_smaller(
    made: list[Pipe], weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hugging_face, "SIDE", 100)
    things = of_image(things=Control(Kind.SHAPES, ["CAT"], shapes=["box"]))
    outcome = one(model(things, weights, "object-detection"), image="a.png")
    assert outcome.answers is not None
    assert outcome.answers["things"][0].geometry == Box(80, 48, 160, 100)


def test_an_image_that_cannot_be_read_costs_its_item_alone(made: list[Pipe], weights: Path) -> None:
    kinds = of_image(mood=Control(Kind.CHOICE, ["POSITIVE"]))
    found = model(kinds, weights, "image-classification")
    data = [PHOTO, PHOTO[:-60], b"", PHOTO]
    given = [
        Query(Item(ItemKey("", "", str(n)), {"image": "a.png"}, []), kinds, files=Held(one))
        for n, one in enumerate(data)
    ]
    outcomes = found.predict(given)
    assert [codes(o) for o in outcomes] == [[], ["media.truncated"], ["media.empty"], []]
    assert len(made[0].calls) == 1 and len(made[0].calls[0][0]) == 2


def test_a_sound_is_written_down(made: list[Pipe], weights: Path) -> None:
    template = Template(
        "heard", inputs={"audio": Input("audio")}, controls={"words": Control(Kind.TRANSCRIPT)}
    )
    found = model(template, weights, "automatic-speech-recognition")
    query = question(template, files=wav(silence(2.0)), audio="a.wav")
    (outcome,) = found.predict([query])
    assert outcome.answers == {"words": "32000 samples at 16000"}
    assert made[0].calls[0][1]["return_timestamps"] is True  # Whisper refuses more than 30 s without


@pytest.mark.parametrize(
    ("template", "options", "reason"),
    [
        (MOOD, {"task": ""}, "which task"),
        (MOOD, {"task": "fill-mask"}, "which task"),
        (MOOD, {"task": "token-classification"}, "answers spans; the template asks otherwise"),
        (NAMES, {"task": "text-classification"}, "the template asks otherwise"),
        (MOOD, {"task": "image-classification"}, "reads image"),
        (MOOD, {"model": "bert-base-uncased"}, "a name needs download set to yes"),
        (MOOD, {"model": ""}, "which is no folder"),
        (MOOD, {"threshold": "2"}, "from 0 to 1"),
        (MOOD, {"download": "1"}, "yes or no"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    template: Template, options: dict[str, str], reason: str, made: list[Pipe], weights: Path
) -> None:
    found = model(template, weights, **{"task": "text-classification", **options})
    assert found.state == "failed" and reason in found.reason and made == []


def test_a_folder_without_a_model_is_refused(made: list[Pipe], tmp_path: Path) -> None:
    assert "no config.json" in model(MOOD, tmp_path, "text-classification").reason
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "config.json").write_text("{}")
    assert (
        "cannot be loaded for text-classification: Error no file"
        in model(MOOD, broken, "text-classification").reason
    )


def test_a_task_that_the_library_has_no_more_is_named(
    made: list[Pipe], weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules["transformers"].pipelines.SUPPORTED_TASKS, "image-to-text")
    words = of_image(words=Control(Kind.TEXT))
    assert "transformers 5.23.0 has no task image-to-text" in model(words, weights, "image-to-text").reason


def test_a_name_is_downloaded_only_if_that_is_said(made: list[Pipe], tmp_path: Path) -> None:
    found = model(MOOD, Path("some/name"), "text-classification", download="yes")
    assert found.state == "ready"
    assert "HF_HUB_OFFLINE" not in os.environ
    other = model(MOOD, Path("some/other"), "text-classification", download="yes")
    assert other.version != found.version


def test_the_files_decide_the_version(made: list[Pipe], weights: Path) -> None:
    first = model(MOOD, weights, "text-classification").version
    assert first == model(MOOD, weights, "text-classification", batch=3, device="cuda").version
    (weights / "model.safetensors").write_bytes(bytes(999) + b"x")
    assert first != model(MOOD, weights, "text-classification").version


def test_without_the_extra_it_says_so(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(missing: str) -> Callable[[str], object]:
        return lambda name: None if name == missing else ModuleSpec(name, None)

    monkeypatch.setattr(hugging_face, "find_spec", without("torch"))
    assert "pip install torch" in model(MOOD, weights, "text-classification").reason
    monkeypatch.setattr(_extras, "find_spec", without("transformers"))
    reason = model(MOOD, weights, "text-classification").reason
    assert reason == "the hugging-face extra is not installed: pip install 'labelwright[hugging-face]'"
