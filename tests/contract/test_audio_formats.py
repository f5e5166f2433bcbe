"""What the formats of sound write: times, names, words, and what they cannot hold."""

from __future__ import annotations

import json
import wave
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelwright import registry
from labelwright.contracts import Control, Input, Template
from labelwright.formats._audio import milliseconds, path_of, stem_of
from labelwright.problems import Problems
from labelwright.records import Item, ItemKey, Kind, Resolved, Segment

FORMATS: dict[str, Any] = dict(registry.formats())


def template(labels: list[str] | None = None, diarization: bool = True, words: bool = True) -> Template:
    controls = {"who": Control(Kind.SEGMENTS, labels=labels or ["Ann", "Ben"], diarization=diarization)}
    if words:
        controls["said"] = Control(Kind.TRANSCRIPT, on="who")
    return Template(name="talk", inputs={"sound": Input("audio")}, controls=controls)


WHOLE = Template(
    name="clip",
    inputs={"sound": Input("audio")},
    controls={"text": Control(Kind.TRANSCRIPT), "mood": Control(Kind.CHOICE, labels=["calm", "loud"])},
)


def part(start: float, end: float, label: str = "Ann", said: str | None = "a", **more: Any) -> Segment:
    return Segment(start, end, label, answers=() if said is None else (("said", said),), **more)


def item(*segments: Segment, uri: str = "one.wav", number: int = 4, **data: Any) -> Resolved:
    return Resolved(Item(ItemKey("", "1", str(number)), {"sound": uri, **data}, []), {"who": segments})


def clip(uri: Any = "one.wav", said: str | None = "hello", number: int = 4, **data: Any) -> Resolved:
    held = Item(ItemKey("", "1", str(number)), {"sound": uri, **data}, [])
    return Resolved(held, {"text": said, "mood": "calm"} if said is not None else {"mood": "calm"})


def write(name: str, items: list[Resolved], asked: Template) -> tuple[str, dict[str, int], Problems]:
    problems = Problems()
    data = b"".join(FORMATS[name].write(items, asked, problems))
    return data.decode(), problems.counts, problems


def checked(name: str, data: str) -> set[str]:
    return {p.code for p in FORMATS[name].check([data.encode()], "file")}


def test_rttm_has_start_and_duration() -> None:
    asked = template()
    data, counts, _ = write("rttm", [item(part(2.5, 4, "Ben", channel=1), part(0.1234, 2.5004))], asked)
    assert data == (
        "SPEAKER one 1 0.123 2.377 <NA> <NA> Ann <NA> <NA>\n"
        "SPEAKER one 2 2.500 1.500 <NA> <NA> Ben <NA> <NA>\n"
    )
    assert counts == {}


TIMES = st.floats(0, 5000, allow_nan=False)


@given(st.lists(TIMES, min_size=2, max_size=8, unique=True).map(sorted))
def test_rttm_stretches_that_touch_still_touch(edges: list[float]) -> None:
    segments = [part(a, b) for a, b in pairwise(edges)]
    data, counts, _ = write("rttm", [item(*segments)], template())
    assert len(data.splitlines()) + sum(counts.values()) == len(segments)
    until = milliseconds(edges[0])
    for line in data.splitlines():
        start, length = (round(float(t) * 1000) for t in line.split()[3:5])
        assert start == until
        until = start + length
    assert checked("rttm", data) <= {"rttm.no-lines"}


def test_rttm_label_with_a_blank_is_rewritten() -> None:
    data, counts, problems = write("rttm", [item(part(0, 1, "Ann B."), part(1, 2, "Ann B."))], template())
    assert [line.split()[7] for line in data.splitlines()] == ["Ann_B.", "Ann_B."]
    assert counts == {"rttm.label-with-space": 1}
    assert (problems.losses, problems.errors) == (0, 0)
    assert checked("rttm", data) == set()


@pytest.mark.parametrize("labels", [("Ann B", "Ann_B"), ("Ann_B", "Ann B"), ("Ann B", "Ann  B")])
def test_rttm_labels_that_become_one_are_a_loss(labels: tuple[str, str]) -> None:
    _, counts, problems = write("rttm", [item(part(0, 1, labels[0]), part(1, 2, labels[1]))], template())
    assert counts["rttm.labels-merged"] == 1
    assert problems.losses == 1


