"""Files of a version, one by one or all in a zip. Nothing but what lies in the version's folder."""

from __future__ import annotations

import mimetypes
from pathlib import PurePosixPath
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from labelwright.service.answers import Refused
from labelwright.service.context import Service
from labelwright.service.page.datasets import version_folder
from labelwright.service.page.streams import FileResponse, ZipResponse, files_below, open_below, open_folder

# A report is shown, but may do nothing: what annotators wrote is in it.
SANDBOX = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HIGHEST = 10**9


def routes(service: Service) -> list[BaseRoute]:
    """A file of a version, and the version."""

    def folder(request: Request) -> tuple[int, str]:
        """The open folder of the version that is asked for, and what it is called."""
        values = request.path_params
        name, dataset, number = values["project"], values["dataset"], values["number"]
        project = service.projects.get(name)
        if project is None or dataset not in project.config.datasets or not 0 < number < HIGHEST:
            raise Refused(404)
        try:
            return open_folder(
                version_folder(service, name, dataset, number)
            ), f"{name}-{dataset}-{number:04d}"
        except OSError:
            raise Refused(404) from None

    def opened(request: Request) -> Response:
        held, called = folder(request)
        path = request.path_params["path"]
        try:
            found = open_below(held, path)
        except (OSError, ValueError):
            raise Refused(404) from None
        return FileResponse(held, found, _headers(path, called))

    def packed(request: Request) -> Response:
        held, name = folder(request)
        disposition = _disposition("attachment", f"{name}.zip")
        return ZipResponse(held, files_below(held), name, {"Content-Disposition": disposition})

    async def one(request: Request) -> Response:
        return await run_in_threadpool(opened, request)

    async def all_of_it(request: Request) -> Response:
        return await run_in_threadpool(packed, request)

    base = "/projects/{project}/datasets/{dataset}/versions/{number:int}"
    return [Route(f"{base}/files/{{path:path}}", one), Route(f"{base}/archive.zip", all_of_it)]


def _headers(path: str, called: str) -> dict[str, str]:
    """``called``: of which version it is, so that those of two do not get one name where they are saved."""
    name = PurePosixPath(path).name
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    page = kind == "text/html"
    headers = {
        "Content-Disposition": _disposition("inline" if page else "attachment", f"{called}-{name}"),
        "Content-Type": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        "Content-Security-Policy": SANDBOX,
    }
    return headers


def _disposition(how: str, name: str) -> str:
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_. ") else "_" for c in name)
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
