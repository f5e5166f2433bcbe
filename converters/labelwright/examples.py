"""Waist 2: a training example before it takes a file's shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from msgspec import Struct

from labelwright.geometry.shapes import Geometry


class Text(Struct, frozen=True, gc=False):
    """Words."""

    text: str


class Media(Struct, frozen=True):
    """A picture, a film or a sound: where it is and what it is.

    ``uri`` is what the item says. ``address`` is what the row says (empty: the same), ``type`` the media
    type and ``digest`` the SHA-256 of the bytes; these are known once somebody has looked at the file.
    ``kind`` is image, video or audio. ``width`` and ``height`` are pixels: as the tool tells, and of what the
    row shows once somebody has looked (0: unknown, or a sound).
    """

    uri: str
    type: str = ""
    kind: str = "image"
    address: str = ""
    digest: str = ""
    width: int = 0
    height: int = 0

    @property
    def named(self) -> str:
        """Where a row finds it."""
        return self.address or self.uri


class Pointed(Struct, frozen=True):
    """One thing that a grounding points at: its label, and its shapes in pixels of the image shown.

    In a caption, the label is the phrase and ``[start, end)`` are its code points. ``answers`` is what was
    asked of it alone and goes along, as plain JSON.
    """

    label: str
    shapes: tuple[Geometry, ...]
    start: int = -1
    end: int = -1
    answers: tuple[tuple[str, Any], ...] = ()


class Grounding(Struct, frozen=True):
    """What an image shows where: a list of things, or a ``caption`` with phrases tied to shapes.

    ``size`` is the width and height in pixels of the image on which the shapes lie, the ``media``-th of
    the example (from 0). How it is written is the business of a notation (see ``contracts.Notation``).
    Objects are in the order of the answer; those of a caption in that of their phrases.
    """

    objects: tuple[Pointed, ...]
    size: tuple[int, int]
    caption: str = ""
    media: int = 0

    @property
    def text(self) -> str:
        """The same in words that depend on no notation, to compare examples by."""
        things = [f"{thing.label} {thing.shapes!r} {thing.answers!r}" for thing in self.objects]
        return "\n".join([self.caption, *things] if self.caption else things)


Part: TypeAlias = Text | Media | Grounding


class Message(Struct, gc=False):
    """One message of a chat. ``think`` is the reasoning that goes before the content, if any."""

    role: str
    content: tuple[Part, ...]
    think: str = ""

    @property
    def text(self) -> str:
        """The words of the message, its media left out."""
        if len(self.content) == 1:
            part = self.content[0]
            return "" if isinstance(part, Media) else part.text
        return "".join(p.text for p in self.content if not isinstance(p, Media))

    @property
    def shown(self) -> str:
        """The words of the message and where its media are, one part a line."""
        if len(self.content) == 1 and type(self.content[0]) is Text:
            return self.content[0].text
        return "\n".join([p.digest or p.uri if isinstance(p, Media) else p.text for p in self.content])


class Chat(Struct, gc=False):
    """A conversation whose assistant messages are what the model learns.

    Roles are ``system`` (at most once, first), ``user`` and ``assistant``; the last is ``assistant``.
    """

    messages: list[Message]


class Grounded(Struct, gc=False):
    """A conversation about pictures whose messages say, as ``Grounding`` parts, what is where.

    Once a notation has written those parts it is a chat. Roles are those of ``Chat``.
    """

    messages: list[Message]


class Completion(Struct, gc=False):
    """A prompt and what follows it, without roles."""

    prompt: str
    completion: str


class Preference(Struct, gc=False):
    """Two answers to one prompt, of which people found one better.

    ``prompt`` ends with a user message and may hold none of the assistant's last words. A ``tie`` means
    that neither is better; ``chosen`` is then the one shown first. ``margin`` says how much better, as a
    number of the template's own scale (None: not asked); ``scores`` are those of chosen and rejected.
    """

    prompt: list[Message]
    chosen: Message
    rejected: Message
    tie: bool = False
    margin: float | None = None
    scores: tuple[float, float] | None = None


class Ranking(Struct, gc=False):
    """Several answers to one prompt in an order. ``ranks[i]`` is that of ``responses[i]``: 1 is best.

    Equal ranks are ties. Answers that nobody ranked are left out.
    """

    prompt: list[Message]
    responses: list[Message]
    ranks: list[int]


class Rated(Struct, gc=False):
    """One answer to a prompt with ratings by criterion, and whether it is good enough to learn from.

    ``desirable`` is None where the template draws no line.
    """

    prompt: list[Message]
    response: Message
    ratings: dict[str, float]
    desirable: bool | None = None


Example: TypeAlias = Chat | Grounded | Completion | Preference | Ranking | Rated

KINDS: dict[str, type[Any]] = {
    "chat": Chat,
    "grounded": Grounded,
    "completion": Completion,
    "preference": Preference,
    "ranking": Ranking,
    "rated": Rated,
}
NONE = "none"  # a template whose answers go into annotation formats only
COMPARED = frozenset({"preference", "ranking", "rated"})
# What an example of one kind can also be written as, without anything being invented.
# A grounded example becomes a chat by the notation that is asked for (see ``pipeline.outfit``).
DERIVED: dict[str, tuple[str, ...]] = {
    "ranking": ("preference",),
    "preference": ("rated",),
    "grounded": ("chat",),
}


def kind_of(example: Example) -> str:
    """The name of an example's kind, as templates and dialects write it."""
    return type(example).__name__.lower()