def test_rttm_says_that_a_speaker_overlaps() -> None:
    data, counts, problems = write("rttm", [item(part(0, 2), part(1, 3), part(1, 3, "Ben"))], template())
    assert counts == {"rttm.speaker-marked-twice": 1}
    assert problems.errors == 1
    assert len(data.splitlines()) == 3
    assert checked("rttm", data) == {"rttm.speaker-overlaps"}


def test_recordings_of_one_name_stay_apart() -> None:
    items = [item(part(0, 1), uri="a/one.wav"), item(part(0, 1), uri="b/one.mp3", number=5)]
    data, counts, _ = write("rttm", items, template())
    assert [line.split()[1] for line in data.splitlines()] == ["one", "one.5"]
    assert counts == {"audio.name-repeated": 1}


def test_what_has_no_length_is_a_loss() -> None:
    data, counts, problems = write("rttm", [item(part(1, 1.0004), part(2, 3))], template())
    assert counts == {"audio.segment-empty": 1}
    assert problems.losses == 1
    assert len(data.splitlines()) == 1


@pytest.mark.parametrize(
    ("uri", "path", "stem"),
    [
        ("talks/one.wav", "talks/one.wav", "one"),
        ("/data/local-files/?d=talks/one%20two.wav", "talks/one two.wav", "one_two"),
        ("https://example.org/a/b%20c.mp3?sig=1", "/a/b c.mp3", "b_c"),
        ("s3://bucket/x/ä.flac", "/x/ä.flac", "ä"),
        ("/", "/", "clip"),
    ],
)
def test_names_of_files(uri: str, path: str, stem: str) -> None:
    assert (path_of(uri), stem_of(uri)) == (path, stem)


def test_nemo_has_a_line_per_stretch() -> None:
    data, counts, _ = write("nemo", [item(part(0.5, 2.0, said="hi"), part(2, 3, "Ben", said=""))], template())
    assert [json.loads(line) for line in data.splitlines()] == [
        {"audio_filepath": "one.wav", "duration": 1.5, "text": "hi", "offset": 0.5, "speaker": "Ann"},
        {"audio_filepath": "one.wav", "duration": 1.0, "text": "", "offset": 2.0, "speaker": "Ben"},
    ]
    assert counts == {}


def test_nemo_names_no_speaker_where_segments_tell_none() -> None:
    data, _, _ = write("nemo", [item(part(0, 1))], template(["speech"], diarization=False))
    assert "speaker" not in json.loads(data)


def test_nemo_leaves_out_what_nobody_transcribed() -> None:
    data, counts, problems = write("nemo", [item(part(0, 1, said=None), part(1, 2))], template())
    assert len(data.splitlines()) == 1
    assert counts == {"nemo.no-words": 1}
    assert problems.losses == 1


def test_nemo_takes_the_length_from_the_data() -> None:
    data, counts, _ = write("nemo", [clip(duration=12.3456)], WHOLE)
    assert json.loads(data) == {"audio_filepath": "one.wav", "duration": 12.346, "text": "hello"}
    assert counts == {}


def sound(path: Path, seconds: float, rate: int = 8000) -> Path:
    with wave.open(str(path), "wb") as handle:
        handle.setnchannels(1)
        handle.setsampwidth(2)
        handle.setframerate(rate)
        handle.writeframes(b"\0\0" * int(seconds * rate))
    return path


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_nemo_reads_the_length_of_a_local_sound(scheme: str, tmp_path: Path) -> None:
    path = sound(tmp_path / "a b.wav", 1.25)
    data, counts, _ = write("nemo", [clip(f"{scheme}{path}")], WHOLE)
    assert json.loads(data)["duration"] == 1.25
    assert counts == {}


