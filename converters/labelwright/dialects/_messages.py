"""Rules for a list of messages with roles: order, content, weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labelwright.contracts import Broken
from labelwright.dialects._rules import broken, objects, rule, shown
from labelwright.problems import Severity

NO_ASSISTANT = rule(
    "messages.no-assistant",
    "A conversation has nothing to learn from",
    "no message has the role 'assistant', so there is no target",
    "Add the expected answer as the last message.",
)
LAST_NOT_ASSISTANT = rule(
    "messages.last-not-assistant",
    "A conversation does not end with the answer to learn",
    "the last message has the role {role!r}; it must be the answer to learn",
    "Remove what follows the last answer, or add the answer.",
)
NO_USER = rule(
    "messages.no-user",
    "A conversation asks nothing",
    "no message has the role 'user'",
    "Add what the model is to answer.",
    Severity.WARNING,
)
SECOND_SYSTEM = rule(
    "messages.second-system",
    "A conversation has more than one system message",
    "message {index} is a second system message",
    "Join the instructions into one system message at the start.",
)
SYSTEM_NOT_FIRST = rule(
    "messages.system-not-first",
    "The system message is not the first message",
    "the system message is at position {index}; it must come first",
    "Move the system message to the start.",
)
NOT_ALTERNATING = rule(
    "messages.not-alternating",
    "Two messages of one role follow each other where the target wants turns",
    "{role!r} follows {previous!r}; user and assistant must take turns",
    "Join the adjacent messages, or remove one.",
)
REPEATED_ROLE = rule(
    "messages.role-repeated",
    "Two messages of one role follow each other",
    "{role!r} follows {previous!r}",
    "Join the adjacent messages if they are one turn; chat templates differ in what they do here.",
    Severity.WARNING,
)
FIRST_ROLE = rule(
    "messages.first-role",
    "A conversation starts with the wrong role",
    "the first message after the system message has the role {role!r}; it must be 'user'",
    "Start the conversation with the user's message.",
)
CONTENT_EMPTY = rule(
    "content.empty",
    "A message says nothing",
    "the content is empty",
    "Fill the content in, or remove the example.",
)
CONTENT_MISSING = rule(
    "content.missing",
    "A message has neither content nor a tool call",
    "a message of role {role!r} needs content",
    "Fill the content in, or remove the example.",
)
CONTENT_MIXED = rule(
    "content.mixed-shapes",
    "One conversation has both plain strings and typed parts as content",
    "the content is {this} while earlier messages have {other}",
    "Write the content of every message as typed parts as soon as one has an image.",
)
WEIGHT_ALL_ZERO = rule(
    "weight.all-zero",
    "No message of a conversation is trained",
    "every assistant message has the weight 0",
    "Give at least one assistant message the weight 1, or remove the example.",
)
WEIGHT_MISPLACED = rule(
    "weight.misplaced",
    "A weight is on a message that is never trained",
    "a message of role {role!r} has a weight; only assistant messages may",
    "Remove the weight.",
)


def roles(row: dict[str, Any]) -> list[tuple[int, Any]]:
    """Index and role of each message."""
    return [(index, message.get("role")) for index, message in objects(row.get("messages"))]


def ends_with_assistant(row: dict[str, Any]) -> Iterator[Broken]:
    """The last message is the target."""
    found = roles(row)
    if not found:
        return
    if all(role != "assistant" for _, role in found):
        yield broken(NO_ASSISTANT, "messages")
    elif found[-1][1] != "assistant":
        yield broken(LAST_NOT_ASSISTANT, f"messages[{found[-1][0]}].role", role=shown(found[-1][1]))


def has_user(row: dict[str, Any]) -> Iterator[Broken]:
    """Somebody asks something."""
    found = roles(row)
    if found and all(role != "user" for _, role in found):
        yield broken(NO_USER, "messages")


def one_system_first(row: dict[str, Any]) -> Iterator[Broken]:
    """At most one system (or developer) message, and nothing before it."""
    seen = False
    for index, role in roles(row):
        if role not in ("system", "developer"):
            continue
        if seen:
            yield broken(SECOND_SYSTEM, f"messages[{index}].role", index=index)
        elif index:
            yield broken(SYSTEM_NOT_FIRST, f"messages[{index}].role", index=index)
        seen = True


def _turns(row: dict[str, Any]) -> Iterator[tuple[int, Any, Any]]:
    """Index, role and previous role of each message that is not the system's."""
    previous: Any = None
    for index, role in roles(row):
        if role in ("system", "developer"):
            continue
        yield index, role, previous
        previous = role


