"""Subjects to generate for: models on data of mixed types, with or without a sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, StandardScaler

from parity.anatomy import read_model
from parity.generate import Subject, schema_of
from parity.values.anatomy import Anatomy
from parity.values.case import Case, ColumnRule

ROWS = 600


def case(**columns: ColumnRule) -> Case:
    return Case("mixed", None, (), Path(), columns=columns)


def frame() -> tuple[pd.DataFrame, np.ndarray]:
    """All types that cross: float64, float32, int32, int64, bool, text, whole floats; `income` has missing values."""
    rng = np.random.default_rng(3)
    data = pd.DataFrame(
        {
            "income": np.round(rng.gamma(2, 900, ROWS), 2),
            "ratio": rng.random(ROWS).astype(np.float32),
            "age": rng.integers(18, 90, ROWS).astype(np.int32),
            "id": rng.integers(2**53, 2**53 + 1000, ROWS),
            "member": rng.random(ROWS) < 0.4,
            "city": np.array(["Łódź", "Oslo", "Roma"])[rng.integers(0, 3, ROWS)],
            "visits": rng.integers(0, 30, ROWS).astype(float),
        }
    )
    target = (data.income / 3000 + data.age / 60 + data.member + rng.normal(size=ROWS) > 2).astype(int).to_numpy()
    data.loc[rng.random(ROWS) < 0.1, "income"] = np.nan
    return data, target


def batch(data: pd.DataFrame) -> pa.RecordBatch:
    rows = pa.RecordBatch.from_pandas(data, preserve_index=False)
    plain = [pa.field(f.name, pa.string() if pa.types.is_large_string(f.type) else f.type) for f in rows.schema]
    return rows.cast(pa.schema(plain))


def to_frame(rows: pa.RecordBatch) -> pd.DataFrame:
    return rows.to_pandas()


def nothing(columns) -> Anatomy:
    return read_model(None, columns)


def subject_of(
    model, data: pd.DataFrame, *, sample: bool = True, rules: dict | None = None, artifact: Anatomy | None = None
) -> Subject:
    columns = tuple(data.columns)
    rows = batch(data) if sample else None
    reference = read_model(model, columns)
    schema = schema_of(case(**(rules or {})), columns, rows, reference)
    return Subject("mixed", schema, rows, reference, artifact or nothing(columns), to_frame)


def mixed_model(last=None):
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    parts = [
        ("city", OneHotEncoder(handle_unknown="ignore"), ["city"]),
        ("numbers", numbers, ["income", "ratio", "age", "visits"]),
    ]
    parts += [("kept", "passthrough", ["member"])]
    data, target = frame()
    last = last or GradientBoostingClassifier(n_estimators=15, random_state=0)
    return make_pipeline(ColumnTransformer(parts), last).fit(data, target), data


def forest(scaled: bool = False, trees: int = 10):
    data, target = frame()
    numbers = data[["ratio", "age", "visits"]].assign(ratio=data.ratio.astype(float), money=data.income.fillna(5.0))
    model = RandomForestClassifier(trees, random_state=0)
    return (make_pipeline(StandardScaler(), model) if scaled else model).fit(numbers, target), numbers


def binned():
    data, target = frame()
    numbers = data[["ratio"]].assign(money=data.income.fillna(5.0))
    bins = KBinsDiscretizer(5, encode="onehot-dense", quantile_method="linear")
    return make_pipeline(StandardScaler(), bins, LogisticRegression()).fit(numbers, target), numbers
