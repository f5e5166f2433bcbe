"""The forms in which CVAT hands out annotations, and how each is opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from labelwright.contracts import Source, Template
from labelwright.io.archive import Archive, is_zip
from labelwright.problems import DataError, Place, Problems
from labelwright.records import Item
from labelwright_plugins.cvat import problems as p
from labelwright_plugins.cvat.images import Images
from labelwright_plugins.cvat.plan import Plan
from labelwright_plugins.cvat.project import Project
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
                file, first = XmlFile(handle, label, Problems()), []

                def begin(project: Project, file: XmlFile = file, first: list[str] = first) -> Any:
                    return lambda name, attrs: file.ready.append(first.append(name) or name)

                for _ in file.body(begin):
                    return first[0]
    return ""


def read_xml(source: Source, template: Template, problems: Problems) -> Iterator[Item]:
    """The items of an XML source."""
    seen = Seen()
    with Archive(source.path, source.name) as archive:
        for name, label in files(source, archive):
            with archive.open(name) as handle:
                file = XmlFile(handle, label, problems)
                made: list[Images] = []

                def begin(project: Project, file: XmlFile = file, made: list[Images] = made) -> Any:
                    plan = Plan(template, project.labels, problems)
                    made.append(Images(file, project, plan, source.server, seen))
                    return made[0].start

                yield from file.body(begin)
                for body in made:
                    body.finish()
                yield from file.ready


def infer(source: Source, problems: Problems) -> Template:
    """A template of what a source says of itself."""
    from labelwright_plugins.cvat.infer import template_of

    del problems
    return template_of(project_of(source).labels, body_of(source) == "track")


def labels_of(source: Source) -> list[Any]:
    """The labels of a source's project."""
    return project_of(source).labels


def read(source: Source, template: Template, problems: Problems) -> Iterator[Item]:
    """The items of a source of any form."""
    return read_xml(source, template, problems)
