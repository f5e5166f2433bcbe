"""A project of a real Label Studio, the service with a predictor for it, and the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from service_process import Running, running
from tests.live.command import Labelwright
from tests.live.server import Server

CONFIG = """<View><Labels name="entities" toName="text" smart="true">
<Label value="PER"/><Label value="LOC"/></Labels>
<Text name="text" value="$text"/></View>"""
MODEL = '''
import os, time
from labelwright.contracts import Guess
from labelwright.records import Span

class Names:
    """Finds words that it knows; what it is asked about is written down."""

    inputs = ("text",)
    kinds = ("spans",)
    batch = 64

    def __init__(self, asked):
        (self.text,), (self.control,) = asked.inputs, asked.controls
        self.folder = asked.folder
        os.makedirs(self.folder, exist_ok=True)
        self.kept = os.path.join(self.folder, "words")
        self.words = dict(line.split("=") for line in self._lines())
        self.learnt = str(len(self.words)) if self.words else ""

    def _lines(self):
        return open(self.kept).read().split() if os.path.exists(self.kept) else []

    def predict(self, batch):
        with open(os.path.join(self.folder, "asked"), "a") as asked:
            asked.write(f"{len(batch)}\\n")
        return [self.one(query) for query in batch if "FEW" not in query.text(self.text)]

    def one(self, query):
        text = query.text(self.text)
        if "HANG" in text:
            time.sleep(1000)
        if "DIE" in text:
            os.abort()
        if "RAISE" in text:
            raise ValueError(text)
        if "HTML" in text:
            return "<html>"
        if "JUNK" in text:
            spans = (Span(0, 9999, "PER"), Span(0, 4, "NOBODY"), Span(0, 4, "PER", score=float("nan")))
            return Guess({self.control: spans, "nothing": 1}, score=float("nan"))
        known = {"Ada": "PER", "Paris": "LOC", **self.words}
        return Guess({self.control: tuple(self.spans(text, known))}, score=0.9)

    def spans(self, text, words):
        for word, label in words.items():
            at = text.find(word)
            while at >= 0:
                yield Span(at, at + len(word), label, word, score=0.9)
                at = text.find(word, at + 1)

    def interact(self, query):
        text = query.text(self.text)
        drawn = {text[s.start:s.end]: s.label for s in query.drawn.get(self.control, ())}
        return Guess({self.control: tuple(self.spans(text, drawn))}, score=0.7)

    def fit(self, items):
        spans = [span for one in items for span in one.answers.get(self.control, ())]
        found = {span.text: span.label for span in spans if " " not in span.text}
        with open(self.kept, "w") as kept:
            kept.write("\\n".join(f"{word}={label}" for word, label in sorted(found.items())))
        return str(len(found))
'''
TOML = """
[service]
port = 0
reconcile_every = 0
[tools.label-studio]
url = "{url}"
token_file = "token"
[projects.names]
tool = "label-studio"
project = "{title}"
template = "named-entities"
datasets.train.to = "openai"
[predictors.names]
predictor = "./names.py:Names"
template = "named-entities"
timeout = 3.0
tool = "label-studio"
"""


class Desk:
    """A project, the service with its predictor, and the command line."""

    def __init__(
        self, server: Server, service: Running, labelwright: Labelwright, folder: Path, title: str
    ) -> None:
        self.server, self.service, self.labelwright, self.folder = server, service, labelwright, folder
        self.title = title
        config = folder / "labelwright.toml"
        port = service.url.rpartition(":")[2]
        config.write_text(config.read_text().replace("port = 0", f"port = {port}"))
        self.project = self.made(title, CONFIG)

    def made(self, title: str, config: str) -> int:
        """A project; its id."""
        body = {"title": title, "label_config": config, "show_collab_predictions": True}
        return int(self.server.api("POST", "/api/projects/", body)["id"])

    def command(self, *line: str, code: int = 0) -> str:
        """Run ``labelwright``; what it said."""
        ran = self.labelwright(*line, "--config", str(self.folder / "labelwright.toml"), code=code)
        return ran.out + ran.err

    def connect(self, *more: str, code: int = 0) -> str:
        """``labelwright connect --predictor``."""
        return self.command("connect", "label-studio", "names", "--predictor", "names", *more, code=code)

    def filled(self, *texts: str) -> list[int]:
        """Tasks with these texts."""
        self.server.api("POST", f"/api/projects/{self.project}/import", [{"text": t} for t in texts])
        return self.server.tasks(self.project)[-len(texts) :]

    def retrieve(self) -> None:
        """Let Label Studio ask for predictions for all tasks."""
        body = {"selectedItems": {"all": True, "excluded": []}}
        path = f"/api/dm/actions?id=retrieve_tasks_predictions&project={self.project}"
        self.server.api("POST", path, body, seconds=300)  # it saves them one by one

    def predictions(self, task: int) -> list[dict[str, Any]]:
        """What is stored for a task."""
        found: list[dict[str, Any]] = self.server.api("GET", f"/api/predictions/?task={task}")
        return found

    def asked(self) -> list[int]:
        """How many items each call of the model had."""
        path = self.folder / "labelwright-data" / "predictors" / "names" / "asked"
        return [int(line) for line in path.read_text().split()]

    def hooks(self) -> list[dict[str, Any]]:
        """The project's webhooks."""
        found: list[dict[str, Any]] = self.server.api("GET", f"/api/webhooks/?project={self.project}")
        return found

    def key(self) -> tuple[str, str]:
        """What tools show."""
        return "labelwright", (self.folder / "labelwright-data" / "secrets" / "predictors.key").read_text()


@contextmanager
def at_desk(server: Server, labelwright: Labelwright, folder: Path, title: str) -> Iterator[Desk]:
    """The service at work in a folder, and an empty project of this title."""
    (folder / "token").write_text(server.token)
    (folder / "token").chmod(0o600)
    (folder / "names.py").write_text(MODEL)
    (folder / "labelwright.toml").write_text(TOML.format(url=server.url, title=title))
    with running(folder / "labelwright.toml") as service:
        service.until_up()
        yield Desk(server, service, labelwright, folder, title)


def words(prediction: dict[str, Any]) -> list[tuple[str, str]]:
    """Words and labels."""
    return [(r["value"]["text"], r["value"]["labels"][0]) for r in prediction["result"]]
