"""Examples in which people compared or rated answers: preference, ranking, rated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from labelwright.contracts import Control, Template
from labelwright.examples import Example, Message, Preference, Ranking, Rated, Text
from labelwright.problems import ProblemType, Severity, UsageError
from labelwright.records import LEFT, TIE, Kind
from labelwright.render.dialogue import DialogueRenderer
from labelwright.render.text import Compiled

Answers: TypeAlias = Mapping[str, Any]
Build: TypeAlias = Callable[[Answers, Answers], tuple[Example, str]]
Prompt: TypeAlias = Callable[[Answers, Answers], list[Message]]

RESPONSE_EMPTY = ProblemType(
    "render.response-empty",
    "An answer that was to be compared is empty",
    "the {which} answer is empty; the item gives no example",
    "Remove the item, or import it again with all its answers.",
)
RESPONSES_ALIKE = ProblemType(
    "render.responses-alike",
    "The answers that were to be compared are the same",
    "both answers have the same words; there is nothing to prefer",
    "Remove the item from the project: it costs work and teaches nothing.",
    Severity.WARNING,
)
RESPONSES_BROKEN = ProblemType(
    "render.responses-broken",
    "The answers to be ranked are not a list of objects",
    "{name} is not a list of objects with {id_key!r} and {text_key!r}: {reason}",
    "Import the item with such a list, or name its keys in the template ([example] id_key, text_key).",
)
RANKED_UNKNOWN = ProblemType(
    "render.ranked-unknown",
    "A ranking names an answer that the item does not have",
    "the ranking names {names}, which the item does not show; the item gives no example",
    "The item was changed after it was ranked: rank it again.",
)
NOT_RANKED = ProblemType(
    "render.not-ranked",
    "Fewer than two answers are ranked",
    "{count} of {shown} answers are ranked; the item gives no example",
    "Open the item in the tool and rank at least two answers.",
    Severity.WARNING,
)

NOT_COMPARED = ProblemType(
    "render.not-compared",
    "An item's answers were not compared",
    "control {name!r} has no answer; the item gives no example",
    "Open the item in the tool and complete it.",
    Severity.WARNING,
)


class Uncomparable(Exception):
    """An item whose answers cannot be compared: a kind of problem, and what it says."""

    def __init__(self, kind: ProblemType, **what: Any) -> None:
        """Carry the problem that keeps the item from being an example."""
        super().__init__(kind.code)
        self.kind = kind
        self.what = what


def compared(template: Template, text: Callable[[str, str], Compiled]) -> Build:
    """The builder of a template's examples. ``text`` compiles one of its strings by name.

    The words that the example teaches come beside it. Raises ``UsageError`` if the template names
    what is not there.
    """
    makers = {"preference": _preference, "ranking": _ranking, "rated": _rated}
    return makers[template.example.kind](template, text, _prompt(template, text))


def _prompt(template: Template, text: Callable[[str, str], Compiled]) -> Prompt:
    spec = template.example
    if not spec.prompt and not spec.messages:
        raise UsageError(f"template {template.name}: [example] needs a prompt")
    system, user = text("system", spec.system), text("prompt", spec.prompt)
    dialogue = DialogueRenderer(template) if spec.messages else None

    def build(inputs: Answers, answers: Answers) -> list[Message]:
        messages = []
        if opening := system(inputs, answers):
            messages.append(Message("system", (Text(opening),)))
        if dialogue is not None:
            messages.extend(dialogue.messages(inputs, answers))
        if question := user(inputs, answers):
            messages.append(Message("user", (Text(question),)))
        return messages

    return build


def _preference(template: Template, text: Callable[[str, str], Compiled], prompt: Prompt) -> Build:
    spec = template.example
    if not isinstance(spec.responses, list) or len(spec.responses) != 2:
        raise UsageError(f"template {template.name}: [example] responses: give two, left and right")
    left, right = (text("responses", source) for source in spec.responses)
    choice, _ = _control(template, spec.choice, (Kind.PREFERENCE,), "choice")
    margin = _number_of(template, spec.margin, "margin") if spec.margin else None

    def build(inputs: Answers, answers: Answers) -> tuple[Example, str]:
        better = _given(answers, choice)
        both = (left(inputs, answers), right(inputs, answers))
        for which, words in zip(("left", "right"), both, strict=True):
            if not words.strip():
                raise Uncomparable(RESPONSE_EMPTY, which=which)
        if both[0].strip() == both[1].strip():
            raise Uncomparable(RESPONSES_ALIKE)
        chosen, rejected = both if better in (LEFT, TIE) else both[::-1]
        tie = better == TIE
        much = 0.0 if tie else margin(answers) if margin is not None else None
        found = Preference(prompt(inputs, answers), _answer(chosen), _answer(rejected), tie, much)
        return found, chosen

    return build


def _ranking(template: Template, text: Callable[[str, str], Compiled], prompt: Prompt) -> Build:
    spec = template.example
    scope, _, shown = str(spec.responses).partition(".")
    if scope != "inputs" or shown not in template.inputs:
        raise UsageError(f"template {template.name}: [example] responses: give inputs.NAME of the list")
    ranking, _ = _control(template, spec.ranking, (Kind.RANKING,), "ranking")

    def build(inputs: Answers, answers: Answers) -> tuple[Example, str]:
        words = _responses(inputs.get(shown), shown, spec.id_key, spec.text_key)
        ranks = {name: rank for rank, tier in enumerate(_given(answers, ranking), 1) for name in tier}
        unknown = sorted(set(ranks) - set(words))
        if unknown:
            raise Uncomparable(RANKED_UNKNOWN, names=", ".join(unknown))
        if len(ranks) < 2:
            raise Uncomparable(NOT_RANKED, count=len(ranks), shown=len(words))
        kept = [name for name in words if name in ranks]
        example = Ranking(
            prompt(inputs, answers), [_answer(words[n]) for n in kept], [ranks[n] for n in kept]
        )
        return example, words[min(kept, key=lambda n: ranks[n])]

    return build


def _rated(template: Template, text: Callable[[str, str], Compiled], prompt: Prompt) -> Build:
    spec = template.example
    response = text("response", spec.response)
    ratings = {_name(ref): _number_of(template, ref, "ratings") for ref in spec.ratings}
    label = ""
    good: Any = None
    if spec.label:
        label, control = _control(template, spec.label, (Kind.CHOICE,), "label")
        good = control.labels[0] if control.labels else None

    def build(inputs: Answers, answers: Answers) -> tuple[Example, str]:
        words = response(inputs, answers)
        found = {name: value for name, read in ratings.items() if (value := read(answers)) is not None}
        desirable: bool | None = None
        if label:
            desirable = answers.get(label) == good if answers.get(label) is not None else None
        elif spec.threshold is not None and found:
            desirable = sum(found.values()) / len(found) >= spec.threshold
        return Rated(prompt(inputs, answers), _answer(words), found, desirable), words

    return build


def _responses(value: Any, name: str, id_key: str, text_key: str) -> dict[str, str]:
    """The words of each answer by its id, in the order in which they were shown."""
    reason = "it is no list"
    found: dict[str, str] = {}
    if isinstance(value, Sequence) and not isinstance(value, str):
        reason = ""
        for one in value:
            if not isinstance(one, Mapping) or id_key not in one or not isinstance(one.get(text_key), str):
                reason = "an entry lacks one of them"
            elif str(one[id_key]) in found:
                reason = f"two entries have the id {one[id_key]!r}"
            elif not one[text_key].strip():
                raise Uncomparable(RESPONSE_EMPTY, which=repr(str(one[id_key])))
            else:
                found[str(one[id_key])] = one[text_key]
    if reason:
        raise Uncomparable(RESPONSES_BROKEN, name=name, id_key=id_key, text_key=text_key, reason=reason)
    return found


def _given(answers: Answers, name: str) -> Any:
    value = answers.get(name)
    if value is None:
        raise Uncomparable(NOT_COMPARED, name=name)
    return value


def _answer(words: str) -> Message:
    return Message("assistant", (Text(words),))


def _name(reference: str) -> str:
    return reference.partition(".")[2]


def _control(template: Template, reference: str, kinds: tuple[Kind, ...], key: str) -> tuple[str, Control]:
    """The control a template refers to. Raises ``UsageError`` if there is none of these kinds."""
    scope, _, name = reference.partition(".")
    control = template.controls.get(name) if scope == "controls" else None
    if control is None or control.kind not in kinds:
        wanted = " or ".join(kinds)
        raise UsageError(
            f"template {template.name}: [example] {key}: give controls.NAME of a control of kind {wanted}"
        )
    return name, control


def _number_of(template: Template, reference: str, key: str) -> Callable[[Answers], float | None]:
    """Reads a number off a rating, a number, or an ordinal choice, whose labels count from 0."""
    name, control = _control(template, reference, (Kind.RATING, Kind.NUMBER, Kind.CHOICE), key)
    steps = {label: float(i) for i, label in enumerate(control.labels)}

    def read(answers: Answers) -> float | None:
        value = answers.get(name)
        if value is None:
            return None
        return steps.get(value) if control.kind is Kind.CHOICE else float(value)

    return read
