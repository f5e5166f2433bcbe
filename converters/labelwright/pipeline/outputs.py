"""Names of the files of a run, and the run's work files."""

from __future__ import annotations

import contextlib
import pickle
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import msgspec

from labelwright.io.atomic import must_be_free, must_not_exist, writing
from labelwright.pipeline.partstate import Sinks
from labelwright.problems import UsageError
from labelwright.records import Resolved

BESIDE = ("adjudication.jsonl", "manifest.json", "report.json", "report.md", "report.html")


class Layout:
    """The files that belong to one target: ``train.jsonl`` has ``train.report.html`` beside it."""

    def __init__(
        self, target: Path, sides: tuple[str, ...], folder: bool = False, together: bool = False
    ) -> None:
        """``sides``: names of the splits; the first is the target itself, a file or a ``folder``.

        ``together``: the folder holds all of them.
        """
        self.target = target
        self._folder, self._together = folder, together
        self._former: list[Path] = []
        self.sides = sides
        self.stem = target.name[: -len(target.suffix)] if target.suffix else target.name

    def rows(self, side: int) -> Path:
        """The training file (or folder) of one split."""
        if side == 0 or self._together:
            return self.target
        return self.target.with_name(f"{self.stem}.{self.sides[side]}{self.target.suffix}")

    @property
    def media(self) -> Path:
        """The folder of images, films and sounds that rows of a file name."""
        return self.target.with_name(f"{self.stem}.images")

    def provenance(self, side: int) -> Path:
        """The sidecar of one split: line n tells where row n came from."""
        middle = "" if side == 0 else f".{self.sides[side]}"
        return self.target.with_name(f"{self.stem}{middle}.provenance.jsonl")

    def beside(self, ending: str) -> Path:
        """Another file of the run, such as ``report.html``."""
        return self.target.with_name(f"{self.stem}.{ending}")

    def check(self, force: bool, source: Path, companions: Iterable[Path] = ()) -> None:
        """Refuse to replace what exists, what is read, or one output by another. Raises ``UsageError``."""
        for side in range(len(self.sides)):
            if self._folder:
                must_be_free(self.rows(side), force)
            else:
                must_not_exist(self.rows(side), force)
        self._former = list(self._written_before())
        beside = [self.beside(ending) for ending in BESIDE]
        beside += [self.provenance(side) for side in range(len(self.sides))]
        others = {*beside, *companions}
        if self.target in others or self.target.name.endswith((".report.json", ".manifest.json")):
            raise UsageError(f"{self.target.name} is the name of a file that belongs to another target")
        for path in (*others, *(self.rows(side) for side in range(len(self.sides)))):
            if path.exists() and source.exists() and path.samefile(source):
                raise UsageError(f"{path} is what is read; name another output file")
        if source.is_dir() and self.target.resolve().is_relative_to(source.resolve()):
            raise UsageError(f"{source} is what is read; write to another folder")
        for path in companions:
            joined_with(path, b"{}")

    def remove_stale(self, written: Iterable[Path]) -> None:
        """Remove what a former run of this target left, so that it is not taken for this one's."""
        every = range(len(self.sides))
        rows = [] if self._folder else [self.rows(side) for side in every]
        beside = [self.beside("adjudication.jsonl"), *(self.provenance(side) for side in every)]
        for path in {*rows, *self._former, *beside} - set(written):
            path.unlink(missing_ok=True)

    def _written_before(self) -> Iterator[Path]:
        """The files in the target's folders that the manifest of a former run names."""
        try:
            manifest = msgspec.json.decode(self.beside("manifest.json").read_bytes(), type=_Outputs)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return
        folders = {self.media.name: self.media}
        if self._folder:
            folders |= {self.rows(side).name: self.rows(side) for side in range(len(self.sides))}
        for entry in manifest.outputs:
            folder, _, name = entry.name.partition("/")
            if folder in folders and name and not Path(name).is_absolute() and ".." not in Path(name).parts:
                yield folders[folder] / name


class _Named(msgspec.Struct):
    name: str


class _Outputs(msgspec.Struct):
    """What a manifest says about the files of its run."""

    outputs: list[_Named] = []


def joined_with(path: Path, content: bytes) -> bytes:
    """A companion file that keeps the entries of other data sets in a file that is there already.

    Raises ``UsageError`` if that file is no JSON object.
    """
    if not path.exists():
        return content
    try:
        there = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        raise UsageError(f"{path} exists and is no JSON object; write to another folder") from None
    both = {**there, **msgspec.json.decode(content)}
    return msgspec.json.format(msgspec.json.encode(both), indent=2) + b"\n"


class WorkFiles:
    """Temporary files of one part, in a folder that the run removes."""

    def __init__(self, folder: Path, part: int, sides: int) -> None:
        """Open the files of part number ``part``."""
        self._folder, self._part = folder, part
        self.rows = [self._name("rows", s) for s in range(sides)]
        self.provenance = [self._name("provenance", s) for s in range(sides)]
        self.logs = [self._name("log", s) for s in range(sides)]
        self.adjudication = self._name("adjudication", 0)
        self._handles: list[IO[bytes]] = []

    def _name(self, what: str, side: int) -> Path:
        return self._folder / f"{self._part:04d}.{side}.{what}"

    def open(self) -> Sinks:
        """The handles to write to."""
        with writing(self._folder):
            rows = [_writer(path) for path in self.rows]
            provenance = [_writer(path) for path in self.provenance]
            logs = [_writer(path) for path in self.logs]
            adjudication = _writer(self.adjudication)
        self._handles = [*rows, *provenance, *logs, adjudication]
        return Sinks(rows, provenance, logs, adjudication)

    def close(self) -> None:
        """Flush and close; a full disk shows here at the latest."""
        with writing(self._folder):
            for handle in self._handles:
                handle.close()


def _writer(path: Path) -> IO[bytes]:
    return path.open("wb", buffering=1 << 18)


class WorkFolder:
    """A folder for work files beside the target, gone when the run ends however it ends."""

    def __init__(self, target: Path | None) -> None:
        """Beside ``target``, so that a full disk is met before the rename; None: a temporary place."""
        self._near = target.parent if target is not None else None
        self._made: list[Path] = []

    def __enter__(self) -> Path:
        """Make it."""
        if self._near is not None:
            self._made = [p for p in (self._near, *self._near.parents) if not p.exists()]
            with writing(self._near):
                self._near.mkdir(parents=True, exist_ok=True)
        near = self._near if self._near is not None else Path(tempfile.gettempdir())
        with writing(near):
            self.path = Path(tempfile.mkdtemp(prefix=".labelwright-", dir=near))
        return self.path

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove it."""
        shutil.rmtree(self.path, ignore_errors=True)
        with contextlib.suppress(OSError):  # folders made for nothing go; those that hold files stay
            for folder in self._made:
                folder.rmdir()


def copy_into(handle: IO[bytes], paths: list[Path], target: Path) -> None:
    """Append files to an open one."""
    with writing(target):
        for path in paths:
            with path.open("rb") as part:
                shutil.copyfileobj(part, handle, 1 << 20)


def unspool(paths: list[Path]) -> Iterator[Resolved]:
    """The resolved items that this very run spooled."""
    for path in paths:
        with path.open("rb") as handle:
            while True:
                try:
                    yield pickle.load(handle)
                except EOFError:
                    break