@pytest.mark.parametrize("content", [None, b"", b"RIFF1234WAVEfmt ", b"not a sound"])
@pytest.mark.parametrize("given", [{}, {"duration": "12"}, {"duration": 0}, {"duration": True}])
def test_nemo_says_that_a_length_is_unknown(
    content: bytes | None, given: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "a.wav"
    if content is not None:
        path.write_bytes(content)
    data, counts, problems = write("nemo", [clip(str(path), **given)], WHOLE)
    assert data == ""
    assert counts == {"nemo.length-unknown": 1}
    assert problems.losses == 1


@pytest.mark.parametrize("name", ["nemo", "audiofolder", "rttm", "srt", "vtt"])
@pytest.mark.parametrize("uri", [None, "", 7])
def test_item_without_a_sound_is_said(name: str, uri: Any) -> None:
    asked = WHOLE if name in ("nemo", "audiofolder") else template()
    held = clip(uri) if asked is WHOLE else item(part(0, 1), uri=uri)
    data, counts, problems = write(name, [held], asked)
    assert data == ""
    assert counts == {"audio.no-media": 1}
    assert problems.errors == 1


def test_nemo_finds_a_stretch_with_two_texts() -> None:
    line = {"audio_filepath": "a.wav", "duration": 1.5, "text": "a", "offset": 0}
    rows = [line, line, {**line, "text": "b"}, {**line, "offset": 1.5}]
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    found = {p.place.line: p.code for p in FORMATS["nemo"].check([data], "file")}
    assert found == {2: "nemo.repeated", 3: "nemo.contradictory-text"}


def test_audiofolder_has_all_keys_in_all_rows() -> None:
    items = [clip("a/one.wav"), clip("two.wav", None, number=5)]
    data, counts, _ = write("audiofolder", items, WHOLE)
    assert [json.loads(line) for line in data.splitlines()] == [
        {"file_name": "a/one.wav", "transcription": "hello", "mood": "calm"},
        {"file_name": "two.wav", "transcription": None, "mood": "calm"},
    ]
    assert counts == {}


def test_audiofolder_writes_segments_as_objects() -> None:
    data, _, _ = write("audiofolder", [item(part(0.5, 1))], template())
    assert json.loads(data)["who"] == [{"start": 0.5, "end": 1.0, "label": "Ann", "channel": 0, "said": "a"}]


def test_audiofolder_says_where_sounds_must_be_put() -> None:
    items = [
        clip(uri, number=n) for n, uri in enumerate(["https://e.org/x/one.wav", "../two.wav", "/y/one.wav"])
    ]
    data, counts, problems = write("audiofolder", items, WHOLE)
    assert [json.loads(line)["file_name"] for line in data.splitlines()] == ["one.wav", "two.wav"]
    assert counts == {"audiofolder.file-elsewhere": 3, "audiofolder.same-file": 1}
    assert problems.losses == 1
    assert checked("audiofolder", data) == set()


def test_audiofolder_finds_files_named_twice_and_keys_that_differ() -> None:
    rows = [{"file_name": "a.wav", "x": 1}, {"file_name": "a.wav", "x": 2}, {"file_name": "b.wav"}]
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    found = {(p.place.line, p.code) for p in FORMATS["audiofolder"].check([data], "file")}
    assert found == {(2, "audiofolder.repeated"), (3, "audiofolder.keys-differ")}


ONE = ["speech"]


def test_srt_numbers_its_cues() -> None:
    segments = (part(3661.0015, 3662.5, "speech", "Two\nlines"), part(0, 1.2346, "speech", " Hello. "))
    data, counts, _ = write("srt", [item(*segments)], template(ONE))
    assert data == (
        "1\n00:00:00,000 --> 00:00:01,235\nHello.\n\n2\n01:01:01,002 --> 01:01:02,500\nTwo\nlines\n"
    )
    assert counts == {}
    assert checked("srt", data) == set()


@pytest.mark.parametrize(
    ("said", "written", "code"),
    [
        ("a\n\nb", "a\nb", "subtitles.blank-line"),
        ("a\r\n \r\nb", "a\nb", "subtitles.blank-line"),
        ("a --> b", "a -> b", "srt.arrow-rewritten"),
        ("a\u2028b", "a\u2028b", ""),
        ("1", "1", ""),
    ],
)
def test_srt_texts(said: str, written: str, code: str) -> None:
    data, counts, problems = write("srt", [item(part(0, 1, "speech", said))], template(ONE))
    assert data.split("\n", 2)[2] == f"{written}\n"
    assert counts == ({code: 1} if code else {})
    assert problems.losses == len(counts)
    assert checked("srt", data) == set()


def test_srt_says_what_it_cannot_hold() -> None:
    segments = (part(0, 2), part(1, 3, "Ben"), part(4, 5, said=None), part(5, 6, said=" "))
    data, counts, problems = write("srt", [item(*segments)], template())
    assert counts == {"subtitles.no-words": 2, "srt.label-left-out": 2, "subtitles.segments-overlap": 1}
    assert problems.losses == 4
    assert problems.errors == 1
    assert checked("srt", data) == {"subtitles.overlap"}


def test_vtt_names_voices_and_holds_any_text() -> None:
    segments = (part(0, 2, "A & B", "a --> <b>"), part(1, 3, "Ben", "c"))
    data, counts, _ = write("vtt", [item(*segments)], template(["A & B", "Ben"]))
    assert data == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n<v A &amp; B>a --&gt; &lt;b&gt;\n"
        "\n00:00:01.000 --> 00:00:03.000\n<v Ben>c\n"
    )
    assert counts == {}
    assert checked("vtt", data) == {"subtitles.overlap-seen"}


