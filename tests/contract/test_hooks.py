"""What every tool promises whose webhooks can be received, whichever it is."""

from __future__ import annotations

import importlib
import json
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded_webhooks import payloads

from labelwright.contracts import Heard, Hooks, Server
from labelwright.registry import tools
from labelwright.service.context import environment_of


def _hooks(where: str) -> Hooks:
    module, _, attribute = where.partition(":")
    return cast(Hooks, getattr(importlib.import_module(module), attribute))


ALL = {
    name: _hooks(tool.capabilities["webhook"])
    for name, tool in tools().items()
    if "webhook" in tool.capabilities
}
every = pytest.mark.parametrize("hooks", ALL.values(), ids=ALL)

NAMES = (
    "action", "event", "project", "task", "tasks", "annotation", "annotations", "job", "sender", "id",
    "task_id", "project_id", "before_update", "webhook", "label_link", "completed_by", "assignee",
    "email", "token",
)  # fmt: skip
EVENTS = (
    "ANNOTATION_CREATED", "ANNOTATIONS_DELETED", "TASKS_CREATED", "PROJECT_UPDATED", "LABEL_LINK_CREATED",
    "update:job", "delete:task", "ping", "create:nonsense", "update:", ":", "NEWS",
)  # fmt: skip
texts = st.sampled_from(EVENTS) | st.text(st.characters(codec=None), max_size=8)
leaves = st.none() | st.booleans() | st.floats() | texts | st.integers(-(10**30), 10**30)
anything = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | texts, inner, max_size=6)
    ),
    max_leaves=25,
)
messages = st.builds(
    lambda event, rest: {**rest, "action": event, "event": event},
    st.sampled_from(EVENTS),
    st.dictionaries(st.sampled_from(NAMES), anything, max_size=6),
)


def _sound(heard: Heard) -> None:
    """Whatever was heard, the service can store it: text without NUL, and JSON."""
    assert heard.event and heard.key and "\0" not in heard.event + heard.key
    assert all(isinstance(item, str) and item for item in heard.items)
    assert len(heard.event) <= 100 and (heard.event + heard.key + heard.project).isprintable()
    msgspec.json.encode(heard.kept).decode()


@every
def test_there_is_something_to_test(hooks: Hooks) -> None:
    assert hooks is not None and len(ALL) >= 2


@every
@settings(max_examples=300)
@given(payload=anything | messages)
def test_no_json_makes_it_raise_anything_else(hooks: Hooks, payload: Any) -> None:
    try:
        heard = hooks.hear(payload)
    except ValueError as error:
        assert len(str(error)) < 100  # never with the body in it
    else:
        _sound(heard)


@every
@settings(max_examples=100)
@given(payload=messages, order=st.randoms(use_true_random=False))
def test_the_order_of_keys_means_nothing(hooks: Hooks, payload: dict[str, Any], order: Any) -> None:
    names = list(payload)
    order.shuffle(names)
    try:
        expected = hooks.hear(payload)
    except ValueError:
        return
    again = hooks.hear({name: payload[name] for name in names})
    assert (again.key, again.items) == (expected.key, expected.items)


@every
@pytest.mark.parametrize("name", ["action", "event", "task", "project", "annotation", "job", "payload"])
def test_deep_values_do_not_end_the_process(hooks: Hooks, name: str) -> None:
    deep: Any = []
    for _ in range(50_000):
        deep = [deep]
    for event in EVENTS:
        try:
            _sound(hooks.hear({"action": event, "event": event, name: deep, "x": deep}))
        except ValueError as error:
            assert len(str(error)) < 100


@every
@pytest.mark.parametrize(
    "payload",
    [None, True, 3, "ping", [], {}, [1], {"action": None, "event": None}, {"action": 5, "event": {}},
     {"action": "", "event": ""}, {"action": "a\0b", "event": "a\0b"}, {"action": "é", "event": "é"},
     {"action": "x" * 101, "event": "x" * 101}, {"action": "a\nb", "event": "a\nb"}],
    ids=repr,
)  # fmt: skip
def test_without_an_event_there_is_nothing_to_hear(hooks: Hooks, payload: Any) -> None:
    with pytest.raises(ValueError, match="named"):
        hooks.hear(payload)


