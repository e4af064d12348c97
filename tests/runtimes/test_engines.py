"""What is particular to one engine: its options, its conventions, and the files that it takes or declines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from parity.errors import ArtifactError
from parity.judge.verdict import case_verdict
from parity.pipeline import check
from parity.runtimes import find, open_session, runtime_for
from parity.runtimes.inputs import match_inputs
from parity.values.case import Artifact
from parity.values.columns import Column, ColumnType
from parity.values.outcome import Outcome, Scores
from parity.values.result import Verdict

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


def test_text_of_lightgbm_that_is_no_utf8_is_told_as_such(tmp_path: Path) -> None:
    model = tmp_path / "model.txt"
    model.write_bytes(b"tree\nversion=v4\nfeature_names=\xff\nend of trees\n")
    with pytest.raises(ArtifactError, match="the file is not UTF-8 text"):
        open_session(runtime_for(model), Artifact(model), folder=tmp_path)


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


@pytest.mark.parametrize("api", ["wrapper", "direct"])
def test_lightgbm_gives_margins_and_leaves_where_it_is_asked_for_them(tmp_path: Path, api: str) -> None:
    from lightgbm import LGBMClassifier

    rows, path = np.random.default_rng(2).normal(size=(60, 3)), tmp_path / "model.lgb"
    # The wrapper has room for two classes only.
    target = (rows[:, 0] > 0).astype(int) + (rows[:, 1] > 0) * (api == "direct")
    booster = LGBMClassifier(n_estimators=5, num_leaves=4, min_child_samples=5, n_jobs=1, verbose=-1).fit(rows, target).booster_
    booster.save_model(path)
    batch = pa.record_batch({f"Column_{i}": rows[:, i] for i in range(3)})
    wanted = {"margin": booster.predict(rows, raw_score=True), "leaf": booster.predict(rows, pred_leaf=True)}
    for output, expected in wanted.items():
        outcome = scored("lightgbm4j", path, batch, tmp_path, api=api, output=output)
        assert isinstance(outcome, Scores), outcome
        (found,) = outcome.outputs
        assert (found.spec.name, str(found.spec.kind)) == (output, output)
        np.testing.assert_array_equal(found.values, expected.reshape(60, -1))


@pytest.mark.parametrize("loss", ["Poisson", "Tweedie:variance_power=1.5", "RMSEWithUncertainty", "RMSE"])
def test_regressions_of_catboost_that_predict_an_exponent_are_compared_by_their_margin(tmp_path: Path, loss: str) -> None:
    """Java gives the raw formula value alone, of which Python's `predict` takes the exponent."""
    from catboost import CatBoostRegressor

    rows = pd.DataFrame(np.random.default_rng(2).normal(size=(200, 3)).astype(np.float32), columns=list("abc"))
    model = CatBoostRegressor(iterations=10, depth=3, loss_function=loss, verbose=0, allow_writing_files=False, thread_count=1)
    model.fit(rows, np.exp(rows.a) + 0.1).save_model(str(tmp_path / "model.cbm"))
    for reference in (model, str(tmp_path / "model.cbm")):
        results = check(reference, tmp_path / "model.cbm", data=rows, folder=tmp_path / ".parity", profile="dev", rows=500)
        assert case_verdict(results)[0] == Verdict.PASS, [(r.phase, r.reason) for r in results]
        assert sum(r.compared for r in results) > 500
        assert {str(one.kind) for r in results for one in r.outputs} == {"value" if loss == "RMSE" else "margin"}


def test_the_predictor_reads_models_with_the_columns_of_spark_in_front(tmp_path: Path) -> None:
    """As older XGBoost4J-Spark wrote them; the model itself is one of the kept files."""
    kept = Path(__file__).parents[1] / "fixtures" / "old_xgboost"
    model = (kept / "binary.deprecated").read_bytes().removeprefix(b"binf")
    names = b"".join(len(name).to_bytes(2, "big") + name for name in (b"features", b"label", b"prediction"))
    prefixes = {
        "reg": b"\0\5_reg_" + names,
        "cls": b"\0\5_cls_" + names + b"\0\3raw" + (2).to_bytes(4, "big") + b"\x3f\xe0" + b"\0" * 14,
        "cls without thresholds": b"\0\5_cls_" + names + b"\0\3raw" + (0xFFFFFFFF).to_bytes(4, "big"),
    }
    table = np.load(kept / "rows.npy")
    batch = pa.record_batch({name: pa.array(table[:, i].astype(float), from_pandas=True) for i, name in enumerate("abcd")})
    for name, prefix in prefixes.items():
        path = tmp_path / f"{name}.model"
        path.write_bytes(prefix + model)
        assert runtime_for(path).name == "xgboost-predictor"
        got = values(scored("xgboost-predictor", path, batch, tmp_path))["prediction"]
        np.testing.assert_allclose(np.ravel(got), np.load(kept / "binary.npz")["prediction"].ravel(), rtol=0, atol=1e-6)