def test_vtt_holds_labels_that_name_no_speaker_as_classes() -> None:
    asked = template(["SPEECH", "SOUND"], diarization=False)
    data, counts, _ = write("vtt", [item(part(0, 1, "SOUND", "bang"), part(2, 3, "SPEECH"))], asked)
    assert [line for line in data.splitlines() if "<c" in line] == ["<c.SOUND>bang</c>", "<c.SPEECH>a</c>"]
    assert counts == {}
    _, counts, problems = write("vtt", [item(part(0, 1, "far. off"))], asked)
    assert counts == {"vtt.label-rewritten": 1}
    assert problems.losses == 1


def test_a_region_with_two_labels_is_one_cue() -> None:
    held = item(part(0, 1, "Ann"), part(0, 1, "Ben"))
    assert write("vtt", [held], template())[0].count("-->") == 1
    assert "<v Ann, Ben>" in write("vtt", [held], template())[0]
    assert write("rttm", [held], template())[0].count("SPEAKER") == 2


def test_sound_events_are_cues_by_their_label() -> None:
    asked = template(["dog", "car"], diarization=False, words=False)
    data, counts, _ = write("srt", [item(part(0, 1, "dog", None))], asked)
    assert data == "1\n00:00:00,000 --> 00:00:01,000\ndog\n"
    assert counts == {}


@pytest.mark.parametrize("name", ["srt", "vtt"])
def test_subtitles_are_one_file_per_item(name: str) -> None:
    form: Any = FORMATS[name]
    items = [
        item(part(0, 1, "speech", "a"), uri="x/one.mp4"),
        item(part(0, 1, "speech", "b"), uri="y/one.mp4", number=5),
        item(uri="none.mp4", number=6),
    ]
    problems = Problems()
    made = list(form.write_files(items, template(ONE), problems))
    assert [file for file, _ in made] == [f"one.{name}", f"one.5.{name}"]
    assert problems.counts == {"audio.name-repeated": 1, "subtitles.item-without-cues": 1}
    assert problems.losses == 0
    data, counts, alone = write(name, items, template(ONE))
    assert data.encode() == made[0][1]
    assert counts["subtitles.several-items"] == 1
    assert alone.losses == 1


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n->&<1"), max_size=12)


@given(st.lists(st.tuples(TIMES, TIMES, WORDS), min_size=1, max_size=5))
def test_subtitles_pass_their_own_check(cues: list[tuple[float, float, str]]) -> None:
    segments = [part(min(a, b), max(a, b), "speech", said) for a, b, said in cues]
    for name in ("srt", "vtt"):
        data, counts, _ = write(name, [item(*segments)], template(ONE))
        left = counts.get("subtitles.no-words", 0) + counts.get("audio.segment-empty", 0)
        written = data.count(" --> ")
        assert written <= len(segments) - left
        allowed = {"subtitles.overlap", "subtitles.overlap-seen"} if written else {"subtitles.no-cues"}
        assert checked(name, data) <= allowed


@pytest.mark.parametrize("number", ["1e999", "NaN", f"1{'0' * 400}", "-1e308", "true", "null", "[]"])
def test_nemo_time_that_is_none_is_said(number: str) -> None:
    line = f'{{"audio_filepath": "a.wav", "duration": {number}, "text": "a"}}\n'
    assert checked("nemo", line) == {"nemo.not-seconds"}


LONG = "9" * 5000


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("srt", f"{LONG}\n00:00:01,000 --> 00:00:02,000\na\n", "srt.number"),
        ("srt", f"1\n{LONG}:00:01,000 --> 00:00:02,000\na\n", "subtitles.times-malformed"),
        ("vtt", f"WEBVTT\n\n{LONG}:00:01.000 --> 00:00:02.000\na\n", "subtitles.times-malformed"),
        ("rttm", f"SPEAKER a 1 {LONG} 1 <NA> <NA> b <NA> <NA>\n", "rttm.not-a-time"),
        ("rttm", "SPEAKER a 1 1_0 1 <NA> <NA> b <NA> <NA>\n", "rttm.not-a-time"),
    ],
)
def test_numbers_without_end_are_no_times(name: str, data: str, code: str) -> None:
    assert code in checked(name, data)
