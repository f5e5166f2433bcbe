from __future__ import annotations

import contextlib
import io
import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from service_process import environment

from labelwright.service.config.load import Loaded
from labelwright.service.config.model import Config, NotifyConfig, ServiceConfig, ToolConfig
from labelwright.service.logging import Readable, set_up
from labelwright.service.redaction import GONE, redactor
from labelwright.service.secrets import WebhookSecrets

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
LOGGERS = ("labelwright.service.x", "uvicorn.error", "uvicorn.access", "dbos", "sqlalchemy.engine", "asyncio")


class Told(io.StringIO):
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


def configured(folder: Path) -> tuple[Loaded, list[str]]:
    """A configuration with a secret of every kind, and the secrets."""
    held = {
        "ls.token": "zq7Pass-word/with slash",
        "cvat.pw": "kürbis%20&mehr",
        "hook.url": "https://hooks.example/services/T0/B0/q8Zk2",
        "sign": "whsec_c2VjcmV0c2VjcmV0c2VjcmV0\nwhsec_b3RoZXJvdGhlcm90aGVyb3RoZXI=",
    }
    for name, value in held.items():
        (folder / name).write_text(value + "\n", encoding="utf-8")
    config = Config(
        service=ServiceConfig(database_url="postgresql://lw:pg-hunter2@db.example/lw"),
        tools={
            "label-studio": ToolConfig(url="http://ls", token_file="ls.token"),
            "cvat": ToolConfig(url="http://cvat", username="u", password_file="cvat.pw"),
        },
        notify={"team": NotifyConfig(url_file="hook.url", secret_file="sign")},
    )
    loaded = Loaded(config, folder)
    own = WebhookSecrets(loaded.data).newest("emails")
    lines = [line for value in held.values() for line in value.splitlines()]
    return loaded, [*lines, "pg-hunter2", own]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> tuple[Loaded, list[str]]:
    return configured(tmp_path_factory.mktemp("service"))


@contextlib.contextmanager
def written_down(loaded: Loaded) -> Iterator[Told]:
    """What is logged meanwhile; the test runner's own handlers see none of it."""
    told = Told()
    undo = set_up("debug", redactor(loaded), told)
    try:
        yield told
    finally:
        undo()


def tell(logger: logging.Logger, shape: str, said: str, secret: str) -> None:
    """Log a text in one of the ways in which it may come."""
    if shape == "plain":
        logger.error(said)
    elif shape == "argument":
        logger.warning("it was %s and %r", said, {"value": said})
    elif shape == "raised":
        try:
            raise ValueError(said)
        except ValueError:
            logger.exception("it failed")
    elif shape == "chained":
        try:
            try:
                raise KeyError(said)
            except KeyError as error:
                raise RuntimeError(f"no {said!r}") from error
        except RuntimeError as error:
            logger.error("failed: %s", error, exc_info=error)
    elif shape == "repr":
        logger.error("%r", [said.encode("utf-8", "surrogatepass"), said])
    elif shape == "address":
        logger.error("GET http://x/?a=%s", quote(secret, safe=""))
    else:
        logger.error("%s", said, stack_info=True)


SHAPES = ("plain", "argument", "raised", "chained", "repr", "address", "stack")


@settings(max_examples=80)
@given(
    which=st.integers(0, 99), before=st.text(max_size=10), after=st.text(max_size=10),
    name=st.sampled_from(LOGGERS), shape=st.sampled_from(SHAPES),
)  # fmt: skip
def test_no_configured_secret_is_ever_written(
    known: tuple[Loaded, list[str]], which: int, before: str, after: str, name: str, shape: str
) -> None:
    loaded, secrets = known
    secret = secrets[which % len(secrets)]
    with written_down(loaded) as told:
        tell(logging.getLogger(name), shape, f"{before}{secret}{after}", secret)
    written = told.getvalue()
    (whole,) = told.records()
    for one in secrets:
        for form in (one, quote(one, safe=""), json.dumps(one)[1:-1]):
            assert form not in written
            assert all(form not in value for value in whole.values())
    assert GONE in written


