"""Majority: what most annotators answered."""

from __future__ import annotations

from labelwright.consensus._private import Answers, all_equal, plurality
from labelwright.consensus._votes import SETS, by_label, by_words
from labelwright.contracts import Control, Decision
from labelwright.records import Kind

DRAWN = frozenset({Kind.SHAPES, Kind.TRACKS})
PARTS = frozenset({Kind.SPANS, Kind.RELATIONS, Kind.TURNS})


class Majority:
    """A vote among the annotators who answered the control.

    - choice, rating, number, date, preference, ranking, text, json: the answer given most often; a draw
      is a tie. So left against right is a tie, and not the answer that neither is better.
    - choices, taxonomy: every label or path by itself; kept when more than half chose it.
    - spans, relations, turns: every element by its exact key (a turn's index and label), kept when more
      than half have it.
    - segments: every moment by itself; a label is kept where more than half marked it. Names of speakers
      are matched first where they mean nothing (`diarization`). A stretch that is both shorter than the
      control's `collar` and shorter than half of every segment behind it is where ends overlap, and is
      left out.
    - shapes, tracks: things that annotators drew in the same place (see `shape_f1`), whatever their labels;
      kept when more than the template's `quorum` (half) of those who annotated the item drew them, or all.
      The label is the one given most often (a draw is a tie). Boxes and ellipses take the median of each
      number (turned ones of centre, sizes and angle, the same box being the same whichever side is called
      its width), points and the joints of skeletons the median of each coordinate, masks the pixels that
      more than half of those who drew the thing have. A joint's visibility is the one given most often. Of
      polygons, lines, cuboids and tracks the one most like the others is taken as it is. What fewer than the
      quorum drew is left out of the answer, counted, and handed to adjudication; what exactly the quorum
      drew is a tie.
    - transcript: the words given most often after normalisation, written as most wrote them; in a draw
      the transcript `nearest` to the others, so that there is no tie.

    What was answered about what is kept of them is voted on by those who marked it: choices
    and ratings as above, and what was written is the text nearest to the others. A draw on a required
    control, or one that the target uses, is a tie that names the region; any other goes to
    the segment or shape most like the kept one, or to the first answer in value order.

    Where exactly half have an element (for segments: a stretch longer than the `collar`) there is a tie:
    between the answer without the disputed elements and the answer with all of them. `votes` is the
    smallest support of the kept.
    """

    name = "majority"
    kinds = frozenset(Kind)
    others = ""

    def resolve(self, control: Control, answers: Answers) -> Decision:
        """Decide from (annotator, value) pairs; at least one."""
        if all_equal(answers):
            return Decision(answers[0][1], (), len(answers))
        values = [v for _, v in answers]
        if control.kind is Kind.SEGMENTS:
            from labelwright.consensus import _segments  # late, as below

            return _segments.vote(control, values)
        if control.kind in DRAWN:
            from labelwright.consensus import _shapes  # late, as below

            return _shapes.vote(control, answers)
        if control.kind is Kind.TRANSCRIPT:
            return by_words(control, values)
        if control.kind in PARTS:
            from labelwright.consensus import _regions  # late: a vote on labels compares no texts

            return _regions.vote(control, values)
        return by_label(values) if control.kind in SETS else plurality(values)


plugin = Majority()
