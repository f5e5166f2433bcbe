"""CVAT's webhooks as far as commands about them go."""

from __future__ import annotations

from labelwright.contracts import Registered, Server
from labelwright_plugins.cvat import hooks_register


class RegisterHooks:
    """The half of ``labelwright.contracts.Hooks`` that registers."""

    def connect(self, server: Server, project: str, url: str, secret: str, check: bool) -> Registered:
        return hooks_register.connect(server, project, url, secret, check)

    def disconnect(self, server: Server, project: str, url: str) -> int:
        return hooks_register.disconnect(server, project, url)


hooks = RegisterHooks()
