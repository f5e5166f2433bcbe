"""A real doccano: projects made of templates, answers pulled as exported, labels asked of our service."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image
from service_process import running as service_running
from tests.live.command import Labelwright
from tests.live.doccano_server import ADMIN, ANNOTATORS, PASSWORD, Doccano, running

from labelwright.contracts import Server, Source, Template, Wanted
from labelwright.geometry.shapes import Box
from labelwright.problems import DataError, Problems
from labelwright.records import Item, Status
from labelwright.registry import template_folders
from labelwright.render.load import load_template
from labelwright_plugins.doccano import autolabel, plugin
from labelwright_plugins.doccano.autolabel_register import asks
from labelwright_plugins.doccano.client import Client, connect
from labelwright_plugins.doccano.installer import install
from labelwright_plugins.doccano.puller import pull
from labelwright_plugins.doccano.settings import Settings

pytestmark = pytest.mark.live
ANN, BOB = ANNOTATORS
TEXTS = [
    "Angela Merkel met Tim Cook 😀 on 3 March",
    'Zoë said "no",\r\nthen =1+1',
    "Order AB-123456 from Berlin",
]


@pytest.fixture(scope="module")
def doccano(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doccano]:
    """A running doccano; what keeps it from starting fails every test that needs it."""
    with running(tmp_path_factory.mktemp("doccano")) as started:
        yield started


@pytest.fixture
def client(doccano: Doccano) -> Iterator[Client]:
    """An administrator's client."""
    with connect(Settings(doccano.url, ADMIN, PASSWORD)) as connected:
        yield connected


def _template(name: str) -> Template:
    return load_template(template_folders()[name])


def _items(folder: Path) -> Path:
    path = folder / "items.jsonl"
    records = [{"text": text, "k": n} if n else {"text": text} for n, text in enumerate(TEXTS)]
    path.write_text("".join(json.dumps(r) + "\n" for r in records), "utf-8")
    return path


def _read(path: Path, template: Template) -> tuple[list[Item], Problems]:
    problems = Problems()
    source = Source(str(path), name=path.name)
    head = b"" if path.is_dir() else path.read_bytes()[:1000]
    assert plugin.recognise(source, head)
    return list(plugin.read(source, plugin.adapt(source, template, problems), problems)), problems


def _answers(items: list[Item]) -> dict[str, dict[str, Any]]:
    return {i.key.item: {a.annotator: a.answers for a in i.annotations} for i in items}


def test_answers_of_two_annotators_are_pulled_as_doccano_exports_them(
    doccano: Doccano, client: Client, tmp_path: Path
) -> None:
    template = _template("named-entities")
    made = install(client, template, "Entities", _items(tmp_path))
    assert (made.created, made.imported, made.project_type) == (True, 3, "SequenceLabeling")
    again = install(client, template, "Entities", _items(tmp_path))
    assert (again.changed, again.present, again.project) == (False, 3, made.project)

    doccano.join(made.project, ANN, BOB)
    first, second, third = (int(x["id"]) for x in doccano.examples(made.project))
    types = doccano.types(made.project, "span-types")
    (control,) = [n for n, c in template.controls.items() if c.kind == "spans"]
    assert list(types) == template.controls[control].labels
    label = next(iter(types))
    for name, end in ((ANN, 13), (BOB, 6)):
        body = {"label": types[label], "start_offset": 0, "end_offset": end, "prob": 0.0}
        doccano.put(made.project, first, "spans", body, name)
        doccano.confirm(made.project, first, name)
    face = {"label": types[label], "start_offset": 27, "end_offset": 28, "prob": 0.0}
    doccano.put(made.project, first, "spans", face, ANN)
    doccano.confirm(made.project, second, BOB)  # nothing to mark in it
    doccano.put(made.project, third, "spans", {**face, "start_offset": 0, "end_offset": 5}, ANN)

    found = pull(client, "Entities", tmp_path / "pulled")
    assert (found.annotators, found.examples, found.answered, found.confirmed) == (3, 3, 3, 3)
    items, problems = _read(tmp_path / "pulled", template)
    by = _answers(items)
    assert [s.text for s in by[str(first)][ANN][control]] == ["Angela Merkel", "😀"]
    assert [s.text for s in by[str(first)][BOB][control]] == ["Angela"]
    assert by[str(second)] == {BOB: {control: ()}}
    (draft,) = next(i for i in items if i.key.item == str(third)).annotations
    assert draft.status is Status.DRAFT and problems.counts == {"doccano.unconfirmed": 1}
    assert items[1].inputs["text"] == TEXTS[1] and items[1].inputs["k"] == 1

    archive = tmp_path / "export.zip"
    archive.write_bytes(client.export(made.project, approved=False))
    exported, _ = _read(archive, template)
    assert _answers(exported) == {**by, str(second): {}}
    with zipfile.ZipFile(archive) as files:
        for name in files.namelist():
            assert files.read(name) == (tmp_path / "pulled" / "answers" / name).read_bytes()

    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "pulled").rglob("*") if p.is_file()}
    assert not pull(client, str(made.project), tmp_path / "pulled").changed
    assert {p: p.stat().st_mtime_ns for p in before} == before
    doccano.confirm(made.project, third, ANN)
    assert pull(client, str(made.project), tmp_path / "pulled").changed
    assert not _read(tmp_path / "pulled", template)[1].counts


