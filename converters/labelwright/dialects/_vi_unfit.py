"""What of an example Datature Vi has no place for."""

from __future__ import annotations

from collections.abc import Iterator

from labelwright.dialects._media import KIND_REFUSED
from labelwright.dialects._places import groundings_of, lost_phrases, lost_places, media_of, messages_of
from labelwright.dialects._rules import rule
from labelwright.dialects._vi_rules import tokens_of
from labelwright.examples import Example, Grounding, Media, Message, Text
from labelwright.problems import Place, Problem, Severity

NOT_ONE_IMAGE = rule(
    "vi.not-one-image",
    "An example is not about one image",
    "the example shows {count} images; a row is about one",
    "Leave the item out, or choose a target that takes any number of images.",
)
SIZE_UNKNOWN = rule(
    "vi.size-unknown",
    "Nobody knows the size of an image",
    "width and height of {name!r} are not known",
    "Pass the place of the images with --media, so that they are looked at.",
)
NO_CAPTION = rule(
    "vi.no-caption",
    "Objects are marked, but no caption names them",
    "the {count} objects are tied to no caption",
    "Use a template with a caption whose phrases the boxes are tied to, such as phrase-grounding.",
)
ANSWER_MIXED = rule(
    "vi.answer-mixed",
    "An example says more than one grounded caption, or words beside it",
    "a row holds one caption with its phrases and nothing else",
    "Leave words around the caption out of the template's example.",
)
INSIDE_WORD = rule(
    "vi.phrase-inside-word",
    "A phrase begins or ends inside a word, and Vi counts whole words",
    "{label!r} begins or ends inside a word",
    "Mark whole words.",
)
NO_TURNS = rule(
    "vi.turns",
    "A conversation is not one of questions and answers in turn",
    "the turns are {roles}; Vi takes a question and its answer, then the next",
    "Leave the item out, or choose a target that takes such conversations.",
)
PROMPT_LEFT_OUT = rule(
    "vi.prompt-left-out",
    "The words that ask for a caption, or a system message, have no place in Vi's rows",
    "{words!r} is not in the row",
    "Set the instruction in Vi's training project.",
    Severity.NOTE,
)


def words_asked(message: Message) -> str:
    """The words of a message, without the line breaks that set its image apart."""
    return "".join(part.text for part in message.content if isinstance(part, Text)).strip()


def unfit(example: Example, place: Place) -> Iterator[Problem]:
    """What cannot be written: losses, notes, and errors where there can be no row."""
    media, groundings, messages = media_of(example), groundings_of(example), messages_of(example)
    for part in media:
        if part.kind != "image":
            yield KIND_REFUSED.at(place, found=part.kind, kinds="image")
    if len(media) != 1:
        yield NOT_ONE_IMAGE.at(place, count=len(media))
    elif not (media[0].width and media[0].height) and not groundings:
        yield SIZE_UNKNOWN.at(place, name=media[0].named)
    for message in messages:
        if message.role == "system" and message.text.strip():
            yield PROMPT_LEFT_OUT.at(place, words=message.text)
    turns = [m for m in messages if m.role != "system"]
    roles = [m.role for m in turns]
    if not roles or roles != ["user", "assistant"] * (len(roles) // 2):
        yield NO_TURNS.at(place, roles=", ".join(roles))
    elif any(isinstance(part, Media) for m in turns[1::2] for part in m.content):
        yield NO_TURNS.at(place, roles="such that an answer shows an image")
    if groundings:
        yield from _ungrounded(turns, groundings, place)
        yield from lost_phrases(example, place)
        yield from lost_places(example, place)


def _ungrounded(turns: list[Message], groundings: list[Grounding], place: Place) -> Iterator[Problem]:
    """Errors of groundings that are no captions of Vi's kind."""
    said = turns[-1].content if turns else ()
    beside = [part for part in said if isinstance(part, Text) and part.text.strip()]
    if len(groundings) != 1 or beside or len(turns) != 2 or turns[-1].think:
        yield ANSWER_MIXED.at(place)
    asked = words_asked(turns[0]) if turns else ""
    if asked:
        yield PROMPT_LEFT_OUT.at(place, words=asked)
    for grounding in groundings:
        if not grounding.caption:
            yield NO_CAPTION.at(place, count=len(grounding.objects))
            continue
        for thing in grounding.objects:
            inside = 0 <= thing.start < thing.end <= len(grounding.caption)
            if inside and tokens_of(grounding.caption, thing.start, thing.end) is None:
                yield INSIDE_WORD.at(place, label=thing.label)
