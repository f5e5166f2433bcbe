"""Checks what [listen] says: protocols that there are, networks, and ports that nobody else has."""

from __future__ import annotations

import ipaddress

from labelwright.quality.lots import WHOLE
from labelwright.service.config.findings import Findings, offered
from labelwright.service.config.load import Loaded

HIGHEST = 65535


def check_listen(loaded: Loaded, findings: Findings) -> None:
    """Add everything wrong with the ports of their own to the findings."""
    from labelwright.registry import predictor_hosts

    hosts = {host.prefix: host for host in predictor_hosts()}
    known = list(hosts)
    service = loaded.config.service
    taken = {service.port: "service.port"} if service.port else {}
    for name, listen in loaded.config.listen.items():
        path = ("listen", name)
        if name not in known:
            findings.unless(path, f"is no protocol; {offered(name, known)}")
        elif getattr(hosts[name], "nameless", False):
            _blind(loaded, name, findings)
        for number, network in enumerate(listen.allow):
            try:
                parsed = ipaddress.ip_network(network, strict=False)
            except ValueError:
                findings.unless((*path, "allow", number), f"{network!r} is no address and no network")
                continue
            if parsed.prefixlen == 0:
                text = f"{network} lets everybody in, and there is no password"
                findings.doubt((*path, "allow", number), text)
        count = len(loaded.config.predictors) if listen.predictors_from else 0
        last = listen.predictors_from + count - 1
        if last > HIGHEST:
            findings.unless((*path, "predictors_from"), f"there are no {count} ports from it on")
        for key, ports in (
            ("port", [listen.port]),
            ("predictors_from", range(listen.predictors_from, last + 1)),
        ):
            for port in ports:
                if port in taken:
                    findings.unless((*path, key), f"port {port} is {taken[port]} already")
                elif port:
                    taken[port] = f"listen.{name}.{key}"


def _blind(loaded: Loaded, protocol: str, findings: Findings) -> None:
    """Predictors that keep a blind share, which a protocol that names no items does not allow."""
    for name, predictor in loaded.config.predictors.items():
        if predictor.share < WHOLE:
            text = f"{predictor.share:g}: {protocol} does not say which item it asks about, so that no lot "
            text += f"can be drawn there and {name} will refuse to suggest; labelwright prelabel draws them"
            findings.doubt(("predictors", name, "share"), text)
