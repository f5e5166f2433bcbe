"""Which frames of which tasks have been read: a bit or so each."""

from __future__ import annotations

MOST = 1 << 26  # frames of a task that are kept as a field; a film of a month has as many


class Seen:
    """Frames (by number, else by name) of tasks (by name)."""

    def __init__(self) -> None:
        """None yet."""
        self._fields: dict[str, bytearray] = {}
        self._others: set[tuple[str, int | str]] = set()

    def add(self, task: str, frame: int | str) -> bool:
        """Enter a frame; False if it was there."""
        field = self._fields.get(task)
        if field is None:
            field = self._fields[task] = bytearray()
        if isinstance(frame, str) or not 0 <= frame < MOST or frame > 64 * len(field) + 100_000:
            known = (task, frame) in self._others
            self._others.add((task, frame))
            return not known
        if frame >= len(field):
            field.extend(bytes(frame + 4096 - len(field)))
        known = bool(field[frame]) or (task, frame) in self._others
        field[frame] = 1
        return not known
