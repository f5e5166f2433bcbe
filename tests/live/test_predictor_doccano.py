"""A real doccano connected to a served predictor by the command line: images fetched, lots, lost labels."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image
from service_process import Running
from service_process import running as service_running
from tests.live.command import Labelwright
from tests.live.doccano_server import ADMIN, ANNOTATORS, PASSWORD, Doccano, running

from labelwright.contracts import Outcome, Source
from labelwright.problems import Problems
from labelwright.quality.lots import Lot, name_of
from labelwright.records import Item, Span
from labelwright.registry import template_folders
from labelwright.render.load import load_template
from labelwright_plugins.doccano import autolabel, plugin, projects
from labelwright_plugins.doccano.client import Client, connect
from labelwright_plugins.doccano.installer import install
from labelwright_plugins.doccano.prelabelling import Examples
from labelwright_plugins.doccano.puller import pull
from labelwright_plugins.doccano.settings import Settings
from labelwright_plugins.doccano.sources import About

pytestmark = pytest.mark.live
ANN = ANNOTATORS[0]
COUNT = 6
SHARE, SEED = 50.0, 3
MODEL = '''
import io
from labelwright.contracts import Guess
from labelwright.records import Span

class Redness:
    """A bolt is red, a nut is not."""

    inputs = ("image",)
    kinds = ("choice",)

    def __init__(self, asked):
        (self.image,), (self.control,) = asked.inputs, asked.controls

    def predict(self, batch):
        from PIL import Image
        found = []
        for query in batch:
            red, _, blue = Image.open(io.BytesIO(query.file(self.image))).convert("RGB").getpixel((0, 0))
            found.append(Guess({self.control: "BOLT" if red > blue else "NUT"}))
        return found

class Words:
    """Every first word is somebody."""

    inputs = ("text",)
    kinds = ("spans",)

    def __init__(self, asked):
        (self.text,), (self.control,) = asked.inputs, asked.controls
        self.label = asked.template.controls[self.control].labels[0]

    def predict(self, batch):
        ends = [len(query.text(self.text).split(" ")[0]) for query in batch]
        return [Guess({self.control: (Span(0, end, self.label),)}) for end in ends]
'''
CONFIG = f"""
[service]
port = PORT
[tools.doccano]
url = "URL"
username = "{ADMIN}"
password_file = "password"
[predictors.parts]
predictor = "./models.py:Redness"
template = "image-classification"
tool = "doccano"
[predictors.words]
predictor = "./models.py:Words"
template = "named-entities"
share = {SHARE}
seed = {SEED}
"""


@pytest.fixture(scope="module")
def doccano(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doccano]:
    """A running doccano; what keeps it from starting fails every test that needs it."""
    # While one waits for the predictor, another gives it the image.
    with running(tmp_path_factory.mktemp("doccano"), workers=2) as started:
        yield started


@pytest.fixture(scope="module")
def service(doccano: Doccano, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The service, with the password in its configuration's file alone."""
    folder = tmp_path_factory.mktemp("service")
    (folder / "models.py").write_text(MODEL)
    (folder / "password").write_text(PASSWORD)
    (folder / "password").chmod(0o600)
    config = folder / "labelwright.toml"
    config.write_text(CONFIG.replace("URL", doccano.url).replace("PORT", "0"))
    assert not any(name.startswith("DOCCANO") and name != "DOCCANO_HOME" for name in os.environ)
    with service_running(config) as started:
        started.until_up()
        config.write_text(config.read_text().replace("port = 0", f"port = {started.url.rpartition(':')[2]}"))
        yield started


@pytest.fixture
def client(doccano: Doccano) -> Iterator[Client]:
    """An administrator's client."""
    with connect(Settings(doccano.url, ADMIN, PASSWORD)) as connected:
        yield connected


@pytest.fixture
def asking(
    service: Running, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Any:
    """``connect`` and ``disconnect`` with the service's configuration."""
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "state"))
    labelwright = Labelwright(capfd)

    def run(verb: str, project: str, predictor: str, *more: str, code: int | None = 0) -> Any:
        line = (verb, "doccano", project, "--predictor", predictor, "--config")
        return labelwright(*line, service.folder / "labelwright.toml", *more, code=code)

    return run


