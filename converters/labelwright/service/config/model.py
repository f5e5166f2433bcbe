"""What labelwright.toml may say. The JSON Schema that is shipped is made of these structs."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

Seconds = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=1)]
Share = Annotated[float, Meta(ge=0, le=1)]
Text = Annotated[str, Meta(min_length=1)]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]

EVENTS = (
    "item.complete",
    "batch.complete",
    "agreement.below-gate",
    "gold.target-missed",
    "dataset.published",
)


def is_(text: str) -> Meta:
    """What a key means: shown by editors, and in the reference."""
    return Meta(description=text)


class ServiceConfig(Struct, forbid_unknown_fields=True, kw_only=True):
    """``[service]``: where it listens and keeps things, how eager it is. Sizes are bytes, times seconds.

    ``--workers`` and ``--database-url`` (or LABELWRIGHT_DATABASE_URL) replace what is written here.
    """

    data: Annotated[Text, is_("Folder that everything is kept in.")] = "labelwright-data"
    host: Annotated[Text, is_("Address to listen on; 0.0.0.0 or :: for all.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535), is_("Port to listen on; 0: any that is free.")] = 8790
    public_url: Annotated[
        str, is_("How tools and people reach it, such as https://labels.example; empty: by host and port.")
    ] = ""
    database_url: Annotated[
        str, is_("postgresql://user@host/name, the password in PGPASSWORD or .pgpass; empty: SQLite in data.")
    ] = ""
    workers: Annotated[Count, is_("Rebuilds at a time, of each tool.")] = 2
    fetch_within: Annotated[
        float, Meta(gt=0), is_("A rebuild that reads longer from its tool is ended, and tried again later.")
    ] = 3600.0
    quiet: Annotated[Seconds, is_("A rebuild begins so long after the last delivery of its project.")] = 5.0
    ceiling: Annotated[Seconds, is_("A rebuild begins at most so long after the first delivery.")] = 60.0
    reconcile_every: Annotated[
        Seconds, is_("How often the tool is asked for what no delivery told; 0: on demand alone.")
    ] = 900.0
    max_body: Annotated[Count, is_("The largest delivery that is taken.")] = 25_000_000
    max_depth: Annotated[Count, is_("The deepest nesting of a delivery that is taken.")] = 64
    rate: Annotated[Count, is_("Deliveries a second that are taken from one address.")] = 500
    keep_deliveries_days: Annotated[Count, is_("Days that deliveries are kept.")] = 30
    keep_versions: Annotated[Count, is_("Versions of each data set that are kept.")] = 20
    drain: Annotated[Seconds, is_("How long work may go on after the service is told to end.")] = 30.0
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], is_("The least that is written to the log.")
    ] = "info"
    telemetry: Annotated[bool, is_("Send traces as the OTEL_ environment variables say.")] = False


class LoginConfig(Struct, forbid_unknown_fields=True, kw_only=True):
    """``[login]``: who may see the page."""

    token_file: Annotated[
        str, is_("File with the token that logs in; empty: one is made in the data folder.")
    ] = ""
    proxy_header: Annotated[
        str, is_("Header in which a proxy tells the user; believed from proxies only.")
    ] = ""
    proxies: Annotated[
        list[str], is_("Addresses or networks of the proxies, whose word on who asks is taken.")
    ] = []
    session_hours: Annotated[Count, is_("Hours that a log-in lasts.")] = 12


class ToolConfig(Struct, forbid_unknown_fields=True, kw_only=True):
    """``[tools.NAME]``: a server. The service logs in with what lies in files, and asks no environment."""

    url: Annotated[Text, is_("The server's address, such as http://localhost:8080.")]
    tool: Annotated[str, is_("The tool, such as cvat; empty: NAME.")] = ""
    token_file: Annotated[str, is_("File with an access token.")] = ""
    username: Annotated[str, is_("Who logs in where there is no token.")] = ""
    password_file: Annotated[str, is_("File with that user's password.")] = ""
    organization: Annotated[str, is_("Short name of the organization, where the tool has some.")] = ""


class DatasetConfig(Struct, forbid_unknown_fields=True, kw_only=True):
    """``[projects.NAME.datasets.NAME]``: the options of ``labelwright sync``, by their names."""

    to: Annotated[Text, is_("The dialect or format to write, such as openai or csv.")]
    consensus: Annotated[
        str, is_("Consensus rule, or each: one example per annotation; empty: the template's.")
    ] = ""
    split: Annotated[str, is_("Shares of training, validation and test file, such as 90/10.")] = ""
    seed: Annotated[int, Meta(ge=0), is_("Seed of everything drawn by lot.")] = 0
    min_agreement: Annotated[
        Share | None, is_("The agreement the gate asks for; default: the template's.")
    ] = None
    measure: Annotated[str, is_("The measure the gate goes by; empty: the template's.")] = ""
    allow_loss: Annotated[bool, is_("Write what the target can hold and count the rest.")] = False
    allow_unmeasured: Annotated[bool, is_("Pass the gate where agreement cannot be measured.")] = False
    think_tag: Annotated[str, is_("Tag around reasoning: think or datature_think.")] = ""
    ties: Annotated[Literal["drop", "keep"], is_("Pairs in which neither answer is better.")] = "drop"
    min_margin: Annotated[
        Annotated[float, Meta(ge=0)] | None,
        is_("Leave out pairs whose answers are less far apart than this."),
    ] = None
    gold: Annotated[str, is_("A gold file: known answers that score annotators.")] = ""
    references: Annotated[str, is_("A file of decided answers, which stand before every vote.")] = ""
    gold_target: Annotated[
        Share | None, is_("Accuracy on gold below which an annotator's work does not count.")
    ] = None
    gold_least: Annotated[
        Count, is_("Gold items an annotator must answer to be held against the target.")
    ] = 10
    train_on_gold: Annotated[bool, is_("Write gold items to the training file too.")] = False
    trust_flags: Annotated[bool, is_("Take ground-truth marks for gold even where most items have one.")] = (
        False
    )
    boxes: Annotated[str, is_("How places in images are written; empty: as the target's models do.")] = ""
    media: Annotated[
        list[str], is_("Where images, films and sounds are: folders, s3://bucket/prefix, a tool's name.")
    ] = []
    media_base: Annotated[str, is_("What goes before the names of media that stay where they are.")] = ""
    oversize: Annotated[Literal["refuse", "resize"], is_("Images larger than the target takes.")] = "refuse"
    lint: Annotated[bool, is_("Show the rows to the lint rules, for the report.")] = False
    resamples: Annotated[int, Meta(ge=0), is_("Bootstrap resamples for the 95 % intervals.")] = 1000


class ProjectConfig(Struct, forbid_unknown_fields=True, kw_only=True):
    """``[projects.NAME]``: a project of a server; NAME is in the addresses of its webhooks."""

    tool: Annotated[Text, is_("NAME of the [tools.NAME] that it is on.")]
    project: Annotated[Text, is_("The project's title or id there.")]
    template: Annotated[Text, is_("A template's name, or the folder of your own.")]
    datasets: dict[Name, DatasetConfig]
    annotators: Annotated[Count, is_("An item is complete when so many people have answered it.")] = 2
    finished_only: Annotated[
        bool,
        is_("Leave out work that the tool does not call finished, as jobs of CVAT that are not completed."),
    ] = True
    quiet: Annotated[Seconds | None, is_("Replaces that of [service].")] = None
    ceiling: Annotated[Seconds | None, is_("Replaces that of [service].")] = None
    reconcile_every: Annotated[Seconds | None, is_("Replaces that of [service].")] = None


class PredictorConfig(Struct, forbid_unknown_fields=True, kw_only=True):
    """``[predictors.NAME]``: a model that suggests answers; NAME is in the addresses that tools ask it at."""

    predictor: Annotated[Text, is_("A predictor's name, or ./my_model.py:Model.")]
    template: Annotated[str, is_("A template's name, or the folder of your own; empty: NAME.")] = ""
    controls: Annotated[list[str], is_("The controls that it answers; empty: all that it can.")] = []
    inputs: Annotated[list[str], is_("The inputs that it reads; empty: all that it can.")] = []
    options: Annotated[dict[str, str], is_("Its own options: labelwright predictors lists them.")] = {}
    labels: Annotated[
        dict[str, str], is_("Its labels as the project's own; to an empty one: not wanted.")
    ] = {}
    tool: Annotated[str, is_("NAME of the [tools.NAME] whose files it may read.")] = ""
    media: Annotated[
        list[str], is_("Where else images, films and sounds are: folders, s3://bucket/prefix, https.")
    ] = []
    timeout: Annotated[
        float,
        Meta(gt=0),
        is_(
            "Seconds for a batch; an item that takes more by itself is refused. Label Studio waits "
            "100 s, and an item that hangs is asked twice."
        ),
    ] = 40.0
    share: Annotated[
        float, Meta(ge=0, le=100), is_("Percent of the items that get suggestions; the others get none.")
    ] = 100.0
    seed: Annotated[int, Meta(ge=0), is_("Seed of the lots that share draws, item by item.")] = 0
    learn_after: Annotated[
        Seconds, is_("It learns so long after the last annotation, if it can and a project is configured.")
    ] = 300.0


class ListenConfig(Struct, forbid_unknown_fields=True, kw_only=True):
    """``[listen.NAME]``: ports for a protocol whose tool knows no path and no password.

    NAME is what the protocol's addresses begin with on the service's own port, where a key is asked for.
    """

    port: Annotated[int, Meta(ge=0, le=65535), is_("Port to listen on; 0: any that is free.")]
    host: Annotated[Text, is_("Address to listen on; 0.0.0.0 or :: for all.")] = "127.0.0.1"
    allow: Annotated[
        list[str], is_("Addresses or networks that may ask, and nobody else; empty: this machine alone.")
    ] = []
    predictors_from: Annotated[
        int,
        Meta(ge=0, le=65535),
        is_("The first of as many ports as there are predictors, each for one, by name; 0: none."),
    ] = 0


class NotifyConfig(Struct, forbid_unknown_fields=True, kw_only=True):
    """``[notify.NAME]``: where events of our own go."""

    kind: Annotated[Literal["standard", "slack"], is_("Standard Webhooks, or a line for Slack.")] = "standard"
    url: Annotated[str, is_("The address to send to.")] = ""
    url_file: Annotated[
        str, is_("File with the address, where the address is itself a secret, as Slack's are.")
    ] = ""
    secret_file: Annotated[str, is_("File with the signing secret: whsec_ and base64.")] = ""
    events: Annotated[list[str], is_(f"Of {', '.join(EVENTS)}; empty: all.")] = []
    projects: Annotated[list[str], is_("Names of projects; empty: all.")] = []
    allow_private: Annotated[bool, is_("The address may be one of a private network.")] = False


class Config(Struct, forbid_unknown_fields=True, kw_only=True):
    """The whole file. Relative paths in it are relative to the folder it lies in."""

    service: ServiceConfig = field(default_factory=ServiceConfig)
    login: LoginConfig = field(default_factory=LoginConfig)
    tools: dict[Name, ToolConfig] = {}
    projects: dict[Name, ProjectConfig] = {}
    notify: dict[Name, NotifyConfig] = {}
    predictors: dict[Name, PredictorConfig] = {}
    listen: dict[Name, ListenConfig] = {}
