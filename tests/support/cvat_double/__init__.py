"""A CVAT server made small: it keeps state, and answers only what a real one was seen to answer."""

from cvat_double.seed import seeded
from cvat_double.server import Double, running
from cvat_double.state import State

__all__ = ["Double", "State", "running", "seeded"]
