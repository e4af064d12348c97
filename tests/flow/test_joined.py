"""Findings that came down to one row are one, under an id that counts do not change and that is kept from run to run."""

from __future__ import annotations

from dataclasses import replace

from parity.flow.findings import _of_one_row, _seen_again
from tests.report.samples import BRANCH_FLIP

ONE = replace(BRANCH_FLIP, cause=None)
HUGE = replace(ONE, id="bbbb00000000", input_class="huge", rows=3, worst=0.5)
ZERO = replace(ONE, id="aaaa00000000", input_class="zero", rows=7, worst=0.25)


def test_the_id_is_the_same_whichever_class_has_more_rows() -> None:
    for first, second in ((HUGE, ZERO), (ZERO, HUGE)):
        (joined,) = _of_one_row(_seen_again((), (first, second)))
        assert (joined.id, joined.rows, joined.worst, joined.input_class) == (HUGE.id, 10, 0.5, "huge, zero")
    (joined,) = _of_one_row(_seen_again((), (replace(HUGE, rows=99), ZERO)))
    assert joined.id == HUGE.id


def test_what_is_kept_already_keeps_its_id() -> None:
    (joined,) = _of_one_row(_seen_again((replace(ZERO, rows=1),), (HUGE,)))
    assert joined.id == ZERO.id


def test_a_replayed_finding_counts_what_other_rows_of_the_phase_showed_of_it() -> None:
    (again,) = _seen_again((replace(ZERO, rows=1, worst=0.125),), (ZERO,))
    assert (again.rows, again.worst) == (8, 0.25)
