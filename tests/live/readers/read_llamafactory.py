"""Reads a data set as LLaMA-Factory does: ``read_llamafactory.py FOLDER NAME ...`` prints its rows.

Its parser and its converters alone are imported; what they drag in for training is replaced by empty
modules, so that no torch is needed. A row that LLaMA-Factory would skip has no response.
"""

import importlib
import json
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any


def bare(name: str, **held: Any) -> None:
    """A module that holds these names and nothing else."""
    module = ModuleType(name)
    module.__dict__.update(held)
    sys.modules[name] = module


def main(folder: str, names: list[str]) -> dict[str, Any]:
    """What the converters make of each data set that ``dataset_info.json`` names."""
    home = find_spec("llamafactory").submodule_search_locations[0]  # type: ignore[union-attr,index]
    for package in ("llamafactory", "llamafactory.data", "llamafactory.extras"):
        bare(package, __path__=[str(Path(home, *package.split(".")[1:]))])
    bare("peft")
    bare("peft.utils", SAFETENSORS_WEIGHTS_NAME="", WEIGHTS_NAME="")
    bare("llamafactory.extras.misc", use_modelscope=lambda: False, use_openmind=lambda: False)
    bare("llamafactory.extras.packages")
    parser = importlib.import_module("llamafactory.data.parser")
    converter = importlib.import_module("llamafactory.data.converter")
    from datasets import load_dataset

    arguments = SimpleNamespace(media_dir=folder, streaming=True)
    found = {}
    for entry in parser.get_dataset_list(names, folder):
        data = load_dataset("json", data_files=str(Path(folder, entry.dataset_name)), split="train")
        found[entry.dataset_name] = list(converter.align_dataset(data, entry, arguments, None))
    return found


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2:])))
