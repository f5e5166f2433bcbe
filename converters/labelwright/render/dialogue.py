"""From a dialogue with answers per turn to the messages of a chat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labelwright.contracts import Template
from labelwright.examples import Message, Text
from labelwright.problems import UsageError
from labelwright.records import Kind, Turn

_DEFAULT_ROLES = {"user": ["user", "human", "customer"], "assistant": ["assistant", "agent", "bot", "gpt"]}


class DialogueRenderer:
    """Renders the turns of a dialogue input, with the rewrites that annotators gave.

    Neighbouring turns of one role become one message, since trainers ask for alternating roles; an
    author that no role lists speaks as the user. Raises ``UsageError`` if the template cannot work.
    """

    def __init__(self, template: Template) -> None:
        """Compile for one template."""
        scope, _, name = template.example.messages.partition(".")
        where = f"template {template.name}: [example] messages"
        if scope == "controls" and name in template.controls:
            if template.controls[name].kind is not Kind.TURNS:
                raise UsageError(f"{where}: control {name!r} is not of kind turns")
            self._control = name
            name = template.controls[name].input or _only_dialogue(template, where)
        elif scope == "inputs" and name in template.inputs:
            self._control = next((n for n, c in template.controls.items() if c.kind is Kind.TURNS), "")
        else:
            raise UsageError(f"{where}: there is no {template.example.messages!r}")
        self._input = name
        keys = template.inputs[name]
        self._author, self._text = keys.author_key, keys.text_key
        self._rewrite = template.example.rewrite
        roles = template.example.roles or _DEFAULT_ROLES
        self._roles = {author.casefold(): role for role, authors in roles.items() for author in authors}

    def messages(self, inputs: Mapping[str, Any], answers: Mapping[str, Any]) -> list[Message]:
        """The dialogue as messages of alternating roles."""
        rewritten = self._rewritten(answers.get(self._control) or ())
        merged: list[tuple[str, list[str]]] = []
        turns = inputs.get(self._input)
        for index, turn in enumerate(turns if isinstance(turns, list) else []):
            if not isinstance(turn, dict):
                continue
            text = rewritten.get(index, str(turn.get(self._text, ""))).strip()
            role = self._roles.get(str(turn.get(self._author, "")).casefold(), "user")
            if not text:
                continue
            if merged and merged[-1][0] == role and role != "system":
                merged[-1][1].append(text)
            else:
                merged.append((role, [text]))
        return [Message(role, (Text("\n".join(texts)),)) for role, texts in merged]

    def _rewritten(self, turns: tuple[Turn, ...]) -> dict[int, str]:
        found = {}
        for turn in turns:
            text = dict(turn.answers).get(self._rewrite) if self._rewrite else turn.text
            if isinstance(text, str) and text:
                found[turn.index] = text
        return found


def _only_dialogue(template: Template, where: str) -> str:
    names = [n for n, i in template.inputs.items() if i.type == "dialogue"]
    if len(names) != 1:
        raise UsageError(f"{where}: name the control's input, since there are {len(names)} dialogues")
    return names[0]
