"""Small artifacts of every format, and what Python says of the same rows. A new format adds a maker here, a runtime nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.values.columns import Column, ColumnType

NUMBERS = ("a", "b", "c")
CITIES = ("Oslo", "Łódź", "")
FIXTURES = Path(__file__).parents[1] / "fixtures"


@dataclass(frozen=True)
class Made:
    """`output` of the artifact should be `expected` for `rows`; `columns` are what they consist of."""

    path: Path
    columns: tuple[Column, ...]
    rows: pa.RecordBatch
    output: str
    expected: npt.NDArray[np.float64]

    @property
    def id(self) -> str:
        return self.path.name


def make_all(folder: Path) -> tuple[Made, ...]:
    """One or more artifacts of each format."""
    makers: tuple[Callable[[Path], Made], ...] = (
        _weights,
        _onnx,
        _onnx_text,
        _pmml_text,
        _lightgbm,
        _lightgbm_missing,
        _catboost,
        _catboost_text,
        _xgboost_ubj,
        _xgboost_json,
        _java,
        _xgboost_old,
        _mojo,
    )
    return tuple(maker(folder) for maker in makers)


def numbers(rows: int = 40) -> pa.RecordBatch:
    values = np.random.default_rng(7).normal(size=(rows, len(NUMBERS))).astype(np.float32)
    return pa.record_batch({name: values[:, i] for i, name in enumerate(NUMBERS)})


def texts(rows: int = 40) -> pa.RecordBatch:
    cities = pa.array([CITIES[i % 2] for i in range(rows)])
    return pa.RecordBatch.from_arrays([*numbers(rows).columns, cities], names=[*NUMBERS, "city"])


def _columns(batch: pa.RecordBatch) -> tuple[Column, ...]:
    kinds = {"float": ColumnType.FLOAT32, "string": ColumnType.STRING}
    return tuple(Column(field.name, kinds[str(field.type)]) for field in batch.schema)


def _target(batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
    a, b = (batch.column(name).to_numpy() for name in ("a", "b"))
    return (a + np.abs(b) > 0.5).astype(np.int64)


def _array(batch: pa.RecordBatch) -> npt.NDArray[Any]:
    return np.column_stack([batch.column(name).to_numpy() for name in NUMBERS])


def _weights(folder: Path) -> Made:
    path, batch = folder / "weights.fake", numbers()
    path.write_text("a = 0.5\nb = -1.25\nc = 3\n")
    expected = _array(batch).astype(np.float64) @ [0.5, -1.25, 3.0]
    return Made(path, _columns(batch), batch, "value", expected.reshape(-1, 1))


def _onnx(folder: Path) -> Made:
    from skl2onnx import to_onnx
    from sklearn.linear_model import LogisticRegression

    batch = numbers()
    model = LogisticRegression().fit(_array(batch), _target(batch))
    path = folder / "tensor.onnx"
    path.write_bytes(to_onnx(model, _array(batch)[:1], options={"zipmap": False}).SerializeToString())
    return Made(path, _columns(batch), batch, "probabilities", model.predict_proba(_array(batch)))


def _pipeline(batch: pa.RecordBatch) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder

    city = ("city", OneHotEncoder(sparse_output=False), ["city"])
    encode = ColumnTransformer([city, ("numbers", "passthrough", list(NUMBERS))])
    return Pipeline([("encode", encode), ("model", LogisticRegression())]).fit(batch.to_pandas(), _target(batch))


def _onnx_text(folder: Path) -> Made:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    batch = texts()
    model = _pipeline(batch)
    types = [(name, FloatTensorType([None, 1])) for name in NUMBERS] + [("city", StringTensorType([None, 1]))]
    path = folder / "text.onnx"
    path.write_bytes(to_onnx(model, initial_types=types, options={"zipmap": False}).SerializeToString())
    return Made(path, _columns(batch), batch, "probabilities", model.predict_proba(batch.to_pandas()))


def _pmml_text(folder: Path) -> Made:
    import pandas as pd
    from sklearn2pmml import sklearn2pmml
    from sklearn2pmml.pipeline import PMMLPipeline

    path, batch = folder / "text.pmml", texts()
    model = PMMLPipeline(_pipeline(batch).steps).fit(batch.to_pandas(), pd.Series(_target(batch), name="target"))
    sklearn2pmml(model, str(path))
    return Made(path, _columns(batch), batch, "probability", model.predict_proba(batch.to_pandas()))


def _lightgbm(folder: Path) -> Made:
    import lightgbm

    path, batch = folder / "trees.txt", numbers()
    model = lightgbm.LGBMClassifier(n_estimators=30, min_child_samples=3, n_jobs=1, verbose=-1)
    model.fit(_array(batch), _target(batch)).booster_.save_model(path)
    return Made(path, _columns(batch), batch, "prediction", model.booster_.predict(_array(batch)).reshape(-1, 1))


def _lightgbm_missing(folder: Path) -> Made:
    """Named columns, an integer that is a category, zero as missing, a regression: what the text format can say."""
    import lightgbm

    path, batch = folder / "regression.lgb", numbers()
    codes = pa.array(np.arange(40, dtype=np.float32) % 4)
    batch = batch.set_column(2, "c", codes)
    data = lightgbm.Dataset(batch.to_pandas(), batch.column("b").to_numpy() * codes.to_numpy(), categorical_feature=["c"])
    chosen = {"objective": "regression", "zero_as_missing": True, "min_data_in_leaf": 3, "num_threads": 1, "verbose": -1}
    model = lightgbm.train(chosen | {"min_data_per_group": 2, "cat_smooth": 1}, data, 30)
    model.save_model(path)
    return Made(path, _columns(batch), batch, "prediction", model.predict(batch.to_pandas()).reshape(-1, 1))


def _catboost(folder: Path) -> Made:
    """Three classes of an array: no names, and a margin per class."""
    from catboost import CatBoostClassifier

    path, batch = folder / "classes.cbm", numbers()
    model = CatBoostClassifier(iterations=20, depth=3, thread_count=1, verbose=0, allow_writing_files=False)
    model.fit(_array(batch), _target(batch) + (_array(batch)[:, 2] > 0)).save_model(str(path))
    raw = model.predict(_array(batch), prediction_type="RawFormulaVal", thread_count=1)
    return Made(path, _columns(batch), batch, "RawFormulaVal", raw)


def _catboost_text(folder: Path) -> Made:
    from catboost import CatBoostClassifier

    path, batch = folder / "text.cbm", texts()
    model = CatBoostClassifier(iterations=20, depth=3, thread_count=1, verbose=0, allow_writing_files=False)
    model.fit(batch.to_pandas().astype({"city": object}), _target(batch), cat_features=["city"]).save_model(str(path))
    raw = model.predict(batch.to_pandas().astype({"city": object}), prediction_type="RawFormulaVal", thread_count=1)
    return Made(path, _columns(batch), batch, "RawFormulaVal", raw.reshape(-1, 1))


def _xgboost(folder: Path, name: str) -> Made:
    import xgboost

    path, batch = folder / name, numbers()
    model = xgboost.XGBClassifier(n_estimators=5, max_depth=3, n_jobs=1).fit(_array(batch), _target(batch))
    model.save_model(path)
    return Made(path, _columns(batch), batch, "prediction", model.predict_proba(_array(batch))[:, 1:])


def _xgboost_ubj(folder: Path) -> Made:
    return _xgboost(folder, "trees.ubj")


def _xgboost_json(folder: Path) -> Made:
    return _xgboost(folder, "trees.json")


def _java(folder: Path) -> Made:
    import m2cgen
    from sklearn.ensemble import RandomForestClassifier

    path, batch = folder / "forest.java", numbers()
    model = RandomForestClassifier(n_estimators=5, max_depth=3, random_state=1).fit(_array(batch), _target(batch))
    path.write_text(m2cgen.export_to_java(model))
    return Made(path, _columns(batch), batch, "score", model.predict_proba(_array(batch)))


def _xgboost_old(folder: Path) -> Made:
    """The newest XGBoost cannot write this format: a kept model, with the scores of the library that wrote it."""
    path, kept = folder / "trees.deprecated", FIXTURES / "old_xgboost"
    shutil.copyfile(kept / "three.deprecated", path)
    rows = np.load(kept / "rows.npy")[:40]
    batch = pa.record_batch({name: pa.array(rows[:, i], from_pandas=True) for i, name in enumerate("abcd")})
    with np.load(kept / "three.npz") as expected:
        return Made(path, _columns(batch), batch, "prediction", expected["prediction"][:40])


def _mojo(folder: Path) -> Made:
    """Exporting one takes an H2O cluster: a kept model, with the scores of the cluster that trained it."""
    path, kept = folder / "trees.zip", FIXTURES / "h2o_mojo"
    shutil.copyfile(kept / "gbm.zip", path)
    with np.load(kept / "rows.npz") as rows, np.load(kept / "gbm.npz") as expected:
        arrays = [pa.array(column, from_pandas=True) for column in rows["numbers"][:40].T]
        cities = [("Oslo", "Łódź", "Kyōto", "Lima", None)[code] for code in rows["city"][:40]]
        batch = pa.record_batch([*arrays, pa.array(cities)], names=[*NUMBERS, "city"])
        return Made(path, _columns(batch), batch, "probability", expected["scores"][:40])
