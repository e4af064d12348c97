"""What is particular to one engine: its options, its conventions, and the files that it takes or declines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from parity.errors import ArtifactError
from parity.runtimes import find, open_session, runtime_for
from parity.runtimes.inputs import match_inputs
from parity.values.case import Artifact
from parity.values.columns import Column, ColumnType
from parity.values.outcome import Outcome, Scores

PMML = """<?xml version="1.0"?>
<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
<DataDictionary><DataField name="a" optype="continuous" dataType="double"/>
<DataField name="y" optype="categorical" dataType="integer"><Value value="0"/><Value value="1"/></DataField></DataDictionary>
{model}</PMML>"""
MODEL = """<RegressionModel functionName="classification" normalizationMethod="logit">
<MiningSchema><MiningField name="a"/><MiningField name="y" usageType="target"/></MiningSchema>
<Output><OutputField name="p0" optype="continuous" dataType="double" feature="probability" value="0"/>
<OutputField name="p1" optype="continuous" dataType="double" feature="probability" value="1"/></Output>
<RegressionTable intercept="0.5" targetCategory="1"><NumericPredictor name="a" coefficient="2"/></RegressionTable>
<RegressionTable intercept="0" targetCategory="0"/></RegressionModel>"""


def scored(runtime: str, path: Path, rows: pa.RecordBatch, folder: Path, **options: str) -> Outcome:
    kinds = {"double": ColumnType.FLOAT64, "int64": ColumnType.INT64, "string": ColumnType.STRING}
    columns = [Column(field.name, kinds[str(field.type)]) for field in rows.schema]
    session = open_session(find()[runtime], Artifact(path, options=options), folder=folder)
    try:
        session.bind(match_inputs(columns, session.signature, {}))
        return session.score(rows)
    finally:
        session.close()


def values(outcome: Outcome) -> dict[str, list[list[object]]]:
    assert isinstance(outcome, Scores), outcome
    return {output.spec.name: output.values.tolist() for output in outcome.outputs}


def test_pmml4s_gives_the_declared_outputs_or_all_and_takes_missing_for_nan(tmp_path: Path) -> None:
    path = tmp_path / "model.pmml"
    path.write_text(PMML.format(model=MODEL))
    rows = pa.record_batch({"a": pa.array([1.0, None])})
    declared = scored("pmml4s", path, rows, tmp_path)
    assert list(values(declared)) == ["probability"]
    assert isinstance(declared, Scores)
    assert declared.outputs[0].spec.classes == (0, 1)
    np.testing.assert_allclose(declared.outputs[0].values[0], [1 - 1 / (1 + np.exp(-2.5)), 1 / (1 + np.exp(-2.5))], rtol=1e-15)
    assert np.isnan(declared.outputs[0].values[1]).all()
    assert {"predicted_y", "probability"} < set(values(scored("pmml4s", path, rows, tmp_path, outputs="all")))


def test_pmml4s_declines_a_file_without_a_model(tmp_path: Path) -> None:
    path = tmp_path / "model.pmml"
    path.write_text(PMML.format(model=""))
    assert runtime_for(path).name == "jpmml"
    with pytest.raises(ArtifactError, match="no model that it knows"):
        open_session(find()["pmml4s"], Artifact(path), folder=tmp_path)


def test_lightgbm_text_that_is_cut_in_a_tree_does_not_reach_the_engine(tmp_path: Path) -> None:
    path = tmp_path / "model.txt"
    path.write_text("tree\nversion=v4\nnum_class=1\nmax_feature_idx=0\nobjective=binary\n\nTree=0\nnum_leaves=2\n")
    with pytest.raises(ArtifactError, match=r'"end of trees" is missing: the file is cut short'):
        open_session(runtime_for(path), Artifact(path), folder=tmp_path)


def test_catboost_takes_the_text_that_java_makes_of_a_category(tmp_path: Path) -> None:
    from catboost import CatBoostClassifier

    codes, path = np.arange(60) % 3, tmp_path / "model.cbm"
    model = CatBoostClassifier(iterations=10, depth=2, cat_features=[0], verbose=0, allow_writing_files=False, thread_count=1)
    model.fit(codes.reshape(-1, 1), codes == 1).save_model(str(path))
    raw = model.predict(codes.reshape(-1, 1), prediction_type="RawFormulaVal")

    def margins(column: pa.Array) -> list[object]:
        return [row[0] for row in values(scored("catboost", path, pa.record_batch({"0": column}), tmp_path))["RawFormulaVal"]]

    assert margins(pa.array(codes)) == raw.tolist()
    assert margins(pa.array(codes.astype(str).tolist())) == raw.tolist()
    assert margins(pa.array(codes.astype(float))) != raw.tolist()
    refused = scored("catboost", path, pa.record_batch({"0": pa.array(["1", None])}), tmp_path)
    assert not isinstance(refused, Scores)
    assert refused.kind == "missing"
    assert "null array element" in refused.message
