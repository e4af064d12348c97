"""CatBoost models: classes, and text that is a category."""

from __future__ import annotations

import re
from pathlib import Path

from tests.contract.artifacts import Made, array, columns_of, numbers, target, texts
from tests.contract.newer import replaced


def three_classes(folder: Path) -> Made:
    """Three classes of an array: no names, and a margin per class."""
    from catboost import CatBoostClassifier

    path, batch = folder / "classes.cbm", numbers()
    model = CatBoostClassifier(iterations=20, depth=3, thread_count=1, verbose=0, allow_writing_files=False)
    model.fit(array(batch), target(batch) + (array(batch)[:, 2] > 0)).save_model(str(path))
    raw = model.predict(array(batch), prediction_type="RawFormulaVal", thread_count=1)
    return Made(path, columns_of(batch), batch, "RawFormulaVal", raw)


def text_category(folder: Path) -> Made:
    from catboost import CatBoostClassifier

    path, batch = folder / "text.cbm", texts()
    model = CatBoostClassifier(iterations=20, depth=3, thread_count=1, verbose=0, allow_writing_files=False)
    model.fit(batch.to_pandas().astype({"city": object}), target(batch), cat_features=["city"]).save_model(str(path))
    raw = model.predict(batch.to_pandas().astype({"city": object}), prediction_type="RawFormulaVal", thread_count=1)
    return Made(path, columns_of(batch), batch, "RawFormulaVal", raw.reshape(-1, 1))


MAKERS = (three_classes, text_category)


def newer(path: Path, folder: Path) -> Path:
    """The version of the format that the core of the file names."""
    return replaced(path, folder, re.compile(rb"FlabuffersModel_v1"), b"FlabuffersModel_v9")


NEWER = (newer,)
