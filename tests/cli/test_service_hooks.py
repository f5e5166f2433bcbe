"""connect, disconnect and secrets as a user runs them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cvat_double import Double, running, seeded
from cvat_double.server import TOKEN as CVAT_TOKEN
from ls_webhooks import TOKEN, LabelStudio, label_studio

from labelwright.cli.secrets import seconds
from labelwright.problems import UsageError
from labelwright.registry import tools
from labelwright.service.secrets import WebhookSecrets

CONFIG = """
[service]
port = 8790
public_url = "http://127.0.0.1:1"
[tools.label-studio]
url = "{label_studio}"
token_file = "ls-token"
[tools.boxes]
tool = "cvat"
url = "{cvat}"
token_file = "cvat-token"
[projects.emails]
tool = "label-studio"
project = "Emails"
template = "email-classification"
datasets.train.to = "openai"
[projects.street]
tool = "boxes"
project = "1"
template = "object-detection"
datasets.train.to = "coco"
"""
URL = "http://127.0.0.1:1/webhooks/label-studio/emails"


@pytest.fixture
def label() -> Iterator[LabelStudio]:
    with label_studio() as started:
        yield started


@pytest.fixture
def cvat(monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    capabilities: Any = tools()["cvat"].capabilities
    monkeypatch.setitem(capabilities, "webhook", "cvat_register_hooks:hooks")
    with running(seeded()) as started:
        yield started


@pytest.fixture
def config(label: LabelStudio, cvat: Double, tmp_path: Path) -> Path:
    for name, token in (("ls-token", TOKEN), ("cvat-token", CVAT_TOKEN)):
        (tmp_path / name).write_text(token)
        (tmp_path / name).chmod(0o600)
    path = tmp_path / "labelwright.toml"
    path.write_text(CONFIG.format(label_studio=label.url, cvat=cvat.url))
    return path


def test_connect_twice_check_and_disconnect(labelwright: Any, config: Path, label: LabelStudio) -> None:
    command = ("label-studio", "emails", "--config", config)
    check = ("connect", *command, "--webhook", "--check")
    missing = labelwright(*check)
    assert missing.code == 1 and "is not registered" in missing.out
    first = labelwright("connect", *command, "--webhook")
    assert first.code == 0
    assert first.out == (
        f"emails: the webhook of Label Studio to {URL} registered\n"
        f"  see {label.url}/projects/7/settings/webhooks\n"
    )
    second = labelwright("connect", *command, "--webhook")
    assert second.code == 0 and "nothing changed" in second.out
    assert labelwright(*check).code == 0
    next(iter(label.hooks.values()))["is_active"] = False
    wrong = labelwright(*check)
    assert wrong.code == 1 and "is not as it should be (active)" in wrong.out
    repaired = labelwright("connect", *command, "--webhook", "--json")
    assert repaired.json["registered"]["state"] == "updated"
    gone = labelwright("disconnect", *command)
    assert (gone.code, gone.out) == (0, "emails: 1 webhook removed\n")
    again = labelwright("disconnect", *command, "--json")
    assert (again.code, again.json) == (0, {"removed": 0})
    assert label.hooks == {}


def test_cvat_is_connected_and_tells_its_ping(labelwright: Any, config: Path, cvat: Double) -> None:
    done = labelwright("connect", "boxes", "street", "--webhook", "--config", config)
    assert done.code == 0, done.err
    assert "ping: was not answered (502)" in done.out
    (hook,) = cvat.state.hooks.values()
    assert hook["target_url"] == "http://127.0.0.1:1/webhooks/boxes/street"
    again = labelwright("connect", "cvat", "street", "--webhook", "--config", config)
    assert again.code == 0 and "nothing changed" in again.out
    checked = labelwright("connect", "cvat", "street", "--webhook", "--check", "--config", config)
    assert checked.code == 1 and "(deliveries)" in checked.out
    old = cvat.state.hook_secrets[hook["id"]]
    rotated = labelwright("secrets", "rotate", "street", "--config", config)
    assert rotated.code == 0 and "street: the webhook of CVAT has a new secret" in rotated.out
    new = cvat.state.hook_secrets[hook["id"]]
    assert WebhookSecrets(config.parent / "labelwright-data").believed("street") == [new, old]
    assert labelwright("disconnect", "cvat", "street", "--config", config).code == 0
    assert cvat.state.hooks == {}


def test_no_secret_is_ever_shown(labelwright: Any, config: Path, label: LabelStudio) -> None:
    shown = ""
    for command in (
        ("connect", "label-studio", "emails", "--webhook", "--json"),
        ("connect", "label-studio", "emails", "--webhook"),
        ("secrets", "rotate", "--json"),
        ("secrets", "rotate"),
    ):
        ran = labelwright(*command, "--config", config)
        shown += ran.out + ran.err
    label.failing["PATCH"] = 500
    failed = labelwright("secrets", "rotate", "--config", config)
    shown += failed.out + failed.err
    held = json.loads((config.parent / "labelwright-data/secrets/webhooks/emails.json").read_text())
    assert len(held) > 2 and not any(one["secret"] in shown for one in held)
    assert TOKEN not in shown and CVAT_TOKEN not in shown


def test_rotate_says_what_it_did_and_what_to_do(labelwright: Any, config: Path, label: LabelStudio) -> None:
    none = labelwright("secrets", "rotate", "--config", config)
    assert none.code == 0
    assert (
        none.out == "emails: is not connected; nothing changed\nstreet: is not connected; nothing changed\n"
    )
    asked = labelwright("secrets", "rotate", "emails", "--config", config)
    assert asked.code == 1, "it was asked for by name"
    labelwright("connect", "label-studio", "emails", "--webhook", "--config", config)
    done = labelwright("secrets", "rotate", "emails", "--grace", "7d", "--config", config)
    assert done.out == (
        "emails: the webhook of Label Studio has a new secret\n  the old one is believed for 7d more\n"
    )
    label.failing["PATCH"] = 500
    failed = labelwright("secrets", "rotate", "emails", "--config", config)
    assert failed.code == 1 and "service.secret-not-registered" in failed.err
    assert "both believed" in failed.err


def test_what_is_called_wrongly(labelwright: Any, config: Path) -> None:
    for arguments, said in (
        (("connect", "label-studio", "emails"), "--webhook"),
        (("connect", "label-studio", "email", "--webhook"), "did you mean 'emails'"),
        (("disconnect", "labelstudio", "emails"), "did you mean 'label-studio'"),
        (("secrets", "rotate", "nobody"), "there are: emails, street"),
        (("secrets", "rotate", "--grace", "soon"), "give a time such as"),
    ):
        ran = labelwright(*arguments, "--config", config)
        assert ran.code == 2 and said in ran.err


def test_everything_wrong_in_the_configuration_is_shown(labelwright: Any, config: Path) -> None:
    config.write_text(config.read_text() + '[service.x]\n[projects.emails.datasets.more]\ntoo = "x"\n')
    ran = labelwright("connect", "label-studio", "emails", "--webhook", "--config", config)
    assert ran.code == 2
    lines = ran.err.splitlines()
    assert lines[0] == f"labelwright: {config}: 3 things are wrong"
    assert lines[1].startswith("  line 22: service.x: unknown key")
    as_json = labelwright("connect", "label-studio", "emails", "--webhook", "--json", "--config", config)
    assert [one["code"] for one in as_json.json["problems"]] == ["cli.usage"] * 3


def test_a_warning_is_said(labelwright: Any, config: Path) -> None:
    (config.parent / "ls-token").chmod(0o644)
    ran = labelwright("connect", "label-studio", "emails", "--webhook", "--config", config)
    assert ran.code == 0 and "warning: " in ran.err and "chmod 600" in ran.err


@pytest.mark.parametrize(
    ("text", "length"), [("24h", 86400), ("90s", 90), ("1.5m", 90), ("7d", 604800), ("0", 0), ("0h", 0)]
)
def test_times(text: str, length: float) -> None:
    assert seconds(text) == length


@pytest.mark.parametrize("text", ["", "24", "h", "-1h", "1w", "1e3s", "9999d", "٣h"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(UsageError, match="--grace"):
        seconds(text)
