"""connect --predictor: doccano's auto-labelling made as it should be, once, beside that of others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from doccano_double import HTML, PASSWORD, USER, Double, running

from labelwright.contracts import Control, Input, Server, Template, Wanted
from labelwright.problems import DataError, UsageError
from labelwright.records import Kind
from labelwright_plugins.doccano.autolabel_register import asks

URL = "http://s.test/rest/names"
TEMPLATE = Template(
    "own",
    inputs={"text": Input("text")},
    controls={"spans": Control(Kind.SPANS, ["PER", "LOC"]), "label": Control(Kind.CHOICE, ["A"])},
)
WANTED = Wanted(URL, "labelwright names", "labelwright", "k" * 48, template=TEMPLATE)
OTHER = {"id": 900, "task_type": "Span", "model_attrs": {"url": "http://other.test/ask"}}


@pytest.fixture
def double() -> Iterator[Double]:
    with running() as started:
        number = started.project("Names", "SequenceLabeling")
        started.types[(number, "span-types")] = [{"id": 7, "text": "PER"}, {"id": 8, "text": "LOC"}]
        yield started


@pytest.fixture
def server(double: Double, tmp_path: Path) -> Server:
    (tmp_path / "password").write_text(PASSWORD)
    return Server(double.url, "", USER, str(tmp_path / "password"))


def wanted(**controls: Control) -> Wanted:
    """A predictor that answers something else."""
    return Wanted(URL, "", "", "k", template=Template("own", inputs={"t": Input("text")}, controls=controls))


def writes(double: Double) -> list[str]:
    """What changed the server; asking for a test does not."""
    return [x for x in double.asked if not x.startswith("GET") and "auth" not in x and "testing" not in x]


def test_made_once_and_removed_beside_what_others_made(double: Double, server: Server) -> None:
    double.configs.append(dict(OTHER))
    looked = asks.connect(server, "Names", WANTED, True)
    assert looked.state == "missing" and writes(double) == []
    made = asks.connect(server, "Names", WANTED, False)
    assert (made.state, made.address) == ("created", f"{double.url}/projects/1/settings")
    assert "another configuration" in made.told[0]
    (config,) = [c for c in double.configs if c["id"] != OTHER["id"]]
    assert config["task_type"] == "Span" and config["model_attrs"] == {
        "url": f"{URL}/span", "method": "POST", "params": {}, "body": {"text": "{{ text }}"},
        "headers": {"Authorization": f"Bearer {WANTED.key}"},
    }  # fmt: skip
    double.asked.clear()
    assert asks.connect(server, "1", WANTED, False).state == "unchanged" and writes(double) == []
    assert asks.connect(server, "Names", WANTED, True).state == "unchanged" and writes(double) == []
    assert asks.disconnect(server, "Names", URL) == 1
    assert double.configs == [OTHER] and asks.disconnect(server, "Names", URL) == 0


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({"template": "{{ input }}"}, "mapping"),
        ({"label_mapping": {"PER": "LOC"}}, "mapping"),
        ({"model_attrs": {"url": f"{URL}/span", "method": "GET"}}, "request"),
        ({"model_attrs": {"url": f"{URL}/span", "headers": {}}}, "key"),
    ],
)
def test_what_differs_is_repaired(
    double: Double, server: Server, change: dict[str, Any], differs: str
) -> None:
    asks.connect(server, "Names", WANTED, False)
    double.configs[0] |= change
    looked = asks.connect(server, "Names", WANTED, True)
    assert looked.state == "wrong" and differs in looked.differs
    double.configs.append({**double.configs[0], "id": 77})
    mended = asks.connect(server, "Names", WANTED, False)
    assert (mended.state, mended.removed, len(double.configs)) == ("updated", 1, 1)
    assert asks.connect(server, "Names", WANTED, True).state == "unchanged"


def test_a_project_of_two_tasks_asks_for_what_the_predictor_answers(double: Double, server: Server) -> None:
    number = double.project("Slots", "IntentDetectionAndSlotFilling")
    double.types[(number, "span-types")] = [{"id": 7, "text": "PER"}, {"id": 8, "text": "LOC"}]
    double.types[(number, "category-types")] = [{"id": 9, "text": "A"}]
    assert asks.connect(server, "Slots", WANTED, False).state == "created"
    assert [c["task_type"] for c in double.configs] == ["Category", "Span"]
    alone = wanted(spans=TEMPLATE.controls["spans"])
    assert asks.connect(server, "Slots", alone, False).removed == 1
    assert [c["task_type"] for c in double.configs] == ["Span"]
    assert asks.connect(server, "Slots", WANTED, True).differs == ("labels not asked for", "key")


@pytest.mark.parametrize(
    ("kind", "predictor", "said"),
    [
        ("BoundingBox", WANTED, "cannot be used in projects of type BoundingBox"),
        ("ImageClassification", WANTED, "it shows images, the predictor reads text"),
        ("Speech2text", WANTED, "it shows sounds, the predictor reads text"),
        ("Seq2seq", WANTED, "it takes texts, the predictor answers choice, spans"),
        ("SequenceLabeling", wanted(box=Control(Kind.SHAPES)), "takes spans, the predictor answers shapes"),
        ("SequenceLabeling", WANTED, "it has none of the labels PER, LOC"),
    ],
)
def test_a_project_that_does_not_fit_is_refused_in_a_sentence(
    double: Double, server: Server, kind: str, predictor: Wanted, said: str
) -> None:
    double.project("Other", kind)
    with pytest.raises(DataError) as caught:
        asks.connect(server, "Other", predictor, False)
    assert caught.value.problem.code == "doccano.predictor-fits-not"
    assert said in caught.value.problem.message and writes(double) == []


def test_labels_that_were_deleted_or_renamed_are_told(double: Double, server: Server) -> None:
    asks.connect(server, "Names", WANTED, False)
    double.types[(1, "span-types")][1]["text"] = "PLACE"
    for check in (True, False):
        found = asks.connect(server, "Names", WANTED, check)
        assert found.told == ("the project has no LOC: doccano drops what is suggested of them",)


@pytest.mark.parametrize(
    ("gets", "said"),
    [
        ((400, ["Failed to establish a connection. Please check the URL"]), "Failed to establish"),
        ((500, HTML), "doccano failed at it"),
        ((200, {"title": "Unauthorized", "status": 401}), "the service refuses the key"),
        ((200, {"hello": "world"}), "something else than the service answers"),
        ((200, [1]), "something else than the service answers"),
    ],
)
def test_an_address_that_doccano_cannot_ask_changes_nothing(
    double: Double, server: Server, gets: Any, said: str
) -> None:
    double.gets = gets
    with pytest.raises(DataError) as caught:
        asks.connect(server, "Names", WANTED, False)
    assert caught.value.problem.code == "doccano.predictor-unreachable"
    assert said in caught.value.problem.message and URL in caught.value.problem.message
    assert WANTED.key not in caught.value.problem.message and writes(double) == []
    double.gets = (200, [])
    asks.connect(server, "Names", WANTED, False)
    double.gets = gets
    looked = asks.connect(server, "Names", WANTED, True)
    assert (looked.state, looked.differs) == ("wrong", ("answer",)) and said in looked.told[0]


def test_a_doccano_that_hangs_at_asking_is_told(double: Double, server: Server) -> None:
    double.failures.append(("POST /v1/projects/1/auto-labeling/request-testing", "cut"))
    with pytest.raises(DataError) as caught:
        asks.connect(server, "Names", WANTED, False)
    assert "waited until it gave up" in caught.value.problem.message


def test_nothing_that_was_sent_to_try_stays(double: Double, server: Server) -> None:
    number = double.project("Pictures", "ImageClassification")
    double.types[(number, "category-types")] = [{"id": 9, "text": "A"}]
    inputs, controls = {"image": Input("image")}, {"label": Control(Kind.CHOICE, ["A"])}
    shown = Wanted(URL, "", "", "k", template=Template("own", inputs=inputs, controls=controls))
    assert asks.connect(server, "Pictures", shown, False).state == "created"
    assert double.tested[0]["text"] == "upload0" and double.uploads == {}


@pytest.mark.parametrize(
    ("project", "password", "code"),
    [
        ("Nowhere", PASSWORD, "project-unknown"),
        ("99", PASSWORD, "not-found"),
        ("Names", "x", "login-refused"),
    ],
)
def test_a_project_that_is_not_there_and_a_wrong_password(
    server: Server, tmp_path: Path, project: str, password: str, code: str
) -> None:
    (tmp_path / "password").write_text(password)
    for act in (
        lambda: asks.connect(server, project, WANTED, False),
        lambda: asks.disconnect(server, project, URL),
    ):
        with pytest.raises(DataError) as caught:
            act()
        assert caught.value.problem.code == f"doccano.{code}"


def test_a_server_without_a_log_in_is_told() -> None:
    with pytest.raises(UsageError, match="no username and password_file"):
        asks.connect(Server("http://d.test", "/run/token"), "Names", WANTED, False)
