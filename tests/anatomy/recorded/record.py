"""Records CatBoost models and what the library answers, for tests that run without it: python -m tests.anatomy.recorded.record

Written with CatBoost 1.2.10. `margins` is the SHA-256 of the library's raw scores on `hard_rows`, `leaves` that of its
leaf indices (symmetric trees only).
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.anatomy.rows import COLUMNS, hard_rows, table

MODELS: dict[str, dict[str, Any]] = {
    "symmetric": {"loss_function": "MultiClass", "depth": 4},
    "max": {"loss_function": "Logloss", "depth": 3, "nan_mode": "Max"},
    "lossguide": {"loss_function": "Logloss", "grow_policy": "Lossguide", "max_leaves": 8},
}


def digest(values: Any, kind: Any) -> str:
    """SHA-256 of values in that type, little endian."""
    return hashlib.sha256(np.ascontiguousarray(values).astype(np.dtype(kind).newbyteorder("<")).tobytes()).hexdigest()


def main() -> None:
    """Writes one file a model beside this one."""
    import catboost

    from parity.anatomy import read_model

    X, two, three, _ = table(missing=True)
    for name, options in MODELS.items():
        model = catboost.CatBoostClassifier(iterations=8, thread_count=1, verbose=0, allow_writing_files=False, **options)
        model.fit(X, three if name == "symmetric" else two)
        rows = hard_rows(read_model(model, COLUMNS), X, missing=True)
        with tempfile.TemporaryDirectory() as folder:
            model.save_model(f"{folder}/model.json", format="json")
            document = json.loads(Path(folder, "model.json").read_text())
        document.pop("model_info")
        recorded = {
            "document": document,
            "loss_function": options["loss_function"],
            "margins": digest(model.predict(rows, prediction_type="RawFormulaVal").reshape(len(rows), -1), np.float64),
            "leaves": digest(model.calc_leaf_indexes(rows), np.int64) if "grow_policy" not in options else "",
        }
        Path(__file__).with_name(f"catboost-{name}.json").write_text(json.dumps(recorded) + "\n")


if __name__ == "__main__":
    main()
