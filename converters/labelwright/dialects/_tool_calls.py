"""Rules for tool calls in a list of messages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from labelwright.contracts import Broken
from labelwright.dialects._rules import broken, objects, rule, shown

ARGUMENTS_INVALID = rule(
    "tools.arguments-not-json",
    "The arguments of a tool call are not a JSON object",
    "the arguments are not a JSON object: {reason}",
    "Write the arguments as a string that holds one JSON object.",
)
ID_UNKNOWN = rule(
    "tools.id-unknown",
    "A tool's answer belongs to no call",
    "no earlier call has the id {id!r}",
    "Give the answer the id of its call.",
)
ID_REPEATED = rule(
    "tools.id-repeated",
    "Two tool calls have one id",
    "the id {id!r} is used by an earlier call",
    "Give each call an id of its own.",
)
ID_FORM = rule(
    "tools.id-form",
    "The id of a tool call has a form that the target refuses",
    "the id {id!r} is not nine letters and digits",
    "Rewrite the ids, the same one in the call and in its answer.",
)
NAME_UNDECLARED = rule(
    "tools.name-undeclared",
    "A call names a tool that the row does not declare",
    "tool {name!r} is not one of: {names}",
    "Declare the tool in the row's tools, or correct the name.",
)
UNANSWERED = rule(
    "tools.call-unanswered",
    "A tool call has no answer before the conversation goes on",
    "call {id!r} is not answered by a message of role 'tool'",
    "Add the tool's answer after the call.",
)
MISPLACED = rule(
    "tools.answer-misplaced",
    "A tool's answer does not follow a call",
    "a message of role 'tool' follows {previous!r}",
    "Put the tool's answer right after the assistant's call.",
)
BOTH = rule(
    "tools.content-and-calls",
    "A message has both content and tool calls where the target takes one",
    "the message has content and tool calls; it may have one of them",
    "Split the message, or remove the content.",
)
_NINE = re.compile(r"[a-zA-Z0-9]{9}")


def _arguments(call: dict[str, Any], path: str) -> Iterator[Broken]:
    function = call.get("function")
    arguments = function.get("arguments") if isinstance(function, dict) else None
    if not isinstance(arguments, str):
        return
    try:
        value = msgspec.json.decode(arguments)
    except (msgspec.DecodeError, UnicodeError) as error:
        yield broken(ARGUMENTS_INVALID, f"{path}.function.arguments", reason=error)
        return
    if not isinstance(value, dict):
        reason = f"it is {shown(arguments)}"
        yield broken(ARGUMENTS_INVALID, f"{path}.function.arguments", reason=reason)


def _declared(row: dict[str, Any]) -> set[str] | None:
    if not isinstance(row.get("tools"), list):
        return None
    found = (tool.get("function") for _, tool in objects(row["tools"]))
    return {str(f.get("name")) for f in found if isinstance(f, dict)}


def tool_calls(row: dict[str, Any]) -> Iterator[Broken]:
    """Arguments are JSON, ids lead from answers to calls, names are declared, calls are answered."""
    names = _declared(row)
    seen: set[str] = set()
    waiting: dict[str, str] = {}
    for index, message in objects(row.get("messages")):
        if message.get("role") == "tool":
            answered = message.get("tool_call_id")
            if isinstance(answered, str):
                if answered not in seen:
                    path = f"messages[{index}].tool_call_id"
                    yield broken(ID_UNKNOWN, path, id=shown(answered))
                waiting.pop(answered, None)
            continue
        for found, path in waiting.items():
            yield broken(UNANSWERED, path, id=shown(found))
        waiting = {}
        for at, call in objects(message.get("tool_calls")):
            path = f"messages[{index}].tool_calls[{at}]"
            yield from _arguments(call, path)
            name = _name(call)
            if names is not None and name is not None and name not in names:
                listed = ", ".join(sorted(names))
                yield broken(NAME_UNDECLARED, f"{path}.function.name", name=shown(name), names=listed)
            identity = call.get("id")
            if isinstance(identity, str):
                if identity in seen:
                    yield broken(ID_REPEATED, f"{path}.id", id=shown(identity))
                seen.add(identity)
                waiting[identity] = path


def _name(call: dict[str, Any]) -> str | None:
    function = call.get("function")
    name = function.get("name") if isinstance(function, dict) else None
    return name if isinstance(name, str) else None


def strict_tool_calls(row: dict[str, Any]) -> Iterator[Broken]:
    """What Mistral's tokenizer of version 3 asks beyond that."""
    previous: Any = None
    for index, message in objects(row.get("messages")):
        path, role = f"messages[{index}]", message.get("role")
        calls = message.get("tool_calls")
        if calls and message.get("content"):
            yield broken(BOTH, path)
        for at, call in objects(calls):
            if isinstance(call.get("id"), str) and not _NINE.fullmatch(call["id"]):
                yield broken(ID_FORM, f"{path}.tool_calls[{at}].id", id=shown(call["id"]))
        if role == "tool" and previous not in ("assistant", "tool"):
            yield broken(MISPLACED, f"{path}.role", previous=shown(previous))
        previous = role
