"""The secrets of webhooks: private, and whatever is interrupted, the one that the tool knows is believed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelwright.service.secrets import GRACE, LENGTH, WebhookSecrets


def test_a_secret_is_long_random_and_private(tmp_path: Path) -> None:
    secrets = WebhookSecrets(tmp_path)
    assert secrets.believed("emails") == []
    made = secrets.newest("emails")
    assert len(made) >= LENGTH >= 32 and made != secrets.newest("other")
    assert secrets.newest("emails") == made
    folder = tmp_path / "secrets" / "webhooks"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {p.name: p.stat().st_mode & 0o777 for p in folder.iterdir()} == {
        "emails.json": 0o600,
        "other.json": 0o600,
    }


def test_old_secrets_are_believed_for_the_grace(tmp_path: Path) -> None:
    secrets = WebhookSecrets(tmp_path)
    first = secrets.newest("emails")
    second = secrets.prepare("emails")
    assert secrets.believed("emails", now=1e12) == [second, first], "until it is settled, for good"
    assert secrets.unsettled("emails") and secrets.prepare("emails") == second
    secrets.settle("emails", 60.0, now=1000.0)
    assert not secrets.unsettled("emails")
    assert secrets.believed("emails", now=1059.0) == [second, first]
    assert secrets.believed("emails", now=1060.0) == [second]
    third = secrets.rotate("emails", 10.0, now=1030.0)
    assert secrets.believed("emails", now=1039.0) == [third, second, first]
    assert secrets.believed("emails", now=1040.0) == [third], "a later grace lengthens no earlier one"
    secrets.settle("emails", 0.0, now=1031.0)
    assert secrets.believed("emails", now=1031.0) == [third]
    secrets.forget("emails")
    assert secrets.believed("emails") == []


def test_another_process_sees_a_change_at_once(tmp_path: Path) -> None:
    ours, theirs = WebhookSecrets(tmp_path), WebhookSecrets(tmp_path)
    for _ in range(20):
        made = ours.rotate("emails", 0.0)
        assert theirs.believed("emails") == [made]


def test_two_that_make_the_first_secret_agree(tmp_path: Path) -> None:
    ours, theirs = WebhookSecrets(tmp_path), WebhookSecrets(tmp_path)
    made = theirs.newest("emails")
    # What is seen before the lock is had may be old.
    assert ours._made("emails", only_first=True) == made
    assert ours.believed("emails") == [made]


class Killed(BaseException):
    """The process ends here."""


STEPS = ("before", "prepared", "registered", "settled")


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from([0.0, 5.0, GRACE]), st.floats(0, 10))))
def test_what_the_tool_knows_is_believed_whenever_it_ends(tries: list[tuple[str, float, float]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        secrets = WebhookSecrets(Path(folder))
        known, now = secrets.newest("emails"), 1000.0
        for until, grace, passes in tries:
            secrets, now = WebhookSecrets(Path(folder)), now + passes
            for step in STEPS[1 : STEPS.index(until) + 1]:
                if step == "prepared":
                    made = secrets.prepare("emails")
                elif step == "registered":
                    known = made
                else:
                    secrets.settle("emails", grace, now)
                assert known in secrets.believed("emails", now)
            assert known in WebhookSecrets(Path(folder)).believed("emails", now + 1e6)


def test_a_file_that_cannot_be_written_whole_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = WebhookSecrets(tmp_path)
    first = secrets.newest("emails")

    def full(handle: int) -> None:
        raise Killed

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Killed):
        secrets.prepare("emails")
    monkeypatch.undo()
    assert WebhookSecrets(tmp_path).believed("emails") == [first]
