"""The sounds of the audio templates' samples: tones that stand for what people say and do.

``python tests/support/sounds.py label_configs/labelwright_configs`` writes them into the templates.
All arithmetic is of whole numbers, so that the files are the same wherever they are made.
"""

from __future__ import annotations

import io
import sys
import wave
from collections.abc import Iterable
from pathlib import Path

RATE = 8000  # samples a second; each is one byte
LOUDNESS = 96  # of 128
Tone = tuple[int, int]  # hertz (0: silence), milliseconds

MORSE = {
    **{"A": ".-", "B": "-...", "C": "-.-.", "D": "-..", "E": ".", "F": "..-.", "G": "--.", "H": "...."},
    **{"I": "..", "J": ".---", "K": "-.-", "L": ".-..", "M": "--", "N": "-.", "O": "---", "P": ".--."},
    **{"Q": "--.-", "R": ".-.", "S": "...", "T": "-", "U": "..-", "V": "...-", "W": ".--", "X": "-..-"},
    **{"Y": "-.--", "Z": "--.."},
}
UNIT = 50  # milliseconds of a Morse dot
WORDS = ("sos", "tea", "yes", "north", "stop", "help", "rain", "six", "home", "zoe", "end", "left")

# Who sounds when: (voice, first tenth of a second, last). A voice's pitch is its number's.
VOICES = {1: 250, 2: 400, 3: 500}
TURNS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "two-voices": ((1, 2, 10), (2, 13, 24)),
    "one-voice": ((1, 3, 20),),
    "change": ((1, 1, 8), (2, 9, 16), (1, 18, 25)),
    "overlap": ((1, 2, 14), (2, 10, 22)),
    "three-voices": ((1, 1, 7), (2, 9, 15), (3, 17, 25)),
    "silence": (),
    "late": ((2, 15, 26),),
    "early": ((1, 0, 6), (2, 8, 12)),
    "long": ((2, 2, 20), (1, 22, 27)),
    "short": ((1, 4, 6), (2, 8, 10), (1, 12, 14)),
    "echo": ((1, 2, 9), (1, 12, 19)),
    "meeting": ((3, 1, 9), (1, 11, 20)),
}
MELODIES: dict[str, tuple[Tone, ...]] = {
    "rising": ((250, 300), (400, 300), (500, 300), (800, 600)),
    "falling": ((500, 400), (400, 400), (250, 400), (200, 800)),
    "pounding": ((125, 200), (0, 50), (125, 200), (0, 50), (125, 600)),
    "steady": ((400, 1600),),
    "trembling": ((800, 80), (500, 80)) * 9,
    "skipping": ((400, 150), (800, 150)) * 4,
    "sighing": ((400, 500), (250, 900)),
    "shouting": ((1000, 300), (0, 100), (1000, 300), (0, 100), (1000, 500)),
    "humming": ((200, 800), (250, 800)),
    "chiming": ((800, 200), (1000, 200), (1600, 600)),
    "drooping": ((320, 500), (250, 500), (160, 700)),
    "panting": ((500, 100), (0, 100)) * 7,
}
EVENTS: dict[str, tuple[Tone, ...]] = {
    "alarm": ((0, 400), *(((1000, 200), (800, 200)) * 3), (0, 400)),
    "knock": ((0, 500), (125, 100), (0, 900), (125, 100), (0, 400)),
    "engine": ((0, 200), (100, 1800), (0, 200)),
    "bird": ((0, 300), (1600, 100), (0, 100), (2000, 100), (0, 100), (1600, 100), (0, 700)),
    "tune": ((0, 200), (400, 300), (500, 300), (800, 300), (500, 300), (0, 400)),
    "alarm-engine": ((100, 1000), (0, 200), *(((1000, 200), (800, 200)) * 2), (0, 200)),
    "bark": ((0, 600), (320, 200), (0, 200), (320, 200), (0, 400)),
    "quiet": ((0, 1600),),
    "bang": ((0, 1000), (125, 200), (0, 600)),
    "horn": ((0, 300), (400, 900), (0, 500)),
    "siren": ((0, 200), *(((800, 300), (1000, 300)) * 3)),
    "steps": ((0, 200), *(((125, 80), (0, 320)) * 4)),
}
# Cues: (tone, first tenth of a second, how many beeps).
CUES: dict[str, tuple[tuple[int, int, int], ...]] = {
    "one-two": ((400, 3, 1), (400, 15, 2)),
    "three": ((400, 5, 3),),
    "dialogue": ((400, 2, 2), (250, 16, 3)),
    "bell": ((1000, 2, 1), (400, 14, 2)),
    "count": ((400, 1, 1), (400, 13, 2)),
    "answer": ((250, 4, 2), (400, 18, 1)),
    "hush": (),
    "knocks": ((125, 3, 3), (400, 23, 2)),
    "five": ((400, 3, 5),),
    "two-bells": ((1000, 2, 1), (1000, 14, 1)),
    "reply": ((250, 1, 4), (400, 27, 1)),
    "last": ((400, 16, 3),),
}
BEEP, SHORTEST = 600, 1000  # milliseconds of a beep with its gap, and of a cue


