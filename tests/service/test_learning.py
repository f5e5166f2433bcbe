"""Predictors learn once for many answers in a row, one at a time; what came of it is kept and shown."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from service_pages import TOKEN, served
from starlette.testclient import TestClient

from labelwright.contracts import ToLearn
from labelwright.predicting import problems as p
from labelwright.predicting.pipe import Learnt
from labelwright.problems import DataError, UsageError
from labelwright.records import Item, ItemKey
from labelwright.service import learning
from labelwright.service.app import build
from labelwright.service.context import Service
from labelwright.service.learning import Learning
from labelwright.service.lessons import Lessons
from labelwright.service.predicting import key_of

ITEMS = [Learnt(Item(ItemKey("s", "p", str(n)), {"text": "a"}, []), {"asked": "A"}) for n in range(3)]
EMAILS, REPLIES = ("1", "Customer e-mails"), ("29", "Replies")
CONFIGURED = {"predictor": "classify", "template": "email-classification", "learn_after": 120.0}


class Pupil:
    """What the service asks of a predictor that learns."""

    def __init__(self, learns: bool = True) -> None:
        self.learns, self.told, self.taught = learns, "", 0
        self.during: Callable[[], None] = lambda: None

    def learn(self, items: list[Learnt]) -> str:
        self.during()
        self.taught += 1
        self.told = f"right in 0.{80 + self.taught} of {len(items)} items"
        return f"names-0+{self.taught}"


class Timer:
    """A timer that a test lets go off."""

    made: list[Timer]

    def __init__(self, wait: float, run: Callable[..., None], given: tuple[Any, ...]) -> None:
        self.wait, self._run, self._given = wait, run, given
        self.daemon = self.started = self.cancelled = False
        self.made.append(self)

    def start(self) -> None:
        self.started = True

    def cancel(self) -> None:
        self.cancelled = True

    def go(self) -> None:
        assert self.started and not self.cancelled and self.daemon
        self._run(*self._given)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    other = {**CONFIGURED, "tool": "label-studio"}
    with served(tmp_path, {"predictors": {"names": CONFIGURED, "other": other}}) as found:
        yield found


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> list[Timer]:
    """Every timer that is made; none goes off by itself."""
    made: list[Timer] = []
    monkeypatch.setattr("threading.Timer", type("Made", (Timer,), {"made": made}))
    monkeypatch.setattr(Learning, "_gathered", lambda self, name, project: ITEMS)
    return made


def waiting(timers: list[Timer]) -> list[float]:
    """The seconds of the timers that will go off."""
    return [one.wait for one in timers if one.started and not one.cancelled]


def test_answers_in_a_row_are_learnt_of_once_a_while_after_the_last(
    service: Service, timers: list[Timer]
) -> None:
    pupil = Pupil()
    school = Learning(service, {"names": pupil})  # type: ignore[dict-item]
    for _ in range(5):
        assert school.ask("names", ToLearn(EMAILS)) == ""
    assert waiting(timers) == [120.0]
    school.ask("names", ToLearn(REPLIES))
    assert waiting(timers) == [120.0, 120.0], "each project by itself"
    timers[4].go()
    assert pupil.taught == 1
    school.ask("names", ToLearn(EMAILS))
    assert len(timers) == 7 and not timers[5].cancelled, "what was learnt is put off no more"


def test_now_is_now_and_takes_the_place_of_what_waited(service: Service, timers: list[Timer]) -> None:
    school = Learning(service, {"names": Pupil()})  # type: ignore[dict-item]
    school.ask("names", ToLearn(EMAILS))
    school.ask("names", ToLearn(EMAILS, now=True))
    assert waiting(timers) == [0.0]


def test_answers_that_never_end_do_not_put_it_off_for_ever(
    service: Service, timers: list[Timer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "MOST", 3)
    school = Learning(service, {"names": Pupil()})  # type: ignore[dict-item]
    for _ in range(10):
        assert school.ask("names", ToLearn(EMAILS)) == ""
    assert len(timers) == 3 and waiting(timers) == [120.0]
    school.ask("names", ToLearn(EMAILS, now=True))
    assert waiting(timers) == [0.0]


def test_what_cannot_be_learnt_of_is_a_sentence(service: Service, timers: list[Timer]) -> None:
    school = Learning(service, {"names": Pupil(learns=False), "other": Pupil()})  # type: ignore[dict-item]
    assert school.ask("names", ToLearn(EMAILS, now=True)) == "names does not learn of answers"
    assert "[projects.NAME]" in school.ask("other", ToLearn(("30", "Unknown")))
    assert timers == []
    service.loaded.config.predictors["other"].tool = "cvat"
    assert "no project of the service's configuration" in school.ask("other", ToLearn(EMAILS))
    assert timers == []


def test_nothing_begins_after_the_end(service: Service, timers: list[Timer]) -> None:
    pupil = Pupil()
    school = Learning(service, {"names": pupil})  # type: ignore[dict-item]
    school.ask("names", ToLearn(EMAILS))
    school.close()
    assert waiting(timers) == []
    school.ask("names", ToLearn(EMAILS, now=True))
    assert waiting(timers) == []
    school._learn("names", service.projects["emails"])  # one that went off in the same moment
    assert pupil.taught == 0 and Lessons(service.loaded.data, "names").all() == []


def test_one_learns_at_a_time(service: Service, timers: list[Timer]) -> None:
    pupil, at_once, most = Pupil(), [0], [0]

    def during() -> None:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        time.sleep(0.05)
        at_once[0] -= 1

    pupil.during = during
    school = Learning(service, {"names": pupil, "other": pupil})  # type: ignore[dict-item]
    for name, project in (("names", EMAILS), ("names", REPLIES), ("other", EMAILS)):
        school.ask(name, ToLearn(project))
    threads = [threading.Thread(target=one.go) for one in timers]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (pupil.taught, most) == (3, [1])


def test_what_came_of_it_is_kept_by_project(service: Service, timers: list[Timer]) -> None:
    school = Learning(service, {"names": Pupil()})  # type: ignore[dict-item]
    before = time.time()
    for project in (REPLIES, EMAILS, EMAILS):
        school.ask("names", ToLearn(project, now=True))
        timers[-1].go()
    emails, replies = Lessons(service.loaded.data, "names").all()
    assert (emails.project, emails.items, emails.version) == ("emails", 3, "names-0+3")
    assert emails.told == "right in 0.83 of 3 items" and replies.told == "right in 0.81 of 3 items"
    assert emails.at is not None and before <= emails.at <= time.time()
    assert emails.failed_at is None and emails.reason == ""


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (DataError(p.FAILED.at(predictor="names", reason="secret words")), p.FAILED.code, "secret words"),
        (UsageError("the project's answers could not be gathered"), "usage", "could not be gathered"),
    ],
)
def test_a_failure_is_kept_beside_what_was_learnt_before_and_no_words_are_logged(
    service: Service,
    timers: list[Timer],
    caplog: pytest.LogCaptureFixture,
    error: DataError | UsageError,
    code: str,
    reason: str,
) -> None:
    pupil = Pupil()
    school = Learning(service, {"names": pupil})  # type: ignore[dict-item]

    def failing() -> None:
        raise error

    for during in (lambda: None, failing):
        pupil.during = during
        school.ask("names", ToLearn(EMAILS, now=True))
        with caplog.at_level(logging.WARNING):
            timers[-1].go()
    (lesson,) = Lessons(service.loaded.data, "names").all()
    assert lesson.told == "right in 0.81 of 3 items" and lesson.items == 3
    assert lesson.failed_at is not None and reason in lesson.reason
    assert code in caplog.text and reason not in caplog.text
    pupil.during = lambda: None
    school.ask("names", ToLearn(EMAILS, now=True))
    timers[-1].go()
    (lesson,) = Lessons(service.loaded.data, "names").all()
    assert lesson.failed_at is None and lesson.told.startswith("right in 0.82")


def test_answers_that_cannot_be_gathered_are_asked_for_again_ever_later(
    service: Service, timers: list[Timer], monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = [UsageError("a rebuild is at work"), OSError("full"), *[UsageError("no")] * 8]

    def gathered(self: Learning, name: str, project: Any) -> list[Learnt]:
        raise errors.pop(0)

    pupil = Pupil()
    school = Learning(service, {"names": pupil})  # type: ignore[dict-item]
    with monkeypatch.context() as broken:
        broken.setattr(Learning, "_gathered", gathered)
        school.ask("names", ToLearn(EMAILS, now=True))
        for _ in range(5):
            timers[-1].go()
        assert [one.wait for one in timers] == [0.0, *learning.AGAIN], "and then no more"
        school.ask("names", ToLearn(EMAILS, now=True))
        timers[-1].go()
        assert timers[-1].wait == learning.AGAIN[0]
    timers[-1].go()
    assert pupil.taught == 1 and len(timers) == 7


def test_one_that_did_not_learn_of_what_it_was_given_is_not_given_it_again(
    service: Service, timers: list[Timer]
) -> None:
    pupil = Pupil()

    def during() -> None:
        raise ValueError

    pupil.during = during
    school = Learning(service, {"names": pupil})  # type: ignore[dict-item]
    school.ask("names", ToLearn(EMAILS, now=True))
    timers[-1].go()
    assert len(timers) == 1
    (lesson,) = Lessons(service.loaded.data, "names").all()
    assert "could not learn: ValueError" in lesson.reason


def test_one_that_only_failed_has_learnt_nothing(service: Service, timers: list[Timer]) -> None:
    lessons = Lessons(service.loaded.data, "names")
    lessons.failed("emails", 5.0, "x" * 9000)
    (lesson,) = lessons.all()
    assert (lesson.at, lesson.items, lesson.failed_at, len(lesson.reason)) == (None, 0, 5.0, 500)
    next(service.loaded.data.glob("predictors/*.lessons")).write_bytes(b'[{"project": 1')
    assert lessons.all() == [], "what cannot be read is not known"


MODEL = """
class Names:
    inputs = ("text",)
    kinds = ("choice",)

    def __init__(self, asked):
        pass

    def predict(self, batch):
        return []


