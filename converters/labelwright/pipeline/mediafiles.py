"""The images, films and sounds that a training file names: from the work folder to their place beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from labelwright.contracts import FILE
from labelwright.io.atomic import Pending, must_be_free
from labelwright.pipeline.mediaplan import WORK
from labelwright.pipeline.outputs import Layout
from labelwright.pipeline.settings import Settings
from labelwright.problems import UsageError
from labelwright.registry import dialect_of
from labelwright.state.manifest import FileEntry, file_entry


def puts_files(settings: Settings) -> bool:
    """Whether a run puts media beside its training file."""
    rules = getattr(dialect_of(settings.target), "media", None)
    return bool(settings.media and rules is not None and rules.way == FILE)


def check_media_fit(settings: Settings) -> None:
    """Refuse media that the template does not show or the target does not take. Raises ``UsageError``."""
    if settings.oversize not in ("refuse", "resize"):
        raise UsageError(f"--oversize {settings.oversize}: give refuse or resize")
    if (settings.media or settings.media_base) and not settings.template.example.media:
        raise UsageError(f"template {settings.template.name} shows no media ([example] media names none)")
    if (settings.media or settings.media_base) and dialect_of(settings.target) is None:
        raise UsageError(
            f"--media: {settings.target} names files and takes none with it; leave the option out"
        )


def check_media(settings: Settings, layout: Layout | None) -> None:
    """Refuse media where there is no place for them. Raises ``UsageError``."""
    check_media_fit(settings)
    if not puts_files(settings):
        return
    if layout is None:
        raise UsageError(f"{settings.target} has its media in files: name a training file with -o")
    must_be_free(layout.media, settings.force)


def check_pictures(settings: Settings) -> None:
    """Refuse media for the pictures of a report that shows none. Raises ``UsageError``."""
    template = settings.template
    if settings.media and not any(given.type == "image" for given in template.inputs.values()):
        raise UsageError(f"--media: template {template.name} has no images; leave the option out")


def adopt_media(pending: Pending, work: Path, beside: Path) -> Iterator[FileEntry]:
    """The files that rows name go beside ``beside``; gives their entries for the manifest."""
    root = work / WORK
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        name = path.relative_to(root).as_posix()
        yield file_entry(path, name)
        pending.adopt(path, beside.with_name(name.partition("/")[0]) / name.partition("/")[2])
