"""Makes a gold file of an export."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from msgspec import Struct

from labelwright.io.atomic import Pending, must_not_exist, writing
from labelwright.pipeline.answers import counted
from labelwright.pipeline.goldproblems import EVERYTHING_FLAGGED, NO_CANDIDATES, size_problem
from labelwright.pipeline.opening import Opened
from labelwright.pipeline.settings import Settings
from labelwright.problems import Place, Problems, UsageError
from labelwright.quality.answerfile import as_line
from labelwright.quality.goldmaking import Candidate, Maker

SOURCES = ("both", "flags", "agreed")


class MadeGold(Struct):
    """What was made: gold items by where they come from, and how many could have been."""

    items: int
    flagged: int
    agreed: int
    candidates: int
    annotated: int


def make_gold(
    opened: Opened,
    settings: Settings,
    output: Path | IO[bytes],
    problems: Problems,
    *,
    wanted: int,
    least: int,
    source: str = "both",
) -> MadeGold:
    """Write a gold file of at most ``wanted`` items, in the order of the export.

    Ground-truth items come first, then a seeded sample of those on which at least ``least`` annotators
    agree in everything the gate asks for. Nothing is written where there is none. Raises ``UsageError``
    for an unknown ``source`` or an output that exists.
    """
    if source not in SOURCES:
        raise UsageError(f"--from {source}: give one of {', '.join(SOURCES)}")
    if isinstance(output, Path):
        _check(output, Path(opened.source.path), settings.force)
    template = opened.tool.adapt(opened.source, settings.template, problems)
    maker = Maker(template, wanted, settings.seed, least, settings.trust_flags)
    order: dict[str, int] = {}
    for item in opened.tool.read(opened.source, template, problems):
        annotations = counted(item)
        if annotations:
            order[item.key.item] = len(order)
            maker.add(item.key.item, annotations)
    ignored = maker.everything_flagged and not settings.trust_flags
    if ignored:
        problems.add(EVERYTHING_FLAGGED.at(marked=maker.marked, annotated=maker.annotated))
    flagged = [] if ignored or source == "agreed" else maker.flagged[:wanted]
    taken = {c.item for c in flagged}
    rest = [c for _, c in maker.agreed.entries if c.item not in taken] if source != "flags" else []
    agreed = rest[: max(0, wanted - len(flagged))]
    chosen = sorted([*flagged, *agreed], key=lambda c: order[c.item])
    made = MadeGold(len(chosen), len(flagged), len(agreed), maker.candidates, maker.annotated)
    if not chosen:
        problems.add(NO_CANDIDATES.at(Place(source=opened.source.name), least=least))
        return made
    problems.extend(size_problem(len(chosen)))
    _write(output, chosen)
    return made


def _check(output: Path, read: Path, force: bool) -> None:
    must_not_exist(output, force)
    if output.exists() and read.exists() and output.samefile(read):
        raise UsageError(f"{output} is what is read; name another output file")


def _write(output: Path | IO[bytes], chosen: list[Candidate]) -> None:
    lines = [as_line(one.item, one.answers, one.annotations, one.why) for one in chosen]
    if not isinstance(output, Path):
        with writing(Path("standard output")):
            output.writelines(lines)
        return
    with Pending() as pending:
        handle = pending.file(output)
        with writing(output):
            handle.writelines(lines)
        pending.commit()
