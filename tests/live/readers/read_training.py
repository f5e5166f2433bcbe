"""Opens JSONL with datasets and TRL: ``read_training.py FILE ...`` prints what they make of each file."""

import json
import sys
from typing import Any

from datasets import load_dataset
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import PreTrainedTokenizerFast
from trl.data_utils import is_conversational, maybe_apply_chat_template, maybe_extract_prompt

TEMPLATE = (
    "{% for m in messages %}[{{ m.role }}]{{ m.content }}[end]{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)
COLUMNS = {"prompt", "chosen", "rejected", "completion", "label"}
# Of columns with a text beside conversations TRL looks at one by chance.
BESIDE_TEXT = COLUMNS - {"prompt"}


def tokenizer() -> Any:
    """A tokenizer with a chat template and nothing else."""
    made = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]")))
    made.chat_template = TEMPLATE
    return made


def read(path: str, processing: Any) -> dict[str, Any]:
    """Rows as ``datasets`` gives them, and as TRL's trainers prepare them."""
    data = load_dataset("json", data_files=path, split="train")
    rows, prepared = [], []
    for row in data:
        rows.append(row)
        taken = BESIDE_TEXT if "prompt_id" in row else COLUMNS
        known = {key: value for key, value in row.items() if key in taken}
        if "input" not in row and "conversations" not in row:
            split = maybe_extract_prompt(dict(known))
            prepared.append(
                {"talk": is_conversational(known), **maybe_apply_chat_template(split, processing)}
            )
    return {"columns": data.column_names, "rows": rows, "prepared": prepared}


if __name__ == "__main__":
    held = tokenizer()
    print(json.dumps({path: read(path, held) for path in sys.argv[1:]}))
