"""Checks rows as ms-swift does before it trains: ``read_swift.py FILE`` prints each row or why it is refused.

The preprocessor of rows alone is imported; what it drags in for training is replaced by empty modules, so
that neither torch nor modelscope is needed.
"""

import importlib
import json
import logging
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any


def bare(name: str, **held: Any) -> None:
    """A module that holds these names and nothing else."""
    module = ModuleType(name)
    module.__dict__.update(held)
    sys.modules[name] = module


def main(path: str) -> list[Any]:
    """Each row as ms-swift would hand it on, or the name of the error it raises."""
    home = find_spec("swift").submodule_search_locations[0]  # type: ignore[union-attr,index]
    for package in ("swift", "swift.dataset", "swift.dataset.preprocessor"):
        bare(package, __path__=[str(Path(home, *package.split(".")[1:]))])
    bare("modelscope")
    bare("modelscope.hub")
    bare("modelscope.hub.utils")
    bare("modelscope.hub.utils.utils", get_cache_dir=lambda: "")
    bare("swift.template", __path__=[], MaxLengthError=ValueError, history_to_messages=None)
    bare("swift.template.template_inputs", normalize_openai_tool_calls=None)
    bare(
        "swift.utils",
        TOOL_KEYS=("tools",),
        get_logger=logging.getLogger,
        is_dist=lambda: False,
        is_master=lambda: True,
        remove_arrow_padding=lambda schema: schema,
        safe_ddp_context=None,
    )
    core = importlib.import_module("swift.dataset.preprocessor.core")
    rows: list[Any] = []
    for line in Path(path).read_bytes().splitlines():
        batch = {key: [value] for key, value in json.loads(line).items()}
        try:
            made = core.RowPreprocessor().batched_preprocess(
                batch, strict=True, ignore_max_length_error=False
            )
        except (AssertionError, ValueError, KeyError) as error:
            rows.append(type(error).__name__)
        else:
            rows.append({key: values[0] for key, values in made.items()})
    return rows


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