def pictures(folder: Path) -> Path:
    """Half of them red, half blue, of different shades."""
    for n in range(COUNT):
        colour = (250 - n, 0, 10) if n % 2 else (10, n, 250)
        Image.new("RGB", (8, 8), colour).save(folder / f"{n}.png")
    items = folder / "items.jsonl"
    items.write_text("".join(json.dumps({"image": f"{n}.png"}) + "\n" for n in range(COUNT)))
    return items


def pulled(client: Client, project: str, template: str, folder: Path) -> list[Item]:
    """What a pull has."""
    pull(client, project, folder)
    problems, source = Problems(), Source(str(folder), name=folder.name)
    given = plugin.adapt(source, load_template(template_folders()[template]), problems)
    return list(plugin.read(source, given, problems))


def configs(doccano: Doccano, project: int) -> list[dict[str, Any]]:
    """The auto-labelling of a project."""
    return list(doccano.api("GET", f"/v1/projects/{project}/auto-labeling/configs"))


def test_images_are_fetched_with_the_log_in_of_the_configuration(
    doccano: Doccano, client: Client, asking: Any, tmp_path: Path
) -> None:
    template = load_template(template_folders()["image-classification"])
    project = install(client, template, "Parts", pictures(tmp_path)).project
    doccano.join(project, ANN)
    assert "is not registered" in asking("connect", "Parts", "parts", "--check", code=1).out
    assert asking("connect", "Parts", "parts", "--json").json["registered"]["state"] == "created"
    assert asking("connect", str(project), "parts", "--json").json["registered"]["state"] == "unchanged"
    assert "is as it should be" in asking("connect", "Parts", "parts", "--check").out
    assert len(configs(doccano, project)) == 1

    for example in doccano.examples(project):
        doccano.api("POST", f"/v1/projects/{project}/auto-labeling", {}, ANN, example=example["id"])
    items = pulled(client, "Parts", "image-classification", tmp_path / "pulled")
    found = {i.inputs["filename"]: {a.annotator: a.answers["part"] for a in i.annotations} for i in items}
    assert found == {f"{n}.png": {ANN: "BOLT" if n % 2 else "NUT"} for n in range(COUNT)}

    # A label that is renamed: doccano drops what is suggested of it, and connect tells so.
    types = doccano.types(project, "category-types")
    doccano.api("PATCH", f"/v1/projects/{project}/category-types/{types['NUT']}", {"text": "SCREW NUT"})
    told = asking("connect", "Parts", "parts", "--check").out
    assert "the project has no NUT: doccano drops what is suggested of them" in told
    for example in doccano.examples(project):
        autolabel.run(client, project, int(example["id"]))
    again = pulled(client, "Parts", "image-classification", tmp_path / "again")
    mine = {
        i.inputs["filename"]: [a.answers["part"] for a in i.annotations if a.annotator == ADMIN]
        for i in again
    }
    assert mine == {f"{n}.png": ["BOLT"] if n % 2 else [] for n in range(COUNT)}

    assert "1 predictor removed" in asking("disconnect", "Parts", "parts").out
    assert configs(doccano, project) == []


def test_lots_are_the_same_where_doccano_asks_where_it_is_prelabelled_and_in_the_report(
    doccano: Doccano, client: Client, service: Running, asking: Any, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    items = tmp_path / "items.jsonl"
    texts = [f'Zoë{n} 😀 said\r\n"no" {n}' for n in range(12)]
    items.write_text("".join(json.dumps({"text": t, "n": n}) + "\n" for n, t in enumerate(texts)), "utf-8")
    template = load_template(template_folders()["named-entities"])
    asked = install(client, template, "Asked", items).project
    written = install(client, template, "Written", items, True).project
    foreign = autolabel.configuration(f"{service.url}/rest/others", "x", "Text")
    doccano.api("POST", f"/v1/projects/{asked}/auto-labeling/configs", foreign)
    assert "another configuration" in asking("connect", "Asked", "words").out
    doccano.api("DELETE", f"/v1/projects/{asked}/auto-labeling/configs/{configs(doccano, asked)[0]['id']}")
    for example in doccano.examples(asked):
        autolabel.run(client, asked, int(example["id"]))

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(str(Path(p).absolute()) for p in sys.path if p))
    monkeypatch.setenv("DOCCANO_URL", doccano.url)
    monkeypatch.setenv("DOCCANO_USERNAME", ADMIN)
    monkeypatch.setenv("DOCCANO_PASSWORD", PASSWORD)
    line = ("prelabel", "doccano", "Written", "--predictor", f"{service.folder}/models.py:Words")
    lots = ("--share", SHARE, "--seed", SEED, "--as-answers", "--template", "named-entities", "--json")
    done = Labelwright(capfd)(*line, *map(str, lots)).json

    lot = Lot(SHARE, SEED)
    by_text: dict[str, set[bool]] = {}
    for project in ("Asked", "Written"):
        found = pulled(client, project, "named-entities", tmp_path / project)
        assert {i.key.item: bool(i.annotations) for i in found} == {
            i.key.item: lot.shows(name_of(i)) for i in found
        }
        for item in found:
            by_text.setdefault(item.inputs["text"], set()).add(bool(item.annotations))
    assert set(by_text) == set(texts) and all(len(x) == 1 for x in by_text.values())
    assert 0 < done["blind"] < len(texts) and done["written"] == len(texts) - done["blind"]
    assert written != asked


