"""Sounds as models hear them: 16,000 samples a second, from -1 to 1, decoded piece by piece (miniaudio).

WAV of every rate, depth and number of channels is read, and MP3, FLAC and Ogg Vorbis.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from labelwright.contracts import Query
from labelwright.lazy import lazily
from labelwright.media import kinds
from labelwright.media.names import shown as as_shown
from labelwright.problems import DataError, Place, ProblemType

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = lazily("numpy")

RATE = 16_000
LONGEST = 4 * 3600  # seconds that are listened to at most
MOST_CHANNELS = 32
DECODED = ("audio/wav", "audio/mpeg", "audio/flac", "audio/ogg")
_STREAMED = (0, 0xFFFFFFFF)  # sizes of WAV data whose writer did not know them

NOT_DECODED = ProblemType(
    "sound.not-decoded",
    "A sound cannot be decoded",
    "{uri!r} cannot be listened to: {reason}",
    "Convert it to WAV, FLAC, MP3 or Ogg Vorbis.",
)
CUT_OFF = ProblemType(
    "sound.cut-off",
    "A sound's end is missing",
    "{uri!r} holds {found} of {told} {unit}",
    "Get the file again from where it was taken.",
)
TOO_LONG = ProblemType(
    "sound.too-long",
    "A sound is longer than is listened to",
    "{uri!r} is longer than {limit} hours",
    "Cut it into shorter items.",
)


class Sound:
    """A sound of an item."""

    def __init__(self, query: Query, name: str) -> None:
        """Look at its headers. Raises ``DataError`` where there is none, or none that can be decoded."""
        self._data = query.file(name)
        self._place = Place(item=str(query.item.key), path=name)
        self._uri = as_shown(str(query.item.inputs[name]))
        self._type = kinds.type_of_recording(self._data[:64])
        if self._type not in DECODED:
            what = kinds.what_it_is(self._data[:256]) if self._data else "empty"
            raise self._refused(f"it is {what}")
        if self._type == "audio/wav":
            self._whole()
        self.channels, self._frames, self._rate = self._told()
        if not 1 <= self.channels <= MOST_CHANNELS or self._rate <= 0:
            raise self._refused(f"it says {self.channels} channels at {self._rate} samples a second")
        if self._frames / self._rate > LONGEST:
            raise self._beyond()
        self.seconds = 0.0  # as heard, once all windows were

    def windows(self, size: int, channels: int) -> Iterator[NDArray[np.float32]]:
        """Pieces of ``size`` samples of each of ``channels`` (1: all of them mixed), the last one padded.

        Raises ``DataError`` if what is decoded is not all that the headers tell.
        """
        waiting: NDArray[np.float32] = np.zeros((0, channels), np.float32)
        heard = 0
        for chunk in self._decoded(channels):
            waiting = np.concatenate((waiting, chunk))
            whole = len(waiting) // size * size
            for start in range(0, whole, size):
                yield waiting[start : start + size]
            heard += len(chunk)
            waiting = waiting[whole:]
            if heard > LONGEST * RATE:
                raise self._beyond()
        if len(waiting):
            yield np.concatenate((waiting, np.zeros((size - len(waiting), channels), np.float32)))
        told, found = self._frames / self._rate, heard / RATE
        if self._type == "audio/flac" and found < told - 0.1:
            raise self._error(CUT_OFF, found=f"{found:.1f}", told=f"{told:.1f}", unit="seconds")
        self.seconds = found

    def _decoded(self, channels: int) -> Iterator[NDArray[np.float32]]:
        import miniaudio

        try:
            stream = miniaudio.stream_memory(
                self._data, miniaudio.SampleFormat.FLOAT32, channels, RATE, frames_to_read=RATE
            )
            for chunk in stream:
                values = np.nan_to_num(np.frombuffer(chunk, np.float32), posinf=1, neginf=-1)
                yield values.clip(-1, 1).reshape(-1, channels)
        except miniaudio.MiniaudioError as error:
            raise self._refused(_said(error)) from None

    def _told(self) -> tuple[int, int, int]:
        """Channels, frames (0: not told) and rate by its headers."""
        import miniaudio

        look = {
            "audio/wav": miniaudio.wav_get_info,
            "audio/mpeg": miniaudio.mp3_get_info,
            "audio/flac": miniaudio.flac_get_info,
            "audio/ogg": miniaudio.vorbis_get_info,
        }[self._type]
        try:
            told = look(self._data)
        except (miniaudio.MiniaudioError, ZeroDivisionError, ValueError) as error:
            what = "not Vorbis, or broken" if self._type == "audio/ogg" else _said(error)
            raise self._refused(f"its {self._type} is {what}") from None
        return told.nchannels, told.num_frames, told.sample_rate

    def _whole(self) -> None:
        """Raise if a WAV file's samples end before its header says."""
        at = 12
        while at + 8 <= len(self._data):
            size = int.from_bytes(self._data[at + 4 : at + 8], "little")
            if self._data[at : at + 4] == b"data":
                there = len(self._data) - at - 8
                if there < size and size not in _STREAMED:
                    raise self._error(CUT_OFF, found=there, told=size, unit="bytes")
                return
            at += 8 + size + size % 2
        raise self._refused("it holds no samples")

    def _beyond(self) -> DataError:
        return self._error(TOO_LONG, limit=LONGEST // 3600)

    def _refused(self, reason: str) -> DataError:
        return self._error(NOT_DECODED, reason=reason)

    def _error(self, kind: ProblemType, **what: Any) -> DataError:
        return DataError(kind.at(self._place, uri=self._uri, **what))


def _said(error: Exception) -> str:
    return str(error.args[0]) if error.args else type(error).__name__