def reachable(kind: str, kinds: frozenset[str]) -> bool:
    """Whether an example of ``kind`` can be written by what takes ``kinds``."""
    return kind in kinds or any(k in kinds for k in DERIVED.get(kind, ()))


def derive(example: Example, kinds: frozenset[str]) -> list[Example]:
    """The example as examples of ``kinds``: itself, or what follows from it, in a fixed order.

    A ranking gives every pair of different rank, with the difference of ranks as margin, and scores
    that count from the worst rank (0). A preference gives its two answers, the chosen one desirable; a
    tie gives none. A grounded example needs a notation and gives nothing here.
    """
    if kind_of(example) in kinds:
        return [example]
    if isinstance(example, Ranking) and "preference" in kinds:
        return list(_pairs(example))
    if isinstance(example, Preference) and "rated" in kinds and not example.tie:
        good, bad = example.scores if example.scores is not None else (None, None)
        return [
            Rated(example.prompt, answer, {} if score is None else {"score": score}, desirable)
            for answer, score, desirable in ((example.chosen, good, True), (example.rejected, bad, False))
        ]
    return []


def _pairs(example: Ranking) -> Iterator[Preference]:
    order = sorted(range(len(example.ranks)), key=lambda i: (example.ranks[i], i))
    worst = max(example.ranks, default=0)
    for at, better in enumerate(order):
        for worse in order[at + 1 :]:
            high, low = example.ranks[better], example.ranks[worse]
            if high < low:
                yield Preference(
                    example.prompt,
                    example.responses[better],
                    example.responses[worse],
                    margin=float(low - high),
                    scores=(float(worst - high), float(worst - low)),
                )


def asked(example: Example) -> str:
    """What an example asks, as plain text: words, and which media are shown.

    The answers that are compared belong to it: two pairs for one prompt are no contradiction. They
    are named in an order that does not tell which is better.
    """
    if isinstance(example, Chat | Grounded):
        return "\n".join([m.shown for m in example.messages[:-1]])
    if isinstance(example, Completion):
        return example.prompt
    shown = [m.shown for m in example.prompt]
    if isinstance(example, Preference):
        shown += sorted((example.chosen.shown, example.rejected.shown))
    elif isinstance(example, Ranking):
        shown += sorted(m.shown for m in example.responses)
    else:
        shown.append(example.response.shown)
    return "\n".join(shown)


def grouped(example: Example) -> str:
    """What keeps examples on one side of a split: what they ask, of compared answers the prompt alone.

    Of an example that shows media it is those, whatever is asked about them: a model that has learnt one
    question about an image knows the image. So does one that has learnt one pair of a prompt know the
    prompt of the others. Where there is no prompt, the answers are the group.
    """
    if isinstance(example, Completion):
        return asked(example)
    messages = example.messages if isinstance(example, Chat | Grounded) else example.prompt
    media = {p.digest or p.uri for m in messages for p in m.content if isinstance(p, Media)}
    if media:
        return "\n".join(sorted(media))
    if isinstance(example, Chat | Grounded):
        return asked(example)
    prompt = "\n".join([m.shown for m in example.prompt])
    return prompt if prompt.strip() else asked(example)


def taught(example: Example) -> str:
    """What an example teaches, as plain text: the reasoning too."""
    if isinstance(example, Chat | Grounded):
        return _said(example.messages[-1])
    if isinstance(example, Completion):
        return example.completion
    if isinstance(example, Preference):
        return "tie" if example.tie else _said(example.chosen)
    if isinstance(example, Ranking):
        ranked = sorted(zip(example.ranks, example.responses, strict=True), key=lambda r: (r[0], r[1].shown))
        return "\n".join(f"{rank}: {_said(message)}" for rank, message in ranked)
    return f"{sorted(example.ratings.items())} {example.desirable}"


def _said(message: Message) -> str:
    return f"{message.think}\n{message.text}" if message.think else message.text
