"""Opens a folder of sounds with datasets: ``read_audio_folder.py FOLDER`` prints its rows.

The sounds are opened with soundfile: what datasets does itself needs librosa, a large package.
"""

import json
import sys
from pathlib import Path

import soundfile
from datasets import Audio, load_dataset

if __name__ == "__main__":
    data = load_dataset("audiofolder", data_dir=sys.argv[1], split="train")
    rows = data.cast_column("audio", Audio(decode=False))
    found = []
    for row in rows:
        path = Path(row["audio"]["path"])
        found.append({**row, "audio": path.name, "seconds": soundfile.info(path).duration})
    print(json.dumps(found))