class Pupil(Names):
    def fit(self, items):
        return "1"
"""


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[tuple[Service, Callable[[str, Any], tuple[int, str]]]]:
    """A service with two real predictors, and how Label Studio sends an event to one."""
    (tmp_path / "names.py").write_text(MODEL)
    told = {"template": "email-classification", "learn_after": 1000.0}
    configured = {name: {**told, "predictor": f"./names.py:{name.title()}"} for name in ("names", "pupil")}
    with served(tmp_path, {"predictors": configured}) as service:
        client = TestClient(build(service), base_url="http://localhost:8790")
        login = ("labelwright", key_of(service.loaded.data))

        def send(name: str, body: Any) -> tuple[int, str]:
            answer = client.post(f"/ml/{name}/webhook", json=body, auth=login)
            return answer.status_code, answer.json().get("detail", "")

        try:
            yield service, send
        finally:
            for end in reversed(service.ends):
                end()


def test_what_was_asked_for_and_cannot_be_is_a_409_with_the_reason(
    asking: tuple[Service, Callable[[str, Any], tuple[int, str]]], timers: list[Timer]
) -> None:
    _, send = asking
    known, unknown = {"id": 1, "title": EMAILS[1]}, {"id": 30, "title": "Unknown"}
    status, why = send("names", {"action": "START_TRAINING", "project": known})
    assert (status, why) == (409, "names does not learn of answers")
    status, why = send("pupil", {"action": "START_TRAINING", "project": unknown})
    assert status == 409 and "add it to labelwright.toml as [projects.NAME]" in why
    # Of an event nobody waits for an answer, and the server would show none.
    for name, project in (("names", known), ("pupil", unknown)):
        assert send(name, {"action": "ANNOTATION_CREATED", "project": project}) == (200, "")
    assert timers == []
    assert send("pupil", {"action": "ANNOTATION_CREATED", "project": known}) == (200, "")
    assert send("pupil", {"action": "START_TRAINING", "project": known}) == (200, "")
    assert [one.wait for one in timers] == [1000.0, 0.0]


def test_the_page_and_the_api_show_it(
    asking: tuple[Service, Callable[[str, Any], tuple[int, str]]],
) -> None:
    service, _ = asking
    Lessons(service.loaded.data, "pupil").learnt("emails", time.time() - 7200, 1234, "pupil-0+1", "right <b>")
    Lessons(service.loaded.data, "pupil").failed("replies", time.time(), "too few answers")
    app = TestClient(build(service), base_url="http://localhost:8790")
    assert app.get("/api/v1/predictors").status_code == 401
    names, pupil = app.get("/api/v1/predictors", headers={"Authorization": f"Bearer {TOKEN}"}).json()
    assert (names["name"], names["learns"], names["lessons"]) == ("names", False, [])
    assert pupil["learns"] and pupil["version"].startswith("pupil-") and pupil["controls"] == ["category"]
    assert [(x["project"], x["items"], x["reason"]) for x in pupil["lessons"]] == [
        ("emails", 1234, ""), ("replies", 0, "too few answers"),
    ]  # fmt: skip
    page = TestClient(build(service), base_url="http://localhost:8790", headers={"accept": "text/html"})
    page.post("/login", data={"token": TOKEN})
    text = page.get("/").text
    assert "of 1,234 items of emails" in text and "right &lt;b&gt;" in text and "2 h ago" in text
    assert "of replies: nothing yet" in text and "too few answers" in text and "does not learn" in text


def test_lessons_are_told_of_a_configured_predictor(
    tmp_path: Path, cli: Callable[..., tuple[int, str]]
) -> None:
    (tmp_path / "names.py").write_text(MODEL)
    (tmp_path / "labelwright.toml").write_text(
        '[service]\ndata = "data"\n[predictors.mine]\npredictor = "./names.py:Pupil"\n'
        'template = "email-classification"\n'
    )
    lessons = Lessons(tmp_path / "data", "mine")
    lessons.learnt("emails", 1_700_000_000.0, 1234, "mine-0+1", "right in 0.91 of 1,234 items")
    lessons.failed("emails", 1_700_000_100.0, "too few answers")
    line = ("predictors", "show", "mine", "--config", str(tmp_path / "labelwright.toml"))
    code, out = cli(*line)
    words = " ".join(out.split())
    assert code == 0 and "reads text; answers choice" in words
    assert (
        "learnt of 1,234 items of emails at 2023-11-14 22:13:20 UTC, since then mine-0+1; right in 0.91 of "
        "1,234 items; could not learn of emails at 2023-11-14 22:15:00 UTC: too few answers" in words
    )
    code, out = cli(*line, "--json")
    assert code == 0 and '"told": "right in 0.91 of 1,234 items"' in out and '"name": "pupil"' in out
    code, out = cli(*line[:2], "other", *line[3:])
    assert code == 2 and "no predictor 'other' is configured" in out


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """The command line: exit code, and what it said."""
    from labelwright.cli.main import run

    def command(*line: str) -> tuple[int, str]:
        capfd.readouterr()
        code = run(list(line))
        said = capfd.readouterr()
        return code, said.out + said.err

    return command
