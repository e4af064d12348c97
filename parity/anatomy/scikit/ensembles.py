"""scikit-learn's ensembles of other models: bagging, AdaBoost, voting, stacking and calibration.

Where all members are trees whose sum is the answer (bagging and voting of trees and forests, AdaBoost classifiers), the
ensemble is one set of trees with the members' weights in the leaves. Elsewhere the trees still say where the ensemble jumps;
their link is "unknown" then, and nothing is derived from their leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from parity.anatomy.flat import sets_of
from parity.anatomy.part import Part, unread
from parity.values.anatomy import Floats, Ints, Sets, Trees

Style = tuple[str, str, bool, tuple[bool, str] | None]
"""Rule, precision, snapping of near zeros, and how categories are asked for."""

NAMES = {
    "BaggingClassifier",
    "BaggingRegressor",
    "AdaBoostClassifier",
    "AdaBoostRegressor",
    "VotingClassifier",
    "VotingRegressor",
    "StackingClassifier",
    "StackingRegressor",
    "CalibratedClassifierCV",
}


@dataclass(frozen=True)
class Member:
    """One model of an ensemble: its part, which of the ensemble's features it reads, and its weight in the mean."""

    model: Any
    part: Part
    features: Ints
    weight: float


def read(model: Any, width: int, read_member: Callable[[Any, int], Part]) -> Part:
    """The trees of all members that have any; `read_member` reads one."""
    members = _members(model, width, read_member)
    if type(model).__name__ == "AdaBoostClassifier":
        members = [_voting(model, m) for m in members]
    style = _styles(members)
    chosen = [m for m in members if m.part.trees is not None and _style(m.part.trees) == style]
    if style is None or not chosen:
        return unread(width, f"what {type(model).__name__} computes")
    exact = len(chosen) == len(members) and _is_sum(model, chosen)
    trees = joined(chosen, _link(model) if exact else "unknown")
    notes = () if exact else (f"what {type(model).__name__} makes of its members' scores",)
    return Part(width, trees=trees, learned_missing=_learned(members, width), unread=(*_notes(members, chosen), *notes))


def _members(model: Any, width: int, read_member: Callable[[Any, int], Part]) -> list[Member]:
    models = _models(model)
    indices = getattr(model, "estimators_features_", None) or [np.arange(width)] * len(models)
    weights = _weights(model, len(models))
    return [
        Member(one, read_member(one, len(index)), np.asarray(index, dtype=np.int32), float(weight))
        for one, index, weight in zip(models, indices, weights, strict=True)
    ]


def _models(model: Any) -> list[Any]:
    calibrated = getattr(model, "calibrated_classifiers_", None)
    return [c.estimator for c in calibrated] if calibrated is not None else list(model.estimators_)


def _weights(model: Any, count: int) -> Floats:
    """Weights of the mean over the members."""
    if type(model).__name__ == "AdaBoostClassifier":
        given = np.asarray(model.estimator_weights_, dtype=np.float64)[:count]
    else:
        given = np.asarray(getattr(model, "_weights_not_none", None) or np.ones(count), dtype=np.float64)
    return np.asarray(given / given.sum())


def _voting(model: Any, member: Member) -> Member:
    """SAMME: a member's vote is 1 for its class and -1 / (K - 1) for the others; of two classes the second minus the first.

    Probabilities are the softmax of the votes' mean over K - 1 (scikit-learn's `_compute_proba_from_decision`).
    """
    trees = member.part.trees
    if trees is None or trees.link != "identity" or trees.leaf.shape[1] != len(model.classes_):
        return member
    classes = len(model.classes_)
    votes: Floats = np.full(trees.leaf.shape, -1.0 / (classes - 1))
    votes[np.arange(len(votes)), trees.leaf.argmax(axis=1)] = 1.0
    if classes == 2:
        votes = votes[:, 1:] - votes[:, :1]
    else:
        votes /= classes - 1
    cast = replace(trees, leaf=votes, scale=1.0, base=np.zeros(votes.shape[1]))
    return replace(member, part=replace(member.part, trees=cast))


def _link(model: Any) -> str:
    """Of two classes AdaBoost's probability is softmax(-d/2, d/2), which is the logistic of d."""
    if type(model).__name__ != "AdaBoostClassifier":
        return "identity"
    return "logistic" if len(model.classes_) == 2 else "softmax"


