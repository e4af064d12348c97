"""From what a margin is off by to what the output is off by that a link makes of it."""

from __future__ import annotations

import numpy as np

from parity.compare.allowance import Floats
from parity.numeric import bounds
from parity.values.signature import OutputKind

_LINKS = {
    "logistic": "p(1-p) (exp(dm) - 1) + 4 u",
    "softmax": "p exp(E) ((1 - 2p) (exp(dm) - 1) + E) + p (n + 4) u, E = sum p (exp(dm) - 1)",
    "log-softmax": "p (exp(dm + E) - 1 + (n + 4) u), E = sum p (exp(dm) - 1)",
    "exp": "y (exp(dm) - 1 + 4 u)",
    "platt": "1.11 (p(1-p) + 0.005) (exp(dm) - 1) + 9 u",
}


def through_link(kind: OutputKind, link: str, scores: Floats, error: Floats, u: float) -> Floats:
    """Error of the margin (rows, outputs) to error of the output (rows, columns)."""
    if kind not in (OutputKind.PROBABILITY, OutputKind.VALUE) or link == "identity":
        return np.broadcast_to(error + 2 * u * np.abs(scores), np.broadcast_shapes(error.shape, scores.shape))
    if link in ("softmax", "log-softmax") and scores.shape[1] > 1:
        rule = bounds.softmax_bound if link == "softmax" else bounds.log_softmax_bound
        return rule(scores, _wide(error, scores.shape[1]), u)
    if link == "exp":
        return bounds.exp_bound(scores, error, u)
    rule = bounds.platt_bound if link == "platt" else bounds.logistic_bound
    return rule(scores, error[:, -1:], u)


def _wide(error: Floats, columns: int) -> Floats:
    return error if error.shape[1] == columns else np.repeat(error.max(axis=1, keepdims=True), columns, axis=1)


def link_formula(kind: OutputKind, link: str) -> str:
    if kind not in (OutputKind.PROBABILITY, OutputKind.VALUE) or link == "identity":
        return ""
    return f", then {_LINKS[link]}" if link in _LINKS else ""
