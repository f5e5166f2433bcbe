"""The files of items: each that cannot be had is a problem of its item, said once and soon."""

from __future__ import annotations

import os
import sys
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event

import predicted
import pytest
from listening import listening
from predicted import patient
from programs import until

from labelwright.contracts import Control, Input, Query, Template
from labelwright.media import web
from labelwright.predicting.files import HeldFiles, PlaceFiles
from labelwright.problems import DataError
from labelwright.records import Item, ItemKey, Kind

ITEM = Item(ItemKey("", "1", "7"), {}, [])


class Answers(BaseHTTPRequestHandler):
    """Answers by path: what is there, what is huge, and nothing for a long time."""

    asked: list[str] = []  # noqa: RUF012
    over = Event()

    def do_GET(self) -> None:
        """Answer."""
        self.asked.append(self.path)
        if self.path == "/slow":
            self.over.wait(60)
        self.send_response(200 if self.path != "/missing" else 404)
        self.send_header("Content-Length", {"/huge": "2000000000"}.get(self.path, "4"))
        self.end_headers()
        self.wfile.write(b"data")

    def log_message(self, *given: object) -> None:
        """Nothing."""


def refused(files: PlaceFiles, uri: str) -> str:
    """Why a file cannot be had."""
    with pytest.raises(DataError) as caught:
        files.read(ITEM, uri)
    assert caught.value.problem.place.item == "1/7"
    return caught.value.problem.message


def test_files_of_a_folder_are_read_and_others_said_to_be_missing(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"picture")
    files = PlaceFiles([str(tmp_path)])
    assert files.read(ITEM, "a.png") == b"picture"
    assert "none of the places" in refused(files, "b.png")
    assert "leads out" in refused(files, "../secret")


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "big.bin").open("wb") as big:
        big.truncate(2_000_000_000)
    assert "2000000000" in refused(PlaceFiles([str(tmp_path)]), "big.bin")


def test_a_folder_that_is_not_there_is_told_of_each_item(tmp_path: Path) -> None:
    assert "there is no folder" in refused(PlaceFiles([str(tmp_path / "none")]), "a.png")


def test_a_private_address_is_not_asked() -> None:
    assert "private network" in refused(PlaceFiles(["http"]), "http://127.0.0.1:9/a.png")
    assert "no place given" in refused(PlaceFiles([]), "http://example.org/a.png")


def test_web_addresses_that_give_nothing_are_told_and_not_asked_again_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(web, "is_public", lambda address: True)
    with listening(Answers) as base:
        files = PlaceFiles(["http"])
        assert files.read(ITEM, f"{base}/there") == b"data" == files.read(ITEM, f"{base}/there")
        assert "404" in refused(files, f"{base}/missing")
        assert "2000000000" in refused(files, f"{base}/huge")
        monkeypatch.setattr(web, "TIMEOUT", 0.3)
        assert "no answer within" in refused(files, f"{base}/slow")
        until(lambda: "/slow" in Answers.asked)
        assert "no answer within" in refused(files, f"{base}/slow")
        Answers.over.set()
        assert Answers.asked.count("/there") == 1 == Answers.asked.count("/slow")


def test_files_that_came_along_are_not_looked_for(tmp_path: Path) -> None:
    files = HeldFiles({"image": b"held"}, PlaceFiles([str(tmp_path)]))
    assert files.read(ITEM, "image") == b"held"


def test_a_file_that_comes_too_slowly_is_given_up(tmp_path: Path) -> None:
    class Slow(PlaceFiles):
        def _read(self, item: Item, uri: str) -> bytes:
            if uri == "raises":
                raise ValueError(uri)
            if uri == "slow":
                over.wait(90)
            return b"data"

    over = Event()
    files = Slow([str(tmp_path)], patience=0.3)
    began = time.monotonic()
    assert "took more than 0.3 s" in refused(files, "slow")
    assert time.monotonic() - began < 3.0
    over.set()
    files._patience = 60.0  # what is fast may take its time on a machine that has much to do
    assert files.read(ITEM, "fast") == b"data"
    with pytest.raises(ValueError, match="raises"):
        files.read(ITEM, "raises")


FETCHER = """
import time

def open_fetcher(url):
    def fetch(uri, place):
        if "never" in uri:
            time.sleep(600)
        return b"data"
    return fetch
"""
MODEL = """
from labelwright.contracts import Guess

class Reads:
    inputs = ("image",)
    kinds = ("choice",)

    def __init__(self, asked):
        self.control = asked.controls[0]

    def predict(self, batch):
        return [Guess({self.control: query.file("image").decode()}) for query in batch]
"""


def test_a_file_that_never_comes_costs_its_item_and_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reads.py").write_text(MODEL)
    (tmp_path / "never_comes.py").write_text(FETCHER)
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join(str(Path(p).absolute()) for p in [*sys.path, str(tmp_path)])
    )
    template = Template("t", inputs={"image": Input("image")}, controls={"said": Control(Kind.CHOICE)})
    apart = predicted.apart(
        "./reads.py:Reads", tmp_path, template, 8.0, fetcher="never_comes:open_fetcher", url="x"
    )
    patience = apart._keeper._job.patience
    assert patience is not None and patience < 8.0, "there is time left for the others of its batch"
    patient(monkeypatch)
    apart.load()
    try:
        asks = [
            Query(Item(ItemKey("", "1", uri), {"image": uri}, []), template) for uri in ("a", "never", "b")
        ]
        pid = apart.pid
        outcomes = apart.predict(asks)
        assert [o.answers and o.answers["said"] for o in outcomes] == ["data", None, "data"]
        assert [one.code for one in outcomes[1].problems] == ["media.not-fetched"]
        assert apart.pid == pid
    finally:
        apart.close()
