"""PMML of a pipeline with text."""

from __future__ import annotations

import re
from pathlib import Path

from tests.contract.artifacts import Made, columns_of, pipeline, target, texts
from tests.contract.newer import replaced


def text_fields(folder: Path) -> Made:
    import pandas as pd
    from sklearn2pmml import sklearn2pmml
    from sklearn2pmml.pipeline import PMMLPipeline

    path, batch = folder / "text.pmml", texts()
    model = PMMLPipeline(pipeline(batch).steps).fit(batch.to_pandas(), pd.Series(target(batch), name="target"))
    sklearn2pmml(model, str(path))
    return Made(path, columns_of(batch), batch, "probability", model.predict_proba(batch.to_pandas()))


MAKERS = (text_fields,)


def newer(path: Path, folder: Path) -> Path:
    """Another version and its namespace."""
    version = re.compile(rb'(PMML-)4_\d|(\bversion=")4\.\d(?=")')
    return replaced(path, folder, version, lambda found: b"PMML-9_9" if found[1] else b'version="9.9')


NEWER = (newer,)
