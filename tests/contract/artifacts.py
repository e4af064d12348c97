"""Small artifacts of every format, and what Python says of the same rows; a format's makers are one file in makers/."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.values.columns import Column, ColumnType
from tests.contract import makers

NUMBERS = ("a", "b", "c")
CITIES = ("Oslo", "Łódź", "")
FIXTURES = Path(__file__).parents[1] / "fixtures"


@dataclass(frozen=True)
class Made:
    """`output` of the artifact, opened with `options`, should be `expected` for `rows`; `columns` are what they consist of."""

    path: Path
    columns: tuple[Column, ...]
    rows: pa.RecordBatch
    output: str
    expected: npt.NDArray[np.float64]
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.path.name


def make_all(folder: Path) -> tuple[Made, ...]:
    """One or more artifacts of each format."""
    modules = [importlib.import_module(f"{makers.__name__}.{entry.name}") for entry in pkgutil.iter_modules(makers.__path__)]
    found: list[Callable[[Path], Made]] = [maker for module in modules for maker in module.MAKERS]
    return tuple(maker(folder) for maker in found)


def numbers(rows: int = 40) -> pa.RecordBatch:
    values = np.random.default_rng(7).normal(size=(rows, len(NUMBERS))).astype(np.float32)
    return pa.record_batch({name: values[:, i] for i, name in enumerate(NUMBERS)})


def texts(rows: int = 40) -> pa.RecordBatch:
    cities = pa.array([CITIES[i % 2] for i in range(rows)])
    return pa.RecordBatch.from_arrays([*numbers(rows).columns, cities], names=[*NUMBERS, "city"])


def columns_of(batch: pa.RecordBatch) -> tuple[Column, ...]:
    kinds = {"float": ColumnType.FLOAT32, "string": ColumnType.STRING, "int64": ColumnType.INT64}
    return tuple(Column(field.name, kinds[str(field.type)]) for field in batch.schema)


def target(batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
    a, b = (batch.column(name).to_numpy() for name in ("a", "b"))
    return (a + np.abs(b) > 0.5).astype(np.int64)


def array(batch: pa.RecordBatch) -> npt.NDArray[Any]:
    return np.column_stack([batch.column(name).to_numpy() for name in NUMBERS])


def pipeline(batch: pa.RecordBatch) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder

    city = ("city", OneHotEncoder(sparse_output=False), ["city"])
    encode = ColumnTransformer([city, ("numbers", "passthrough", list(NUMBERS))])
    return Pipeline([("encode", encode), ("model", LogisticRegression())]).fit(batch.to_pandas(), target(batch))
