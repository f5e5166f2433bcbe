"""Gathers a project's settled answers in a process of its own: ``python -m labelwright.service.gathering``.

The job comes as one line on standard input. It pulls into the project's folder as a rebuild does, makes one
answer of each item's several by the project's consensus rule, and writes them to a file for a predictor.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec
from msgspec import Struct

from labelwright.contracts import FittedRule, ModelRule
from labelwright.pipeline.observing import observe
from labelwright.pipeline.opening import Opened, open_source
from labelwright.pipeline.resolve import Resolver, fit, serving
from labelwright.pipeline.settings import Settings
from labelwright.pipeline.sync import pull
from labelwright.predicting.pipe import Learnt, settled
from labelwright.problems import DataError, Problems, UsageError
from labelwright.records import Resolved
from labelwright.registry import pick, template_folders, tools
from labelwright.render.load import find_template
from labelwright.state.versions import VersionStore

PATIENCE = 60.0  # seconds; a rebuild of the same project may be at work
NICE = 10


class Gathering(Struct):
    """Which project, where it is pulled to, and the file that the answers go to.

    ``rule`` is the consensus rule (empty: the template's); ``unanswered``: items that nobody answered, or
    that are tied, come along without answers.
    """

    tool: str
    project: str
    url: str
    folder: str
    template: str
    file: str
    rule: str = ""
    unanswered: bool = False


class Gathered(Struct):
    """How many items have an answer; or why there are none."""

    items: int = 0
    reason: str = ""


def main() -> int:
    """Do the job of standard input."""
    os.nice(NICE)
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=Gathering)
    try:
        done = Gathered(gather(job))
    except (DataError, UsageError) as error:
        done = Gathered(reason=error.problem.message if isinstance(error, DataError) else str(error))
    sys.stdout.buffer.write(msgspec.json.encode(done) + b"\n")
    return 0


def gather(job: Gathering) -> int:
    """Do it; how many items have an answer. Raises ``DataError``, ``UsageError``."""
    tool = pick("tool", dict(tools()), job.tool)
    store = VersionStore(Path(job.folder))
    with store.locked(PATIENCE):
        pulled = pull(tool, job.project, store.source, job.url)
        with open_source(str(pulled), tool=tool.name) as opened:
            found = _settled(job, opened)
    Path(job.file).write_bytes(msgspec.msgpack.encode(found))
    return sum(bool(one.answers) for one in found)


def _settled(job: Gathering, opened: Opened) -> list[Learnt]:
    problems = Problems()
    template = opened.tool.adapt(opened.source, find_template(job.template, template_folders()), problems)
    settings = Settings(template, consensus=job.rule)
    models: dict[str, FittedRule] = {}
    if any(isinstance(rule, ModelRule) for rule in serving(template, settings.rule).values()):
        seen = observe(
            opened, settings, template, "", None, Problems()
        )  # such rules are fitted to all answers
        models = fit(template, settings.rule, seen.state)
    resolver = Resolver(template, settings.rule, None, models)
    found: list[Learnt] = []
    for item in opened.tool.read(opened.source, template, problems):
        answered = sorted(item.submitted, key=lambda a: a.annotator)
        outcome = resolver.resolve(answered) if answered else None
        answers = outcome.answers if outcome is not None and not outcome.ties else {}
        if answers or job.unanswered:
            found.append(settled(Resolved(item, answers)))
    return found


if __name__ == "__main__":
    sys.exit(main())
