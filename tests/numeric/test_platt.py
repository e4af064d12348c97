"""The constants of `platt_bound`: libsvm's coupling of two probabilities, gone through place by place."""

from __future__ import annotations

import numpy as np

from parity.numeric import bounds

U32 = 2.0**-24
PLACES = 400_001


def coupled(r, kind):
    """`multiclass_probability` of libsvm's svm.cpp for k = 2, all places at once; also the number of steps."""
    r = r.astype(kind)
    one, two = kind(1), kind(2)
    other = one - r
    q = ((other * other, -(other * r)), (-(other * r), r * r))
    p, steps, done = [np.full(len(r), 0.5, kind), np.full(len(r), 0.5, kind)], np.zeros(len(r), int), np.zeros(len(r), bool)
    for _ in range(100):
        qp = [q[t][0] * p[0] + q[t][1] * p[1] for t in range(2)]
        pqp = p[0] * qp[0] + p[1] * qp[1]
        done |= np.maximum(np.abs(qp[0] - pqp), np.abs(qp[1] - pqp)) < kind(0.005) / two
        if done.all():
            return p[0].astype(np.float64), steps
        steps[~done] += 1
        for t in range(2):
            move = (pqp - qp[t]) / q[t][t]
            moved = [p[k] + (move if k == t else kind(0)) for k in range(2)]
            new = [(qp[k] + move * q[t][k]) / (one + move) for k in range(2)]
            total = (pqp + move * (move * q[t][t] + two * qp[t])) / (one + move) / (one + move)
            pqp = np.where(done, pqp, total)
            for k in range(2):
                p[k], qp[k] = np.where(done, p[k], moved[k] / (one + move)), np.where(done, qp[k], new[k])
    raise AssertionError("the coupling does not end")


def places():
    margin = np.linspace(-16.2, 16.2, PLACES)
    return np.clip(1 / (1 + np.exp(-margin)), 1e-7, 1 - 1e-7)


def test_the_slope_between_jumps_and_the_way_from_the_logistic():
    r = places()
    p, steps = coupled(r, np.float64)
    apart = np.diff(r)
    smooth = (np.diff(steps) == 0) & (apart > 1e-12)
    assert (np.diff(steps) != 0).sum() == 6
    assert 1.0 < (np.abs(np.diff(p))[smooth] / apart[smooth]).max() < bounds.COUPLING_SLOPE
    assert 0.9 * bounds.COUPLING_OFFSET < np.abs(p - r).max() < bounds.COUPLING_OFFSET


def test_the_roundings_of_the_coupling_in_float32():
    r = places().astype(np.float32).astype(np.float64)
    (exact, steps), (single, other) = coupled(r, np.float64), coupled(r, np.float32)
    alike = steps == other
    assert alike.mean() > 0.9999
    assert 2 * U32 < np.abs(single - exact)[alike].max() < bounds.COUPLING_ROUNDINGS * U32


def test_float32_from_the_margin_on_stays_within_the_bound():
    generator = np.random.default_rng(3)
    margin = generator.uniform(-15, 15, 200_000)
    off = 10 ** generator.uniform(-8, -4, len(margin))
    exact, steps = coupled(1 / (1 + np.exp(-margin)), np.float64)
    moved = (margin + off * generator.uniform(-1, 1, len(margin))).astype(np.float32)
    off += np.abs(moved - margin)
    single, other = coupled(np.float32(1) / (np.float32(1) + np.exp(-moved)), np.float32)
    alike = steps == other
    assert alike.mean() > 0.999
    assert (np.abs(single - exact)[alike] <= bounds.platt_bound(exact, off, U32)[alike]).all()
    assert (bounds.platt_bound(exact, off, U32) < 0.3 * off + 10 * U32).all()
