"""The command line: one file per command, found by scanning."""

from labelwright.cli.main import main

__all__ = ["main"]
