"""Checks whole training files: every broken rule with its line and its path."""

from __future__ import annotations

from labelwright.quality.rowcheck import RowChecker

__all__ = ["RowChecker"]
