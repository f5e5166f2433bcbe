"""Requests to end: an interrupt from the terminal, and SIGTERM from a scheduler.

Both unwind the program, so that no work file is left behind. While something is imported they wait: an
extension cannot bear an error while it begins, and one in Rust panics over it.
"""

from __future__ import annotations

import signal
import sys
import time
from types import FrameType

INTERRUPT, TERMINATED = 130, 143
AGAIN = 0.02  # seconds until it is looked whether the import is over
MOST = 5.0  # seconds that an import may go on
_IMPORT = "<frozen importlib._bootstrap>"


def listen() -> None:
    """Take requests to end from now on. An interrupt that is ignored, as behind nohup, stays so."""
    request = _Request()
    signal.signal(signal.SIGTERM, request.heard)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, request.heard)
    signal.signal(signal.SIGALRM, request.again)


class _Request:
    """A request to end, which may have to wait for an import."""

    def __init__(self) -> None:
        self._number, self._until = 0, 0.0

    def heard(self, number: int, frame: FrameType | None) -> None:
        """End now or when what is imported is there. Raises ``SystemExit`` or ``KeyboardInterrupt``."""
        if not self._number:
            self._until = time.monotonic() + MOST
        self._number = number
        self.again(number, frame)

    def again(self, _: int, frame: FrameType | None) -> None:
        """Look whether the import is over. Raises ``SystemExit`` or ``KeyboardInterrupt``."""
        number = self._number
        if not number:
            return
        if _importing(frame) and time.monotonic() < self._until:
            signal.setitimer(signal.ITIMER_REAL, AGAIN)
            return
        self._number = 0
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        sys.exit(TERMINATED)


def _importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename == _IMPORT:
            return True
        frame = frame.f_back
    return False
