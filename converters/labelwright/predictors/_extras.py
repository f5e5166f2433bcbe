"""What a predictor needs beyond the base install."""

from __future__ import annotations

from importlib.util import find_spec

from labelwright.problems import UsageError


def needed(extra: str, *modules: str) -> None:
    """Raise ``UsageError`` that names the extra, unless all modules of it are installed."""
    if any(find_spec(module) is None for module in modules):
        raise UsageError(f"the {extra} extra is not installed: pip install 'labelwright[{extra}]'")


def number(name: str, given: str, low: float, high: float) -> float:
    """An option that is a number from ``low`` to ``high``. Raises ``UsageError``."""
    try:
        found = float(given)
    except ValueError:
        found = float("nan")
    if not low <= found <= high:
        raise UsageError(f"option {name} is {given!r}; it has to be a number from {low:g} to {high:g}")
    return found


def agreed(name: str, given: str) -> bool:
    """An option that is yes or no. Raises ``UsageError``."""
    if given not in ("yes", "no"):
        raise UsageError(f"option {name} is {given!r}; it has to be yes or no")
    return given == "yes"