def sounds() -> dict[str, dict[str, bytes]]:
    """Every sound as a WAV file, by template and file name."""
    return {
        "audio-transcription": {f"{word}.wav": _wav(_morse(word)) for word in WORDS},
        "speaker-diarization": {f"{n}.wav": _mixed(_voices(turns)) for n, turns in TURNS.items()},
        "audio-emotion": {f"{name}.wav": _wav(tones) for name, tones in MELODIES.items()},
        "sound-events": {f"{name}.wav": _wav(tones) for name, tones in EVENTS.items()},
        "subtitles": {f"{name}.wav": _mixed(_beeps(cues)) for name, cues in CUES.items()},
    }


def _morse(word: str) -> list[Tone]:
    tones: list[Tone] = [(0, 200)]
    for letter in word.upper():
        for sign in MORSE[letter]:
            tones += [(500, UNIT * (1 if sign == "." else 3)), (0, UNIT)]
        tones.append((0, 2 * UNIT))
    return tones


def _voices(turns: Iterable[tuple[int, int, int]]) -> list[list[Tone]]:
    """One line of tones for each turn: pulses of a fifth of a second."""
    lines = []
    for voice, first, last in turns:
        pulses = [(VOICES[voice], 150), (0, 50)] * ((last - first) // 2)
        lines.append([(0, first * 100), *pulses, (VOICES[voice], 100 * ((last - first) % 2))])
    return lines


def _beeps(cues: Iterable[tuple[int, int, int]]) -> list[list[Tone]]:
    """One line of tones for each cue."""
    lines = []
    for tone, first, count in cues:
        beeps = [(tone, BEEP // 2), (0, BEEP // 2)] * count
        lines.append([(0, first * 100), *beeps, (0, max(0, SHORTEST - count * BEEP))])
    return lines


def _samples(tones: Iterable[Tone]) -> list[int]:
    """A triangle wave around 0."""
    found: list[int] = []
    for hertz, milliseconds in tones:
        for n in range(RATE * milliseconds // 1000):
            if not hertz:
                found.append(0)
                continue
            phase = n * hertz * 4 % (4 * RATE)  # a period is 4 * RATE long
            height = phase if phase <= RATE else 2 * RATE - phase if phase <= 3 * RATE else phase - 4 * RATE
            found.append(height * LOUDNESS // RATE)
    return found


def _mixed(lines: list[list[Tone]]) -> bytes:
    """Several lines at once, each at half its loudness, and two tenths of a second more."""
    heard = [_samples(line) for line in lines]
    length = max((len(line) for line in heard), default=RATE * 3 // 2) + RATE // 5
    padded = [line + [0] * (length - len(line)) for line in heard]
    return _file([sum(line[n] // 2 for line in padded) for n in range(length)])


def _wav(tones: Iterable[Tone]) -> bytes:
    return _file(_samples(tones))


def _file(samples: list[int]) -> bytes:
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(RATE)
        file.writeframes(bytes(min(255, max(0, 128 + sample)) for sample in samples))
    return held.getvalue()


def main(templates: Path) -> None:
    """Write every sound into its template's folder."""
    for name, files in sounds().items():
        folder = templates / name / "media"
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (folder / file).write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
