"""XGBoost, from the JSON or UBJSON that the library itself writes; the library is not imported.

Its engine casts x to float32 and goes left iff x < float32 split condition, NaN by `default_left`
(src/predictor/cpu_predictor.cc); leaves are float32 and added in float32 to the base margin.
"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from parity.anatomy.flat import Style, Tree, concatenate, one_output
from parity.anatomy.floats import before32, last_rounded_to
from parity.anatomy.part import Part, unread
from parity.values.anatomy import Floats, Linear

# Objectives whose base_score is a probability (src/objective/regression_loss.h); binary:logitraw stores the margin itself.
_LOGIT = {"reg:logistic", "binary:logistic"}
_EXP = {"count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft"}
_LINKS = {"reg:logistic": "logistic", "binary:logistic": "logistic", "multi:softprob": "softmax", "multi:softmax": "softmax"}
_STEPPED = {"binary:hinge"}
# Objectives whose base_score is stored after exp: their margin is its logarithm (src/objective, ProbToMargin).
_LOG_BASE = {"count:poisson", "reg:gamma", "reg:tweedie", "survival:aft", "survival:cox"}


def read_wrapper(model: Any) -> Part:
    """A scikit-learn style wrapper: `predict` stops at the best iteration, and `missing` is another value of its own."""
    part = read_booster(model.get_booster(), rounds=_rounds(model))
    missing = getattr(model, "missing", None)
    if missing is None or np.isnan(missing):
        return part
    if part.trees is None:
        return _with_note(part, f"{missing!r} is read as missing")
    marked = np.ones(len(part.trees.left), bool)
    return replace(part, trees=replace(part.trees, zero_missing=marked, missing_value=float(np.float32(missing))))


def read_booster(booster: Any, rounds: int | None = None) -> Part:
    """A Booster as it serialises itself; all rounds unless `rounds` says how many."""
    return read_document(json.loads(bytes(booster.save_raw("json"))), rounds)


def read_document(document: dict[str, Any], rounds: int | None = None) -> Part:
    """A model document (`{"learner": …}`). All rounds are used, as a plain `predict` does, unless `rounds` is given."""
    learner = document["learner"]
    booster = learner["gradient_booster"]
    features = int(learner["learner_model_param"]["num_feature"])
    names = tuple(learner.get("feature_names") or ()) or None
    if booster["name"] == "gblinear":
        return _linear(learner, features, names)
    drop = booster.get("weight_drop")
    model = booster.get("gbtree", booster)["model"]
    part = _trees(learner, model, features, names, rounds, drop)
    return part if rounds is None else replace(part, whole=_trees(learner, model, features, names, None, drop).trees)


def _rounds(model: Any) -> int | None:
    """Rounds that the wrapper's `predict` uses (sklearn.py, `_get_iteration_range`); None for all."""
    if getattr(model, "booster", None) == "gblinear":
        return None
    best = model.get_booster().attr("best_iteration")
    return None if best is None else int(best) + 1


def _trees(
    learner: dict[str, Any], model: dict[str, Any], features: int, names: tuple[str, ...] | None, rounds: int | None, drop: Any
) -> Part:
    raw = _used(model, rounds)
    if any(_vector(t) and not t.get("leaf_weights") for t in raw):
        return unread(features, "XGBoost trees with vector leaves, as versions before 3.1 write them")
    if any(_cut_off(e) for e in _encodings(model)):
        return _borders(raw, features, names)
    base = _base(learner)
    groups = model["tree_info"]
    trees = [_tree(t, groups[i], len(base), 1.0 if drop is None else drop[i]) for i, t in enumerate(raw)]
    objective = learner["objective"]["name"]
    style = Style("lt", "float32", "float32", link=_link(objective), members_left=False, whole="floor")
    joined = concatenate(trees, style, base)
    learned = _learned(raw, features)
    notes = _link_note(objective)
    return Part(features, trees=joined, learned_missing=learned, names=names, coding=coding(model), unread=notes)


def coding(model: dict[str, Any]) -> tuple[tuple[Any, ...] | None, ...]:
    """Categories of a pandas frame in the order of their codes, as the model keeps them since version 3.1, by feature."""
    return tuple(_decoded(e) for e in _encodings(model))


