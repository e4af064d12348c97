"""XGBoost models in both of its formats."""

from __future__ import annotations

import re
from pathlib import Path

from tests.contract.artifacts import Made, array, columns_of, numbers, target
from tests.contract.newer import replaced


def saved(folder: Path, name: str) -> Made:
    import xgboost

    path, batch = folder / name, numbers()
    model = xgboost.XGBClassifier(n_estimators=5, max_depth=3, n_jobs=1).fit(array(batch), target(batch))
    model.save_model(path)
    return Made(path, columns_of(batch), batch, "prediction", model.predict_proba(array(batch))[:, 1:])


def ubj(folder: Path) -> Made:
    return saved(folder, "trees.ubj")


def json(folder: Path) -> Made:
    return saved(folder, "trees.json")


MAKERS = (ubj, json)


def newer(path: Path, folder: Path) -> Path:
    """XGBoost writes its own version into the file; that of UBJSON is a list of 64-bit integers."""
    return replaced(path, folder, re.compile(rb'"version":\[[\d,]+\]|(version\[#?[^i]{0,16}i)\x03'), _next)


def _next(found: re.Match[bytes]) -> bytes:
    return found[1] + b"\x63" if found[1] else b'"version":[99,0,0]'


NEWER = (newer,)
