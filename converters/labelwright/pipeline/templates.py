"""Tells from an export which template it was labelled with."""

from __future__ import annotations

from labelwright.contracts import Infers, SourceControls, TellsControls, Template
from labelwright.pipeline.opening import Opened
from labelwright.problems import Problems, UsageError
from labelwright.records import Kind
from labelwright.registry import template_folders
from labelwright.render.load import load_template


def detect(opened: Opened) -> Template:
    """The installed template whose controls are those of the export.

    With the project's configuration the names must be the same. Without it every control that was
    answered must be one of the template's, and each that is required of an item must have been. A source
    that is read without a template makes its own; so does a tool that knows the project's configuration,
    where no installed template fits.
    Raises ``UsageError`` if no template or several fit, or if the tool's exports do not tell.
    """
    tool = opened.tool
    if not isinstance(tool, TellsControls):
        if isinstance(tool, Infers):
            return tool.infer(opened.source, Problems())
        raise UsageError(f"{tool.title} does not tell which template fits: pass --template")
    found = tool.controls_of(opened.source)
    if not found.names:
        raise UsageError("nothing is answered, so that no template can be told from it: pass --template")
    templates = [load_template(folder) for folder in template_folders().values()]
    fitting = [template for template in templates if fits(template, found)]
    if len(fitting) > 1:  # the same questions of an image and of a film
        fitting = [template for template in fitting if _shown(template, found)] or fitting
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = ", ".join(template.name for template in fitting)
        raise UsageError(f"several templates have the controls of this export: {names}; pass --template")
    if found.complete and isinstance(tool, Infers):
        return tool.infer(opened.source, Problems())
    controls = ", ".join(sorted(found.names))
    raise UsageError(f"no installed template has the controls of this export ({controls}): pass --template")


def _shown(template: Template, found: SourceControls) -> bool:
    """Whether a source has every image, film and recording that a template shows."""
    media = {n for n, i in template.inputs.items() if i.required and i.type in ("image", "video", "audio")}
    return not found.fields or media <= found.fields


def fits(template: Template, found: SourceControls) -> bool:
    """Whether the controls of a source can be those of a template.

    A tool may need several of its own to draw what one control of the template asks: their names begin
    with that of the control and an underscore.
    """
    asked = {n for n, control in template.controls.items() if control.kind is not Kind.RELATIONS}
    related = len(asked) < len(template.controls)
    drawn = tuple(f"{n}_" for n in asked if template.controls[n].kind in (Kind.SHAPES, Kind.TRACKS))
    names = {n for n in found.names if n in asked or not n.startswith(drawn)}
    if found.complete:
        return names == asked and found.relations == related
    required = {n for n in asked if template.controls[n].required and not template.controls[n].on}
    return required <= names <= asked and (related or not found.relations)
