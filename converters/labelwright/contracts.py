"""What plugins and templates promise: small protocols and the values they exchange.

A new tool is a folder, a new template a folder, a new dialect, format or consensus rule a file. Each
is found by scanning (see ``registry``) and covered by the contract tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct, field

from labelwright.examples import Example
from labelwright.problems import Problem, Problems, UsageError
from labelwright.records import Item, Kind, Level, Resolved

# --- templates ---------------------------------------------------------------------------------


class Input(Struct, forbid_unknown_fields=True):
    """One thing an item shows: ``type`` is text, dialogue, image, audio, video or json.

    A dialogue is a list of objects; ``author_key`` and ``text_key`` name who speaks and the words.
    """

    type: str
    required: bool = True
    unit: str = "item"
    author_key: str = "author"
    text_key: str = "text"


class Control(Struct, forbid_unknown_fields=True):
    """One question a template asks.

    ``on`` names the region control whose regions are asked (empty: the item is asked). ``labels`` is
    empty where any value is allowed. ``minimum`` and ``maximum`` bound ratings and numbers.
    """

    kind: Kind
    labels: list[str] = []
    level: Level | None = None
    required: bool = False
    on: str = ""
    input: str = ""
    minimum: float | None = None
    maximum: float | None = None
    multiple: bool = False
    title: str = ""

    @property
    def measured_level(self) -> Level:
        """The level of measurement, by kind where the template does not say."""
        if self.level is not None:
            return self.level
        return {Kind.RATING: Level.ORDINAL, Kind.NUMBER: Level.INTERVAL}.get(self.kind, Level.NOMINAL)


class ExampleSpec(Struct, forbid_unknown_fields=True):
    """How an answer becomes a training example. Strings are Jinja templates (see ``render``).

    ``assistant`` is a string, or ``{json = {...}}``: a JSON value whose strings of the form
    ``controls.NAME`` and ``inputs.NAME`` stand for the values. ``messages`` names the dialogue
    control (kind turns) or input (type dialogue) that gives the conversation; ``roles`` maps a role to
    the authors who play it, ``rewrite`` names the text control whose answer on a turn replaces the
    turn's words, and a non-empty ``assistant`` is added as the last message. ``think`` is the
    reasoning of the last answer.
    """

    kind: str = "chat"
    system: str = ""
    user: str = ""
    assistant: str | dict[str, Any] = ""
    messages: str = ""
    roles: dict[str, list[str]] = {}
    rewrite: str = ""
    think: str = ""
    prompt: str = ""
    completion: str = ""


class Checks(Struct, forbid_unknown_fields=True):
    """What the target must be: ``enum``, ``json``, ``python`` or a regular expression.

    ``labels_of`` names the control whose labels an ``enum`` target is one of (the only choice
    control, where there is one). ``schema`` is a JSON Schema file in the template's folder.
    """

    assistant: str = ""
    labels_of: str = ""
    schema: str = ""


class Quality(Struct, forbid_unknown_fields=True):
    """The template's quality rules.

    ``gate`` names the controls whose agreement the gate asks for; without it, all that are asked of
    the item but free text (and free text too where there is nothing else). ``volumes`` are numbers of
    examples by tier: minimum, recommended, production.
    """

    min_agreement: float = 0.80
    measure: str = "percent"
    consensus: str = ""
    gate: list[str] = []
    volumes: dict[str, int] = {}


class Template(Struct, forbid_unknown_fields=True):
    """One folder of label configs: everything about one kind of labelling work."""

    name: str
    title: str = ""
    modality: str = "text"
    description: str = ""
    inputs: dict[str, Input] = {}
    controls: dict[str, Control] = {}
    example: ExampleSpec = field(default_factory=ExampleSpec)
    checks: Checks = field(default_factory=Checks)
    quality: Quality = field(default_factory=Quality)
    # Filled by the loader, never written in template.toml.
    folder: str = ""

    def file(self, name: str) -> Path:
        """Path of a file of the template's folder. Raises ``UsageError`` if there is none."""
        path = Path(self.folder) / name
        if not path.is_file():
            raise UsageError(f"template {self.name!r} has no file {name}")
        return path

    def asked(self, control: str) -> Control | None:
        """The control of that name, if the template asks it."""
        return self.controls.get(control)


# --- tools -------------------------------------------------------------------------------------


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


class Tool(Protocol):
    """An annotation tool.

    ``capabilities`` maps a verb of the command line (``install``, ``pull`` ...) to the
    ``module:function`` that serves it, so that nothing of the tool is imported before it is asked.
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


# --- outputs -----------------------------------------------------------------------------------


class Broken(Struct, frozen=True):
    """A rule that a row breaks: the rule's code, the path inside the row, and what is wrong."""

    code: str
    path: str
    message: str


class FileRules(Struct, frozen=True):
    """What a dialect asks of the file as a whole."""

    byte_order_mark: bool = False
    min_rows: int = 1
    max_rows: int = 0
    max_bytes: int = 0


class Dialect(Protocol):
    """The shape of a JSONL training file for one trainer."""

    name: str
    title: str
    reference: str  # address of the public specification
    kinds: frozenset[str]  # example kinds it takes
    file_rules: FileRules

    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of one row."""
        ...

    def row(self, example: Example) -> dict[str, Any]:
        """One example as one row."""
        ...

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        ...

    def companions(self, files: Sequence[Path]) -> Mapping[str, bytes]:
        """Files that go beside the training files (name to content), such as dataset_info.json."""
        ...


class Format(Protocol):
    """An annotation file format, written from resolved items and checked as a whole file."""

    name: str
    title: str
    reference: str
    suffix: str
    kinds: frozenset[Kind]  # value kinds, one of which the template must ask

    def write(self, items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[bytes]:
        """Yield the file's bytes; what it cannot hold is a loss in ``problems``."""
        ...

    def check(self, data: Iterable[bytes], source: str) -> Iterator[Problem]:
        """Every rule that a file of this format breaks, with line and path."""
        ...


class Decision(Struct, frozen=True):
    """What a consensus rule made of several answers: a value, or a tie between some."""

    value: Any = None
    tied: tuple[Any, ...] = ()
    votes: int = 0


class ConsensusRule(Protocol):
    """Makes one answer of several annotators' answers for one control."""

    name: str
    kinds: frozenset[Kind]

    def resolve(self, control: Control, answers: Sequence[tuple[str, Any]]) -> Decision:
        """Decide from (annotator, value) pairs; at least one pair, sorted by annotator."""
        ...
