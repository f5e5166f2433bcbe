from __future__ import annotations

import base64
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from labelwright.service.notify import line, standard
from labelwright.service.notify.backoff import DELAYS, JITTER, LONGEST, asked, delay
from labelwright.service.notify.target import Misconfigured

KEYS = st.binary(min_size=24, max_size=64).map(lambda b: "whsec_" + base64.b64encode(b).decode())


@settings(max_examples=30)
@given(KEYS, KEYS, st.dictionaries(st.text(max_size=8), st.text(max_size=20) | st.integers(0, 9), max_size=4))
def test_another_program_believes_each_of_the_secrets(old: str, new: str, data: dict[str, object]) -> None:
    body = standard.body("dataset.published", "emails", 1_700_000_000.25, data)
    headers = standard.headers("evt_1", time.time(), body, [new, old])
    for secret in (old, new):
        assert Webhook(secret).verify(body, headers)["type"] == "dataset.published"


def test_another_program_refuses_what_was_changed() -> None:
    secret = "whsec_" + base64.b64encode(bytes(32)).decode()
    other = "whsec_" + base64.b64encode(bytes(31) + b"x").decode()
    body = standard.body("dataset.published", "emails", 0.0, {})
    headers = standard.headers("evt_1", time.time(), body, [secret])
    for judge, changed, told in (
        (other, body, headers),
        (secret, body.replace(b"emails", b"emailz"), headers),
        (secret, body, {**headers, "webhook-id": "evt_2"}),
        (secret, body, standard.headers("evt_1", time.time() - 3600, body, [secret])),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(judge).verify(changed, told)


def test_the_body_is_the_same_each_time_and_says_when_it_happened() -> None:
    first = standard.body("item.complete", "emails", 1_700_000_000.25, {"item": "7", "b": 1})
    assert first == standard.body("item.complete", "emails", 1_700_000_000.25, {"b": 1, "item": "7"})
    assert json.loads(first) == {
        "type": "item.complete",
        "timestamp": "2023-11-14T22:13:20.250Z",
        "data": {"project": "emails", "item": "7", "b": 1},
    }


@pytest.mark.parametrize(
    "secret", ["whsec_short", "whsec_####", "", "whsec_" + base64.b64encode(b"x" * 23).decode()]
)
def test_a_secret_that_is_none_is_told_without_it(secret: str) -> None:
    with pytest.raises(Misconfigured) as told:
        standard.key(secret)
    assert not secret or secret not in str(told.value)


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_line_has_no_markup_of_others(project: str, item: str) -> None:
    text = json.loads(line.body("item.complete", project, {"item": item}))["text"]
    plain = text.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert not set("<>&\n\r") & set(plain)


def test_a_line_says_what_happened() -> None:
    told = line.line(
        "agreement.below-gate", "emails", {"dataset": "sft", "agreement": 0.61234, "minimum": 0.8}
    )
    assert told == "emails/sft: agreement is below the gate (agreement 0.612, minimum 0.8)"
    assert line.line("later.kind", "a<b", {}) == "a&lt;b: later.kind"


@given(st.text(max_size=20), st.text(max_size=20), st.integers(1, len(DELAYS)))
def test_waits_grow_and_are_the_same_each_time(event: str, target: str, attempts: int) -> None:
    wait = delay(event, target, attempts)
    assert wait is not None and wait == delay(event, target, attempts)
    assert DELAYS[attempts - 1] <= wait < DELAYS[attempts - 1] * (1 + JITTER)
    assert delay(event, target, len(DELAYS) + 1) is None


def test_not_all_wait_equally_long() -> None:
    assert len({delay(f"evt_{n}", "team", 3) for n in range(50)}) == 50


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("120", 120.0),
        ("Tue, 14 Nov 2023 22:14:20 GMT", 60.0),
        ("Tue, 14 Nov 2023 22:14:20 -0000", 60.0),
        ("Tue, 14 Nov 2000 22:14:20 GMT", 0.0),
        ("99999999999999999999", LONGEST),
        ("soon", 0.0),
        ("-5", 0.0),
        ("", 0.0),
    ],
)
def test_retry_after(told: str, seconds: float) -> None:
    assert asked(told, 1_700_000_000.0) == seconds
