"""Talks to a CVAT server.

Log-in, headers and connections are cvat-sdk's. Bodies are read as they were sent, because the SDK's
models know one version of the server: they would refuse or drop what another version says. What the SDK
lacks is added around its connection: limits of time, a few more tries, and errors that say what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Any
from urllib.parse import urlsplit

from labelwright.io.asking import ATTEMPTS, Asking, Passing, date_of, reason_of
from labelwright.problems import DataError, UsageError
from labelwright_plugins.cvat import errors
from labelwright_plugins.cvat.settings import Settings
from labelwright_plugins.cvat.transport import (
    MOST_ANSWER,
    MOST_SAID,
    decoded,
    detail_of,
    having,
    whole,
)

ACCEPT = "application/vnd.cvat+json"  # plain application/json is refused with 406
TIMEOUT = 600.0  # seconds: a busy server needs minutes for a large job
CONNECT_TIMEOUT = 10.0
TRANSIENT = {502, 503, 504}
OLDEST = (2, 64)  # of the servers that answered as expected
PAGE = 100  # entries a list is asked for at once
CHUNK = 1 << 20


def connect(found: Settings, timeout: float = TIMEOUT) -> Client:
    """A client that is logged in; with a token, nothing is sent yet.

    ``timeout`` is seconds to wait for an answer. Raises ``UsageError`` without the SDK, ``DataError``
    when the server refuses the password or cannot be reached.
    """
    try:
        from cvat_sdk import Client as Sdk
        from cvat_sdk.core.client import AccessTokenCredentials, PasswordCredentials
    except ImportError:
        raise UsageError("the cvat extra is not installed: pip install 'labelwright[cvat]'") from None
    # make_client would ask for the server's version without any limit of time.
    client = Client(found, timeout, Sdk(found.url, check_server_version=False))
    if found.token:
        client.sdk.login(AccessTokenCredentials(found.token))
    else:
        client.login(PasswordCredentials(found.username, found.password))
    return client


class Client(Asking):
    """Sends requests and turns every failure into one ``DataError`` that says what to do."""

    def __init__(self, found: Settings, timeout: float, sdk: Any) -> None:
        """Wrap the SDK's client; use ``connect``."""
        super().__init__(found.url, found.token, found.password)
        self.organization = found.organization
        self.server_time: datetime | None = None  # of the last answer, by the server's clock
        self.sdk = sdk
        self._username = found.username
        self._timeout = timeout
        self._logging_in = False
        if found.organization:
            sdk.organization_slug = found.organization
        api = sdk.api_client
        # Tries of the SDK's own would repeat what must be sent once, and follow redirects with the token.
        api.configuration.retries = False
        api.rest_client = type(api.rest_client)(api.configuration)
        api.rest_client.request = self._guarded(api.rest_client.request)

    def close(self) -> None:
        """Close the connections. The session is left to expire: logging out would end other programs' too."""
        self.sdk.api_client.rest_client.pool_manager.clear()
        self.sdk.close()

    def login(self, credentials: Any) -> None:
        """Log in with a password: the session's cookies go with each later request. Raises ``DataError``."""
        self._logging_in = True
        try:
            self.sdk.login(credentials)
        except Passing as failure:
            raise DataError(failure.problem) from None
        except (AssertionError, KeyError, TypeError, ValueError):
            # What the SDK does when the answer has no session, or is of another form than its models.
            what = "a log-in without a session"
            raise DataError(errors.NOT_AN_ANSWER.at(url=self.url, what=what)) from None
        finally:
            self._logging_in = False
            if not self.sdk.has_credentials():
                self.close()

    def about(self) -> str:
        """The server's version, such as 2.64.0. Raises ``DataError`` if it is no CVAT."""
        return str(self.one("/api/server/about", "version")["version"])

    def one(self, path: str, *keys: str) -> dict[str, Any]:
        """Read an object that has these keys. Raises ``DataError`` if the answer is another."""
        return having(f"{self.url}{path}", self.get(path), *keys)

    def get(self, path: str, **query: Any) -> Any:
        """Read; tried again a few times when the connection or a gateway fails."""
        return self._again(lambda: decoded(self.url, self._body("GET", path, query)))

    def find(self, path: str) -> Any:
        """Read; None where the server has nothing (404)."""
        try:
            return self.get(path)
        except DataError as error:
            if error.problem.code == errors.NOT_FOUND.code:
                return None
            raise

    def post(self, path: str, body: Any = None, **query: Any) -> Any:
        """Create; sent once, since a repeated request might act twice."""
        return self._write("POST", path, body, query)

    def patch(self, path: str, body: Any) -> Any:
        """Change; sent once."""
        return self._write("PATCH", path, body, {})

    def delete(self, path: str) -> None:
        """Remove; sent once."""
        self._write("DELETE", path, None, {})

    def pages(self, path: str, *keys: str, **query: Any) -> list[dict[str, Any]]:
        """All entries of a list, each once, by id; each has the keys.

        Entries that go while it is read shift others out of sight; it is then read again. Raises
        ``DataError`` when it never stands still.
        """
        seen: dict[int, dict[str, Any]] = {}
        count = 0
        for _ in range(ATTEMPTS):
            seen = {}
            for answer in self._paged(path, query):
                count = int(answer["count"])
                rows = [having(f"{self.url}{path}", row, "id", *keys) for row in answer["results"]]
                seen |= {int(row["id"]): row for row in rows}
            if len(seen) >= count:
                return [seen[number] for number in sorted(seen)]
        raise DataError(errors.UNSTEADY.at(url=f"{self.url}{path}", count=count, found=len(seen)))

    def download(self, path: str, target: IO[bytes], most: int) -> bool:
        """Write a file's bytes into ``target``; whether it has at most ``most`` of them."""

        def once() -> bool:
            target.seek(0)
            target.truncate()
            answer = self._once("GET", path, {}, stream=True)
            try:
                with self._translated():
                    while chunk := answer.read(CHUNK):
                        target.write(chunk)
                        if target.tell() > most:
                            return False
            finally:
                answer.close()
            return True

        return bool(self._again(once))

    def _paged(self, path: str, query: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        page = 1
        while True:
            found = self.get(path, **query, page_size=PAGE, page=page)
            answer = having(f"{self.url}{path}", found, "count", "results")
            yield answer
            if not answer.get("next"):
                return
            page += 1

    def _write(self, method: str, path: str, body: Any, query: Mapping[str, Any]) -> Any:
        return self._at_once(lambda: decoded(self.url, self._body(method, path, query, body)))

    def _body(self, method: str, path: str, query: Mapping[str, Any], body: Any = None) -> bytes:
        answer = self._once(method, path, query, body)
        with self._translated():
            return whole(self.url, answer, MOST_ANSWER)

    def _once(
        self, method: str, path: str, query: Mapping[str, Any], body: Any = None, stream: bool = False
    ) -> Any:
        return self.sdk.api_client.call_api(
            path,
            method,
            query_params=list(query.items()),
            header_params={"Accept": "*/*" if stream else ACCEPT},
            body=body,
            _parse_response=False,  # which would be read to its end, however long it is
        )[1]

    def _guarded(self, send: Callable[..., Any]) -> Callable[..., Any]:
        """The SDK's own way to send, with a limit of time and with our errors."""

        def request(method: str, url: str, **options: Any) -> Any:
            options["_request_timeout"] = (min(CONNECT_TIMEOUT, self._timeout), self._timeout)
            options["_check_status"] = False
            with self._translated():
                answer = send(method, url, **options)
                self.server_time = date_of(answer.headers.get("Date", ""))
                if answer.status >= 300:
                    raise self._refusal(urlsplit(url).path, answer)
            return answer

        return request

    def _refusal(self, path: str, answer: Any) -> Exception:
        """What an answer with an error's status means."""
        status, where = answer.status, f"{self.url}{path}"
        said = answer.read(MOST_SAID) or answer.data  # the second where the SDK has read it
        answer.close()
        if status < 400:
            what = f"a redirect to {answer.headers.get('Location', 'elsewhere')}"
            return DataError(errors.NOT_AN_ANSWER.at(url=where, what=what))
        detail = detail_of(said, self._secrets)
        if self._logging_in and status < 429:
            refused = errors.LOGIN_REFUSED
            return DataError(refused.at(url=self.url, username=self._username, status=status, detail=detail))
        kinds = {
            401: errors.TOKEN_REFUSED,
            403: errors.FORBIDDEN,
            404: errors.NOT_FOUND,
            406: errors.NOT_ACCEPTED,
        }
        if status in kinds:
            return DataError(kinds[status].at(url=where, detail=detail))
        if status == 429:
            return Passing(errors.BUSY, url=where, detail=detail)
        kind = errors.SERVER_ERROR if status >= 500 else errors.REFUSED
        if status in TRANSIENT:
            return Passing(kind, url=where, status=status, detail=detail)
        return DataError(kind.at(url=where, status=status, detail=detail))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn errors of the connection into ours."""
        from cvat_sdk.api_client.exceptions import ApiException
        from urllib3 import exceptions as network

        try:
            yield
        except network.NewConnectionError as error:
            raise DataError(errors.UNREACHABLE.at(url=self.url, reason=reason_of(error)[1])) from None
        except network.TimeoutError:
            raise DataError(errors.TIMED_OUT.at(url=self.url, seconds=self._timeout)) from None
        except network.ProtocolError as error:
            if "aborted" in str(error):
                raise Passing(errors.UNREACHABLE, url=self.url, reason=reason_of(error)[1]) from None
            raise Passing(errors.CUT_SHORT, url=self.url) from None
        except (network.HTTPError, ApiException) as error:
            raise DataError(errors.UNREACHABLE.at(url=self.url, reason=reason_of(error)[1])) from None
