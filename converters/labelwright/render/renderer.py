"""From a resolved item to a training example."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from labelwright.contracts import Template
from labelwright.examples import (
    KINDS,
    NONE,
    Chat,
    Completion,
    Example,
    Grounded,
    Grounding,
    Media,
    Message,
    Part,
    Text,
)
from labelwright.problems import Place, Problem, ProblemType, Severity, UsageError
from labelwright.records import Item, Kind
from labelwright.render.checks import compile_check
from labelwright.render.compared import Uncomparable, compared
from labelwright.render.dialogue import DialogueRenderer
from labelwright.render.grounded import GroundedTarget
from labelwright.render.shown import shown_media
from labelwright.render.targets import compile_target
from labelwright.render.text import Compiled, TextCompiler, TextError, mentions_item

Answers: TypeAlias = Mapping[str, Any]

INPUT_MISSING = ProblemType(
    "render.input-missing",
    "An item lacks data that the template needs",
    "the item has no {name!r} (it has: {present}); it gives no example",
    "Import the item with that key, or choose the template the project was made from.",
)
INPUT_EMPTY = ProblemType(
    "render.input-empty",
    "An item's text is empty",
    "the item's {name!r} is empty; it gives no example",
    "Remove the item, or import it again with its text.",
)
INPUT_UNFIT = ProblemType(
    "render.input-unfit",
    "An item's text is no text",
    "the item's {name!r} is of JSON type {type} where a text is asked; it gives no example",
    "Import the item with a text under that key.",
)
ANSWER_MISSING = ProblemType(
    "render.answer-missing",
    "An item lacks an answer that the template requires",
    "control {name!r} is required and has no answer; the item gives no example",
    "Open the item in the tool and complete it.",
    Severity.WARNING,
)
TARGET_EMPTY = ProblemType(
    "render.target-empty",
    "There is nothing for the model to learn",
    "the assistant's message is empty; the item gives no example",
    "Open the item in the tool and complete it.",
    Severity.WARNING,
)
TARGET_BROKEN = ProblemType(
    "render.target-check",
    "A target breaks the template's own check",
    "the assistant's message fails the check: {reason}",
    "Correct the annotation, or mend [checks] in the template.",
)


TEXT_FAILED = ProblemType(
    "render.text-failed",
    "A string of the template cannot take an item's data",
    "{reason}; the item gives no example",
    "Correct the item's data, or guard the expression in the template, as in {% if answers.x %}.",
)


class Renderer:
    """Renders resolved items of one template. Compiled once. Raises ``UsageError`` if it cannot work."""

    def __init__(self, template: Template) -> None:
        """Compile the template's example and checks."""
        self._template = template
        spec = template.example
        if spec.kind not in KINDS:
            known = ", ".join([*KINDS, NONE])
            raise UsageError(f"template {template.name}: example kind {spec.kind!r}; known: {known}")
        self.kind = spec.kind
        labels = {n: c.labels for n, c in template.controls.items()}
        self._compiler = TextCompiler(set(template.inputs), set(template.controls), labels)
        self._needed = [n for n, i in template.inputs.items() if i.required]
        self._required = [n for n, c in template.controls.items() if c.required and not c.on]
        self._check = compile_check(template)
        builders = {"chat": self._chat, "grounded": self._grounded, "completion": self._completion}
        self._shown = shown_media(template)
        self.grounding = ""  # the control whose shapes the answer shows, if it shows any
        self._build = builders.get(spec.kind, self._compared)()

    def render(self, item: Item, answers: Answers, source: str = "") -> Example | Problem:
        """The example of one item, or the problem that keeps it from being one."""
        inputs = item.inputs
        for name in self._needed:
            value = inputs.get(name)
            if type(value) is not str or not value or value.isspace():
                problem = self._lacking(name, value, item, source)
                if problem is not None:
                    return problem
        for name in self._required:
            if answers.get(name) is None:
                return self._problem(ANSWER_MISSING, item, source, name=name)
        try:
            example, target = self._build(inputs, answers)
        except TextError as error:
            return self._problem(TEXT_FAILED, item, source, reason=str(error))
        except Uncomparable as error:
            return self._problem(error.kind, item, source, **error.what)
        if not target or target.isspace():
            return self._problem(TARGET_EMPTY, item, source)
        if self._check is not None:
            reason = self._check(target)
            if reason:
                return self._problem(TARGET_BROKEN, item, source, reason=reason)
        return example if self._shown is None else self._sized(example, item)

    def _lacking(self, name: str, value: Any, item: Item, source: str) -> Problem | None:
        """What is wrong with an input that is not plainly a text with something in it."""
        if value is None:
            present = ", ".join(sorted(map(str, item.inputs))) or "nothing"
            return self._problem(INPUT_MISSING, item, source, name=name, present=present)
        if self._template.inputs[name].type != "text":
            return None
        if isinstance(value, str):
            return self._problem(INPUT_EMPTY, item, source, name=name)
        if isinstance(value, (dict, list, bool)):
            return self._problem(INPUT_UNFIT, item, source, name=name, type=type(value).__name__)
        return None

    def _problem(self, kind: ProblemType, item: Item, source: str, **what: Any) -> Problem:
        return kind.at(Place(source=source, item=item.key.item), **what)

    def _text(self, name: str, source: str) -> Compiled:
        return self._compiler.compile(source, f"template {self._template.name}: [example] {name}")

    def _opening(self) -> Callable[[Answers, Answers], list[Message]]:
        """Builds what comes before the answer: the system's and the user's messages, a dialogue, media."""
        spec = self._template.example
        system = self._text("system", spec.system)
        user = self._text("user", spec.user)
        dialogue = DialogueRenderer(self._template) if spec.messages else None
        shown = self._shown
        fixed: Message | None = None
        if not mentions_item(spec.system):  # the same for every item: made once
            fixed = Message("system", (Text(system({}, {})),)) if spec.system else None

        def build(inputs: Answers, answers: Answers) -> list[Message]:
            messages = []
            if fixed is not None:
                messages.append(fixed)
            elif opening := system(inputs, answers):
                messages.append(Message("system", (Text(opening),)))
            if dialogue is not None:
                messages.extend(dialogue.messages(inputs, answers))
            question = user(inputs, answers)
            if shown is not None:
                content: list[Part] = [media for media, _, _ in shown(inputs)]
                messages.append(Message("user", (*content, Text(question)) if question else tuple(content)))
            elif question:
                messages.append(Message("user", (Text(question),)))
            return messages

        return build

    def _thought(self) -> Callable[[Answers, Answers], str]:
        """Builds the reasoning before the answer."""
        spec = self._template.example
        if not spec.think:
            return lambda inputs, answers: ""
        think = self._text("think", spec.think)
        return lambda inputs, answers: think(inputs, answers).strip()

    def _chat(self) -> Callable[[Answers, Answers], tuple[Example, str]]:
        opening, target, think = self._opening(), compile_target(self._template, self._text), self._thought()

        def build(inputs: Answers, answers: Answers) -> tuple[Example, str]:
            messages = opening(inputs, answers)
            answer = target(inputs, answers)
            if answer:
                messages.append(Message("assistant", (Text(answer),), think(inputs, answers)))
            elif messages and messages[-1].role == "assistant":
                answer = messages[-1].text
            return Chat(messages), answer

        return build

    def _grounded(self) -> Callable[[Answers, Answers], tuple[Example, str]]:
        shown = self._shown
        if shown is None:
            raise UsageError(f"template {self._template.name}: [example] media: name what the shapes are on")
        opening, think = self._opening(), self._thought()
        target = GroundedTarget(self._template, self._text)
        self.grounding = target.shapes

        def build(inputs: Answers, answers: Answers) -> tuple[Example, str]:
            messages = opening(inputs, answers)
            parts = target.build(inputs, answers, [(name, at) for _, name, at in shown(inputs)])
            messages.append(Message("assistant", parts, think(inputs, answers)))
            said = "".join(part.text for part in parts if isinstance(part, Text)).strip()
            captions = [part.caption for part in parts if isinstance(part, Grounding) and part.caption]
            return Grounded(messages), said or "\n".join(captions) or "[]"  # nothing there is an answer too

        return build

    def _sized(self, example: Example, item: Item) -> Example:
        """The example with the sizes of its media, and of those its shapes are on, where the tool tells."""
        assert self._shown is not None and isinstance(example, Chat | Grounded)
        sizes = [item.size(name, at) or (0, 0) for _, name, at in self._shown(item.inputs)]
        rest = iter(sizes)

        def sized(part: Part) -> Part:
            if isinstance(part, Media):
                width, height = next(rest)
                return msgspec.structs.replace(part, width=width, height=height)
            if isinstance(part, Grounding) and part.media < len(sizes):
                return msgspec.structs.replace(part, size=sizes[part.media])
            return part

        messages = [Message(m.role, tuple(map(sized, m.content)), m.think) for m in example.messages]
        return type(example)(messages)

    def _compared(self) -> Callable[[Answers, Answers], tuple[Example, str]]:
        """The builder of a preference, ranking or rating."""
        return compared(self._template, self._text)

    def _completion(self) -> Callable[[Answers, Answers], tuple[Example, str]]:
        spec = self._template.example
        prompt = self._text("prompt", spec.prompt)
        completion = self._text("completion", spec.completion)

        def build(inputs: Answers, answers: Answers) -> tuple[Example, str]:
            answer = completion(inputs, answers)
            return Completion(prompt(inputs, answers), answer), answer

        return build


_NAMED = re.compile(r"\b(?:answers|controls)(?:\.|\[['\"])(\w[\w -]*)")


def used_controls(template: Template) -> frozenset[str]:
    """The controls that an example of this template depends on, and those that must be answered."""
    spec = str(msgspec.to_builtins(template.example))
    used = {name.strip() for name in _NAMED.findall(spec)} & set(template.controls)
    used |= {n for n, c in template.controls.items() if c.required}
    if template.example.messages:  # a dialogue takes its turns along, with what was written for them
        used |= {n for n, c in template.controls.items() if c.kind is Kind.TURNS}
    # Whole-scope uses such as a loop over all answers name nothing: then everything counts.
    return frozenset(used or template.controls)
