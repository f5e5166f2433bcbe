"""Takes plain values of the command line as they are, since typer loads pydantic to check each.

Loading pydantic costs more than reading twenty thousand items' answers. Only values of which there is no
doubt are taken here: whatever is not plain goes to typer's own check, with its own messages.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,8})", re.ASCII)
_DECIMAL = re.compile(r"-?[0-9]{1,6}(\.[0-9]{1,6})?", re.ASCII)
_UNSURE = object()


class PlainValue:
    """Stands in a parameter of the command line where typer's own check would be made."""

    def __init__(self, parameter: Any) -> None:
        """``parameter``: typer's, whose check is made when a value is not plain."""
        self._descriptor = parameter.type_descriptor

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value in the parameter's type. Raises what typer raises for a value that is not of it."""
        if not (param.multiple or param.nargs != 1):
            if value is None:
                return None
            taken = _plain(value, self._descriptor.annotation, self._descriptor.parameter_info)
            if taken is not _UNSURE:
                return taken
        elif param.multiple and param.nargs == 1 and self._texts(value):
            return () if value is None else list(value)
        param._runtime_param = None
        return param.get_runtime_param().coerce(value, param=param, ctx=ctx)

    def _texts(self, value: Any) -> bool:
        """Whether a value given several times, or not at all, is plain texts; typer makes () of None."""
        info = self._descriptor.parameter_info
        if self._descriptor.annotation != list[str] or info.parser is not None:
            return False
        return value is None or (type(value) is list and all(type(one) is str for one in value))


def take_plain_values(command: Any) -> None:
    """Let a command and those under it take plain values; does nothing where typer is of another make."""
    for parameter in command.params:
        _stand_in(parameter)
    help_option = command.get_help_option  # made when it is first asked for

    def asked(ctx: Any) -> Any:
        return _stand_in(help_option(ctx))

    command.get_help_option = asked
    for below in getattr(command, "commands", {}).values():
        take_plain_values(below)


def _stand_in(parameter: Any) -> Any:
    if getattr(parameter, "_runtime_param", _UNSURE) is None and hasattr(parameter, "type_descriptor"):
        parameter._runtime_param = PlainValue(parameter)
    return parameter


def _plain(value: Any, annotation: Any, info: Any) -> Any:
    if info.parser is not None or info.clamp:
        return _UNSURE
    if annotation is str:
        return value if type(value) is str else _UNSURE
    if annotation is int or annotation is float:
        return _number(value, annotation, info)
    if annotation is Path:
        return _path(value, info)
    return _UNSURE


def _number(value: Any, annotation: type[int] | type[float], info: Any) -> Any:
    if type(value) is str and (_WHOLE if annotation is int else _DECIMAL).fullmatch(value):
        value = annotation(value)
    if type(value) is not annotation:
        return _UNSURE
    below, above = info.min is not None and value < info.min, info.max is not None and value > info.max
    return _UNSURE if below or above or value != value else value


def _path(value: Any, info: Any) -> Any:
    asked = info.exists or info.resolve_path or info.allow_dash or info.writable or info.path_type
    if asked or not (info.file_okay and info.dir_okay) or not isinstance(value, str | Path):
        return _UNSURE
    if not str(value).isprintable():
        return _UNSURE
    path = Path(value)
    return path if os.access(path, os.R_OK) or not os.path.lexists(path) else _UNSURE
