"""What labelwright.toml may say. The JSON Schema that is shipped is made of these structs."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

Seconds = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=1)]
Share = Annotated[float, Meta(ge=0, le=1)]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]

EVENTS = (
    "item.complete",
    "batch.complete",
    "agreement.below-gate",
    "gold.target-missed",
    "dataset.published",
)


class ServiceConfig(Struct, forbid_unknown_fields=True, kw_only=True):
    """``[service]``: where it listens and keeps things, how eager it is. Sizes are bytes, times seconds.

    ``public_url`` is how tools and people reach it; empty: by host and port. ``database_url`` empty: SQLite
    in the data folder. A rebuild begins ``quiet`` after the last delivery of a project, but at most
    ``ceiling`` after the first. ``reconcile_every`` 0: on demand alone. ``rate`` are deliveries a second
    from one address.
    """

    data: str = "labelwright-data"
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8790
    public_url: str = ""
    database_url: str = ""
    workers: Count = 2
    quiet: Seconds = 5.0
    ceiling: Seconds = 60.0
    reconcile_every: Seconds = 900.0
    max_body: Count = 25_000_000
    max_depth: Count = 64
    rate: Count = 500
    keep_deliveries_days: Count = 30
    keep_versions: Count = 20
    drain: Seconds = 30.0
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    telemetry: bool = False


class LoginConfig(Struct, forbid_unknown_fields=True, kw_only=True):
    """``[login]``: who may see the page. Without a token file one is made in the data folder.

    ``proxy_header`` names the header in which a proxy tells the user; it is believed only from the
    addresses or networks in ``proxies``. ``session_hours``: how long a log-in lasts.
    """

    token_file: str = ""
    proxy_header: str = ""
    proxies: list[str] = []
    session_hours: Count = 12


class ToolConfig(Struct, forbid_unknown_fields=True, kw_only=True):
    """``[tools.NAME]``: a server. ``tool`` is that of the plugin; empty: NAME. Secrets lie in files."""

    url: str
    tool: str = ""
    token_file: str = ""
    username: str = ""
    password_file: str = ""
    organization: str = ""


class DatasetConfig(Struct, forbid_unknown_fields=True, kw_only=True):
    """``[projects.NAME.datasets.NAME]``: the options of ``labelwright sync``, by their names."""

    to: str
    consensus: str = ""
    split: str = ""
    seed: int = 0
    min_agreement: Share | None = None
    measure: str = ""
    allow_loss: bool = False
    allow_unmeasured: bool = False
    think_tag: str = ""
    ties: Literal["drop", "keep"] = "drop"
    min_margin: float | None = None
    gold: str = ""
    references: str = ""
    gold_target: Share | None = None
    gold_least: Count = 10
    train_on_gold: bool = False
    trust_flags: bool = False
    boxes: str = ""
    media: list[str] = []
    media_base: str = ""
    oversize: Literal["refuse", "resize"] = "refuse"
    lint: bool = False
    resamples: Annotated[int, Meta(ge=0)] = 1000


class ProjectConfig(Struct, forbid_unknown_fields=True, kw_only=True):
    """``[projects.NAME]``: a project, by title or id, of a server: ``tool`` names a ``[tools.NAME]``.

    An item is complete when ``annotators`` people have answered it. ``quiet``, ``ceiling`` and
    ``reconcile_every`` replace those of ``[service]``.
    """

    tool: str
    project: str
    template: str
    datasets: dict[Name, DatasetConfig]
    annotators: Count = 2
    quiet: Seconds | None = None
    ceiling: Seconds | None = None
    reconcile_every: Seconds | None = None


class NotifyConfig(Struct, forbid_unknown_fields=True, kw_only=True):
    """``[notify.NAME]``: where events of our own go, as Standard Webhooks or as a line for Slack.

    ``url_file`` holds the address where the address is itself a secret, as Slack's are. ``secret_file``
    holds the signing secret (``whsec_`` and base64). ``events`` and ``projects`` empty: all.
    ``allow_private`` lets the address be one of a private network.
    """

    kind: Literal["standard", "slack"] = "standard"
    url: str = ""
    url_file: str = ""
    secret_file: str = ""
    events: list[str] = []
    projects: list[str] = []
    allow_private: bool = False


class Config(Struct, forbid_unknown_fields=True, kw_only=True):
    """The whole file. Relative paths in it are relative to the folder it lies in."""

    service: ServiceConfig = field(default_factory=ServiceConfig)
    login: LoginConfig = field(default_factory=LoginConfig)
    tools: dict[Name, ToolConfig] = {}
    projects: dict[Name, ProjectConfig] = {}
    notify: dict[Name, NotifyConfig] = {}
