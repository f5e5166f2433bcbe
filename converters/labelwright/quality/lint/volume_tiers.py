"""How far the number of rows reaches.

A template names the numbers of examples from which tuning is worth trying, is recommended and is fit for
production. The tier reached, and what the next one lacks, is noted. Size alone is no fault: fifty rows
that agree are worth more than five hundred that do not (an annotation guide).

Three tasks on images have tiers of their own beside these, of the same guide. A template says which it is
with ``task`` in ``[quality.lint]``; groundings in a caption and questions about images are recognised.

- phrase-grounding: 20 images with 3 pairs of phrase and place each in the mean; 100 with 5; 500 pairs.
- vqa: 50 pairs of question and answer on 20 images; 200 on 50; 500 with mixed kinds of question, which is
  three of four kinds, none above 60 % (ours).
- freeform: 20, 100 and 500 images.

A tier takes those below it too. A training file does not tell pairs of phrase and place: lint the export.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from labelwright.problems import Place, Problem, ProblemType, Severity, UsageError
from labelwright.quality.lint._questions import kind_of_question
from labelwright.quality.lint._row import Row
from labelwright.quality.lint._rule import TEMPLATE, Context, Rule
from labelwright.quality.lint._tiers import GROUNDING, MIXED, TIERS, counted, reached, task_of
from labelwright.quality.volumes import reached_volume

BELOW = ProblemType(
    "lint.volume-tiers",
    "There are fewer rows than the template asks for",
    "{rows} rows; the tier {tier!r} begins at {needed}",
    "Label {missing} more items.",
    Severity.NOTE,
)
REACHED = ProblemType(
    "lint.volume-tiers-reached",
    "The tier of volume that is reached",
    "{rows} rows reach the tier {reached!r}{rest}",
    "None needed.",
    Severity.NOTE,
)


TASK = ProblemType(
    "lint.volume-tiers-task",
    "The tier of volume that a task on images reaches",
    "{task}: {found}; {reached}",
    "None needed; label more to reach the next tier.",
    Severity.NOTE,
)
THIN = ProblemType(
    "lint.volume-tiers-thin",
    "Images with few pairs of phrase and place",
    "{count} of {images} images have fewer than {least} pairs of phrase and place; this is the first",
    "Tie more phrases of the caption to what they name.",
    Severity.NOTE,
)
UNTOLD = ProblemType(
    "lint.volume-tiers-untold",
    "A training file does not tell its pairs of phrase and place",
    "the tier of phrase grounding is told of an export alone",
    "Run labelwright lint on the export too.",
    Severity.NOTE,
)
LEAST = 3  # pairs of phrase and place that an image should have, by the same guide


class VolumeTiers(Rule):
    """Counts rows; and images, pairs and kinds of question."""

    name = "volume-tiers"
    needs = TEMPLATE

    def __init__(self, context: Context) -> None:
        """No row yet. Raises ``UsageError`` if the template names a task that there is not."""
        super().__init__(context)
        assert context.template is not None
        self._rows = 0
        self._task = task_of(context.template)
        if self._task and self._task not in TIERS:
            names = ", ".join(TIERS)
            raise UsageError(f"[quality.lint] task: unknown task {self._task!r}; there are: {names}")
        self._pairs: Counter[bytes] = Counter()
        self._kinds: Counter[str] = Counter()
        self._thin: dict[bytes, Place] = {}
        self._untold = False

    def see(self, row: Row) -> Iterable[Problem]:
        """Count."""
        self._rows += 1
        if self._task and row.shown:
            grounding = self._task == GROUNDING
            self._untold = self._untold or (grounding and row.pairs is None)
            self._pairs[row.shown] += (row.pairs or 0) if grounding else 1
            self._kinds[kind_of_question(row.question)] += 1
            if grounding and self._pairs[row.shown] < LEAST:
                self._thin.setdefault(row.shown, row.place)
            else:
                self._thin.pop(row.shown, None)
        return ()

    def finish(self) -> Iterator[Problem]:
        """The tier of rows, and that of the task."""
        yield from self._of_rows()
        if self._untold:
            yield UNTOLD.at()
        elif self._pairs:
            yield from self._of_task()

    def _of_task(self) -> Iterator[Problem]:
        found = counted(self._task, self._pairs, self._kinds)
        tier = reached(self._task, found)
        said = f"the tier {tier.tier!r} is reached" if tier.tier else "no tier is reached"
        if tier.next:
            said += f"; {tier.next!r} lacks {' and '.join(tier.missing)}"
        there = ", ".join(f"{count:.3g} {what}" for what, count in found.items() if what != MIXED)
        yield TASK.at(task=self._task, found=there, reached=said)
        if self._thin:
            place = next(iter(self._thin.values()))
            yield THIN.at(place, count=len(self._thin), images=len(self._pairs), least=LEAST)

    def _of_rows(self) -> Iterator[Problem]:
        assert self.context.template is not None
        tiers = self.context.template.quality.volumes
        if not tiers:
            return
        volume = reached_volume(self._rows, tiers)
        if volume.reached:
            rest = f"; {volume.missing} more reach {volume.next!r}" if volume.next else ""
            yield REACHED.at(rows=self._rows, reached=volume.reached, rest=rest)
            return
        problem = BELOW.at(rows=self._rows, tier=volume.next, needed=tiers[volume.next])
        yield msgspec.structs.replace(problem, remedy=BELOW.remedy.format(missing=volume.missing))


plugin = VolumeTiers
