"""Reads the XML of "CVAT for images 1.1" and "CVAT for video 1.1" as a stream.

Memory stays flat: of an image nothing is kept once its item is out. Where nothing has to be collected
(a box is known by its start alone) the parser calls for starts only: ends and text are asked for
while an attribute, a tag, a skeleton or the meta part is open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO, Any
from xml.etree.ElementTree import TreeBuilder
from xml.parsers import expat

from labelwright.problems import DataError, Place, Problems
from labelwright_plugins.cvat import problems as p
from labelwright_plugins.cvat.project import Project, project_from_xml

CHUNK = 1 << 16
MOST_META = 1_000_000  # elements: a project of ten thousand tasks has a few hundred thousand
Body = Callable[[str, dict[str, str]], None]


class XmlFile:
    """One XML file, parsed in pieces. ``project`` is known after its meta part."""

    def __init__(self, handle: IO[bytes], source: str, problems: Problems) -> None:
        """Read ``handle`` from its start; problems are placed in ``source``."""
        self._handle, self.source, self.problems = handle, source, problems
        self.project: Project | None = None
        self.read = 0  # images and tracks that were complete
        self.ready: list[Any] = []
        self._tree: TreeBuilder | None = None
        self._elements = 0
        self._version = ""
        self._in_version = False
        self._begin: Callable[[Project], Body] | None = None
        self._handler: Body | None = None
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.ExternalEntityRefHandler = self._refuse
        self.parser = parser

    @property
    def line(self) -> int:
        """Where the parser is."""
        return self.parser.CurrentLineNumber

    def head(self) -> Project:
        """Read no further than the meta part."""
        for _ in self._parsed():
            if self.project is not None:
                return self.project
        return self._finish_meta()

    def body(self, begin: Callable[[Project], Body]) -> Iterator[Any]:
        """Yield what the handler that ``begin`` makes of a project puts into ``ready``."""
        self._begin = begin
        for _ in self._parsed():
            if self.ready:
                yield from self.ready
                self.ready.clear()
        if self.project is None:
            self._finish_meta()

    def _parsed(self) -> Iterator[None]:
        parser, final = self.parser, False
        try:
            while not final:
                data = self._handle.read(CHUNK)
                final = not data
                parser.Parse(data, final)
                yield
        except (LookupError, ValueError) as error:  # of the encoding that the file says it has
            what = {"line": 1, "column": 0, "read": self.read, "reason": f"its encoding: {error}"}
            raise DataError(p.XML_BROKEN.at(Place(source=self.source, line=1), **what)) from None
        except expat.ExpatError as error:
            place = Place(source=self.source, line=error.lineno)
            reason = f"the file is broken: {expat.ErrorString(error.code)}"
            if final:
                reason = "the file ends before it is complete"
            what = {"line": error.lineno, "column": error.offset, "read": self.read, "reason": reason}
            raise DataError(p.XML_BROKEN.at(place, **what)) from None

    def _refuse(self, *what: Any) -> int:
        raise DataError(p.XML_ENTITIES.at(Place(source=self.source, line=self.line)))

    # --- the part before the images

    def _start(self, name: str, attrs: dict[str, str]) -> None:
        if self._tree is not None:
            self._elements += 1
            if self._elements > MOST_META:
                what = {"line": self.line, "column": 0, "read": 0, "reason": "its meta part is too large"}
                raise DataError(p.XML_BROKEN.at(Place(source=self.source), **what))
            self._tree.start(name, attrs)
        elif name == "meta":
            self._tree = TreeBuilder()
            self._tree.start(name, attrs)
        elif name == "version":
            self._in_version = True
        elif name != "annotations":
            self._finish_meta()
            if self._handler is not None:
                self._handler(name, attrs)

    def _end(self, name: str) -> None:
        if self._tree is not None:
            self._tree.end(name)
            if name == "meta":
                meta, self._tree = self._tree.close(), None
                self._finish_meta(project_from_xml(meta))
        elif name == "version":
            self._in_version = False

    def _text(self, data: str) -> None:
        if self._tree is not None:
            self._tree.data(data)
        elif self._in_version:
            self._version += data[:40]

    def _finish_meta(self, project: Project | None = None) -> Project:
        if self.project is not None:
            return self.project
        self.project = project or Project()
        self.project.version = self._version.strip()
        if self._begin is not None:
            if self.project.version != "1.1":
                what = {"version": self.project.version}
                self.problems.add(p.VERSION_UNKNOWN.at(Place(source=self.source), **what))
            self._handler = self._begin(self.project)
            self.parser.StartElementHandler = self._handler
            self.parser.EndElementHandler = None
            self.parser.CharacterDataHandler = None
        return self.project
