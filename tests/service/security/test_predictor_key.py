"""The key that predictors are asked with: none that is empty, and none that is shown in another way."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest

from labelwright.problems import UsageError
from labelwright.service.predicting import KEY, key_of, knows


@pytest.mark.parametrize("held", [b"", b"\n", b"  \n", b"short", b"\xff" * 64])
def test_a_file_without_a_key_lets_nobody_in(tmp_path: Path, held: bytes) -> None:
    (tmp_path / KEY).parent.mkdir()
    (tmp_path / KEY).write_bytes(held)
    with pytest.raises(UsageError, match=r"predictors\.key (holds no key|cannot be read)"):
        key_of(tmp_path)


def test_a_key_is_made_once(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    assert key_of(tmp_path) == key and len(key) >= 64
    assert (tmp_path / KEY).stat().st_mode & 0o777 == 0o600


def test_a_key_is_shown_as_a_password_or_a_token_and_in_no_other_way(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    basic = [b64encode(text.encode()).decode() for text in (f"labelwright:{key}", f":{key}")]
    for shown in (f"Bearer {key}", f"token {key}", *(f"Basic {one}" for one in basic)):
        assert knows(key, shown)
    other = [b64encode(raw).decode() for raw in (b"", b":", key.encode(), b"\xe9:" + key.encode())]
    for shown in ("", key, f"Digest {key}", "Bearer", "Bearer ", f"Bearer {key[:-1]}", "Basic é", "Bearer é"):
        assert not knows(key, shown)
    for one in other:
        assert not knows(key, f"Basic {one}")
