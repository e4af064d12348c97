"""Faults in an XGBoost model: its JSON document edited, whichever of the library's formats the artifact is in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from parity.selftest.faults import LEAF_FACTORS

Tree = dict[str, Any]


def edited(source: Path, fault: str, target: Path) -> Path | None:
    """The model with the fault, as JSON; None where it has no place for it."""
    edit = EDITS.get(fault)
    document = json.loads(_as_json(source))
    booster = document["learner"]["gradient_booster"]
    trees = booster.get("gbtree", booster).get("model", {}).get("trees")
    changed = (
        _base_score(document["learner"]) if fault == "intercept-dropped" else edit is not None and bool(trees) and edit(trees)
    )
    if not changed:
        return None
    path = target.with_suffix(".json")
    path.write_text(json.dumps(document))
    return path


def _as_json(source: Path) -> bytes:
    if source.suffix == ".json":
        return source.read_bytes()
    import xgboost

    return bytes(xgboost.Booster(model_file=str(source)).save_raw("json"))


def _base_score(learner: dict[str, Any]) -> bool:
    """To the score whose margin is 0, where the objective has a link that is known here."""
    objective = learner["objective"]["name"]
    zero = 0.5 if objective in ("binary:logistic", "reg:logistic") else 0.0 if objective.startswith("reg:") else None
    given = learner["learner_model_param"]["base_score"]
    scores = json.loads(given if given.startswith("[") else f"[{given}]")
    if zero is None or objective in ("reg:gamma", "reg:tweedie") or all(score == zero for score in scores):
        return False
    text = ",".join([repr(zero)] * len(scores))
    learner["learner_model_param"]["base_score"] = f"[{text}]" if given.startswith("[") else text
    return True


def _conditions(trees: list[Tree], inner: bool, change: Callable[[Any], Any]) -> bool:
    """`split_conditions` holds thresholds at inner nodes and leaf values at leaves; says whether any became another float32."""
    done = False
    for tree in trees:
        old = np.asarray(tree["split_conditions"], np.float32)
        chosen = (np.asarray(tree["left_children"]) >= 0) == inner
        new = np.where(chosen, change(old).astype(np.float32), old)
        done = done or not np.array_equal(new, old)
        tree["split_conditions"] = new.tolist()
    return done


def _next(values: Any) -> Any:
    return np.nextafter(values, np.float32(np.inf))


def _one_direction(trees: list[Tree]) -> bool:
    for tree in trees:
        if tree["left_children"][0] >= 0:
            tree["default_left"][0] = 1 - int(tree["default_left"][0])
            return True
    return False


def _last_tree(trees: list[Tree]) -> bool:
    return _conditions(trees[-1:], False, np.zeros_like)


def _times(factor: float) -> Callable[[list[Tree]], bool]:
    return lambda trees: _conditions(trees, False, lambda values: values.astype(np.float64) * factor)


EDITS: dict[str, Callable[[list[Tree]], bool]] = {
    "last-tree-dropped": _last_tree,
    "thresholds-one-ulp": lambda trees: _conditions(trees, True, _next),
    "leaf-one-ulp": lambda trees: _conditions(trees, False, _next),
    "one-missing-direction": _one_direction,
    **{name: _times(factor) for name, factor in LEAF_FACTORS.items()},
}
"""XGBoost has one rule, x < t: the other comparison, x <= t, is the threshold one step higher. Its thresholds are float32."""