def alternates(row: dict[str, Any]) -> Iterator[Broken]:
    """User and assistant take turns, strictly, beginning with the user; tools answer calls."""
    for index, role, previous in _turns(row):
        path = f"messages[{index}].role"
        if previous is None and role != "user":
            yield broken(FIRST_ROLE, path, role=shown(role))
        elif role == previous and role in ("user", "assistant"):
            yield broken(NOT_ALTERNATING, path, role=role, previous=previous)


def strictly_alternates(row: dict[str, Any], key: str, answerer: str) -> Iterator[Broken]:
    """Turns of the list at ``key`` go from user to ``answerer`` and back, and end with the latter."""
    previous: Any = None
    for index, turn in objects(row.get(key)):
        role, path = turn.get("role"), f"{key}[{index}].role"
        if previous is None and role != "user":
            yield broken(FIRST_ROLE, path, role=shown(role))
        elif role == previous:
            yield broken(NOT_ALTERNATING, path, role=role, previous=previous)
        previous = role
    if previous is not None and previous != answerer:
        yield broken(LAST_NOT_ASSISTANT, key, role=shown(previous))


def repeats(row: dict[str, Any]) -> Iterator[Broken]:
    """Adjacent messages of one role are worth a look where the target says nothing about them."""
    for index, role, previous in _turns(row):
        if role == previous and role in ("user", "assistant"):
            yield broken(REPEATED_ROLE, f"messages[{index}].role", role=role, previous=previous)


def _said_nothing(content: Any) -> bool:
    if isinstance(content, str):
        return not content or content.isspace()
    return isinstance(content, list) and not content


def has_content(row: dict[str, Any]) -> Iterator[Broken]:
    """Every message says something; an assistant may call a tool instead."""
    for index, message in objects(row.get("messages")):
        role = message.get("role")
        calls = role == "assistant" and any(message.get(k) for k in ("tool_calls", "function_call"))
        if calls or (role == "assistant" and message.get("refusal")):
            continue
        path = f"messages[{index}].content"
        if "content" not in message:
            yield broken(CONTENT_MISSING, f"messages[{index}]", role=shown(role))
        elif role != "tool" and _said_nothing(message["content"]):
            yield broken(CONTENT_EMPTY, path)
        for at, part in objects(message.get("content")):
            if part.get("type") == "text" and _said_nothing(part.get("text")):
                yield broken(CONTENT_EMPTY, f"{path}[{at}].text")


def one_content_shape(row: dict[str, Any]) -> Iterator[Broken]:
    """All contents of a conversation are strings, or all are typed parts."""
    first: str | None = None
    for index, message in objects(row.get("messages")):
        content = message.get("content")
        if not isinstance(content, str | list):
            continue
        this = "a string" if isinstance(content, str) else "typed parts"
        if first is None:
            first = this
        elif this != first:
            yield broken(CONTENT_MIXED, f"messages[{index}].content", this=this, other=first)


def weights(row: dict[str, Any]) -> Iterator[Broken]:
    """Weights are on assistant messages, and not all of them are 0."""
    trained: list[Any] = []
    for index, message in objects(row.get("messages")):
        if message.get("role") == "assistant":
            trained.append(message.get("weight"))
        elif message.get("weight") is not None:
            role = shown(message.get("role"))
            yield broken(WEIGHT_MISPLACED, f"messages[{index}].weight", role=role)
    if trained and all(w is not None and w is not False and w == 0 for w in trained):
        yield broken(WEIGHT_ALL_ZERO, "messages")