@every
def test_an_unknown_event_is_kept_without_its_secrets(hooks: Hooks) -> None:
    told = {
        "who": {"id": 7, "username": "Annie", "email": "annie@example.test"},
        "note": "write to bob@example.test, or call",
        "api_key": "abc", "Password": "hunter2", "nested": [{"auth_token": "t"}],
        "link": "https://user:pass@example.test/x", "word": "gUkHA7Dq5DeNFcTIPr3U16ahze0MHp6FW",
        "count": 3,
    }  # fmt: skip
    heard = hooks.hear({"action": "SOMETHING_NEW", "event": "SOMETHING_NEW", "thing": told})
    assert not heard.known and heard.moves
    kept = msgspec.json.encode(heard.kept).decode()
    for secret in ("Annie", "annie", "bob", "@", "abc", "hunter2", '"t"', "user:pass", "gUkHA7"):
        assert secret not in kept, secret
    assert '"count":3' in kept and "or call" in kept and '{"id":7}' in kept


@every
def test_what_is_kept_of_an_unknown_event_is_small(hooks: Hooks) -> None:
    event = {"action": "SOMETHING_NEW", "event": "SOMETHING_NEW"}
    many = hooks.hear({**event, "rows": [{"text": "word " * 1000}] * 5000})
    wide = hooks.hear(
        {**event, "rows": {f"n{i}": {f"m{j}": "v" * 150 for j in range(60)} for i in range(60)}}
    )
    assert all(len(msgspec.json.encode(h.kept)) <= 17_000 for h in (many, wide))


@every
@settings(max_examples=200)
@given(
    names=st.dictionaries(
        st.sampled_from(["x-signature-256", "x-labelwright-secret", "authorization"]),
        st.text(st.characters(codec=None), max_size=90),
    ),
    body=st.binary(max_size=50),
    secrets=st.lists(st.text(st.characters(codec=None), max_size=80), max_size=3),
)
def test_nobody_guesses(hooks: Hooks, names: dict[str, str], body: bytes, secrets: list[str]) -> None:
    assert hooks.authentic(names, body, []) is False
    assert hooks.authentic(names, body, [""]) is False
    assert isinstance(hooks.authentic(names, body, secrets), bool)
    assert hooks.authentic(names, body, ["k" * 64]) is False
    assert hooks.authentic({}, body, secrets) is False


@pytest.mark.parametrize("name", [n for n, one in tools().items() if "environment" in one.capabilities])
def test_the_way_to_the_server_is_told_by_files(name: str) -> None:
    tool = tools()[name]
    told = environment_of(tool, Server("http://tool.test", "/run/token", "me", "/run/password", "acme"))
    assert "http://tool.test" in told.values() and {"/run/token", "/run/password"} & set(told.values())
    assert list(environment_of(tool, Server("http://tool.test")).values()) == ["http://tool.test"]


def test_whoever_is_heard_can_be_asked() -> None:
    asked = {name for name, tool in tools().items() if "environment" in tool.capabilities}
    assert set(ALL) <= asked and len(asked) > len(ALL)


@pytest.mark.parametrize("tool", ALL)
def test_every_recording_is_heard_and_alike_only_to_itself(tool: str) -> None:
    """The same payload in another order of keys is the same delivery; every other one is another."""
    hooks, seen = ALL[tool], dict[str, str]()
    for name, payload in payloads(tool).items():
        heard = hooks.hear(payload)
        _sound(heard)
        assert heard.known, name
        turned = json.loads(json.dumps(payload, sort_keys=True))
        assert hooks.hear(turned).key == heard.key
        canonical = json.dumps(payload, sort_keys=True)
        assert seen.setdefault(heard.key, canonical) == canonical, name
    distinct = {json.dumps(payload, sort_keys=True) for payload in payloads(tool).values()}
    assert len(seen) == len(distinct) >= len(payloads(tool)) - 1


@pytest.mark.parametrize("tool", ALL)
def test_one_changed_value_is_another_delivery(tool: str) -> None:
    """Wherever in what the event is about; a project's own log-in alone is nobody's news."""
    hooks = ALL[tool]
    for name, payload in payloads(tool).items():
        told = ("event", "action", "sender", "webhook_id", "before_update")
        about = next((k for k in payload if k not in told), "")
        if not about:
            continue  # a webhook without payload
        whole = payload[about]
        key = hooks.hear(payload).key
        if isinstance(whole, list):
            changed: Any = [*whole, {**whole[0], "id": 10**6}]
            assert hooks.hear({**payload, about: changed}).key != key, name
        elif isinstance(whole, dict):
            for field, value in whole.items():
                if field in ("token", "task_data_login", "task_data_password"):
                    continue
                other = (value or 0) + 1 if isinstance(value, int | float | None) else [value]
                assert hooks.hear({**payload, about: {**whole, field: other}}).key != key, (name, field)
