"""A voice, made of pulses and resonances: what a speech detector takes for somebody who speaks.

Pulses of a falling and rising pitch go through three resonances of each vowel in turn, as in the
source-filter account of speech (Fant, 1960); the vowels' frequencies are rounded from Peterson and Barney
(1952).
"""

from __future__ import annotations

import io
import struct
import wave
from math import exp, pi, sin

RATE = 16_000
VOWELS = {
    "a": (730, 1090, 2440),
    "e": (530, 1840, 2480),
    "i": (270, 2290, 3010),
    "o": (570, 840, 2410),
    "u": (300, 870, 2240),
}
SYLLABLE = 0.22  # seconds
WIDTH = 90  # hertz of a resonance


def voice(seconds: float, pitch: float = 120, vowels: str = "aeiouaoei") -> list[float]:
    """Samples from -1 to 1, ``RATE`` a second."""
    length, phase, breath = int(RATE * seconds), 0.0, 0.0
    pulses = []
    for n in range(length):
        phase += pitch * (1 + 0.15 * sin(2 * pi * 1.3 * n / RATE)) / RATE
        breath = breath * exp(-1 / 12) + (1.0 if phase >= 1 else 0.0)
        phase %= 1
        pulses.append(breath)
    spoken: list[float] = []
    size = int(RATE * SYLLABLE)
    for number, start in enumerate(range(0, length, size)):
        piece = pulses[start : start + size]
        piece = [x * sin(pi * (n + 0.5) / len(piece)) ** 0.5 for n, x in enumerate(piece)]
        for hertz in VOWELS[vowels[number % len(vowels)]]:
            piece = _resonant(piece, hertz)
        spoken += piece
    loudest = max(map(abs, spoken))
    return [x / loudest / 2 for x in spoken]


def _resonant(samples: list[float], hertz: float) -> list[float]:
    from math import cos

    radius = exp(-pi * WIDTH / RATE)
    first, second = 2 * radius * cos(2 * pi * hertz / RATE), -radius * radius
    before, earlier = 0.0, 0.0
    found = []
    for sample in samples:
        before, earlier = sample + first * before + second * earlier, before
        found.append(before)
    return found


def silence(seconds: float) -> list[float]:
    return [0.0] * int(RATE * seconds)


def wav(*channels: list[float], rate: int = RATE, width: int = 2) -> bytes:
    """A WAV file of whole numbers of ``width`` bytes; ``rate`` other than ``RATE``: drawn out or pressed."""
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(width)
        file.setframerate(rate)
        high = (1 << (8 * width - 1)) - 1
        frames = bytearray()
        for frame in zip(*(resampled(c, rate) for c in channels), strict=True):
            for x in frame:
                value = int(x * high)
                frames += bytes([value + 128]) if width == 1 else value.to_bytes(width, "little", signed=True)
        file.writeframes(bytes(frames))
    return held.getvalue()


def float_wav(samples: list[float]) -> bytes:
    """A WAV file of 32-bit floats, which the standard library does not write."""
    data = struct.pack(f"<{len(samples)}f", *samples)
    form = struct.pack("<HHIIHH", 3, 1, RATE, RATE * 4, 4, 32)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def resampled(samples: list[float], rate: int) -> list[float]:
    """The same sound at another rate, each sample between its two neighbours."""
    if rate == RATE:
        return samples
    found = []
    for n in range(len(samples) * rate // RATE):
        at = n * RATE / rate
        low = int(at)
        high = min(low + 1, len(samples) - 1)
        found.append(samples[low] + (samples[high] - samples[low]) * (at - low))
    return found
