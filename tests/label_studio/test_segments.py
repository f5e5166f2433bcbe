"""Sounds: stretches of time, what is asked of them, and transcripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelwright.contracts import Control, Input, Source, Template
from labelwright.problems import Problems, Severity
from labelwright.records import Item, ItemKey, Kind, Segment
from labelwright.render.forms import detailed, plain
from labelwright_plugins.label_studio import plugin
from labelwright_plugins.label_studio.config import parse_config
from labelwright_plugins.label_studio.plan import drift

RECORDED = Path(__file__).parent / "recorded"
CONFIG = (RECORDED / "audio_asr_diarization.xml").read_text()
SPEECH = Template(
    "test",
    inputs={"audio": Input("audio")},
    controls={
        "speaker": Control(Kind.SEGMENTS, ["Speaker A", "Speaker B"], diarization=True),
        "transcription": Control(Kind.TRANSCRIPT, on="speaker"),
        "emotion": Control(Kind.CHOICE, ["calm", "angry"], on="speaker"),
    },
)
WHOLE = Template("test", inputs={"audio": Input("audio")}, controls={"text": Control(Kind.TRANSCRIPT)})
TIMES = {"start": 1.0, "end": 2.5, "channel": 0}


def region(control: str, value: dict[str, Any], id: str = "r", **more: Any) -> dict[str, Any]:
    type_ = {"speaker": "labels", "transcription": "textarea", "emotion": "choices", "text": "textarea"}
    return {
        "id": id,
        "from_name": control,
        "to_name": "audio",
        "type": type_[control],
        "value": value,
        "origin": "manual",
        **more,
    }


def label(times: dict[str, Any], *labels: str, id: str = "r", **more: Any) -> dict[str, Any]:
    return region("speaker", {**times, "labels": list(labels or ("Speaker A",))}, id, **more)


def read(
    folder: Path, result: list[dict[str, Any]], asked: Template = SPEECH, config: str = CONFIG
) -> tuple[dict[str, Any], Problems]:
    """The answers of one annotation of task 1 (annotation 5)."""
    path = folder / "export.json"
    annotation = {"id": 5, "completed_by": 2, "result": result}
    task = {"id": 1, "data": {"audio": "/data/upload/1/a.wav"}, "annotations": [annotation]}
    path.write_text(json.dumps([task]))
    problems = Problems()
    items = list(plugin.read(Source(str(path), label_config=config, name="export.json"), asked, problems))
    return items[0].annotations[0].answers, problems


def codes(problems: Problems) -> list[str]:
    return sorted(problems.counts)


def test_a_real_export_of_speakers_words_and_moods() -> None:
    problems = Problems()
    path = RECORDED / "audio_asr_diarization.json"
    items = list(plugin.read(Source(str(path), label_config=CONFIG, name=path.name), SPEECH, problems))
    assert not len(problems)
    first, second = items[0].annotations[:2]
    assert first.answers["speaker"] == (
        Segment(0.5178791615289766, 1.504315659679408, "Speaker A", id="uEZEo"),
    )
    assert [(s.start, s.end, s.label, s.answers) for s in second.answers["speaker"]] == [
        (0.1, 1.5, "Speaker A", (("emotion", "calm"), ("transcription", "hello there"))),
        (1.7, 3.8, "Speaker B", (("emotion", "calm"), ("transcription", "how are you"))),
    ]
    assert set(second.answers) == {"speaker"}
    assert items[0].inputs["audio"] == "/data/upload/11/73ea5253-aud0.wav"


def test_what_the_page_posted_for_a_region_and_for_a_transcript(tmp_path: Path) -> None:
    posted = json.loads((RECORDED / "page_audio_asr_diarization.json").read_text())
    answers, problems = read(tmp_path, posted["requests"][-1]["body"]["result"])
    assert [(s.label, s.channel) for s in answers["speaker"]] == [("Speaker A", 0)] and not len(problems)
    posted = json.loads((RECORDED / "page_audio_transcription.json").read_text())
    asked = Template("t", inputs=WHOLE.inputs, controls={"transcription": Control(Kind.TRANSCRIPT)})
    answers, problems = read(tmp_path, posted["requests"][-1]["body"]["result"], asked, "")
    # Enter leaves a line break behind, which is trimmed and said.
    assert answers == {"transcription": "four tones rising"}
    assert codes(problems) == ["label-studio.text-trimmed"]


def test_several_submissions_are_joined_by_line_breaks(tmp_path: Path) -> None:
    result = [region("text", {"text": ["one", "two"]})]
    answers, problems = read(tmp_path, result, WHOLE, "")
    assert answers == {"text": "one\ntwo"}
    assert codes(problems) == ["label-studio.several-texts"]


def test_everything_of_a_segment_is_kept(tmp_path: Path) -> None:
    times = {"start": 1, "end": 2.5, "channel": 1}
    more: dict[str, Any] = {"parentID": "p", "score": 0.75, "origin": "prediction"}
    answers, problems = read(tmp_path, [label(times, "Speaker B", "Speaker A", **more)])
    assert answers["speaker"] == (
        Segment(1.0, 2.5, "Speaker A", 1, "r", "p", 0.75, "prediction"),
        Segment(1.0, 2.5, "Speaker B", 1, "r", "p", 0.75, "prediction"),
    )
    assert not len(problems)


def test_a_region_without_a_label_is_a_segment_without_a_label(tmp_path: Path) -> None:
    words = region("transcription", {**TIMES, "text": ["hello"]})
    mood = region("emotion", {**TIMES, "choices": ["calm"]})
    bare = region("speaker", {**TIMES, "labels": []}, "x")
    bare["value"].update(start=3.0, end=4.0)
    answers, problems = read(tmp_path, [words, mood, bare])
    given = (("emotion", "calm"), ("transcription", "hello"))
    assert answers["speaker"] == (Segment(1.0, 2.5, id="r", answers=given), Segment(3.0, 4.0, id="x"))
    assert not len(problems)


def test_answers_go_to_their_own_region_in_whatever_order(tmp_path: Path) -> None:
    later = {"start": 5.0, "end": 6.0, "channel": 0}
    result = [
        region("transcription", {**later, "text": ["second"]}, "b"),
        label(later, "Speaker B", id="b"),
        label(TIMES, id="a"),
        region("transcription", {**TIMES, "text": ["first"]}, "a"),
    ]
    answers, problems = read(tmp_path, result)
    words = [(s.start, s.label, dict(s.answers)["transcription"]) for s in answers["speaker"]]
    assert words == [(1.0, "Speaker A", "first"), (5.0, "Speaker B", "second")]
    assert not len(problems)


def test_order_is_time_then_channel_then_label(tmp_path: Path) -> None:
    stretches = [(2.0, 3.0, 0), (1.0, 3.0, 0), (1.0, 2.0, 1), (1.0, 2.0, 0)]
    result = [
        label({"start": s, "end": e, "channel": c}, "Speaker B", "Speaker A", id=f"{n}")
        for n, (s, e, c) in enumerate(stretches)
    ]
    answers, _ = read(tmp_path, result)
    found = [(s.start, s.end, s.channel, s.label) for s in answers["speaker"]]
    assert found == sorted(found) and len(found) == 8


@pytest.mark.parametrize(
    ("times", "code"),
    [
        ({"start": -0.5, "end": 1.0}, "negative"),
        ({"start": -2.0, "end": -1.0}, "negative"),
        ({"start": 2.0, "end": 1.0}, "reversed"),
        ({"start": 2.0, "end": 2.0}, "empty"),
        ({"start": 1.0, "end": 4.002}, "outside"),
        ({"start": 1.0}, "without-time"),
        ({"end": 1.0}, "without-time"),
        ({"start": None, "end": 1.0}, "without-time"),
        ({"start": "1.0", "end": 2.0}, "without-time"),
        ({"start": True, "end": 2.0}, "without-time"),
        ({"start": [0], "end": 2.0}, "without-time"),
        ({"start": 1.0, "end": 2.0, "channel": -1}, "channel-unusable"),
        ({"start": 1.0, "end": 2.0, "channel": "left"}, "channel-unusable"),
        ({"start": 1.0, "end": 2.0, "channel": 0.5}, "channel-unusable"),
    ],
)
@pytest.mark.parametrize("labelled", [True, False])
def test_what_cannot_be_a_segment_is_set_aside_with_its_place(
    times: dict[str, Any], code: str, labelled: bool, tmp_path: Path
) -> None:
    good = label({"start": 0.0, "end": 4.001}, id="good", original_length=4)
    broken = region("transcription", {**times, "text": ["x"]}, original_length=4)
    if labelled:
        broken = label(times, original_length=4)
    answers, problems = read(tmp_path, [good, broken])
    assert [s.id for s in answers["speaker"]] == ["good"]
    assert codes(problems) == [f"label-studio.segment-{code}"]
    (found,) = problems
    place = found.place
    assert (place.item, place.annotation, place.region, place.control) == ("1", "5", "r", "speaker")
    assert found.severity is Severity.ERROR and found.remedy


def test_an_unknown_length_bounds_nothing(tmp_path: Path) -> None:
    answers, problems = read(tmp_path, [label(TIMES), label(TIMES, id="s", original_length="?")])
    assert len(answers["speaker"]) == 1
    assert codes(problems) == ["label-studio.segment-repeated"]


def test_an_unknown_label_is_set_aside_and_the_known_one_kept(tmp_path: Path) -> None:
    answers, problems = read(tmp_path, [label(TIMES, "Speaker A", "Speaker Z")])
    assert [s.label for s in answers["speaker"]] == ["Speaker A"]
    assert codes(problems) == ["label-studio.label-unknown"]


def test_parts_of_a_region_with_other_times_are_said(tmp_path: Path) -> None:
    words = region("transcription", {"start": 1.0, "end": 2.0, "channel": 0, "text": ["x"]})
    answers, problems = read(tmp_path, [label(TIMES), words])
    assert answers["speaker"] == (Segment(1.0, 2.5, "Speaker A", id="r", answers=(("transcription", "x"),)),)
    assert codes(problems) == ["label-studio.segment-times-differ"]


def test_the_same_control_twice_on_one_region_is_said(tmp_path: Path) -> None:
    words = [region("transcription", {**TIMES, "text": [t]}) for t in ("x", "y")]
    answers, problems = read(tmp_path, [label(TIMES), *words])
    assert answers["speaker"][0].answers == (("transcription", "x"),)
    assert codes(problems) == ["label-studio.region-duplicate"]


def test_no_regions_means_no_segments_not_no_answer(tmp_path: Path) -> None:
    answers, problems = read(tmp_path, [])
    assert answers == {"speaker": ()} and not len(problems)


@pytest.mark.parametrize("value", [None, [], "x", {}, {"labels": "Speaker A"}, {"labels": [1], **TIMES}])
def test_a_value_of_no_shape_is_a_problem(value: Any, tmp_path: Path) -> None:
    broken = {**label(TIMES), "value": value}
    answers, problems = read(tmp_path, [broken])
    assert answers == {"speaker": ()} and len(problems) >= 1


NUMBERS = st.one_of(st.none(), st.booleans(), st.text(max_size=3), st.floats(-10, 10), st.integers(-3, 12))


@settings(max_examples=60, deadline=None)
@given(start=NUMBERS, end=NUMBERS, channel=NUMBERS, length=NUMBERS)
def test_whatever_the_times_a_region_is_kept_or_told(
    start: Any, end: Any, channel: Any, length: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    value = {"start": start, "end": end, "channel": channel}
    folder = tmp_path_factory.mktemp("any")
    answers, problems = read(folder, [label(value, original_length=length)])
    assert bool(answers["speaker"]) is not bool(len(problems))
    for segment in answers["speaker"]:
        assert 0 <= segment.start < segment.end and segment.channel >= 0


def test_a_segment_inside_an_example() -> None:
    segment = Segment(1.0, 2.5, "A", 1, "r", answers=(("words", "hello"),))
    assert plain((segment,)) == [{"start": 1.0, "end": 2.5, "label": "A", "words": "hello"}]
    assert detailed(segment) == {"start": 1.0, "end": 2.5, "label": "A", "words": "hello", "channel": 1}


def test_tags_that_collect_segments_and_transcripts() -> None:
    assert drift(SPEECH, parse_config(CONFIG), "x") == []
    swapped = Template(
        "t",
        inputs=SPEECH.inputs,
        controls={"speaker": Control(Kind.TRANSCRIPT), "transcription": Control(Kind.SEGMENTS)},
    )
    found = drift(swapped, parse_config(CONFIG), "x")
    assert [f.code for f in found] == ["label-studio.tag-unfit"] * 2


def items_of(folder: Path, task: dict[str, Any], asked: Template, config: str) -> tuple[Item, Problems]:
    path, problems = folder / "export.json", Problems()
    path.write_text(json.dumps([{"id": 1, "data": {"clip": "/data/upload/1/a.wav"}, **task}]))
    source = plugin.complete(Source(str(path), label_config=config))
    (item,) = plugin.read(source, asked, problems)
    return item, problems


@pytest.mark.parametrize(
    ("lengths", "expected", "codes"),
    [
        ([4.0, 4.05], {"audio": 4.05}, []),
        ([4, 9.5], {"audio": 9.5}, ["label-studio.lengths-differ"]),
        (["4", None, True, 0], {}, []),
    ],
)
def test_an_item_has_the_length_that_its_regions_say(
    lengths: list[Any], expected: dict[str, float], codes: list[str], tmp_path: Path
) -> None:
    # The page shows the input under a name of its own.
    config = CONFIG.replace('name="audio"', 'name="player"').replace('toName="audio"', 'toName="player"')
    assert 'name="player"' in config and 'value="$audio"' in config
    results = [
        {**label(TIMES, id=str(n)), "to_name": "player", "original_length": length}
        for n, length in enumerate(lengths)
    ]
    annotations = [{"id": n, "completed_by": n, "result": [r]} for n, r in enumerate(results, 1)]
    item, problems = items_of(tmp_path, {"annotations": annotations}, SPEECH, config)
    assert item.durations == expected
    assert [p.code for p in problems if "length" in p.code] == codes


def test_a_measured_length_stands_before_one_that_is_claimed() -> None:
    key = ItemKey("", "", "1")
    claimed = Item(key, {"duration": 3}, [], meta={"duration": 2.0})
    assert (claimed.length("audio"), Item(key, {}, [], meta={"duration": 2.0}).length("audio")) == (3.0, 2.0)
    measured = Item(key, {"duration": 3}, [], durations={"audio": 2.5})
    assert (measured.length("audio"), measured.length("film")) == (2.5, 3.0)
    assert Item(key, {"duration": "3"}, []).length("audio") is None
