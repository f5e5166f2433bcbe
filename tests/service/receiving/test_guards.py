"""The guards one by one: nesting, buckets, forwarded addresses, bodies in memory."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelwright.io.scrub import LEFT_OUT, canonical, chosen, scalar
from labelwright.problems import UsageError
from labelwright.service.inbox import body as body_module
from labelwright.service.inbox.body import Bodies, Gone, Refused, throw_away
from labelwright.service.inbox.decoding import decode, too_deep
from labelwright.service.inbox.rate import MOST_SOURCES, Buckets, networks, source_of

nested = st.recursive(
    st.none() | st.integers() | st.text('[]{}"\\é a', max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text('[{"\\', max_size=3), inner, max_size=3)
    ),
    max_leaves=30,
)


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(_depth, inner), default=0)


@given(value=nested, most=st.integers(1, 8), ascii_=st.booleans())
@settings(max_examples=200)
def test_depth_is_told_from_bytes_alone(value: Any, most: int, ascii_: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_).encode()
    assert too_deep(body, most) is (_depth(value) > most)
    if _depth(value) <= most:
        assert decode(body, most) == value


@pytest.mark.parametrize("offset", range(5))
def test_depth_is_told_across_windows(offset: int) -> None:
    padding = ['a"\\[{' * 40_000, "é" * (100_000 + offset)] * 5
    for deep in (3, 4):
        body = json.dumps([*padding, json.loads("[" * deep + "]" * deep), *padding]).encode()
        assert len(body) > 2_000_000
        assert [too_deep(body, most) for most in (deep, deep + 1)] == [True, False]


@given(st.binary(max_size=60) | st.text('[]{}",:\\ 1e-nul', max_size=40).map(str.encode))
def test_bytes_are_decoded_or_refused(body: bytes) -> None:
    try:
        decode(body, 5)
    except ValueError as error:
        assert str(error) in ("it is nested too deeply", "it is not UTF-8", "it is no JSON")


@pytest.mark.parametrize(
    "body",
    [b"[" * 25_000_000, b'{"a":' * 4_000_000, b"[" * 12_000_000 + b"]" * 12_000_000, b"[]," * 8_000_000,
     b'"' + b"\\" * 24_999_999, b'"[' * 12_000_000],
    ids=["open", "objects", "pairs", "flat", "escapes", "quotes"],
)  # fmt: skip
def test_a_large_hostile_body_takes_no_time(body: bytes) -> None:
    began = time.process_time()
    with pytest.raises(ValueError, match="it is"):
        decode(body, 64)
    assert time.process_time() - began < 4


def test_a_bucket_fills_again() -> None:
    now = [0.0]
    buckets = Buckets(4.0, lambda: now[0])
    assert [buckets.wait("a") for _ in range(5)] == [0, 0, 0, 0, 0.25]
    assert buckets.wait("b") == 0
    assert [buckets.empty(one) for one in "abc"] == [True, False, False]
    now[0] = 0.5
    assert [buckets.wait("a") > 0 for _ in range(3)] == [False, False, True]
    now[0] = 1000.0
    assert sum(buckets.wait("a") == 0 for _ in range(50)) == 4


def test_no_number_of_addresses_takes_more_memory() -> None:
    buckets = Buckets(1.0, lambda: 0.0)
    for number in range(MOST_SOURCES * 3):
        buckets.wait(str(number))
    assert len(buckets) == MOST_SOURCES


PROXIES = networks(["10.0.0.0/8", "192.0.2.1", "2001:db8::/64"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "source"),
    [
        ("198.51.100.1", "", "198.51.100.1"),
        ("198.51.100.1", "203.0.113.5", "198.51.100.1"),
        ("10.1.2.3", "", "10.1.2.3"),
        ("10.1.2.3", "203.0.113.5", "203.0.113.5"),
        ("10.1.2.3", "1.1.1.1, 203.0.113.5, 192.0.2.1", "203.0.113.5"),
        ("10.1.2.3", "1.1.1.1, nonsense", "10.1.2.3"),
        ("10.1.2.3", "10.0.0.7", "10.0.0.7"),
        ("10.1.2.3", "203.0.113.5:4711", "203.0.113.5"),
        ("2001:db8::5", "[2a00:1:2:3:4::1]:80", "2a00:1:2:3::/64"),
        ("2a00:1:2:3:ffff::9", "", "2a00:1:2:3::/64"),
        ("::ffff:10.1.2.3", "203.0.113.5", "203.0.113.5"),
        ("", "203.0.113.5", ""),
        ("testclient", "", "testclient"),
    ],
)
def test_whom_a_request_comes_from(peer: str, forwarded: str, source: str) -> None:
    assert source_of(peer, forwarded, PROXIES) == source


@given(peer=st.text(max_size=20), forwarded=st.text("0123456789.:,[]/ %a", max_size=60))
def test_no_address_is_too_strange(peer: str, forwarded: str) -> None:
    assert isinstance(source_of(peer, forwarded, PROXIES), str)
    assert isinstance(source_of("10.0.0.1", forwarded, PROXIES), str)


def test_a_proxy_that_is_no_address_is_named() -> None:
    with pytest.raises(UsageError, match=r"login\.proxies: 'gateway'"):
        networks(["10.0.0.1", "gateway"])


def _sending(*parts: bytes, then: str = "http.request", wait: float | None = None) -> Any:
    """``wait``: seconds before each part; 0: until all others had their turn."""
    left = list(parts)

    async def receive() -> dict[str, Any]:
        if wait is not None:
            await asyncio.sleep(wait)
        if not left:
            return {"type": then, "body": b"", "more_body": False}
        return {"type": "http.request", "body": left.pop(0), "more_body": True}

    return receive


def test_a_body_is_put_together() -> None:
    bodies = Bodies(1000)
    assert asyncio.run(bodies.read(_sending(b"ab", b"", b"c"))) == b"abc"
    assert asyncio.run(bodies.read(_sending())) == b""
    with pytest.raises(Refused, match="too large"):
        asyncio.run(bodies.read(_sending(b"x" * 11), 10))
    assert asyncio.run(bodies.read(_sending(b"x" * 1000))) == b"x" * 1000
    with pytest.raises(Refused) as refused:
        asyncio.run(bodies.read(_sending(b"x" * 600, b"x" * 401)))
    assert refused.value.status == 413


def test_a_slow_body_is_given_up() -> None:
    with pytest.raises(Refused) as refused:
        asyncio.run(Bodies(1000, 0.05).read(_sending(*[b"x"] * 100, wait=0.01)))
    assert (refused.value.status, refused.value.unread) == (408, True)


def test_who_leaves_gets_no_answer() -> None:
    with pytest.raises(Gone):
        asyncio.run(Bodies(1000).read(_sending(b"ab", then="http.disconnect")))


def test_many_large_bodies_at_once_are_not_all_held() -> None:
    bodies = Bodies(1_000_000)

    async def at_once(count: int) -> list[Any]:
        parts = [b"x" * 100_000] * 10
        return await asyncio.gather(
            *(bodies.read(_sending(*parts, wait=0)) for _ in range(count)), return_exceptions=True
        )

    found = asyncio.run(at_once(10))
    refused = [one for one in found if isinstance(one, Refused)]
    assert 1 <= len(refused) <= 8 and {one.status for one in refused} == {503}
    assert bodies.held == 0  # and all of it was given back
    assert all(isinstance(one, bytes) for one in asyncio.run(at_once(4)))


def test_what_still_comes_is_thrown_away_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "LINGER", 0.05)
    asyncio.run(throw_away(_sending(*[b"x" * 1000] * 1000)))
    began = time.perf_counter()
    asyncio.run(throw_away(_sending(*[b"x"] * 10_000, wait=0.01)))
    assert time.perf_counter() - began < 20, "all of it takes 100 s"


def test_texts_are_kept_without_secrets() -> None:
    for text in ("2026-11-21T02:27:21.643284Z", "wh project 2", "Straße ü",
                 "acb89dd3-9d4c-4c94-980c-df61d47f19af",
                 "https://tool.test/tasks/1", "a-long-name-of-a-task-without-numbers"):  # fmt: skip
        assert scalar(text) == text
    for text in ("https://u:p@tool.test/", "s3://b/k?X-Amz-Signature=1", "gUkHA7Dq5DeNFcTIPr3U16ahze0MHp6FWG",
                 "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0"):  # fmt: skip
        assert scalar(text) == LEFT_OUT
    assert scalar("by anna.b@example.test (home)") == f"by {LEFT_OUT} (home)"
    assert scalar("x " * 500) == "x " * 100 + LEFT_OUT
    odd: list[Any] = [None, True, 3, 2**63, 1.5, [1], {}, "a\0b"]
    assert [scalar(v) for v in odd] == [None, True, 3, None, 1.5, None, None, "ab"]


def test_what_is_chosen_has_no_people_in_it() -> None:
    given_ = {"a": {"id": 3, "email": "x@y.test"}, "b": [1], "c": "d", "e": 5}
    assert chosen(given_, ("a", "b", "c", "f")) == {"a": 3, "b": None, "c": "d"}
    assert chosen([given_], ("a",)) == {}


@given(nested)
def test_equal_values_have_equal_bytes(value: Any) -> None:
    turned = json.loads(json.dumps(value))
    assert canonical({"a": value, "b": 1}) == canonical({"b": 1, "a": turned})
    assert canonical({"a": "\ud800", "b": value}) == canonical({"b": turned, "a": "\ud800"})
