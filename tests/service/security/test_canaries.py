"""A whole service: each of its secrets and e-mails is looked for afterwards, in every byte."""

from __future__ import annotations

import base64
import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from ls_double import TOKEN, LabelStudio
from post_double import Posted, taking
from service_world import HEADER, PROJECT, World

from labelwright.service.secrets import WebhookSecrets

SIGNING = "whsec_" + base64.b64encode(b"canary-of-the-signing-key-01").decode()
LOGIN = "canary-login-token-4f1b7c"
PATH = "canary-path-of-slack"
E_MAIL = re.compile(rb"[\w.+-]+@example\.test")
SECRETS = {
    "access token": TOKEN, "login token": LOGIN, "signing secret": SIGNING, "address of the chat": PATH,
    "project's token": "t" * 40, "storage password": "canary-storage-password",
    "wrong secret": "canary-wrong-secret", "text of a body": "canary-in-a-body",
}  # fmt: skip


@pytest.fixture
def told() -> Iterator[Posted]:
    with taking() as posted:
        yield posted


@pytest.fixture
def watched(world: World, told: Posted) -> World:
    """Events go to a program and to a chat; the page's token is one that is known here."""
    for name, content in (("login", LOGIN), ("signing", SIGNING), ("chat", f"{told.url}/{PATH}")):
        (world.folder / name).write_text(content)
        (world.folder / name).chmod(0o600)
    world.service["log_level"] = "debug"
    world.notify = {
        "program": {"url": f"{told.url}/program", "secret_file": "signing", "allow_private": True},
        "chat": {"kind": "slack", "url_file": "chat", "allow_private": True},
    }
    world.write()
    config = world.folder / "labelwright.toml"
    config.write_text(config.read_text() + '[login]\ntoken_file = "login"\n')
    return world


def ask(port: int, path: str, **headers: str) -> bytes:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        return client.get(path, headers={"Authorization": f"Bearer {LOGIN}", **headers}).content


def misuse(world: World, port: int) -> None:
    """Deliveries that are refused, with things in them that must not be shown."""
    url = f"http://127.0.0.1:{port}/webhooks/label-studio/{PROJECT}"
    right = WebhookSecrets(world.loaded.data).newest(PROJECT)
    body = json.dumps({"action": "canary-in-a-body", "who": "writer@example.test"})
    with httpx.Client(timeout=60) as client:
        for secret, content in ((right, body[:-2]), (right, f"[{body}]"), ("canary-wrong-secret", body)):
            headers = {HEADER: secret, "Content-Type": "application/json"}
            answer = client.post(url, content=content, headers=headers)
            assert answer.status_code in (400, 401) and b"canary" not in answer.content
        answer = client.post(f"{url}/canary-in-a-body?q=canary-in-a-body", content=body)
        assert answer.status_code in (401, 404, 421) and b"canary" not in answer.content


def payload(said: dict[str, Any]) -> dict[str, Any]:
    """A delivery as Label Studio sends it, which has the project's token and passwords of storages in it."""
    about = {**said["project"], "token": "t" * 40, "created_by": {"email": "owner@example.test"}}
    about["storage"] = {
        "aws_secret_access_key": "canary-storage-password",
        "password": "canary-storage-password",
    }
    return {**said, "project": about, "updated_by": {"email": "p1@example.test"}}


def live(world: World, server: LabelStudio, told: Posted) -> dict[str, bytes]:
    """A service's life: what it showed, by where."""
    tasks = list(server.tasks)
    port = world.start()
    world.built()
    assert world.deliver(port, payload(server.annotate(tasks[0], 3, 0))) == 200
    assert (
        world.deliver(port, {"action": "SOMETHING_NEW", "project": {"id": 28}, "by": "p9@example.test"})
        == 200
    )
    misuse(world, port)
    world.settled()
    server.refusing = 403, {"detail": f"token {TOKEN} of owner@example.test may not"}
    assert world.deliver(port, payload(server.annotate(tasks[1], 3, 1))) == 200
    world.until(lambda: world.one("SELECT count(*) FROM builds WHERE state = 'failed'"), "a rebuild fails")
    world.until(lambda: len(told.taken) > 2, "events are sent")
    paths = ["/", f"/projects/{PROJECT}", "/metrics", "/health", "/ready", "/openapi.json", "/login"]
    document = json.loads(ask(port, "/openapi.json"))
    paths += [p.replace("{project}", PROJECT) for p, ways in document["paths"].items() if "get" in ways]
    shown = {path: ask(port, path) for path in paths if "{" not in path}
    shown |= {f"page {path}": ask(port, path, Accept="text/html") for path in paths if "{" not in path}
    shown["nothing that is there"] = ask(port, "/canary-in-a-body".replace("canary", "no"))
    shown["status"] = world.command("status", "--json").stdout.encode()
    shown["datasets"] = world.command("datasets").stdout.encode()
    shown["log"] = world.log(port).encode()
    world.stop(port)
    shown["log to the end"] = (world.folder / f"serve-{port}.log").read_bytes()
    shown["webhooks"] = b"\n".join(one.body + b"\n" + json.dumps(one.headers).encode() for one in told.taken)
    return shown


def kept(data: Path) -> dict[str, bytes]:
    """Every file of the data folder, but for secrets and what was pulled from the tool."""
    return {
        str(path.relative_to(data)): path.read_bytes()
        for path in sorted(data.rglob("*"))
        if path.is_file() and "secrets" not in path.parts and path.parent.name != "source"
    }


def test_no_secret_and_no_e_mail_is_in_anything(watched: World, server: LabelStudio, told: Posted) -> None:
    shown = live(watched, server, told)
    assert b"emails" in shown["/metrics"] or b"label-studio" in shown["/metrics"]
    assert (
        b"emails" in shown["page /"]
        and b"403" in shown["log to the end"] + shown[f"/projects/{PROJECT}"] + shown["status"]
    )
    assert any("train" in name for name in kept(watched.loaded.data))
    everything = {**shown, **kept(watched.loaded.data)}
    for where, content in everything.items():
        for what, secret in SECRETS.items():
            assert secret.encode() not in content, f"{what} is in {where}"
        found = E_MAIL.search(content)
        assert found is None, f"{found and found[0]!r} is in {where}"
    newest = WebhookSecrets(watched.loaded.data).newest(PROJECT).encode()
    assert [where for where, content in everything.items() if newest in content] == []


def test_what_is_kept_is_its_owners_alone(world: World) -> None:
    port = world.start()
    world.built()
    world.stop(port)
    data = world.loaded.data
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    secret = [p for p in (data / "secrets").rglob("*") if p.is_file()]
    secret += [data / "state" / "pseudonym.key"]
    assert len(secret) >= 2
    for path in secret:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for folder in [data / "secrets", *(p for p in (data / "secrets").rglob("*") if p.is_dir())]:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
