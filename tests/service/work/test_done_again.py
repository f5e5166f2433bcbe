"""A rebuild whose last step is done again after a kill, when others have gone on meanwhile."""

from __future__ import annotations

from ls_double import LabelStudio
from parts import Parts
from service_world import World

RECORDED = "SELECT number FROM versions ORDER BY number"


def test_what_others_made_meanwhile_stays_on_record(world: World, server: LabelStudio, parts: Parts) -> None:
    first = parts.rebuild("b1")
    server.annotate(5, 1, 1)
    parts.rebuild("b2")
    assert world.rows(RECORDED) == [(1,), (2,)]
    assert parts.finish("b1", first) == "done"
    assert world.rows(RECORDED) == [(1,), (2,)]


def test_what_is_kept_no_longer_leaves_the_record(world: World, server: LabelStudio, parts: Parts) -> None:
    parts.rebuild("b1")
    server.annotate(5, 1, 1)
    done = parts.rebuild("b2")
    done.kept = {name: [2] for name in done.kept}
    assert parts.finish("b2", done) == "done"
    assert world.rows(RECORDED) == [(2,)]
