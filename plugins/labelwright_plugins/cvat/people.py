"""Who annotated what an XML file holds. Names of users alone: e-mails are never looked at."""

from __future__ import annotations

from labelwright.problems import Place, Problems
from labelwright_plugins.cvat import problems as p
from labelwright_plugins.cvat.project import Project, Task

UNKNOWN = "unknown"


class Authors:
    """The annotator of each task of one file; what is not known is said once a task."""

    def __init__(self, project: Project, problems: Problems) -> None:
        """Nothing is said yet."""
        self._project, self._problems = project, problems
        self._known: dict[tuple[str, str], str] = {}

    def of(self, task: Task) -> str:
        """A job's assignee; a task's, where the task has one job; else nobody known."""
        known = self._known.get((task.id, task.job))
        if known is None:
            known = self._known[task.id, task.job] = self._of(task)
        return known

    def _of(self, task: Task) -> str:
        if task.assignee and (task.job or len(task.segments) == 1):
            return task.assignee
        what, name = f"task {task.id}" if task.id else "the file", UNKNOWN
        if task.job:
            what, name = f"job {task.job}", f"job-{task.job}"
        self._problems.add(p.ANNOTATOR_UNKNOWN.at(Place(), what=what, annotator=name))
        return name
