"""CVAT's webhooks: signed, without an id or a time, in any order, sometimes sent again."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from labelwright.contracts import Heard, Registered, Server
from labelwright_plugins.cvat import hooks_register
from labelwright_plugins.cvat.heard import hear
from labelwright_plugins.cvat.standing import contents

HEADER, SCHEME = "X-Signature-256", "sha256="


class CvatHooks:
    """See ``labelwright.contracts.Hooks``."""

    def authentic(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
        """Whether the body is signed with one of the secrets: HMAC-SHA256 over its bytes, in hexadecimal."""
        given = headers.get(HEADER.lower(), "").encode("utf-8", "surrogatepass")
        right = False
        for secret in secrets:
            known = secret.encode("utf-8", "surrogatepass")
            signed = SCHEME + hmac.digest(known, body, hashlib.sha256).hex()
            right |= hmac.compare_digest(given, signed.encode()) and bool(known)
        return right

    def hear(self, payload: Any) -> Heard:
        """See ``heard.hear``. Raises ``ValueError``."""
        return hear(payload)

    def contents(self, folder: Path) -> Mapping[str, str]:
        """See ``standing.contents``."""
        return contents(folder)

    def unanswered(self, folder: Path) -> int:
        """None: every frame of a job that has begun is read, answered or not."""
        del folder
        return 0

    def connect(self, server: Server, project: str, url: str, secret: str, check: bool) -> Registered:
        """Register the webhook, or look whether it is. Raises ``UsageError`` and ``DataError``."""
        return hooks_register.connect(server, project, url, secret, check)

    def disconnect(self, server: Server, project: str, url: str) -> int:
        """Remove the webhook. Raises ``UsageError`` and ``DataError``."""
        return hooks_register.disconnect(server, project, url)


hooks = CvatHooks()
