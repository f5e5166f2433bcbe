"""Dialects: the shapes of JSONL training files, one file each.

Beside what ``labelwright.contracts.Dialect`` asks, a dialect may have:

* ``plain(row) -> bool``: True for an everyday row that surely keeps every rule, found out quickly;
* ``pair(row) -> (given, target) | None``: what contradictions between rows are found by;
* ``shape(row) -> str``: which of several shapes a row has, where a file may hold one only;
* ``one_content_shape: bool``: string contents and typed parts may not meet in one file;
* ``think_tag: str``: the tag around reasoning, ``think`` unless told otherwise.
* ``media: MediaRules``: what it takes of images, films and sounds, for ``--media`` (else: images embedded);
* ``boxes: str``: the notation in which it writes groundings unless told otherwise, as ``--boxes`` takes it
  (else ``box_2d``);
* ``unfit(example, place) -> Iterator[Problem]``: what of an example a row cannot hold, to be asked before
  ``row``: losses, notes, and errors where there can be no row. A row made all the same is refused by
  ``check`` or the schema;
* ``places(row) -> Iterator[(label, numbers)]``: the boxes (x1, y1, x2, y2) and points (x, y) that a finished
  row holds, in pixels of the image, read from the row itself; what takes the kind grounded must tell, so
  that every shape is accounted for. ``points: bool``: whether each point of a shape of points is written
  as a place of its own (else such a shape is one place);
* ``folder(rows, side, problems) -> Iterator[(name, bytes)]``: the files of one side of a data set folder,
  where ``-o`` is one; ``images_folder(side) -> str``: where in it the images go; ``images_of(row)``: the
  names of the files that a row is about.

Rows show media by ``Media.named``. A ``Grounding`` reaches only dialects with the kind grounded.
"""
