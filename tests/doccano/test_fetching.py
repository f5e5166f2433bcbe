"""The files of doccano: by address or stored path, with a log-in only where the server wants one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from doccano_double import PASSWORD, USER, Double, running

from labelwright.media.sources import Fault
from labelwright.predicting.files import PlaceFiles
from labelwright.problems import DataError, Place
from labelwright.records import Item, ItemKey
from labelwright_plugins.doccano.client import opened
from labelwright_plugins.doccano.fetching import Fetching
from labelwright_plugins.doccano.settings import Settings


@pytest.fixture
def double() -> Iterator[Double]:
    with running() as started:
        started.media = {"/media/up/file": b"bytes"}
        yield started


def _fetching(double: Double, password: str = PASSWORD, most: int = 100) -> Fetching:
    return Fetching(opened(Settings(double.url, USER, password), timeout=60.0), most)


@pytest.mark.parametrize("public", [True, False])
def test_it_is_logged_in_once_where_it_has_to_be(double: Double, public: bool) -> None:
    double.public = public
    fetch = _fetching(double)
    for uri in (f"{double.url}/media/up/file", "/media/up/file", "media/up/file"):
        assert fetch(uri, Place()) == b"bytes"
    assert sum("auth" in asked for asked in double.asked) == int(not public)
    fetch.close()


def test_what_is_not_its_own_is_not_asked_for(double: Double) -> None:
    fetch = _fetching(double)
    for uri in ("http://other.test/media/up/file", "/media/../v1/me", "/v1/me", "up/file", "/media/%2e%2e/x"):
        assert fetch(uri, Place()) is None
    assert double.asked == []
    assert fetch("/media/up/none", Place()) is None
    fetch.close()


def test_a_file_that_is_too_large_and_a_wrong_password(double: Double) -> None:
    fetch = _fetching(double, most=3)
    with pytest.raises(Fault) as fault:
        fetch("/media/up/file", Place())
    assert fault.value.kind.code == "media.too-many-bytes"
    fetch.close()
    double.public = False
    fetch = _fetching(double, "wrong")
    with pytest.raises(DataError) as caught:
        fetch("/media/up/file", Place())
    assert caught.value.problem.code == "doccano.login-refused"
    fetch.close()


def test_the_folder_with_doccanos_media_will_do(tmp_path: Path) -> None:
    for name in ("up", "other"):
        (tmp_path / "media" / name).mkdir(parents=True)
        (tmp_path / "media" / name / "file").write_bytes(name.encode())
    assert PlaceFiles([str(tmp_path)]).read(Item(ItemKey("", "", ""), {}, []), "media/up/file") == b"up"
