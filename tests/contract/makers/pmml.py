"""PMML of a pipeline with text."""

from __future__ import annotations

from pathlib import Path

from tests.contract.artifacts import Made, columns_of, pipeline, target, texts


def text_fields(folder: Path) -> Made:
    import pandas as pd
    from sklearn2pmml import sklearn2pmml
    from sklearn2pmml.pipeline import PMMLPipeline

    path, batch = folder / "text.pmml", texts()
    model = PMMLPipeline(pipeline(batch).steps).fit(batch.to_pandas(), pd.Series(target(batch), name="target"))
    sklearn2pmml(model, str(path))
    return Made(path, columns_of(batch), batch, "probability", model.predict_proba(batch.to_pandas()))


MAKERS = (text_fields,)
