"""XGBoost models in both of its formats."""

from __future__ import annotations

from pathlib import Path

from tests.contract.artifacts import Made, array, columns_of, numbers, target


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