@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        ("by jane.doe+x@example.co.uk now", "jane.doe"),
        ("Authorization: Token abcdef0123456789", "abcdef0123456789"),
        ("headers {'Authorization': 'Bearer qwertyuiop'}", "qwertyuiop"),
        ("[(b'authorization', b'Basic dXNlcjpwYXNz')]", "dXNlcjpwYXNz"),
        ("X-Labelwright-Secret: topsecretvalue", "topsecretvalue"),
        ("sent Bearer abc12345xyz to it", "abc12345xyz"),
        ("key whsec_AAAA+/BB==", "AAAA+/BB"),
        (f"refresh {JWT} end", "eyJhbGci"),
        ("postgresql://lw:p@ss@host/db", "p@ss"),
        ("redis://:other@host", "other"),
        ('{"password": "letmein"}', "letmein"),
        ("?access_token=zzz111&x=1", "zzz111"),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUt", "wJalrXUt"),
        ("the key 0123456789abcdef0123456789abcdef01234567", "0123456789abcdef"),
        ("Cookie: session=abcd", "abcd"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(
    known: tuple[Loaded, list[str]], said: str, hidden: str
) -> None:
    cleaned = redactor(known[0])(said)
    assert hidden not in cleaned and (GONE in cleaned or "<e-mail>" in cleaned)


@pytest.mark.parametrize(
    "said",
    [
        "rebuild of emails done in 3.2 s, version 12",
        "the token expired",
        "loop postman failed; it comes round again",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "POST /webhooks/label-studio/emails 200",
        "http://127.0.0.1:8790",
    ],
)
def test_plain_words_stay(known: tuple[Loaded, list[str]], said: str) -> None:
    assert redactor(known[0])(said) == said


@pytest.mark.parametrize(
    "unit",
    ["a", "a-", "://", "://a@", "token ", "eyJ-", "eyJaaaaaaaaa.", "secret-", "a@a.", "'", ".", "password"],
)
def test_a_long_text_takes_no_longer_than_its_length(known: tuple[Loaded, list[str]], unit: str) -> None:
    """What a server throws back may be long and without a space; it is cleaned where all others wait."""
    clean = redactor(known[0])
    began = time.process_time()
    clean(unit * (100_000 // len(unit)))
    assert time.process_time() - began < 5.0


def test_what_a_record_is_about_is_in_fields_of_its_own(known: tuple[Loaded, list[str]]) -> None:
    about = {
        "project": "emails",
        "version": 3,
        "code": "x by jane@example.com",
        "token": "t" * 20,
        "dataset": None,
    }
    with written_down(known[0]) as told:
        logging.getLogger("labelwright.service.x").warning("it failed", extra=about)
    (record,) = told.records()
    assert {k: v for k, v in record.items() if k != "time"} == {
        "level": "warning", "logger": "labelwright.service.x", "message": "it failed",
        "project": "emails", "version": 3, "code": "x by <e-mail>", "dataset": "None",
    }  # fmt: skip


def test_a_rotated_secret_and_the_one_before_stay_hidden(tmp_path: Path) -> None:
    loaded, _ = configured(tmp_path)
    clean, held = redactor(loaded), WebhookSecrets(loaded.data)
    old = held.newest("emails")
    assert old not in clean(old)
    new = held.rotate("emails", 0.0)
    assert new not in clean(f"{old} {new}") and old not in clean(old)


def test_other_records_that_cannot_be_made_do_no_harm(
    known: tuple[Loaded, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    logger = logging.getLogger("labelwright.service.x")
    with written_down(known[0]) as told:
        logger.error("two %s %s", "only-one-argument-hunter3")
        logger.error("half a pair \ud800")
        thread = threading.Thread(target=lambda: 1 / 0, name="t1")
        thread.start()
        thread.join()
    first, second, third = told.records()
    assert first["message"] == "two %s %s (its arguments do not fit)"
    assert second["message"] == "half a pair \\ud800"
    assert third["message"] == "the thread t1 ended" and "ZeroDivisionError" in third["exception"]
    assert third["level"] == "error" and third["time"].endswith("+00:00")
    assert "hunter3" not in capsys.readouterr().err + told.getvalue()


def test_errors_of_the_database_hold_no_values(tmp_path: Path) -> None:
    from labelwright.service.store.database import open_database
    from labelwright.service.store.migrate import migrate
    from labelwright.service.store.tables import meta

    database = open_database("", tmp_path)
    migrate(database)
    with pytest.raises(sa.exc.IntegrityError) as told, database.writing() as connection:
        connection.execute(meta.insert().values(key="schema", value="what an annotator wrote"))
    assert "annotator" not in str(told.value)
    database.close()


def test_lines_for_a_terminal_can_be_read() -> None:
    record = logging.LogRecord(
        "labelwright.service.notify.postman", 30, "", 0, "sent\nto %s", ("team",), None
    )
    text = Readable(lambda t: t).format(record)
    assert text.endswith(" warning notify.postman: sent to team")


def test_a_terminal_is_told_from_a_pipe() -> None:
    class Terminal(Told):
        def isatty(self) -> bool:
            return True

    told = Terminal()
    undo = set_up("info", lambda t: t, told)
    logging.getLogger("labelwright.x").info("hello")
    logging.getLogger("labelwright.x").debug("not this")
    undo()
    assert told.getvalue().endswith("info    labelwright.x: hello\n")
    assert sys.stderr is not told


CHILD = """
import sys
from labelwright.service import logging as ours
ours.set_up_rebuild()
raise RuntimeError("the server said hunter2hunter2 to jane@example.com")
"""


def test_what_a_rebuild_raises_is_logged_without_its_servers_token(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hunter2hunter2\n")
    env = environment({"LABEL_STUDIO_API_KEY_FILE": str(tmp_path / "token")})
    done = subprocess.run([sys.executable, "-c", CHILD], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    (told,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert "the server said *** to <e-mail>" in told["exception"] and told["level"] == "critical"
