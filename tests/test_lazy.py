import subprocess
import sys

import pytest

from labelwright.lazy import lazily

CODE = """
import sys
from labelwright.lazy import lazily
np = lazily("numpy")
assert "numpy._core" not in sys.modules and "numpy.core" not in sys.modules
assert int(np.arange(4).sum()) == 6
import numpy.linalg
assert lazily("numpy") is np is sys.modules["numpy"]
"""


def test_a_module_is_loaded_when_it_is_used() -> None:
    subprocess.run([sys.executable, "-c", CODE], check=True)


def test_a_module_that_is_not_there_is_missed_at_once() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        lazily("no_such_module")
