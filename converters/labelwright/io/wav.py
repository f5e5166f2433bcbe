"""How long a WAV file is."""

from __future__ import annotations

import wave
from pathlib import Path


def wav_seconds(path: Path) -> float | None:
    """Seconds of a WAV file by its header; None where there is no file, or none that says it."""
    try:
        if not path.is_file():
            return None
        with wave.open(str(path), "rb") as sound:
            return sound.getnframes() / sound.getframerate()
    except (OSError, EOFError, ValueError, ZeroDivisionError, wave.Error):
        return None