def test_an_annotator_may_not_pull_and_a_wrong_password_is_told(
    doccano: Doccano, client: Client, tmp_path: Path
) -> None:
    made = install(client, _template("email-classification"), "Refused")
    doccano.join(made.project, ANN)
    with connect(Settings(doccano.url, ANN, PASSWORD)) as other, pytest.raises(DataError) as caught:
        pull(other, "Refused", tmp_path / "pulled")
    assert caught.value.problem.code == "doccano.forbidden"
    with pytest.raises(DataError) as caught:
        connect(Settings(doccano.url, ANN, "not-the-password"))
    assert caught.value.problem.code == "doccano.login-refused"
    assert "not-the-password" not in str(caught.value)
    with pytest.raises(DataError) as caught:
        pull(client, "Nowhere", tmp_path / "pulled")
    assert caught.value.problem.code == "doccano.project-unknown"
    assert not (tmp_path / "pulled").exists()


def test_meta_data_that_replace_an_id_are_told(doccano: Doccano, client: Client, tmp_path: Path) -> None:
    made = install(client, _template("email-classification"), "Replaced", _items(tmp_path))
    doccano.api("POST", f"/v1/projects/{made.project}/examples", {"text": "x", "meta": {"id": "X9"}})
    found = pull(client, "Replaced", tmp_path / "pulled")
    assert [p.code for p in found.problems] == ["doccano.ids-not-own"]
    doccano.api("POST", f"/v1/projects/{made.project}/examples", {"text": "x", "meta": {"text": "y"}})
    with pytest.raises(DataError) as caught:
        pull(client, "Replaced", tmp_path / "pulled")
    assert caught.value.problem.code == "doccano.task-failed"


def test_the_command_line_installs_and_pulls(
    doccano: Doccano, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCCANO_URL", doccano.url)
    monkeypatch.setenv("DOCCANO_USERNAME", ADMIN)
    (tmp_path / "password").write_text(PASSWORD + "\n")
    monkeypatch.setenv("DOCCANO_PASSWORD_FILE", str(tmp_path / "password"))
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "state"))
    labelwright = Labelwright(capfd)
    options = ("--project", "Mail", "--items", _items(tmp_path), "--json")
    made = labelwright("install", "doccano", "email-classification", *options).json
    types = doccano.types(made["project"], "category-types")
    for n, example in enumerate(doccano.examples(made["project"])):
        body = {"label": list(types.values())[n], "prob": 0.0}
        doccano.put(made["project"], int(example["id"]), "categories", body)
    pulled = tmp_path / "pulled"
    assert "3 answers" in labelwright("pull", "doccano", "Mail", "--output", pulled).out
    out = tmp_path / "train.jsonl"
    line = ("convert", pulled, "--template", "email-classification", "--to", "ionos", "-o", out)
    labelwright(*line, "--allow-unmeasured", "--min-agreement", "0", code=None)
    rows = [json.loads(x) for x in out.read_text("utf-8").splitlines()]
    assert [r["messages"][-1]["content"] for r in rows] == list(types)
    assert [r["messages"][-2]["content"] for r in rows] == TEXTS


