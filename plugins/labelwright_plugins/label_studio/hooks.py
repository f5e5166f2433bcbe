"""Label Studio's webhooks: unsigned, without an id, sent once; a secret header tells that they are ours."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from labelwright.contracts import Heard, Registered, Server
from labelwright_plugins.label_studio import contents, hooks_register
from labelwright_plugins.label_studio.heard import hear
from labelwright_plugins.label_studio.hooks_register import HEADER as HEADER

LEAST = 32  # bytes of a secret


class LabelStudioHooks:
    """See ``labelwright.contracts.Hooks``."""

    def authentic(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
        """Whether the secret header holds one of the secrets. One of less than 32 bytes is none."""
        del body
        given = _digest(_wire(headers.get(HEADER.lower(), "")))
        right = False
        for secret in secrets:
            known = secret.encode("utf-8", "surrogatepass")
            same = hmac.compare_digest(given, _digest(known))
            right |= same and len(known) >= LEAST
        return right

    def hear(self, payload: Any) -> Heard:
        """See ``heard.hear``. Raises ``ValueError``."""
        return hear(payload)

    def contents(self, folder: Path) -> Mapping[str, str]:
        """The digest of each task by its id."""
        return contents.contents(folder)

    def unanswered(self, folder: Path) -> int:
        """The tasks without an annotation: the export has none of them."""
        return contents.unanswered(folder)

    def connect(self, server: Server, project: str, url: str, secret: str, check: bool) -> Registered:
        """Register the webhook, or look whether it is. Raises ``UsageError`` and ``DataError``."""
        return hooks_register.connect(server, project, url, secret, check)

    def disconnect(self, server: Server, project: str, url: str) -> int:
        """Remove the webhook. Raises ``UsageError`` and ``DataError``."""
        return hooks_register.disconnect(server, project, url)


def _wire(given: str) -> bytes:
    """A header's bytes as they were sent: servers read them as Latin-1."""
    try:
        return given.encode("latin-1")
    except UnicodeEncodeError:
        return given.encode("utf-8", "surrogatepass")


def _digest(secret: bytes) -> bytes:
    """Digests are of one length, so that comparing tells nothing of a secret's."""
    return hashlib.sha256(secret).digest()


hooks = LabelStudioHooks()
