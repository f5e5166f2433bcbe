"""Opens subtitles with srt and webvtt-py: ``read_subtitles.py FILE ...`` prints the cues of each."""

import json
import sys
from pathlib import Path

import srt
import webvtt

if __name__ == "__main__":
    found = {}
    for path in sys.argv[1:]:
        if path.endswith(".srt"):
            cues = srt.parse(Path(path).read_text(encoding="utf-8"), ignore_errors=False)
            found[path] = [(c.start.total_seconds(), c.end.total_seconds(), "", c.content) for c in cues]
        else:
            found[path] = [
                (c.start_in_seconds + c.start_time.milliseconds / 1000,
                 c.end_in_seconds + c.end_time.milliseconds / 1000, c.voice or "", c.text)
                for c in webvtt.read(path)
            ]  # fmt: skip
    print(json.dumps(found))
