"""Brings together what several jobs hold of one task: replicas, ground truth, overlaps, copies of frames."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from labelwright.problems import Place, Problem, Problems
from labelwright.records import Annotation, Item
from labelwright_plugins.cvat import building as b
from labelwright_plugins.cvat import problems as p
from labelwright_plugins.cvat.labeled import Reader
from labelwright_plugins.cvat.plan import Plan
from labelwright_plugins.cvat.project import Label
from labelwright_plugins.cvat.pulled import REFERENCE, Job, Loaded
from labelwright_plugins.cvat.raw import Labeled, decode
from labelwright_plugins.cvat.rolls import Roll, cut, film_input


class Work(Struct):
    """One job with what it holds. ``frames`` are those that it asks about."""

    job: Job
    roll: Roll
    who: str
    frames: list[int]

    @property
    def reference(self) -> bool:
        """Whether it is ground truth."""
        return self.job.type == REFERENCE


class Gathering:
    """The items of one task."""

    def __init__(
        self, loaded: Loaded, plan: Plan, labels: list[Label], problems: Problems, source: str
    ) -> None:
        """Nothing is read yet."""
        self._loaded, self._task, self._plan = loaded, loaded.task, plan
        self._problems, self._ledger = problems, b.Ledger(problems)
        self._source = source
        self._reader = Reader(plan, labels, problems, loaded.size_of)
        layout = loaded.layout
        self._real = dict(zip(layout.honeypot_frames, layout.honeypot_real_frames, strict=False))
        self._hidden = set(loaded.data.deleted_frames)
        self._waiting: list[Job] = []  # whose work does not count yet

    def items(self) -> Iterator[Item]:
        """One item a frame, or one a stretch of film that jobs share, by the plan."""
        works = [w for w in map(self._work, self._loaded.jobs) if w is not None]
        yield from self._films(works) if self._plan.clip else self._frames(works)

    # --- jobs

    def _place(self, job: Job) -> Place:
        return Place(source=self._source, item=f"task {self._task.id}, job {job.id}")

    def _work(self, job: Job) -> Work | None:
        given, place = self._given(job), self._place(job)
        if given is None:
            return None
        if given.intervals:
            self._problems.add(
                p.INTERVALS.at(place, job=job.id, count=len(given.intervals)), len(given.intervals)
            )
        if self._is_merged(job, given):
            if len(given):
                self._ledger.lost(p.CONSENSUS_RESULT.at(place, job=job.id, objects=len(given)), len(given))
            return None
        if self._loaded.finished_only and not self._counts(job):
            what = {"job": job.id, "state": job.state, "stage": job.stage, "objects": len(given)}
            self._waiting.append(job)
            self._aside_whole(p.JOB_UNFINISHED.at(place, **what), len(given))
            return None
        last = min(job.stop_frame, self._task.size - 1)
        roll = self._reader.roll(given, job.start_frame, last, self._hidden, place, self._task.size)
        frames = self._asked(job, roll, last)
        return Work(job, roll, self._who(job), frames)

    def _counts(self, job: Job) -> bool:
        """Whether a job's work stands; a replica's also when the job it belongs to was finished."""
        parents = (j for j in self._loaded.jobs if j.id == job.parent_job_id)
        return job.accepted or (job.state != "rejected" and any(j.accepted for j in parents))

    def _aside_whole(self, problem: Problem, objects: int) -> None:
        self._ledger.lost(problem, objects)
        if not objects:
            self._problems.add(problem)

    def _given(self, job: Job) -> Labeled | None:
        name = f"annotations/job_{job.id}.json"
        try:
            data = (self._loaded.folder / name).read_bytes()
        except OSError:
            self._problems.add(p.JOB_MISSING.at(self._place(job), name=name, job=job.id))
            return None
        try:
            return decode(data, self._ledger, self._place(job))
        except (ValueError, RecursionError) as error:
            self._problems.add(p.FILE_BROKEN.at(self._place(job), name=name, reason=str(error)))
            return None

    def _is_merged(self, job: Job, given: Labeled) -> bool:
        """Whether a job holds what the server made of its replicas, and nothing of anybody's own."""
        if not any(other.parent_job_id == job.id for other in self._loaded.jobs):
            return False
        sources = {x.source for x in given.tags} | {x.source for x in given.shapes}
        sources |= {x.source for x in given.tracks}
        return not sources or "consensus" in sources or sources == {"file"}

    def _asked(self, job: Job, roll: Roll, last: int) -> list[int]:
        """The frames that a job shows and that are not deleted."""
        shown = range(job.start_frame, last + 1)
        if job.type == REFERENCE:
            listed = self._loaded.layout.validation_frames
            disabled = set(self._loaded.layout.disabled_frames)
            given = set(listed) if listed else set(roll.singles) | _seen(roll, last)
            return [f for f in sorted(given - disabled) if f in shown and f not in self._hidden]
        return [f for f in shown if f not in self._hidden]

    def _who(self, job: Job) -> str:
        person = job.assignee
        if person is not None and person.id is not None:
            return str(person.id)
        # A name that is an address would reach an output: such a server hands out addresses as names.
        if person is not None and person.username and "@" not in person.username:
            return person.username
        name = f"job-{job.id}"
        self._problems.add(p.ANNOTATOR_UNKNOWN.at(self._place(job), what=f"job {job.id}", annotator=name))
        return name

    # --- frames

    def _frames(self, works: list[Work]) -> Iterator[Item]:
        found: dict[int, list[tuple[Work, b.Marks]]] = {}
        for work in works:
            self._enter(work, found)
        copies = set(self._real)
        for frame in range(self._task.size):
            if frame not in self._hidden and frame not in copies:
                yield self._frame(frame, found.pop(frame, []))

    def _enter(self, work: Work, found: dict[int, list[tuple[Work, b.Marks]]]) -> None:
        """Enter a job's frames among those of the others."""
        roll, place = work.roll, self._place(work.job)
        self._ledger.took(len(roll.tracks))
        roll.unroll(self._task.size)
        asked, empty = set(work.frames), 0
        for frame in work.frames:
            real = frame if work.reference else self._real.get(frame, frame)
            marks = roll.marks.get(frame)
            if marks is None and not work.job.finished and not work.reference:
                empty += 1
                continue
            others = found.setdefault(real, [])
            if any(w.who == work.who and w.reference == work.reference for w, _ in others):
                self._aside(p.FRAME_REPEATED.at(place, frame=frame, job=work.job.id), roll, frame)
                continue
            self._ledger.took(roll.singles.get(frame, 0))
            entered = marks or b.Marks(self._plan)
            entered.aside = roll.set_aside(frame)
            others.append((work, entered))
        for frame in sorted(roll.singles.keys() - asked):
            self._aside(p.REFERENCE_FRAME.at(place, frame=frame, job=work.job.id), roll, frame)
        if empty:
            what = {"job": work.job.id, "state": work.job.state, "frames": empty}
            self._problems.add(p.UNFINISHED.at(place, **what))

    def _aside(self, problem: Problem, roll: Roll, frame: int) -> None:
        count = roll.singles.get(frame, 0)
        if count:
            self._ledger.lost(problem, count)
        elif frame in roll.marks:
            self._problems.add(problem)

    def _frame(self, frame: int, given: list[tuple[Work, b.Marks]]) -> Item:
        task, name = self._task, self._plan.input
        absolute = task.start + frame * task.step
        key = b.key_of("", task, str(absolute))
        place = Place(source=self._source, item=str(key))
        shown = b.frame_name(task, absolute)
        if not task.source and frame < len(self._loaded.data.frames):
            shown = self._loaded.data.frames[frame].name
        size = self._loaded.size_of(frame)
        if size is None:
            self._problems.add(p.SIZE_MISSING.at(place))
        annotations = [self._annotation(w, m, place, str(absolute)) for w, m in given]
        return Item(
            key,
            {name: shown},
            annotations,
            meta={"subset": task.subset} if task.subset else {},
            link=b.link_of(task.server, task, frame),
            sizes={name: size} if size else {},
        )

    def _annotation(self, work: Work, marks: b.Marks, place: Place, part: str) -> Annotation:
        job = work.job
        return Annotation(
            f"{job.id}/{part}",
            work.who,
            marks.answers(self._plan, self._problems, place),
            reference=work.reference,
            updated_at=job.updated_date,
            set_aside=marks.aside,
        )

    # --- films

    def _films(self, works: list[Work]) -> Iterator[Item]:
        """One item for each stretch that jobs share; where stretches overlap, the first has the frames."""
        asked = [w.job for w in works] + self._waiting  # so that a film is cut alike, whoever has finished
        own = {(j.start_frame, j.stop_frame) for j in asked if j.type != REFERENCE}
        stretches = sorted(own or {(w.job.start_frame, w.job.stop_frame) for w in works})
        begins = 0
        self._count_references(works, stretches)
        for number, (first, stop) in enumerate(stretches):
            first, last = max(first, begins) if number else first, min(stop, self._task.size - 1)
            begins = last + 1
            if last >= first:
                whole = len(stretches) == 1
                yield self._film(stretches[number], first, last, whole, works)

    def _film(self, stretch: tuple[int, int], first: int, last: int, whole: bool, works: list[Work]) -> Item:
        task = self._task
        ends = [str(task.start + f * task.step) for f in (first, last)]
        key = b.key_of("", task, "" if whole else "-".join(ends))
        place = Place(source=self._source, item=str(key))
        annotations: list[Annotation] = []
        for work in works:
            if work.reference and not self._covers(work, first, last):
                continue
            if work.reference or (work.job.start_frame, work.job.stop_frame) == stretch:
                found = self._stretch(work, first, last, place, annotations, ends[0])
                if found is not None:
                    annotations.append(found)
        shown = film_input(self._plan, task, first, last - first + 1)
        link = b.link_of(task.server, task, first)
        return Item(key, annotations=annotations, link=link, lot=None, **shown)  # lots are drawn by frame

    def _covers(self, work: Work, first: int, last: int) -> bool:
        return set(range(first, last + 1)) - self._hidden <= set(work.frames)

    def _count_references(self, works: list[Work], stretches: list[tuple[int, int]]) -> None:
        """Enter ground truth in the ledger: a job that covers parts of stretches only is set aside."""
        for work in works:
            if not work.reference:
                continue
            count = sum(work.roll.singles.values()) + len(work.roll.tracks)
            if any(self._covers(work, *stretch) for stretch in stretches):
                self._ledger.took(count)
                continue
            what = {"job": work.job.id, "frames": len(work.frames), "all": self._task.size}
            problem = p.REFERENCE_CLIP.at(self._place(work.job), **what)
            self._ledger.lost(problem, count)
            if not count:
                self._problems.add(problem)

    def _stretch(
        self, work: Work, first: int, last: int, place: Place, others: list[Annotation], part: str
    ) -> Annotation | None:
        roll, at = work.roll, self._place(work.job)
        if not roll.singles and not roll.tracks and not work.job.finished and not work.reference:
            what = {"job": work.job.id, "state": work.job.state, "frames": last - first + 1}
            self._problems.add(p.UNFINISHED.at(at, **what))
            return None
        taken = any(a.annotator == work.who and a.reference == work.reference for a in others)
        part_of = Roll(self._plan)
        for frame in sorted(roll.marks):
            if taken or not first <= frame <= last:
                if not work.reference:
                    self._aside(p.FRAME_REPEATED.at(at, frame=frame, job=work.job.id), roll, frame)
                continue
            part_of.marks[frame] = roll.marks[frame]
            if not work.reference:
                self._ledger.took(roll.singles.get(frame, 0))
        for control, track in roll.tracks:
            inside = None if taken else cut(track, first, last)
            if inside is not None:
                part_of.tracks.append((control, inside))
            if work.reference:
                continue
            if inside is not None:
                self._ledger.took()
            else:
                frame = track.keyframes[0].frame
                self._ledger.lost(p.FRAME_REPEATED.at(at, frame=frame, job=work.job.id))
        if taken:
            return None
        marks = part_of.film(first, last, self._problems, place)
        marks.aside = sum(roll.aside.values()) + roll.tracks_aside
        return self._annotation(work, marks, place, part)


def _seen(roll: Roll, last: int) -> set[int]:
    """The frames that keyframes of tracks are on."""
    return {k.frame for _, t in roll.tracks for k in t.keyframes if not k.outside and k.frame <= last}
