"""Films and sounds: passed on as they are, after a look at their first bytes."""

from __future__ import annotations

import hashlib
import os

from labelwright.contracts import MediaRules
from labelwright.media import kinds
from labelwright.media import problems as p
from labelwright.media.filing import digest_of
from labelwright.media.sources import Fault, Found, opened

WORDS = {"video": "a film", "audio": "a sound"}
HEAD = 64


def looked_at(found: Found, kind: str, rules: MediaRules) -> tuple[str, str]:
    """Media type and digest of a film or sound. Raises ``Fault`` if it is none, or the target refuses it.

    Types are held against the target's only where it names some of the kind.
    """
    if found.path is not None:
        with os.fdopen(opened(found.path), "rb") as file:
            head, size = file.read(HEAD), os.fstat(file.fileno()).st_size
    else:
        head, size = found.data[:HEAD], len(found.data)
    if not size:
        raise Fault(p.EMPTY)
    true = kinds.type_of_recording(head)
    # An MP4 or WebM may hold sound alone.
    if not true or (kind == "video" and true.startswith("audio/")):
        raise Fault(p.NOT_A_RECORDING, what=kinds.what_it_is(head), kind=WORDS.get(kind, kind))
    taken = [t for t in rules.types if t.startswith(("video/", "audio/"))]
    if taken and true not in taken:
        raise Fault(p.TYPE_REFUSED, type=true, types=", ".join(taken))
    if rules.size and size > rules.size:
        raise Fault(p.TOO_MANY_BYTES, size=size, limit=rules.size)
    return true, digest_of(found.path) if found.path is not None else hashlib.sha256(found.data).hexdigest()