def test_images_are_uploaded_and_boxes_are_pulled_in_pixels(
    doccano: Doccano, client: Client, tmp_path: Path
) -> None:
    template = _template("object-detection")
    for n in range(2):
        Image.new("RGB", (60, 40), (40 * n, 90, 10)).save(tmp_path / f"{n}.png")
    items = tmp_path / "items.json"
    items.write_text(json.dumps([{"image": f"{n}.png", "k": n} for n in range(2)]))
    made = install(client, template, "Boxes", items, shared=True)
    assert (made.project_type, made.imported) == ("BoundingBox", 2)
    assert {p.place.control for p in made.problems} == {"visibility", "vehicle_type"}
    assert install(client, template, "Boxes", items).present == 2

    types = doccano.types(made.project, "category-types")
    example = doccano.examples(made.project)[0]
    box = {"x": 5.5, "y": 2, "width": 10, "height": 20.25, "prob": 0.75}
    sent = {**box, "label": types["SIGN"]}
    client.label(made.project, int(example["id"]), "bboxes", sent)
    pull(client, "Boxes", tmp_path / "pulled")
    found, problems = _read(tmp_path / "pulled", template)
    (shape,) = next(i for i in found if i.annotations).annotations[0].answers["objects"]
    assert (shape.geometry, shape.label) == (Box(5.5, 2.0, 10.0, 20.25), "SIGN")
    assert set(problems.counts) == {"doccano.annotators-unknown", "doccano.nothing-confirmed"}
    shown = {i.inputs["filename"]: i.inputs["image"] for i in found}
    assert {i.inputs["filename"]: i.inputs["k"] for i in found} == {"0.png": 0, "1.png": 1}
    for name, address in shown.items():
        assert requests.get(address, timeout=20).content == (tmp_path / name).read_bytes()


def test_doccano_asks_our_service_for_labels(doccano: Doccano, client: Client, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(PASSWORD)
    server = Server(doccano.url, "", ADMIN, str(tmp_path / "password"))
    template = _template("named-entities")
    made = install(client, template, "Suggested", _items(tmp_path))
    (control,) = [n for n, c in template.controls.items() if c.kind == "spans"]
    label = template.controls[control].labels[0]
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / "patterns.toml").write_text(
        f'[[pattern]]\nlabel = "{label}"\nregex = "[A-Z]{{2}}-[0-9]{{6}}|Tim Cook|😀"\n', "utf-8"
    )
    (folder / "labelwright.toml").write_text(
        '[service]\nport = 0\n[predictors.words]\npredictor = "patterns"\n'
        f'template = "named-entities"\noptions = {{ file = "{folder / "patterns.toml"}" }}\n'
    )
    with service_running(folder / "labelwright.toml") as service:
        service.until_up()
        key = (folder / "labelwright-data" / "secrets" / "predictors.key").read_text().strip()
        wanted = Wanted(f"{service.url}/rest/words", "words", "labelwright", key, template=template)
        states = [asks.connect(server, "Suggested", wanted, False).state for _ in range(2)]
        assert states == ["created", "unchanged"]
        configs = doccano.api("GET", f"/v1/projects/{made.project}/auto-labeling/configs")
        assert len(configs) == 1
        for example in doccano.examples(made.project):
            autolabel.run(client, made.project, int(example["id"]))
    stored = pull(client, "Suggested", tmp_path / "pulled")
    assert stored.answered == 2
    items, _ = _read(tmp_path / "pulled", template)
    texts = [[s.text for a in i.annotations for s in a.answers[control]] for i in items]
    assert texts == [["Tim Cook", "😀"], [], ["AB-123456"]]
