"""What functions of cvat-sdk share: the SDK, images as bytes, and problems told as they come."""

from __future__ import annotations

import atexit
import sys
from io import BytesIO
from typing import TYPE_CHECKING, Any

from labelwright.problems import Problem, Problems, UsageError

if TYPE_CHECKING:
    from PIL.Image import Image

TOLD = 5  # problems of a code that are told one by one
AS_PNG = ("1", "L", "LA", "P", "RGB", "RGBA")  # what PIL calls the colours that a PNG holds


def sdk() -> Any:
    """``cvat_sdk.auto_annotation``. Raises ``UsageError`` if it is not installed."""
    try:
        from cvat_sdk import auto_annotation
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("cvat_sdk"):
            raise
        raise UsageError("the cvat extra is not installed: pip install 'labelwright[cvat]'") from None
    return auto_annotation


def png(image: Image) -> bytes:
    """The pixels that CVAT shows, and nothing that would turn them. Raises what PIL does."""
    shown = image if image.mode in AS_PNG else image.convert("RGB")
    made = BytesIO()
    shown.save(made, "PNG", compress_level=1, exif=b"")
    return made.getvalue()


class Told(Problems):
    """Problems that are told on stderr: the first of each code as they come, the others by number."""

    def __init__(self) -> None:
        """Nothing is told yet."""
        super().__init__()
        atexit.register(self.close)

    def add(self, problem: Problem, times: int = 1) -> None:
        """Count a problem, and tell it."""
        super().add(problem, times)
        if self.counts[problem.code] <= TOLD:
            print(f"labelwright: {problem}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Tell how many there were of what was not told one by one."""
        for code, count in sorted(self.counts.items()):
            if count > TOLD:
                print(f"labelwright: [{code}] {count - TOLD} more", file=sys.stderr, flush=True)
        self.counts = {}
