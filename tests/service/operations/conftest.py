from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from service_post import Post


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    made = Post(tmp_path)
    yield made
    made.database.close()
