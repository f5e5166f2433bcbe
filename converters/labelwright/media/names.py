"""Under which relative names the file of an address may lie."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_UPLOAD = "data/upload/"  # Label Studio's: data/upload/PROJECT/8 hex digits-name
_LOCAL = "data/local-files"  # Label Studio's: data/local-files/?d=path from its document root
_PREFIXED = re.compile(r"[0-9a-f]{8}-(.+)")
_INSTALLED = re.compile(r"[0-9a-f]{16}-(.+)")  # of its content: as ``install`` uploads files
_ODD = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 100
_USER = re.compile(r"(?<=://)[^/?#@]*@")
_SECRET = re.compile(r"([?&;][^=&;#]*(?:sig|token|key|cred|pass|secret|auth)[^=&;#]*=)[^&;#]+", re.IGNORECASE)
_SHOWN = 40  # characters of a data URI


def shown(uri: str) -> str:
    """An address as messages show it: of a data URI the beginning, and no secret of a signed one."""
    if uri[:5].lower() == "data:":
        return f"{uri[:_SHOWN]}…" if len(uri) > _SHOWN else uri
    return _SECRET.sub(r"\1…", _USER.sub("…@", uri))


def scheme_of(uri: str) -> str:
    """The scheme of an address in lower case; empty for a path."""
    return uri.partition(":")[0].lower() if _SCHEME.match(uri) else ""


def leads_out(name: str) -> bool:
    """Whether a name is no path below a folder, as it is written."""
    return name.startswith("/") or ".." in name.split("/")


def climbs(path: str) -> bool:
    """Whether a server may read a path as one that leads upwards, however it is written."""
    while (plain := unquote(path)) != path:
        path = plain
    return any(part.partition(";")[0] == ".." for part in path.replace("\\", "/").split("/"))


def is_upload(uri: str) -> bool:
    """Whether an address is Label Studio's of a file uploaded to it, whose folders are not the user's."""
    path = urlsplit(uri).path if _SCHEME.match(uri) else uri
    return path.lstrip("/").startswith(_UPLOAD)


def relative_names(uri: str) -> list[str]:
    """Paths from a media folder, the likeliest first; an absolute path stays as it is."""
    if _SCHEME.match(uri):
        try:
            parts = urlsplit(uri)
        except ValueError:
            return []
        path, query = parts.path.lstrip("/"), parts.query
        if scheme_of(uri) == "file":
            path = parts.path
        elif scheme_of(uri) not in ("http", "https"):  # a bucket's keys are taken as they are written
            path, query = uri.split("://", 1)[1].partition("/")[2], ""
    else:
        path, _, query = uri.partition("?") if uri.lstrip("/").startswith(_LOCAL) else (uri, "", "")
    served = path.lstrip("/")
    if served.rstrip("/") == _LOCAL:
        return list(dict.fromkeys(parse_qs(query).get("d", [])))
    names = [path]
    if served.startswith(_UPLOAD):
        rest = served.removeprefix("data/")
        names = [rest, rest.partition("/")[2], rest.rpartition("/")[2]]
    both = [form for name in names for form in (name, unquote(name))]
    return list(dict.fromkeys(name for name in both if name.strip("/")))


def base_names(uri: str) -> list[str]:
    """Names of a file wherever it lies: as written, without Label Studio's prefix, and without ours."""
    last = list(dict.fromkeys(name.rpartition("/")[2] for name in relative_names(uri)))
    without = [match[1] for name in last if (match := _PREFIXED.fullmatch(name))]
    installed = [match[1] for name in without if (match := _INSTALLED.fullmatch(name))]
    return list(dict.fromkeys(name for name in (*last, *without, *installed) if name))


def safe_name(name: str, extension: str) -> str:
    """A file name that every system and address takes as it is, with the extension of the true type."""
    stem = name.rpartition("/")[2]
    stem = stem.rpartition(".")[0] or stem
    stem = _ODD.sub("-", stem)[:_LONGEST].strip(".-") or "file"
    return f"{stem}{extension}"
