"""Checks pairs as Together's client does: ``read_together.py FILE`` prints whether each line passes."""

import json
import sys
import tempfile
from pathlib import Path

from together.lib.utils.files import check_file

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        verdicts = []
        for line in Path(sys.argv[1]).read_bytes().splitlines():
            single = Path(folder) / "line.jsonl"
            single.write_bytes(line + b"\n")
            verdicts.append(bool(check_file(single)["is_check_passed"]))
        whole = bool(check_file(sys.argv[1])["is_check_passed"])
    print(json.dumps({"lines": verdicts, "file": whole}))
