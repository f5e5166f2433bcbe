"""What an annotation tool promises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, runtime_checkable

from msgspec import Struct

from labelwright.contracts.templates import Template
from labelwright.problems import Problem, Problems
from labelwright.records import Item


class Source(Struct, frozen=True):
    """Something to read: a file, a folder, or the part of a file that one worker takes.

    ``start`` and ``end`` are byte offsets (``end`` 0: to the end). ``label_config`` is the text of
    the project's own configuration, where it is known, and ``server`` the address items link to.
    """

    path: str
    start: int = 0
    end: int = 0
    label_config: str = ""
    server: str = ""
    name: str = ""


class SourceControls(Struct, frozen=True):
    """The controls of a source by name; ``relations``: regions are related too, which has no name.

    ``complete``: these are all that the project asks. Else they are those that answers were found for.
    ``fields``: the names of what items show, as the configuration or every item looked at has them.
    """

    names: frozenset[str]
    complete: bool = False
    relations: bool = False
    fields: frozenset[str] = frozenset()


@runtime_checkable
class TellsControls(Protocol):
    """What a tool offers beside ``Tool`` if its sources tell which controls were asked."""

    def controls_of(self, source: Source) -> SourceControls:
        """The controls of a source, from its configuration or its first items. Raises ``DataError``."""
        ...


@runtime_checkable
class Infers(Protocol):
    """What a source offers beside ``Tool`` or ``Format`` if it can be read without a template."""

    def infer(self, source: Source, problems: Problems) -> Template:
        """A template of what the source itself says: its labels, shapes and attributes.

        Its example kind is ``none`` and its name that of the format. Raises ``DataError`` if the source
        cannot be read.
        """
        ...


class Tool(Protocol):
    """An annotation tool. It may be a ``TellsControls`` and ``Infers`` too.

    ``capabilities`` maps a verb of the command line (``install``, ``pull`` ...) to the
    ``module:function`` that serves it, so that nothing of the tool is imported before it is asked.
    ``write`` is no verb: it names the ``module:object`` of the ``Format`` that the tool imports.
    """

    name: str
    title: str
    capabilities: Mapping[str, str]

    def recognise(self, source: Source, head: bytes) -> str:
        """Name the format of a source from its path and first bytes; empty if it is not ours.

        Raises ``DataError`` when the source is this tool's, but of a form that has lost what is
        needed; the problem then says why and what to export instead.
        """
        ...

    def complete(self, source: Source) -> Source:
        """Add what lies beside a source: the project's own configuration, its server's address."""
        ...

    def adapt(self, source: Source, template: Template, problems: Problems) -> Template:
        """The template with the labels of the project's own configuration, which win over its own."""
        ...

    def read(self, source: Source, template: Template, problems: Problems) -> Iterator[Item]:
        """Yield each item once, with all its annotations, in the source's order."""
        ...

    def split(self, source: Source, parts: int) -> list[Source]:
        """Cut a source into at most ``parts`` sources whose items, in order, are the same."""
        ...

    def lint_config(self, template: Template) -> Iterable[Problem]:
        """Say where the tool's configuration in a template's folder drifts from the template."""
        ...
