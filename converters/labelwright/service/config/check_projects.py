"""Checks what [projects] says: tools, templates, data sets, and that no project is there twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from labelwright.problems import UsageError
from labelwright.registry import MEDIA, WEBHOOK, template_folders, tools
from labelwright.service.config.findings import Findings, offered
from labelwright.service.config.lines import Path as Keys
from labelwright.service.config.load import Loaded
from labelwright.service.config.model import DatasetConfig, ProjectConfig
from labelwright.service.config.times import times_of

if TYPE_CHECKING:
    from labelwright.contracts import Template
    from labelwright.pipeline.settings import Settings

_OPTION = re.compile(r"^--[\w-]+(?: [^:]*)?: ")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://")


def check_projects(loaded: Loaded, findings: Findings) -> None:
    """Add everything wrong with the projects to the findings."""
    seen: dict[tuple[str, str, str, str], str] = {}
    for name, project in loaded.config.projects.items():
        path: Keys = ("projects", name)
        _project(loaded, path, project, findings)
        server = loaded.config.tools.get(project.tool)
        if server is None:
            continue
        tool = server.tool or project.tool
        same = (tool, server.url.rstrip("/").lower(), server.organization, project.project.strip())
        if same in seen:
            text = f"is that of projects.{seen[same]}: one project can have several datasets"
            findings.unless((*path, "project"), text)
        seen.setdefault(same, name)


def _project(loaded: Loaded, path: Keys, project: ProjectConfig, findings: Findings) -> None:
    known = list(loaded.config.tools)
    if project.tool not in known:
        told = offered(project.tool, known) if known else "there is no [tools.NAME] yet"
        findings.unless((*path, "tool"), f"no [tools.{project.tool}]; {told}")
    else:
        _hearing(loaded, (*path, "tool"), project, findings)
    quiet, ceiling, _ = times_of(loaded.config.service, project)
    own = project.quiet is not None or project.ceiling is not None
    if own and ceiling < quiet:
        key = "quiet" if project.ceiling is None else "ceiling"
        findings.unless((*path, key), f"the ceiling ({ceiling:g}) is less than quiet ({quiet:g})")
    template = _template(loaded, path, project.template, findings)
    if not project.datasets:
        findings.doubt((*path, "datasets"), "there are none, so that nothing is written")
    for name, dataset in project.datasets.items():
        _dataset(loaded, (*path, "datasets", name), dataset, template, findings)


def _hearing(loaded: Loaded, path: Keys, project: ProjectConfig, findings: Findings) -> None:
    """A project that is served has to tell what moves."""
    name = loaded.config.tools[project.tool].tool or project.tool
    able = [known for known, one in tools().items() if WEBHOOK in one.capabilities]
    if name in tools() and name not in able:
        text = f"{name!r} sends no webhooks that can be received; {offered(name, able)}"
        findings.unless(path, text)


def _template(loaded: Loaded, path: Keys, written: str, findings: Findings) -> Template | None:
    from labelwright.render.load import find_template

    where, named = (*path, "template"), loaded.template(written)
    own = Path(named).is_absolute()
    if not own and written not in template_folders():
        findings.unless(where, f"unknown template {written!r}; {offered(written, template_folders())}")
        return None
    if own and not any((Path(named) / part).is_file() for part in ("template.toml", "")):
        findings.unless(where, f"there is no template.toml in {named}")
        return None
    try:
        return find_template(named, template_folders())
    except UsageError as error:
        findings.unless(where, str(error))
        return None


def _dataset(
    loaded: Loaded, path: Keys, dataset: DatasetConfig, template: Template | None, findings: Findings
) -> None:
    from labelwright.registry import dialect_of, dialects, formats
    from labelwright.state.splits import parse_split

    known = dialect_of(dataset.to) is not None or dataset.to in formats()
    if not known:
        there = [*dialects(), *formats()]
        findings.unless(
            (*path, "to"), f"unknown dialect or format {dataset.to!r}; {offered(dataset.to, there)}"
        )
    if dataset.split:
        _try((*path, "split"), lambda: parse_split(dataset.split), findings)
    _names(path, dataset, findings)
    for key in ("gold", "references"):
        written = getattr(dataset, key)
        if written and not loaded.path(written).is_file():
            findings.unless((*path, key), f"there is no file {loaded.path(written)}")
    for number, place in enumerate(dataset.media):
        _place(loaded, (*path, "media", number), place, findings)
    if template is not None:
        _fits(path, dataset, template, known, findings)


def _names(path: Keys, dataset: DatasetConfig, findings: Findings) -> None:
    """The names that the engine knows: the rule, the measure and the tag."""
    from labelwright.dialects._targets import TAGS
    from labelwright.registry import consensus_rules

    rules = [*consensus_rules(), "each"]
    if dataset.consensus and dataset.consensus not in rules:
        told = offered(dataset.consensus, rules)
        findings.unless((*path, "consensus"), f"unknown consensus rule {dataset.consensus!r}; {told}")
    if dataset.think_tag and dataset.think_tag not in TAGS:
        findings.unless((*path, "think_tag"), f"{dataset.think_tag!r} is none of: {', '.join(TAGS)}")
    if not dataset.measure:
        return
    from labelwright.agreement.catalogue import measures  # late: it imports all of them

    if dataset.measure not in measures():
        told = offered(dataset.measure, measures())
        findings.unless((*path, "measure"), f"unknown measure {dataset.measure!r}; {told}")


def _fits(path: Keys, dataset: DatasetConfig, template: Template, known: bool, findings: Findings) -> None:
    """Whether options, target and template go together, as a run would refuse them."""
    from labelwright.pipeline import fitting
    from labelwright.pipeline.mediafiles import check_media_fit
    from labelwright.pipeline.mediaplan import check_boxes
    from labelwright.pipeline.resolve import serving
    from labelwright.pipeline.settings import Settings
    from labelwright.registry import dialect_of

    settings = Settings(
        template,
        dataset.to,
        dataset.consensus,
        think_tag=dataset.think_tag,
        ties=dataset.ties,
        measure=dataset.measure,
        boxes=dataset.boxes,
        media=dataset.media,
        media_base=dataset.media_base,
    )
    checks: list[tuple[str, bool, Callable[[], object]]] = [
        ("consensus", True, lambda: serving(template, settings.rule)),
        ("measure", True, lambda: _gate(settings)),
        ("think_tag", known, lambda: fitting.check_think_tag(settings)),
        ("ties", known, lambda: fitting.check_ties(settings)),
        ("boxes", known, lambda: check_boxes(dataset.boxes, dialect_of(dataset.to), template)),
        ("media", known, lambda: check_media_fit(settings)),
        ("to", known, lambda: fitting.check_kind(template, settings)),
    ]
    for key, can, act in checks:
        if can:
            _try((*path, key), act, findings)


def _gate(settings: Settings) -> None:
    from labelwright.pipeline.fitting import check_gate
    from labelwright.quality.gate import ERRORS

    check_gate(settings.template, settings.measure)
    if settings.measure in ERRORS:
        raise UsageError(
            f"{settings.measure!r} counts errors, so that less is better: no gate can ask for it"
        )


def _try(path: Keys, act: Callable[[], object], findings: Findings) -> None:
    if findings.known(path) or findings.known((*path[:-1], "to")):
        return
    try:
        act()
    except UsageError as error:
        findings.wrong(path, _OPTION.sub("", str(error)))


def _place(loaded: Loaded, path: Keys, place: str, findings: Findings) -> None:
    known = {name for name, tool in tools().items() if MEDIA in tool.capabilities}
    if not place:
        findings.unless(path, "is empty")
    elif place not in known and place not in ("http", "https") and not _ADDRESS.match(place):
        folder = Path(loaded.path(place))
        if not folder.is_dir():
            findings.unless(path, f"there is no folder {folder}, and no tool of that name gives media")
