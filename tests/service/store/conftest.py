"""The service beside a Label Studio double, as the tests of its work have it."""

from __future__ import annotations

from tests.service.work.conftest import parts, server, world

__all__ = ["parts", "server", "world"]
