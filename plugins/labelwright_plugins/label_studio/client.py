"""Talks to a Label Studio server.

Authentication is label-studio-sdk's: it tells personal access tokens from legacy tokens and renews
the short-lived access token. Bodies are read as they were sent, because the SDK's models would
re-spell dates and drop unknown keys, and a pull must not alter what people answered.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec

from labelwright.io.asking import Asking, Passing, date_of, reason_of
from labelwright.problems import DataError, UsageError
from labelwright_plugins.label_studio import errors
from labelwright_plugins.label_studio.settings import Settings
from labelwright_plugins.label_studio.transport import MOST_ANSWER, decoded, detail_of, whole

TIMEOUT = 900.0  # seconds: a busy server needs minutes for a large project
CONNECT_TIMEOUT = 10.0
TRANSIENT = {502, 503, 504}

Headers = Mapping[str, str]
File = tuple[str, bytes]  # name and content


def connect(url: str, token: str, timeout: float = TIMEOUT) -> Client:
    """A client for the server at ``url`` (no trailing slash); nothing is sent yet.

    ``timeout`` is seconds to wait for an answer. Raises ``UsageError`` without the SDK, ``DataError``
    when the token has expired.
    """
    try:
        import httpx
        import requests  # noqa: F401 - asked for here, so that its absence is told like the SDK's
        from label_studio_sdk import LabelStudio
        from label_studio_sdk.core.api_error import ApiError
    except ModuleNotFoundError:
        raise UsageError(
            "the label-studio extra is not installed: pip install 'labelwright[label-studio]'"
        ) from None
    try:
        http = httpx.Client(timeout=timeout, follow_redirects=False)
        sdk = LabelStudio(base_url=f"{url}/", api_key=token, timeout=timeout, httpx_client=http)
    except ApiError as error:
        http.close()
        detail = detail_of(error.body, [token])
        raise DataError(errors.TOKEN_REFUSED.at(url=url, detail=detail)) from None
    return Client(url, token, timeout, sdk, http)


def connect_with(found: Settings, timeout: float = TIMEOUT) -> Client:
    """A client for settings from the environment."""
    return connect(found.url, found.token, timeout)


class Client(Asking):
    """Sends requests and turns every failure into one ``DataError`` that says what to do."""

    def __init__(self, url: str, token: str, timeout: float, sdk: Any, http: Any) -> None:
        """Wrap the SDK's client; use ``connect``."""
        import requests

        super().__init__(url, token)
        self.server_time: datetime | None = None  # of the last answer, by the server's clock
        self._timeout = timeout
        self._sdk = sdk
        self._http = http  # the SDK's own connection, used to renew the access token
        self._session = requests.Session()
        # A .netrc must not replace the token that was asked for.
        self._session.auth = _keep

    def close(self) -> None:
        """Close the connections."""
        self._session.close()
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        """Read; tried again a few times when the connection or a gateway fails."""
        return self._again(lambda: self._once("GET", path, query, None))

    def content(self, path: str, most: int) -> bytes | None:
        """A file's bytes; None if it has more than ``most``. Tried again as ``get``; no redirects."""
        found: bytes | None = self._again(lambda: self._content(path, most))
        return found

    def post(self, path: str, body: Any) -> Any:
        """Create; sent once, since a repeated request might act twice."""
        return self._write("POST", path, body)

    def patch(self, path: str, body: Any) -> Any:
        """Change; sent once."""
        return self._write("PATCH", path, body)

    def upload(self, method: str, path: str, name: str, content: bytes) -> Any:
        """Send a file in a form; sent once."""
        return self._write(method, path, None, (name, content))

    def delete(self, path: str) -> Any:
        """Remove; sent once."""
        return self._write("DELETE", path, None)

    def _write(self, method: str, path: str, body: Any, file: File | None = None) -> Any:
        return self._at_once(lambda: self._once(method, path, {}, body, file))

    def _once(
        self, method: str, path: str, query: Mapping[str, Any], body: Any, file: File | None = None
    ) -> Any:
        headers = {"Accept": "application/json", **self._authorization()}
        data = None if body is None else msgspec.json.encode(body)
        if data is not None:
            headers["Content-Type"] = "application/json"
        files = None if file is None else {"file": file}
        options: dict[str, Any] = {"params": dict(query), "data": data, "files": files, "stream": True}
        with self._translated(), self._sent(method, path, headers, **options) as answer:
            content = whole(answer, MOST_ANSWER)
        if content is None:
            what = f"more than {MOST_ANSWER:,} bytes"
            raise DataError(errors.NOT_AN_ANSWER.at(url=self.url, what=what))
        return self._read(answer.status_code, answer.headers, content)

    def _content(self, path: str, most: int) -> bytes | None:
        headers = {"Accept": "*/*", **self._authorization()}
        with self._translated(), self._sent("GET", path, headers, stream=True) as answer:
            if answer.status_code != 200:
                self._read(answer.status_code, answer.headers, whole(answer, most) or b"")
            return whole(answer, most)

    def _sent(self, method: str, path: str, headers: Headers, **options: Any) -> Any:
        limits = (min(CONNECT_TIMEOUT, self._timeout), self._timeout)
        return self._session.request(
            method, f"{self.url}{path}", headers=headers, timeout=limits, allow_redirects=False, **options
        )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn errors of the connection into ours."""
        import requests

        try:
            yield
        except requests.exceptions.Timeout:
            raise DataError(self._timed_out()) from None
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
            raise Passing(errors.CUT_SHORT, url=self.url) from None
        except requests.exceptions.RequestException as error:
            raise self._unreached(error) from None

    def _authorization(self) -> Headers:
        """The header that the SDK would send, renewing the access token where it has to."""
        import httpx
        from label_studio_sdk.core.api_error import ApiError

        try:
            with warnings.catch_warnings():
                # The SDK renews the access token with a call that its own model library deprecates.
                warnings.simplefilter("ignore", DeprecationWarning)
                headers = self._sdk._client_wrapper.get_headers()
        except ApiError as error:
            raise self._refusal(error.status_code or 0, error.body) from None
        except httpx.TimeoutException:
            raise DataError(self._timed_out()) from None
        except httpx.RemoteProtocolError:
            raise Passing(errors.CUT_SHORT, url=self.url) from None
        except httpx.HTTPError as error:
            raise self._unreached(error) from None
        except ValueError:  # the renewed token came in a body that is no JSON, or no token
            raise DataError(errors.NOT_AN_ANSWER.at(url=self.url, what="something else")) from None
        return {"Authorization": headers["Authorization"]}

    def _read(self, status: int, headers: Headers, content: bytes) -> Any:
        self.server_time = date_of(headers.get("Date", ""))
        if 300 <= status < 400:
            what = f"a redirect to {headers.get('Location', 'elsewhere')}"
            raise DataError(errors.NOT_AN_ANSWER.at(url=self.url, what=what))
        if status == 204 or (not content and status < 300):
            return None
        length = headers.get("Content-Length", "")
        if length.isdigit() and "Content-Encoding" not in headers and len(content) < int(length):
            raise Passing(errors.CUT_SHORT, url=self.url)
        is_page = content.lstrip()[:1] == b"<"
        body: Any = None
        try:
            body = "" if is_page else decoded(content)
        except ValueError:
            if status < 400:
                raise DataError(errors.NOT_AN_ANSWER.at(url=self.url, what="broken JSON")) from None
            body = content.decode("utf-8", "replace")
        if status >= 400:
            raise self._refusal(status, "an HTML page" if is_page else body)
        if is_page:
            raise DataError(errors.NOT_AN_ANSWER.at(url=self.url, what="an HTML page"))
        return body

    def _refusal(self, status: int, body: Any) -> Exception:
        detail = detail_of(body, self._secrets)
        if status == 401 and "legacy token" in detail.lower():
            return DataError(errors.LEGACY_TOKEN_DISABLED.at(url=self.url))
        kinds = {401: errors.TOKEN_REFUSED, 403: errors.FORBIDDEN, 404: errors.NOT_FOUND}
        if status in kinds:
            return DataError(kinds[status].at(url=self.url, detail=detail))
        what: dict[str, Any] = {"url": self.url, "status": status, "detail": detail}
        if status in TRANSIENT:
            return Passing(errors.SERVER_ERROR, **what)
        kind = errors.SERVER_ERROR if status >= 500 or not status else errors.REFUSED
        return DataError(kind.at(**what))

    def _unreached(self, error: Exception) -> Exception:
        passes, reason = reason_of(error)
        if passes:
            return Passing(errors.UNREACHABLE, url=self.url, reason=reason)
        return DataError(errors.UNREACHABLE.at(url=self.url, reason=reason))

    def _timed_out(self) -> Any:
        return errors.TIMED_OUT.at(url=self.url, seconds=self._timeout)


def _keep(request: Any) -> Any:
    return request
