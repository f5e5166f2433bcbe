"""What a template says: its inputs, controls, examples and quality rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import Struct, field

from labelwright.problems import UsageError
from labelwright.records import Kind, Level

STEP = " / "  # between the steps of a taxonomy's path where it is one label


def path_label(path: object) -> str:
    """A taxonomy path as a label."""
    return STEP.join(str(p) for p in path) if isinstance(path, tuple | list) else str(path)


class Input(Struct, forbid_unknown_fields=True):
    """One thing an item shows: ``type`` is text, dialogue, image, audio, video or json.

    ``unit`` says of a video what one item is: the whole ``clip``, or each ``frame`` of it by itself.
    An item that lacks what is ``required`` is refused. A dialogue is a list of objects; ``author_key``
    and ``text_key`` name who speaks and the words.
    """

    type: str
    required: bool = True
    author_key: str = "author"
    text_key: str = "text"
    unit: str = "clip"


class SkeletonSpec(Struct, forbid_unknown_fields=True):
    """The named points of a figure, in order, and the pairs of them that a line joins.

    ``sigmas`` (one a point) say how far apart two people's points may lie, as COCO's OKS uses them.
    """

    joints: list[str]
    edges: list[list[str]] = []
    sigmas: list[float] = []


class Control(Struct, forbid_unknown_fields=True):
    """One question a template asks.

    ``kind`` says what an answer is, ``level`` its level of measurement (nominal, ordinal, interval or
    ratio; by kind where it is left out: ordinal for ratings, interval for numbers, else nominal).
    ``title`` is the question in words. An answer that is ``required`` must be there; of a text,
    ``multiple`` takes several. ``on`` names the region control whose regions are asked (empty: the item
    is asked). ``labels`` is empty where any value is allowed. ``minimum`` and ``maximum`` bound ratings
    and numbers; numbers that differ by ``tolerance`` or less agree. ``input`` names what is asked about
    where an item shows several things (for a ranking: the list of answers). ``diarization``: the labels
    of these segments are names for who speaks, interchangeable between annotators. ``collar`` (seconds)
    is how far apart two marked times may lie and still agree. ``normalise`` names the steps that
    transcripts go through before they are compared (the engine's default where it is empty).

    ``shapes`` names what may be drawn (box, ellipse, polygon, polyline, points, mask, skeleton, cuboid;
    empty: anything), ``rotated`` whether boxes may be turned, ``skeletons`` the figure of each label
    that is one. Of what is asked about regions, ``only`` names the labels it is asked for (empty: all),
    ``mutable`` whether the answer may change along a track, and ``default`` what holds when nobody said
    otherwise.
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
    tolerance: float = 0.0
    diarization: bool = False
    collar: float = 0.25
    normalise: list[str] = []
    shapes: list[str] = []
    rotated: bool = False
    skeletons: dict[str, SkeletonSpec] = {}
    only: list[str] = []
    mutable: bool = False
    default: str = ""
    # Filled for consensus, never written in template.toml: the controls asked of this one's regions, and
    # the template's quorum.
    regions: dict[str, Control] = {}
    kept_above: float = 0.5

    @property
    def measured_level(self) -> Level:
        """The level of measurement, by kind where the template does not say."""
        if self.level is not None:
            return self.level
        return {Kind.RATING: Level.ORDINAL, Kind.NUMBER: Level.INTERVAL}.get(self.kind, Level.NOMINAL)


class ExampleSpec(Struct, forbid_unknown_fields=True):
    """How an answer becomes a training example. Strings are Jinja templates (see ``render``).

    ``kind`` is chat or grounded (``system``, ``user`` and ``assistant``), completion (``prompt`` and
    ``completion``), preference, ranking, rated or none.

    ``assistant`` is a string, or ``{json = {...}}``: a JSON value whose strings of the form
    ``controls.NAME`` and ``inputs.NAME`` stand for the values. ``messages`` names the dialogue
    control (kind turns) or input (type dialogue) that gives the conversation; ``roles`` maps a role to
    the authors who play it, ``rewrite`` names the text control whose answer on a turn replaces the
    turn's words, and a non-empty ``assistant`` is added as the last message. ``think`` is the
    reasoning of the last answer. ``media`` names the inputs (``inputs.NAME``) whose images, films or sounds
    the user's message shows, before its words.

    For kind grounded, ``assistant`` is ``{grounding = "controls.NAME"}`` of a control of shapes, with, where
    wanted: ``caption`` (``controls.NAME`` or ``inputs.NAME``: the text whose phrases the shapes are tied
    to), ``phrase`` (the control asked of each shape that holds the phrase; else the label is it),
    ``attributes`` (the controls asked of each shape that go along), and ``text`` (words before it).

    For the kinds preference, ranking and rated, ``system``, ``messages`` (an input of type dialogue)
    and ``prompt`` give the prompt. ``responses`` are the two answers shown, left and right, or
    ``inputs.NAME`` of a list of objects with an id (``id_key``) and words (``text_key``). ``choice``
    is ``controls.NAME`` of the preference, ``margin`` of the strength (a rating, a number or an
    ordinal choice, whose labels count from 0; of several the median of those who chose the winner),
    ``ranking`` of the ranking. ``response`` is the one
    answer that is rated, ``ratings`` the controls that rate it; it is desirable if their mean is at
    least ``threshold``, or if the choice control ``label`` has the first of its labels.

    ``models`` are two strings that say which model wrote the left and the right answer, for the report;
    of a list to be ranked each object may say so under ``model_key``. Neither reaches a training file.

    ``kind = "none"``: the answers go into annotation formats only.
    """

    kind: str = "chat"
    system: str = ""
    user: str = ""
    assistant: str | dict[str, Any] = ""
    messages: str = ""
    roles: dict[str, list[str]] = {}
    rewrite: str = ""
    think: str = ""
    media: list[str] = []
    prompt: str = ""
    completion: str = ""
    responses: list[str] | str = []
    id_key: str = "id"
    text_key: str = "body"
    models: list[str] = []
    model_key: str = "model"
    choice: str = ""
    margin: str = ""
    ranking: str = ""
    response: str = ""
    ratings: list[str] = []
    threshold: float | None = None
    label: str = ""


class Checks(Struct, forbid_unknown_fields=True):
    """What the target must be: ``assistant`` is enum, json, python or a regular expression.

    ``labels_of`` names the control whose labels an ``enum`` target is one of (the only choice
    control, where there is one). ``schema`` is a JSON Schema file in the template's folder.
    """

    assistant: str = ""
    labels_of: str = ""
    schema: str = ""


class Lint(Struct, forbid_unknown_fields=True):
    """What the lint rules need to know of a template.

    ``ignore`` names rules that do not fit it. ``one_word`` allows answers of one word (a label is
    one). ``question`` is ``inputs.NAME`` or ``controls.NAME`` of the questions, where their variety
    counts. ``synonyms`` are groups of terms for one thing, the wanted one first. ``vague`` adds to the
    phrases that tell a model nothing. ``languages`` are the declared ISO 639-1 codes. ``groups`` are
    keys of the items' data or meta by whose values the shares of labels are compared; ``slices`` maps
    such keys to the least number of answered items that each of their values needs. ``negatives``: images
    on which nothing is drawn are meant. ``task`` is phrase-grounding, vqa or freeform, whose volumes are
    told by pairs and images (empty: phrase-grounding for groundings in a caption, vqa for images with a
    ``question``, else none).
    """

    ignore: list[str] = []
    one_word: bool = False
    question: str = ""
    synonyms: list[list[str]] = []
    vague: list[str] = []
    languages: list[str] = []
    groups: list[str] = []
    slices: dict[str, int] = {}
    negatives: bool = False
    task: str = ""


class Quality(Struct, forbid_unknown_fields=True):
    """The template's quality rules.

    The gate asks that agreement by ``measure`` is at least ``min_agreement``. ``consensus`` is the rule that
    makes one answer of several (majority where it is empty). ``quorum``: a shape or track stands if more
    than this share (0 to 1) of those who annotated the item drew it, or all of them. ``together`` names
    controls of the item whose answers belong together: the consensus on the first of them picks one
    annotation, and the answers to the others are that annotation's own. ``lint`` is what the lint rules
    need to know.
    ``gate`` names the controls whose agreement the gate asks for; without it, all that are asked of
    the item but free text (and free text too where there is nothing else). ``gold_target`` is the
    share of gold items that an annotator must get right before their other work counts (left out:
    no such rule). ``volumes`` are numbers of examples by tier: minimum, recommended, production.
    """

    min_agreement: float = 0.80
    measure: str = "percent"
    consensus: str = ""
    quorum: float = 0.5
    together: list[str] = []
    gate: list[str] = []
    volumes: dict[str, int] = {}
    gold_target: float | None = None
    lint: Lint = field(default_factory=Lint)


class Template(Struct, forbid_unknown_fields=True):
    """One folder of label configs: everything about one kind of labelling work.

    ``name`` is the folder's name; ``title``, ``description`` and ``modality`` (text, image, video or audio)
    are for people. ``inputs`` is what an item shows and ``controls`` what is asked, each by a name that
    the label config uses too; ``example`` is what a model learns of it, ``checks`` what its target must
    be, and ``quality`` when the data is good enough.
    """

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
