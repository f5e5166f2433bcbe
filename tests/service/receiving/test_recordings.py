"""What the recorded deliveries of both tools are heard as, and what of them is kept."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest
from recorded_webhooks import CVAT_SECRET, cvat, label_studio, payloads

from labelwright.contracts import Hooks
from labelwright_plugins.cvat.hooks import hooks as of_cvat
from labelwright_plugins.label_studio.hooks import hooks as of_label_studio

HOOKS: dict[str, Hooks] = {"cvat": of_cvat, "label-studio": of_label_studio}
EVERY = [(tool, name) for tool in HOOKS for name in payloads(tool)]

# Field names whose values must never be stored, wherever they stand.
SECRET = re.compile(r"token|password|login|secret|mail|^key$|^invitation$|credential")
PERSONAL = ("username", "first_name", "last_name", "message", "target_url", "bug_tracker")


def _secrets(value: Any) -> set[str]:
    found: set[str] = set()
    if isinstance(value, list):
        return found.union(*map(_secrets, value)) if value else found
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, str) and inner and (SECRET.search(name) or name in PERSONAL):
                found.add(inner)
            found |= _secrets(inner)
    return found


def _kept(tool: str, payload: Any) -> str:
    return msgspec.json.encode(HOOKS[tool].hear(payload).kept).decode()


@pytest.mark.parametrize(("tool", "name"), EVERY)
def test_nothing_secret_of_a_recording_is_kept(tool: str, name: str) -> None:
    kept = _kept(tool, payloads(tool)[name])
    for secret in _secrets(payloads(tool)[name]):
        assert f'"{secret}"' not in kept and (len(secret) < 8 or secret not in kept), secret
    assert "@" not in kept and len(kept) < 2000


def test_the_search_for_secrets_finds_what_the_recordings_have() -> None:
    found = {name: _secrets(payload) for name, payload in payloads("cvat").items()}
    assert "admin@localhost.localdomain" in found["create_job"]
    assert "gUkHA7Dq5DeNFcTIPr3U16ahze0MHp6FWGYZUl8jVUmd2E5SefR7tOq76gkSBLB2" in found["create_invitation"]
    assert {"annie", "Annie", "Tester"} <= found["update_task"]
    everywhere = [_secrets(p) for n, p in label_studio().items() if "project" in p and "PROJECT_DEL" not in n]
    assert len(everywhere) > 15 and all(everywhere)  # the project's token is in every one


@pytest.mark.parametrize("tool", HOOKS)
def test_nothing_planted_anywhere_is_kept(tool: str) -> None:
    """A secret or an e-mail under any field of a person, a project or a storage."""
    planted = {
        "task_data_login": "PLANTED-1", "task_data_password": "PLANTED-2", "token": "PLANTED-3",
        "aws_secret_access_key": "PLANTED-4", "email": "PLANTED-5@example.test", "username": "PLANTED-6",
        "first_name": "PLANTED-7", "storage": {"credentials": {"key": "PLANTED-8"}}, "new_field": "PLANTED-9",
        "message": "PLANTED-10", "result": [{"value": {"text": ["PLANTED-11"]}}],
        "data": {"text": "PLANTED-12"},
    }  # fmt: skip

    def plant(value: Any) -> Any:
        if isinstance(value, list):
            return [plant(one) for one in value]
        return {**{k: plant(v) for k, v in value.items()}, **planted} if isinstance(value, dict) else value

    for name, payload in payloads(tool).items():
        people = {
            "completed_by": {"id": 3, **planted},
            "assignee": {"id": 3, **planted},
            "created_by": planted,
        }
        grown = {k: {**plant(v), **people} if isinstance(v, dict) else plant(v) for k, v in payload.items()}
        kept = _kept(tool, grown)
        assert "PLANTED" not in kept, name


def test_a_person_that_label_studio_spells_out_is_kept_as_a_number() -> None:
    payload = json.loads(json.dumps(label_studio()["006_ok_ANNOTATION_CREATED"]))
    payload["annotation"]["completed_by"] = {"id": 9, "email": "a@b.test", "first_name": "A"}
    kept = of_label_studio.hear(payload).kept
    assert kept["objects"][0]["completed_by"] == 9
    assert set(kept["project"]) == {"id", "title"}


LABEL_STUDIO_ITEMS = {
    "001_ok_PROJECT_UPDATED": ("28", ()),
    "003_ok_TASKS_CREATED": ("28", ("52", "53", "54")),
    "006_ok_ANNOTATION_CREATED": ("28", ("55",)),
    "007_ok_ANNOTATION_UPDATED": ("28", ("55",)),
    "009_ok_ANNOTATIONS_CREATED": ("28", ("53", "56")),
    "010_ok_ANNOTATIONS_DELETED": ("28", ("*",)),
    "012_ok_TASKS_DELETED": ("28", ("55",)),
    "013_ok_TASKS_DELETED": ("28", ("52", "53")),
    "039_nopayload_ANNOTATION_CREATED": ("", ("*",)),
    "040_orghook_PROJECT_CREATED": ("29", ()),
    "042_orghook_PROJECT_DELETED": ("29", ("*",)),
}


@pytest.mark.parametrize("name", LABEL_STUDIO_ITEMS)
def test_label_studio_names_tasks(name: str) -> None:
    heard = of_label_studio.hear(label_studio()[name])
    assert (heard.project, heard.items) == LABEL_STUDIO_ITEMS[name]
    assert heard.moves and heard.known and heard.event == name.split("_", 2)[2]


CVAT_ITEMS = {
    "update_job": ("1", ("1/1",), True),
    "update_job_2": ("1", ("1/2",), True),
    "create_job": ("1", ("1/1",), True),
    "delete_job": ("6", ("26/46",), True),
    "update_task": ("1", ("1",), True),
    "delete_task": ("1", ("4",), True),
    "update_project": ("1", (), True),
    "delete_project": ("6", ("*",), True),
    "create_comment": ("", (), False),
    "update_issue": ("", (), False),
    "create_invitation": ("", (), False),
    "update_organization": ("", (), False),
    "ping": ("1", (), False),
}


@pytest.mark.parametrize("name", CVAT_ITEMS)
def test_cvat_names_jobs_and_tasks(name: str) -> None:
    heard = of_cvat.hear(payloads("cvat")[name])
    assert (heard.project, heard.items, heard.moves) == CVAT_ITEMS[name]
    assert heard.known


def test_a_redelivery_of_cvat_is_the_same_delivery_with_other_bytes() -> None:
    """The recorded one: the server stores a delivery with its keys in another order, and signs anew."""
    (first, signed), (again, signed_again) = cvat()["delete_task"], cvat()["delete_task_2"]
    assert first != again and signed != signed_again
    assert of_cvat.hear(json.loads(first)).key == of_cvat.hear(json.loads(again)).key


def test_two_webhooks_that_tell_the_same_tell_it_once() -> None:
    payload = payloads("cvat")["update_job"]
    assert of_cvat.hear({**payload, "webhook_id": 99}).key == of_cvat.hear(payload).key


def test_what_changed_before_is_told_by_name() -> None:
    kept = of_cvat.hear(payloads("cvat")["update_issue"]).kept
    assert set(kept["changed"]) == {"updated_date", "resolved"}
    kept = of_cvat.hear(payloads("cvat")["update_comment"]).kept
    assert set(kept["changed"]) == {"updated_date", "message"} and "second" not in json.dumps(kept)


@pytest.mark.parametrize("name", cvat())
def test_every_recorded_signature_is_believed_and_no_other(name: str) -> None:
    body, signature = cvat()[name]
    headers = {"x-signature-256": signature}
    assert of_cvat.authentic(headers, body, [CVAT_SECRET])
    assert of_cvat.authentic(headers, body, ["new", CVAT_SECRET]) and of_cvat.authentic(
        headers, body, [CVAT_SECRET, "old"]
    )
    assert not of_cvat.authentic(headers, body, ["s3cr3t-ключ "])
    for at in (0, len(body) // 2, len(body) - 1):
        changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        assert not of_cvat.authentic(headers, changed, [CVAT_SECRET])


@pytest.mark.parametrize(
    "form",
    ["{hex}", "sha1={hex}", "SHA256={hex}", "sha256={HEX}", "sha256 = {hex}", "sha256={hex} ", "sha256=",
     "sha256={short}", "sha256={hex}00", "sha256={hex}, sha256={hex}", "", "sha256=é", "\ud800",
     "sha256={bad}"],
)  # fmt: skip
def test_a_signature_in_another_form_is_none(form: str) -> None:
    body, signature = cvat()["update_job"]
    right = signature.removeprefix("sha256=")
    given = form.replace("{hex}", right).replace("{HEX}", right.upper()).replace("{short}", right[:-1])
    headers = {"x-signature-256": given.replace("{bad}", "z" * 64)}
    assert not of_cvat.authentic(headers, body, [CVAT_SECRET])


def test_a_secret_of_label_studio_has_at_least_32_bytes() -> None:
    for secret, right in (("k" * 31, False), ("k" * 32, True), ("ключ" * 4, True), ("ключ", False)):
        wire = secret.encode().decode("latin-1")  # as a server reads a header
        assert of_label_studio.authentic({"x-labelwright-secret": wire}, b"{}", [secret]) is right
    given = {"x-labelwright-secret": "k" * 40}
    assert of_label_studio.authentic(given, b"", ["n" * 40, "k" * 40])
    assert not of_label_studio.authentic(given, b"", ["k" * 41, "k" * 39])
