"""The forms in which CVAT hands out annotations, and how each is opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from labelwright.contracts import Source, Template
from labelwright.io.archive import Archive, is_zip
from labelwright.problems import DataError, Place, Problems
from labelwright.records import Item
from labelwright_plugins.cvat import problems as p
from labelwright_plugins.cvat import pulled
from labelwright_plugins.cvat.films import Films
from labelwright_plugins.cvat.images import Images
from labelwright_plugins.cvat.infer import template_of
from labelwright_plugins.cvat.plan import Plan
from labelwright_plugins.cvat.project import Label, Project, Task
from labelwright_plugins.cvat.seen import Seen
from labelwright_plugins.cvat.xmlread import XmlFile

XML, PULLED = "annotations.xml", "cvat.json"
_ROOT = re.compile(
    rb"^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*(?:<!DOCTYPE[^>]*[>\[].*?)?<annotations[\s>]",
    re.S,
)
_BARE = re.compile(rb'^\s*\{\s*"(?:version|tags|shapes|tracks)"\s*:')
_LISTS = re.compile(rb'"(?:tags|shapes|tracks)"\s*:\s*\[')


def recognise(source: Source, head: bytes) -> str:
    """Name the form of a source; empty if it is none of CVAT's.

    Raises ``DataError`` for an API answer, whose labels are numbers.
    """
    path = Path(source.path)
    if path.is_dir():
        if (path / PULLED).is_file():
            return "pulled folder"
        return "XML" if xml_names(path) else ""
    if is_zip(path):
        return "XML" if xml_names(path) else ""
    if _ROOT.match(head) and (b"<version>" in head or b"<meta>" in head or b"<image " in head):
        return "XML"
    if _BARE.match(head) and _LISTS.search(head):
        raise DataError(p.BARE_ANNOTATIONS.at(Place(source=source.name or source.path)))
    return ""


def xml_names(path: Path) -> list[str]:
    """The XML files of CVAT in a folder or archive. Raises ``DataError`` for an archive that is not safe."""
    with Archive(str(path)) as archive:
        return [n for n in archive.names() if PurePosixPath(n).name == XML]


def files(source: Source, archive: Archive) -> list[tuple[str, str]]:
    """The XML files of a source: their names, and what to call them in messages."""
    label = source.name or source.path
    if archive.only:
        return [(archive.only, label)]
    names = [n for n in archive.names() if PurePosixPath(n).name == XML]
    if not names:
        raise DataError(p.NO_ANNOTATIONS.at(Place(source=label), name=XML))
    return [(n, f"{label}/{n}") for n in names]


def project_of(source: Source) -> Project:
    """Labels and tasks of an XML source: of several files, those of all."""
    with Archive(source.path, source.name) as archive:
        found = Project()
        for name, label in files(source, archive):
            with archive.open(name) as handle:
                one = XmlFile(handle, label, Problems()).head()
            known = {x.name for x in found.labels}
            found.labels.extend(x for x in one.labels if x.name not in known)
            found.tasks.update(one.tasks)
            found.kind = found.kind or one.kind
    return found


def body_of(source: Source) -> str:
    """``track`` if a source's first file has tracks, ``image`` if it has images; empty if neither."""
    with Archive(source.path, source.name) as archive:
        for name, label in files(source, archive):
            with archive.open(name) as handle:
                file = XmlFile(handle, label, Problems())

                def first(element: str, attrs: dict[str, str], file: XmlFile = file) -> None:
                    del attrs
                    file.ready.append(element)

                for element in file.body(lambda project, first=first: first):  # type: ignore[misc]
                    return str(element)
    return ""


class Reader:
    """Reads one XML file: which of the two bodies it has is known from its first element."""

    def __init__(self, file: XmlFile, template: Template, server: str, seen: Seen, part: str = "") -> None:
        """``seen`` knows the images of the files before this one; ``part`` is the file among several."""
        self._part = part
        self._file, self._template, self._server, self._seen = file, template, server, seen
        self._images: Images | None = None
        self._films: Films | None = None
        self._made: tuple[Project, Plan] | None = None

    def begin(self, project: Project) -> Any:
        """The handler of the first element."""
        if not project.tasks:
            project.tasks[""] = Task(part=self._part)
        self._made = project, Plan(self._template, project.labels, self._file.problems)
        return self._first

    def _first(self, name: str, attrs: dict[str, str]) -> None:
        handler = self._body(name)
        self._file.parser.StartElementHandler = handler
        handler(name, attrs)

    def _body(self, name: str) -> Any:
        project, plan = self._made or (Project(), Plan(self._template, [], self._file.problems))
        if name == "track":
            self._films = Films(self._file, project, plan, self._server, self._seen)
            return self._films.begin()
        self._images = Images(self._file, project, plan, self._server, self._seen)
        return self._images.start

    def items(self) -> Iterator[Item]:
        """All items of the file."""
        yield from self._file.body(self.begin)
        if self._films is None and self._images is None:
            plan = self._made[1] if self._made else None
            self._body("track" if plan is not None and plan.clip else "image")
        if self._images is not None:
            self._images.finish()
            yield from self._file.ready
            yield from self._images.films()
        elif self._films is not None:
            yield from self._films.items()


def read_xml(source: Source, template: Template, problems: Problems) -> Iterator[Item]:
    """The items of an XML source."""
    seen = Seen()
    with Archive(source.path, source.name) as archive:
        found = files(source, archive)
        for name, label in found:
            part = str(PurePosixPath(name).parent) if len(found) > 1 else ""
            with archive.open(name) as handle:
                file = XmlFile(handle, label, problems)
                yield from Reader(file, template, source.server, seen, part).items()


def infer(source: Source, problems: Problems) -> Template:
    """A template of what a source says of itself: of films alone, one that asks for tracks."""
    del problems
    if is_pulled(source):
        project = pulled.project_of(Path(source.path), source.name or source.path)
        modes = {task.mode for task in project.tasks.values()}
        return template_of(project.labels, modes == {"interpolation"})
    return template_of(project_of(source).labels, body_of(source) == "track")


def is_pulled(source: Source) -> bool:
    """Whether a source is a folder that was pulled."""
    return (Path(source.path) / PULLED).is_file()


def labels_of(source: Source) -> list[Label]:
    """The labels of a source's project."""
    if is_pulled(source):
        return pulled.labels_of(Path(source.path), source.name or source.path)
    return project_of(source).labels


def read(source: Source, template: Template, problems: Problems) -> Iterator[Item]:
    """The items of a source of any form."""
    if is_pulled(source):
        return pulled.read(source, template, problems)
    return read_xml(source, template, problems)
