"""Opens an RTTM file with pyannote and meeteval: ``read_rttm.py FILE`` prints the turns of each."""

import json
import sys

import meeteval
from pyannote.database.util import load_rttm

if __name__ == "__main__":
    path = sys.argv[1]
    pyannote = [
        (uri, round(segment.start, 3), round(segment.end - segment.start, 3), speaker)
        for uri, annotation in load_rttm(path).items()
        for segment, _, speaker in annotation.itertracks(yield_label=True)
    ]
    lines = meeteval.io.RTTM.load(path).lines
    strict = [
        (line.filename, float(line.begin_time), float(line.duration), line.speaker_id) for line in lines
    ]
    print(json.dumps({"pyannote": sorted(pyannote), "meeteval": sorted(strict)}))