def _encodings(model: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (model.get("cats") or {}).get("enc", [])
    return found


def _cut_off(kept: dict[str, Any]) -> bool:
    """XGBoost 3.1 and 3.2 count characters where Arrow counts bytes."""
    return "offsets" in kept and any(not 0 <= byte < 128 for byte in kept["values"])


def _borders(raw: list[dict[str, Any]], features: int, names: tuple[str, ...] | None) -> Part:
    """Where categories have lost their names: the last doubles on the low side of each split on a number.

    The library itself finds a frame's categories by what is left of their names, and takes some for others: which leaf a row
    ends in is not known.
    """
    knots = set()
    for tree in raw:
        left = np.asarray(tree["left_children"])
        numeric = np.flatnonzero((left >= 0) & (np.asarray(tree.get("split_type") or np.zeros(len(left))) == 0))
        condition = np.asarray(tree["split_conditions"], dtype=np.float32).astype(np.float64)[numeric]
        low = last_rounded_to(before32(condition)).tolist()
        knots |= {(int(f), v, False) for f, v in zip(np.asarray(tree["split_indices"])[numeric], low, strict=True)}
    note = "categories whose names are not ASCII: XGBoost writes them cut off (the splits on numbers are probed)"
    return Part(features, knots=tuple(sorted(knots)), names=names, unread=(note,))


def _decoded(kept: dict[str, Any]) -> tuple[Any, ...] | None:
    """One feature's: numbers as they are, text as bytes between offsets (src/data/cat_container.cc)."""
    values, offsets = kept.get("values", []), kept.get("offsets")
    if offsets is None:
        return tuple(values) or None
    text = np.asarray(values, dtype=np.int64).astype(np.uint8).tobytes()
    return tuple(text[a:b].decode() for a, b in pairwise(offsets)) or None


def _used(model: dict[str, Any], rounds: int | None) -> list[dict[str, Any]]:
    trees: list[dict[str, Any]] = model["trees"]
    starts = model.get("iteration_indptr")
    if rounds is None or not starts or rounds >= len(starts):
        return trees
    return trees[: int(starts[rounds])]


def _tree(tree: dict[str, Any], group: int, outputs: int, weight: float) -> Tree:
    condition = np.asarray(tree["split_conditions"], dtype=np.float32)
    left, right = np.asarray(tree["left_children"]), np.asarray(tree["right_children"])
    leaf = np.where(left < 0, condition * np.float32(weight), np.float32(0)).astype(np.float64)
    nan_left = np.asarray(tree["default_left"]).astype(bool)
    categorical = np.asarray(tree.get("split_type") or np.zeros(len(left))).astype(bool) & (left >= 0)
    inner = np.where((left < 0) | categorical, np.float32(0), condition)
    values = _vectors(tree, left, right, outputs) if _vector(tree) else one_output(leaf, group, outputs)
    right = np.where(left < 0, -1, right)  # of leaves with vectors it is no child
    return Tree(left, right, np.asarray(tree["split_indices"]), inner, nan_left, values, sets=_sets(tree))


def _vector(tree: dict[str, Any]) -> bool:
    return int(tree["tree_param"].get("size_leaf_vector", 1)) > 1


def _vectors(tree: dict[str, Any], left: Any, right: Any, outputs: int) -> Floats:
    """Leaves with a value for each output: a leaf's right child is its row of `leaf_weights` (multi_target_tree_model.h)."""
    rows = np.asarray(tree["leaf_weights"], dtype=np.float32).reshape(-1, outputs)
    values = np.zeros((len(left), outputs))
    values[left < 0] = rows[right[left < 0]]
    return values


def _sets(tree: dict[str, Any]) -> dict[int, list[float]]:
    """Node to its categories, which go right (src/common/categorical.h, Decision); all others, and negative codes, go left."""
    listed = tree.get("categories", [])
    nodes, starts, sizes = (tree.get(f"categories_{name}", []) for name in ("nodes", "segments", "sizes"))
    return {int(n): listed[start : start + size] for n, start, size in zip(nodes, starts, sizes, strict=True)}


def _base(learner: dict[str, Any]) -> Floats:
    """Base margin per output, from base_score: a number, or since 3.1 a vector written "[a,b,c]"; through its link."""
    param = learner["learner_model_param"]
    outputs = max(1, int(param.get("num_class", 0)), int(param.get("num_target", 1)))
    text = str(param["base_score"]).strip("[]")
    score = np.array([float(s) for s in text.split(",")], dtype=np.float32)
    margin = _to_margin(score, learner["objective"]["name"]).astype(np.float64)
    return np.broadcast_to(margin, (outputs,)).copy() if len(margin) == 1 else margin


def _to_margin(score: Any, objective: str) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        if objective in _LOGIT:
            return -np.log(np.float32(1) / score - np.float32(1))
        return np.log(score) if objective in _LOG_BASE else score


def _link(objective: str) -> str:
    if objective in _EXP:
        return "exp"
    return "unknown" if objective in _STEPPED else _LINKS.get(objective, "identity")


def _link_note(objective: str) -> tuple[str, ...]:
    return (f"link of the objective {objective}",) if _link(objective) == "unknown" else ()


def _learned(trees: list[dict[str, Any]], features: int) -> tuple[bool, ...]:
    """Without missing values in training every split sends NaN to the right, so one to the left proves that it had some."""
    found = np.zeros(features, bool)
    for tree in trees:
        inner = (np.asarray(tree["left_children"]) >= 0) & np.asarray(tree["default_left"]).astype(bool)
        found[np.asarray(tree["split_indices"])[inner]] = True
    return tuple(bool(f) for f in found)


def _linear(learner: dict[str, Any], features: int, names: tuple[str, ...] | None) -> Part:
    """gblinear: weights are (features + 1, outputs) with the bias last, in float32."""
    base = _base(learner)
    weights = np.asarray(learner["gradient_booster"]["model"]["weights"], dtype=np.float64).reshape(features + 1, len(base))
    objective = learner["objective"]["name"]
    linear = Linear(weights[:-1].T.copy(), base + weights[-1], _link(objective), "float32")
    return Part(features, linear=linear, names=names, unread=_link_note(objective))


def _with_note(part: Part, note: str) -> Part:
    return replace(part, unread=(*part.unread, note))