def _is_sum(model: Any, members: Sequence[Member]) -> bool:
    """Is the ensemble's answer the weighted mean of what its members' trees sum up to?"""
    name = type(model).__name__
    parts = [m.part.trees for m in members]
    alike = len({t.leaf.shape[1] for t in parts if t is not None}) == 1
    plain = all(t is not None and t.link == "identity" and t.slopes is None for t in parts) and not any(
        m.part.unread for m in members
    )
    if name == "AdaBoostClassifier":
        return alike and plain
    same = all(list(getattr(m.model, "classes_", [])) == list(range(len(getattr(m.model, "classes_", [])))) for m in members)
    soft = name in ("BaggingClassifier", "BaggingRegressor", "VotingRegressor") or getattr(model, "voting", "") == "soft"
    whole = len({len(getattr(m.model, "classes_", [])) for m in members} | {len(getattr(model, "classes_", []))}) == 1
    return alike and plain and soft and whole and (same or name.endswith("Regressor"))


def _style(trees: Trees) -> Style:
    asks = None if trees.sets is None else (trees.sets.left, trees.sets.whole)
    return trees.rule, trees.precision, trees.zero_snap, asks


def _styles(members: Sequence[Member]) -> Style | None:
    """How most of the members' nodes compare: one set of trees has one rule."""
    nodes: dict[Style, int] = {}
    for trees in (m.part.trees for m in members):
        if trees is not None:
            nodes[_style(trees)] = nodes.get(_style(trees), 0) + len(trees.left)
    return max(nodes, key=lambda s: nodes[s]) if nodes else None


def joined(members: Sequence[Member], link: str) -> Trees:
    """The members' trees as one; leaves carry weight and scale, all of which add up to the ensemble's margin."""
    parts = [(m, m.part.trees) for m in members if m.part.trees is not None]
    outputs = max(t.leaf.shape[1] for _, t in parts)
    sizes = np.cumsum([0, *(len(t.left) for _, t in parts)])
    counts = np.cumsum([0, *(len(t.root) for _, t in parts)])
    first = parts[0][1]
    zero = [np.zeros(len(t.left), bool) if t.zero_missing is None else t.zero_missing for _, t in parts]
    return replace(
        first,
        left=np.concatenate([_moved(t.left, int(s)) for (_, t), s in zip(parts, sizes, strict=False)]),
        right=np.concatenate([_moved(t.right, int(s)) for (_, t), s in zip(parts, sizes, strict=False)]),
        feature=np.concatenate([np.where(t.left >= 0, m.features[np.where(t.left >= 0, t.feature, 0)], 0) for m, t in parts]),
        threshold=np.concatenate([t.threshold for _, t in parts]),
        nan_left=np.concatenate([t.nan_left for _, t in parts]),
        root=np.concatenate([t.root + np.int32(s) for (_, t), s in zip(parts, sizes, strict=False)]),
        tree=np.concatenate([t.tree + np.int32(c) for (_, t), c in zip(parts, counts, strict=False)]),
        leaf=np.concatenate([_wide(t.leaf * t.scale * m.weight, outputs) for m, t in parts]),
        base=np.sum([_wide(np.atleast_2d(t.base * m.weight), outputs)[0] for m, t in parts], axis=0),
        zero_missing=np.concatenate(zero) if any(z.any() for z in zero) else None,
        missing_value=next((t.missing_value for _, t in parts if t.zero_missing is not None), 0.0),
        sets=_sets([t for _, t in parts], sizes),
        sum_precision="float64",
        scale=1.0,
        link=link,
        slopes=None,
    )


def _sets(parts: Sequence[Trees], sizes: Any) -> Sets | None:
    placed = [
        (int(start) + int(node), t.sets.members[t.sets.first[s] : t.sets.first[s + 1]])
        for t, start in zip(parts, sizes, strict=False)
        if t.sets is not None
        for node, s in zip(np.flatnonzero(t.sets.of >= 0), t.sets.of[t.sets.of >= 0], strict=True)
    ]
    first = parts[0].sets
    return None if first is None else sets_of(placed, int(sizes[-1]), first.left, first.whole)


def _moved(children: Ints, by: int) -> Ints:
    return np.where(children >= 0, children + np.int32(by), np.int32(-1)).astype(np.int32)


def _wide(leaf: Floats, outputs: int) -> Floats:
    return np.pad(leaf, ((0, 0), (0, outputs - leaf.shape[1])))


def _learned(members: Sequence[Member], width: int) -> tuple[bool, ...]:
    found = np.zeros(width, bool)
    for m in members:
        if m.part.learned_missing:
            found[m.features[np.asarray(m.part.learned_missing, dtype=bool)]] = True
    return tuple(bool(f) for f in found)


def _notes(members: Sequence[Member], chosen: Sequence[Member]) -> tuple[str, ...]:
    """What was not understood of the members, and whose trees compare otherwise than most."""
    left = [m for m in members if m.part.trees is not None and not any(m is c for c in chosen)]
    other = [f"the splits of {type(m.model).__name__}, which compares otherwise than the other members" for m in left]
    return tuple(dict.fromkeys([*(n for m in members for n in m.part.unread), *other]))
