"""IDF1 and HOTA of films by TrackEval; prints a list of idf1, hota, deta, assa of each.

The file holds a list of films; a film has, by frame, the names of both annotators' tracks that are in
sight there, counted from 0, and the likeness of each to each.
"""

import json
import sys
from pathlib import Path

import numpy as np
from trackeval.metrics import HOTA, Identity

found = []
for film in json.loads(Path(sys.argv[1]).read_text()):
    left, right = film["left"], film["right"]
    data = {
        "gt_ids": [np.array(ids, int) for ids in left],
        "tracker_ids": [np.array(ids, int) for ids in right],
        "similarity_scores": [
            np.array(like, float).reshape(len(one), len(other))
            for like, one, other in zip(film["like"], left, right, strict=True)
        ],
        "num_gt_dets": sum(map(len, left)),
        "num_tracker_dets": sum(map(len, right)),
        "num_gt_ids": film["tracks"][0],
        "num_tracker_ids": film["tracks"][1],
    }
    hota, identity = HOTA().eval_sequence(data), Identity({"PRINT_CONFIG": False}).eval_sequence(data)
    found.append([identity["IDF1"], *(float(np.mean(hota[name])) for name in ("HOTA", "DetA", "AssA"))])
print(json.dumps([[float(value) for value in row] for row in found]))
