"""The service beside a Label Studio double, as the tests of its work have it; and one that sends."""

from __future__ import annotations

from tests.service.operations.conftest import post
from tests.service.work.conftest import parts, server

__all__ = ["parts", "post", "server"]
