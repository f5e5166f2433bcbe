"""A project's tasks, to be given predictions: see ``predicting.prelabelling``.

Predictions are posted one by one. The route that takes many at once checks each against the label config
with a rule that refuses genuine answers, and leaves out without a word those that it refuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from labelwright.contracts import Outcome, Query, Served, Source, Template
from labelwright.predicting.prelabelling import Slot
from labelwright.problems import DataError, Place, Problems, ProblemType, Severity
from labelwright_plugins.label_studio import projects
from labelwright_plugins.label_studio.client import Client
from labelwright_plugins.label_studio.suggesting import Suggesting

PAGE = 200  # tasks of one answer: their data may be long
# The server applies the list to what is nested as well, so that annotations come without their results.
WANTED = "id,data,meta,project,predictions,model_version,annotations,parent_prediction,was_cancelled"
OTHERWISE = ProblemType(
    "label-studio.prediction-stored-otherwise",
    "Label Studio stored another prediction than it was sent",
    "{sent} results were sent for task {task}, and {stored} are stored",
    "Look at the task's predictions in Label Studio; delete the wrong one and run again.",
)
HIDDEN = ProblemType(
    "label-studio.predictions-hidden",
    "The project does not show annotators these predictions",
    "annotators are shown {shown}; predictions of {version} stay out of sight",
    "Choose the version under Settings, Annotation, of the project, and let it show predictions.",
    Severity.WARNING,
)


class Tasks:
    """See ``predicting.prelabelling.Project``."""

    tells = True

    def __init__(
        self, client: Client, project: Mapping[str, Any], source: Source, model: Served, problems: Problems
    ) -> None:
        """Raises ``DataError`` if the project asks nothing that the predictor answers."""
        self.name = str(project["title"])
        self._client, self._number, self._model = client, int(project["id"]), model
        self._suggesting = Suggesting(model, source, problems, None)
        self._project, self._problems = dict(project), problems
        self._visible = False  # whether annotators are shown what is written, as far as we can help it

    @property
    def template(self) -> Template:
        """With the project's own labels."""
        return self._suggesting.template

    def slots(self) -> Iterator[Slot]:
        """Every task, by id; what is no task is a problem."""
        for task in projects.listing(self._client, self._number, WANTED, PAGE):
            item = self._suggesting.item(task)
            if item is None:
                continue
            item.predictions = []
            given = [one for one in task.get("predictions") or () if isinstance(one, dict)]
            made = [a for a in task.get("annotations") or () if isinstance(a, dict)]
            used = {a.get("parent_prediction") for a in made}
            ours = [one for one in given if str(one.get("model_version")).startswith(f"{self._model.name}-")]
            old = [
                int(one["id"])
                for one in ours
                if one.get("model_version") != self._model.version and one["id"] not in used
            ]
            yield Slot(
                item,
                answered=any(not a.get("was_cancelled") for a in made),
                present=any(one.get("model_version") == self._model.version for one in given),
                earlier=len(old),
                ref=(int(task["id"]), old),
            )

    def look(self, slot: Slot) -> Slot:
        """The slot as it is: all is known."""
        return slot

    def write(self, slot: Slot, outcome: Outcome, problems: Problems) -> int:
        """Post one prediction, without results where there is nothing to say. Raises ``DataError``."""
        # The predictor's own problems have been counted by the run already.
        told = replace(outcome, problems=[])
        made = self._suggesting.prediction(Query(slot.item, self.template), told)
        task, _ = slot.ref
        stored = self._client.post("/api/predictions/", {**made, "task": task, "project": self._number})
        result = stored.get("result") if isinstance(stored, dict) else None
        if not isinstance(result, list) or len(result) != len(made["result"]):
            there = len(result) if isinstance(result, list) else "none"
            place = Place(item=str(slot.item.key))
            raise DataError(OTHERWISE.at(place, task=task, sent=len(made["result"]), stored=there))
        if not self._visible:
            self._visible = True
            self._show()
        return len(result)

    def _show(self) -> None:
        """Let the project show this version, of which there is a prediction now, unless it shows another's.

        Of stored predictions it shows those of one version, which it has to be told; by default of none.
        """
        version, path = self._model.version, f"/api/projects/{self._number}/"
        shown = str(self._project.get("model_version") or "")
        hidden = ""
        if self._project.get("show_collab_predictions") is False:
            hidden = "no predictions"
        elif not shown or (shown != version and shown.startswith(f"{self._model.name}-")):
            try:
                self._client.patch(path, {"model_version": version})
            except DataError as error:  # what was written is written all the same
                self._problems.add(error.problem)
                hidden = "none, or those of another version"
        elif shown != version and not self._asked_for(shown):
            hidden = f"those of {shown!r}"
        if hidden:
            self._problems.add(HIDDEN.at(Place(source=self.name), shown=hidden, version=version))

    def _asked_for(self, title: str) -> bool:
        """Whether that is the title of a connected backend which answers with this version."""
        found = self._client.get("/api/ml", project=self._number)
        rows = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
        return any((r.get("title"), r.get("model_version")) == (title, self._model.version) for r in rows)

    def remove(self, slot: Slot) -> int:
        """Delete what other versions wrote, but for what somebody made an answer of."""
        _, old = slot.ref
        for number in old:
            self._client.delete(f"/api/predictions/{number}/")
        return len(old)
