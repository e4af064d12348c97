"""What can be said of rows that were not drawn."""

from __future__ import annotations

import math

import numpy as np


def upper_bound(failures: int, trials: int, confidence: float = 0.95) -> float:
    """Clopper-Pearson upper bound of a rate after `failures` of `trials` independent draws; 1.0 for no trials.

    The p at which at most `failures` failures still have probability 1 - confidence. Zero failures: 1 - alpha^(1/n).
    """
    if trials == 0 or failures >= trials:
        return 1.0
    alpha = 1 - confidence
    if failures == 0:
        return -math.expm1(math.log(alpha) / trials)
    low, high = failures / trials, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(failures, trials, middle) > alpha else (low, middle)
    return high


def _at_most(failures: int, trials: int, p: float) -> float:
    """P(X <= failures) for X binomial(trials, p): terms in log space, so that none underflows early."""
    k = np.arange(failures + 1, dtype=np.float64)
    ratios = np.log((trials - k[:-1]) / (k[:-1] + 1)) + math.log(p) - math.log1p(-p)
    logs = trials * math.log1p(-p) + np.concatenate([[0.0], np.cumsum(ratios)])
    top = float(logs.max())
    return min(1.0, math.exp(top) * float(np.exp(logs - top).sum())) if top > -745 else 0.0