def test_a_label_that_is_deleted_between_looking_and_writing_is_told(
    doccano: Doccano, client: Client, tmp_path: Path
) -> None:
    (tmp_path / "items.jsonl").write_text('{"text": "Tim Cook"}\n')
    template = load_template(template_folders()["named-entities"])
    number = install(client, template, "Deleted", tmp_path / "items.jsonl", True).project
    project = projects.resolve(client, "Deleted")
    about = About(client.url, number, "Deleted", "SequenceLabeling", True)
    problems, (control,) = Problems(), [n for n, c in template.controls.items() if c.kind == "spans"]
    first, second, *_ = template.controls[control].labels
    served: Any = SimpleNamespace(template=template)
    examples = Examples(client, project, about, served, problems)
    doccano.api("DELETE", f"/v1/projects/{number}/span-types/{doccano.types(number, 'span-types')[second]}")
    (slot,) = examples.slots()
    outcome = Outcome({control: (Span(0, 3, first), Span(4, 8, second))})
    assert examples.write(slot, outcome, problems) == 1
    assert problems.counts == {"doccano.label-gone": 1}
    stored = doccano.api("GET", f"/v1/projects/{number}/examples/{slot.ref}/spans")
    assert [(x["start_offset"], x["end_offset"]) for x in stored] == [(0, 3)]


@pytest.mark.parametrize(
    ("template", "predictor", "said"),
    [
        ("object-detection", "parts", "cannot be used in projects of type BoundingBox"),
        ("email-classification", "words", "it takes labels, the predictor answers spans"),
        ("email-classification", "parts", "it shows text, the predictor reads images"),
    ],
)
def test_what_does_not_fit_is_refused(
    client: Client, doccano: Doccano, asking: Any, template: str, predictor: str, said: str
) -> None:
    name = f"{template} {predictor}"
    project = install(client, load_template(template_folders()[template]), name).project
    ran = asking("connect", name, predictor, code=None)
    assert ran.code == 2 or ran.code == 1, ran
    assert said in ran.err and configs(doccano, project) == []


def test_what_cannot_be_reached_is_told_in_a_sentence(
    client: Client, doccano: Doccano, service: Running, asking: Any
) -> None:
    project = install(client, load_template(template_folders()["named-entities"]), "Reached").project
    config = service.folder / "labelwright.toml"
    good = config.read_text()
    try:
        config.write_text(good.replace("[service]", '[service]\npublic_url = "http://127.0.0.1:9"'))
        said = asking("connect", "Reached", "words", code=None).err
        assert "doccano cannot ask http://127.0.0.1:9/rest/words" in said and "connection" in said
        config.write_text(good.replace("[service]", f'[service]\npublic_url = "{doccano.url}"'))
        assert "doccano cannot ask" in asking("connect", "Reached", "words", code=None).err
        config.write_text(good.replace('password_file = "password"', 'password_file = "models.py"'))
        assert "refused the log-in" in asking("connect", "Reached", "words", code=None).err
        config.write_text(good)
        assert "no project 'Nowhere'" in asking("connect", "Nowhere", "words", code=None).err
        assert "HTTP 404" in asking("connect", "999", "words", code=None).err
    finally:
        config.write_text(good)
    assert configs(doccano, project) == []
