"""Options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from labelwright.contracts import Template
    from labelwright.pipeline.opening import Opened
    from labelwright.pipeline.settings import Settings

Export = Annotated[str, typer.Argument(help="An export file or folder; - for standard input.")]
TemplateName = Annotated[
    str, typer.Option("--template", "-t", help="A template's name, or the folder of your own.")
]
TemplateTold = Annotated[
    str,
    typer.Option(
        "--template", "-t",
        help="A template's name, or the folder of your own; default: told from the export's controls.",
    ),
]  # fmt: skip
LabelConfig = Annotated[
    Path | None, typer.Option("--label-config", help="The project's own label config (Label Studio XML).")
]
MinAgreement = Annotated[
    float | None,
    typer.Option(
        "--min-agreement", min=0.0, max=1.0, help="The agreement the gate asks for; default: the template's."
    ),
]
FailUnder = Annotated[
    float | None,
    typer.Option(
        "--fail-under", "--min-agreement", min=0.0, max=1.0,
        help="The gate: end with exit code 1 below this agreement; default: the template's.",
    ),
]  # fmt: skip
MeasureName = Annotated[
    str,
    typer.Option("--measure", help="The measure the gate goes by, such as percent; default: the template's."),
]
Seed = Annotated[
    int,
    typer.Option("--seed", min=0, help="Seed of everything drawn by lot: the same seed, the same result."),
]
Resamples = Annotated[
    int,
    typer.Option(
        "--resamples", min=0, max=100_000, help="Bootstrap resamples for the 95 % intervals; 0 for none."
    ),
]
AllowUnmeasured = Annotated[
    bool,
    typer.Option(
        "--allow-unmeasured",
        help="Pass the gate where agreement cannot be measured (too few answers to compare).",
    ),
]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, help="Worker processes.")]
Server = Annotated[str, typer.Option("--server", help="Address of the tool, for links back to items.")]
StateFolder = Annotated[
    Path | None,
    typer.Option("--state", help="Folder for state (pseudonym key); default: the user's state folder."),
]
PredictorOptions = Annotated[
    list[str], typer.Option("--option", help="What is to be set of the predictor, as NAME=VALUE; repeatable.")
]
PredictorLabels = Annotated[
    list[str],
    typer.Option(
        "--label", help="A label of the predictor and the project's, as A=B (A= for none); repeatable."
    ),
]
BatchTimeout = Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds that a batch may take.")]
ConfigFile = Annotated[
    Path, typer.Option("--config", "-c", help="The service's configuration.", envvar="LABELWRIGHT_CONFIG")
]
DatabaseUrl = Annotated[
    str,
    typer.Option(
        "--database-url",
        help="postgresql://user@host/name; the password: PGPASSWORD or a .pgpass file. Default: SQLite.",
        envvar="LABELWRIGHT_DATABASE_URL",
    ),
]
KeyFile = Annotated[
    Path | None, typer.Option("--pseudonym-key-file", help="File with the key that pseudonyms are made with.")
]
ShowAnnotators = Annotated[
    bool, typer.Option("--show-annotators", help="Show the tool's own user ids instead of pseudonyms.")
]


Target = Annotated[str, typer.Option("--to", help="The dialect or format to write, such as openai or csv.")]
Consensus = Annotated[
    str,
    typer.Option(
        "--consensus", help="Consensus rule, or 'each': one example per annotation; default: the template's."
    ),
]
Split = Annotated[
    str,
    typer.Option("--split", help="Shares of training, validation and test file, such as 90/10 or 80/10/10."),
]
AllowLoss = Annotated[
    bool,
    typer.Option(
        "--allow-loss", help="Write what the target can hold and count the rest, instead of refusing."
    ),
]
NoGate = Annotated[
    bool, typer.Option("--no-gate", help="Write the file whatever the agreement is; the manifest says so.")
]
ThinkTag = Annotated[str, typer.Option("--think-tag", help="Tag around reasoning: think or datature_think.")]
Ties = Annotated[
    str,
    typer.Option(
        "--ties", help="Pairs in which neither answer is better: drop, or keep where the target holds ties."
    ),
]
MinMargin = Annotated[
    float | None,
    typer.Option(
        "--min-margin", min=0.0, max=1e9, help="Leave out pairs whose answers are less far apart than this."
    ),
]
Gold = Annotated[
    Path | None,
    typer.Option("--gold", help="A gold file: known answers that score annotators, kept out of training."),
]
References = Annotated[
    Path | None,
    typer.Option(
        "--references", help="A file of decided answers (see adjudicate pull), which stand before every vote."
    ),
]
GoldTarget = Annotated[
    float | None,
    typer.Option(
        "--gold-target", min=0.0, max=1.0,
        help="Accuracy on gold below which an annotator's work does not count; default: the template's.",
    ),
]  # fmt: skip
GoldLeast = Annotated[
    int,
    typer.Option(
        "--gold-least", min=1, help="Gold items an annotator must answer to be held against the target."
    ),
]
TrainOnGold = Annotated[
    bool, typer.Option("--train-on-gold", help="Write gold items to the training file too.")
]
TrustFlags = Annotated[
    bool,
    typer.Option("--trust-flags", help="Take ground-truth marks for gold even where most items have one."),
]
AsPredictions = Annotated[
    bool,
    typer.Option(
        "--predictions",
        help="Into a tool: write the answers as a model's, for people to correct, not as annotations.",
    ),
]
Boxes = Annotated[
    str,
    typer.Option(
        "--boxes",
        help="How places in images are written, such as qwen2.5-vl or box_2d:order=xy,scale=pixels; "
        "default: as the target's own models do.",
    ),
]
MediaPlaces = Annotated[
    list[str],
    typer.Option(
        "--media",
        help="Where images, films and sounds are: a folder, s3://bucket/prefix, a tool's name; repeatable.",
    ),
]
MediaBase = Annotated[
    str,
    typer.Option(
        "--media-base",
        help="What goes before the names of media that stay where they are: gs://bucket/folder.",
    ),
]
Oversize = Annotated[
    str, typer.Option("--oversize", help="Images larger than the target takes: refuse, or resize.")
]
AllowPrivate = Annotated[
    bool, typer.Option("--allow-private", help="Fetch media from addresses inside a private network too.")
]
Lint = Annotated[
    bool, typer.Option("--lint", help="Show the rows to the lint rules, for the report; takes longer.")
]
HistoryFolder = Annotated[
    Path | None,
    typer.Option("--history", help="A folder that remembers each batch, for the trend in the report."),
]
BatchName = Annotated[
    str, typer.Option("--batch", help="What the history calls this batch; default: a digest of its input.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace files that exist.")]


def make_settings(template: str | Template, split: str = "", **given: Any) -> Settings:
    """The settings of a run, from options by the names of ``Settings``. Raises ``UsageError``."""
    from labelwright.pipeline.settings import Settings
    from labelwright.state.splits import parse_split

    shares = parse_split(split) if split else (100.0,)
    chosen = chosen_template(template) if isinstance(template, str) else template
    return Settings(template=chosen, split=shares, **given)


def template_for(name: str, opened: Opened) -> Template:
    """The template a user names; without a name the one that the export tells. Raises ``UsageError``."""
    from labelwright.cli.output import say
    from labelwright.pipeline.templates import detect

    if name:
        return chosen_template(name)
    template = detect(opened)
    told = "told from the controls" if template.folder else "made of the labels in the data"
    say(f"template: {template.name} ({told})")
    return template


def chosen_template(name: str) -> Template:
    """The template a user names. Raises ``UsageError``."""
    from labelwright.registry import template_folders
    from labelwright.render.load import find_template

    return find_template(name, template_folders())
