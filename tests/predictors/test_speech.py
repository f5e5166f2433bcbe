"""Speech in made voices, found with the weights that the package carries."""

from __future__ import annotations

import random
from math import pi, sin
from pathlib import Path

import pytest
from seeing import ask, made
from voices import RATE, float_wav, silence, voice, wav

from labelwright.predicting.binding import bind
from labelwright.predicting.finding import find
from labelwright.predicting.model import Model
from labelwright.problems import UsageError
from labelwright.records import Segment

SAID = [*silence(1), *voice(1.5), *silence(1), *voice(1, 200), *silence(0.7)]
SOUNDS = Path(__file__).parents[1] / "golden" / "sounds"  # SAID, packed by libsndfile
THERE = ((1.0, 2.5), (3.5, 4.5))


@pytest.fixture(scope="module")
def listener() -> Model:
    return made("speech", "subtitles")


def heard(model: Model, data: bytes) -> tuple[Segment, ...]:
    found = ask(model, data)
    assert found.answers is not None, found.problems
    (segments,) = found.answers.values()
    return tuple(segments)


@pytest.mark.parametrize(
    "data",
    [
        wav(SAID),
        float_wav(SAID),
        wav(SAID, rate=44_100),
        wav(SAID, rate=48_000, width=3),
        wav(SAID, width=4),
        wav(SAID, silence(5.2)),
    ],
    ids=["16 bits", "floats", "44100", "48000 of 24 bits", "32 bits", "stereo"],
)
def test_speech_is_found_in_every_kind_of_wav(listener: Model, data: bytes) -> None:
    segments = heard(listener, data)
    assert len(segments) == len(THERE)
    for segment, (start, end) in zip(segments, THERE, strict=True):
        assert abs(segment.start - start) < 0.15
        assert abs(segment.end - end) < 0.15
        assert (segment.label, segment.channel, segment.origin) == ("SPEECH", 0, "prediction")
        assert segment.score is not None
        assert segment.score > 0.5


@pytest.mark.parametrize("name", ["said.flac", "said.mp3", "said.ogg"])
def test_speech_is_found_in_sounds_that_are_packed(listener: Model, name: str) -> None:
    segments = heard(listener, (SOUNDS / name).read_bytes())
    assert len(segments) == len(THERE)
    for segment, (start, end) in zip(segments, THERE, strict=True):
        assert abs(segment.start - start) < 0.15
        assert abs(segment.end - end) < 0.15


def test_silence_noise_and_tones_are_no_speech(listener: Model) -> None:
    chance = random.Random(0)
    noise = [chance.uniform(-0.1, 0.1) for _ in range(2 * RATE)]
    tone = [0.3 * sin(2 * pi * 440 * n / RATE) for n in range(2 * RATE)]
    assert heard(listener, wav([*silence(1), *noise, *tone])) == ()
    assert heard(listener, wav([])) == ()


def test_a_sound_is_heard_alike_whatever_was_heard_before(listener: Model) -> None:
    first = heard(listener, wav(SAID))
    heard(listener, wav(voice(1)))
    assert heard(listener, wav(SAID)) == first


def test_each_channel_by_itself_where_asked_for() -> None:
    left, right = [*silence(0.5), *voice(1), *silence(1.5)], [*silence(2), *voice(0.9), *silence(0.1)]
    segments = heard(made("speech", "subtitles", channels="each"), wav(left, right))
    assert [one.channel for one in segments] == [0, 1]
    assert segments[0].end < 1.8 < segments[1].start


def test_pauses_and_shortest_stretches_are_as_set() -> None:
    near = wav([*silence(0.5), *voice(0.8), *silence(0.6), *voice(0.8), *silence(0.5)])
    assert len(heard(made("speech", "subtitles"), near)) == 2
    assert len(heard(made("speech", "subtitles", pause="1.5"), near)) == 1
    assert heard(made("speech", "subtitles", shortest="3"), near) == ()


@pytest.mark.parametrize(
    ("template", "label"), [("speaker-diarization", "SPEAKER_1"), ("sound-events", "SPEECH")]
)
def test_other_templates_have_their_own_label(template: str, label: str) -> None:
    assert {one.label for one in heard(made("speech", template), wav(SAID))} == {label}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "sound.not-decoded"),
        (b"<html>404</html>", "sound.not-decoded"),
        (wav(SAID)[:-5000], "sound.cut-off"),
        (b"RIFF\0\0\0\0WAVE", "sound.not-decoded"),
        (b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff", "sound.not-decoded"),
        ((SOUNDS / "said.flac").read_bytes()[:-3000], "sound.cut-off"),
        (b"ID3" + bytes(200), "sound.not-decoded"),
        (b"fLaC" + bytes(200), "sound.not-decoded"),
        (b"OggS" + bytes(200), "sound.not-decoded"),
        (b"\0\0\0\x20ftypM4A " + bytes(100), "sound.not-decoded"),
    ],
    ids=["empty", "html", "cut", "no samples", "endless", "cut flac", "mp3", "flac", "ogg", "m4a"],
)
def test_a_sound_that_cannot_be_heard_is_told(listener: Model, data: bytes, code: str) -> None:
    found = ask(listener, data)
    assert found.answers is None
    assert [x.code for x in found.problems] == [code]


def test_options_that_cannot_be_are_told() -> None:
    kind = find("speech")
    for name, value in (("channels", "both"), ("pause", "long"), ("threshold", "2")):
        with pytest.raises(UsageError, match=f"option {name} is"):
            kind(bind(kind, made("speech", "subtitles").template, options={name: value}))


def test_a_whole_transcript_is_not_its_business() -> None:
    from labelwright.registry import template_folders
    from labelwright.render.load import find_template

    with pytest.raises(UsageError, match="speech answers segments; template 'audio-transcription'"):
        bind(find("speech"), find_template("audio-transcription", template_folders()))
