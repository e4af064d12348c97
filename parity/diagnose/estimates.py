"""What may be estimated from drifting rows, and from how many."""

from __future__ import annotations

import numpy as np

from parity.diagnose.evidence import Floats

ENOUGH = 8
"""Rows from which a constant may be estimated: one row is explained by any constant."""


SAME, SAME_DOUBLES = 2.0**-20, 2.0**-49
"""Numbers of two files nearer than the first, relative to the largest, are the same but for digits: sixteen float32 roundings.
Numbers that are computed with in doubles are the same only where they are nearer than the second."""

LEAST = 2.0**-20
"""A factor nearer to one explains nothing: sixteen float32 roundings."""


def varies(answers: Floats) -> bool:
    """Constant answers are explained by any factor."""
    finite = answers[np.isfinite(answers).all(axis=1)]
    return len(finite) > 1 and float(np.ptp(finite, axis=0).max()) > 0


def tells_rows_apart(answers: Floats, bound: Floats) -> bool:
    """False where one answer, within the bound, is that of most rows: a side that is saturated agrees with anything saturated."""
    with np.errstate(invalid="ignore"):
        alike = np.abs(answers - np.median(answers, axis=0)).max(axis=1) <= bound
    return float(alike.mean()) < 0.5


def inside(answers: Floats) -> bool:
    """Probabilities of a link: between 0 and 1, and not all the same."""
    finite = answers[np.isfinite(answers)]
    return bool(finite.size) and bool((finite >= 0).all() and (finite <= 1).all()) and float(finite.max() - finite.min()) > 0


def complementary(answers: Floats) -> bool:
    """One column, or two that are 1 - p and p: then the last one says it all."""
    sums = answers.sum(axis=1)
    away = np.abs(sums[np.isfinite(sums)] - 1)
    return answers.shape[1] == 1 or (answers.shape[1] == 2 and bool(np.max(away, initial=0.0) < 1e-5))


def factor_between(answers: Floats, parts: Floats) -> float | None:
    """The median of answers / parts, where it is another than 1 and enough rows have one."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = answers / parts
    finite = ratio[np.isfinite(ratio)]
    factor = float(np.median(finite)) if len(finite) >= ENOUGH else 1.0
    return factor if factor and abs(factor - 1) >= LEAST else None
