"""One artifact per engine with rows to score, for `engines`: small models, as they show best what is lost around the engine."""

from __future__ import annotations

import hashlib
import importlib.metadata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks import models
from parity.values.columns import Column, ColumnType

KEPT = Path(__file__).parent.parent / "tests" / "fixtures"
CITIES = np.array(["Oslo", "Łódź", "Kyōto", "Lima"])
_MADE_BY = ("scikit-learn", "lightgbm", "catboost", "m2cgen", "numpy")


@dataclass(frozen=True)
class Subject:
    """`numbers` (rows, columns) and `texts` (rows, columns) are what both ways start from; `output` is what is compared.

    `single`: the engine takes float32, so that is what the columns hold. `options` are those of the runtime.
    """

    loop: str
    artifact: Path
    numbers: npt.NDArray[np.float64]
    names: tuple[str, ...]
    output: str
    texts: npt.NDArray[np.str_] = field(default_factory=lambda: np.empty((0, 0), "U1"))
    text_names: tuple[str, ...] = ()
    single: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    sources: tuple[Path, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.numbers)


def batch(subject: Subject) -> pa.RecordBatch:
    """The rows as the pipeline has them: by column."""
    kind = np.float32 if subject.single else np.float64
    arrays = [pa.array(np.ascontiguousarray(column, kind)) for column in subject.numbers.T]
    texts = [pa.array(column.tolist(), pa.string()) for column in subject.texts.T]
    return pa.RecordBatch.from_arrays([*arrays, *texts], names=[*subject.names, *subject.text_names])


def columns(subject: Subject) -> tuple[Column, ...]:
    kind = ColumnType.FLOAT32 if subject.single else ColumnType.FLOAT64
    return (*(Column(n, kind) for n in subject.names), *(Column(n, ColumnType.STRING) for n in subject.text_names))


def pmml4s() -> Subject:
    return Subject("Pmml4sLoop", models.artifact("lr"), models.rows(20_000), tuple(models.NAMES), "probability")


def lightgbm4j() -> Subject:
    def make(path: Path) -> None:
        from lightgbm import LGBMClassifier

        model = LGBMClassifier(n_estimators=100, num_leaves=31, n_jobs=1, verbose=-1, random_state=0)
        model.fit(*models.training()).booster_.save_model(path)

    return Subject("Lightgbm4jLoop", _made("lightgbm.lgb", make), models.rows(20_000), tuple(models.NAMES), "prediction")


def catboost() -> Subject:
    """28 numbers and 2 texts."""
    rows, cities = models.rows(50_000)[:, :28].astype(np.float32).astype(np.float64), _cities(50_000, 2)
    names, text_names = tuple(models.NAMES[:28]), ("city", "born")

    def make(path: Path) -> None:
        import pandas as pd
        from catboost import CatBoostClassifier

        features, target = models.training()
        frame = pd.DataFrame(features[:, :28], columns=list(names))
        frame[list(text_names)] = _cities(len(frame), 2, seed=1)
        target = target ^ ((frame.city == "Lima") & (frame.born == "Oslo"))
        model = CatBoostClassifier(
            iterations=100, depth=6, cat_features=list(text_names), verbose=0, allow_writing_files=False, thread_count=1
        )
        model.fit(frame, target).save_model(str(path))

    return Subject("CatboostLoop", _made("catboost.cbm", make), rows, names, "RawFormulaVal", cities, text_names, single=True)


def h2o_mojo() -> Subject:
    """The kept gradient boosting of 10 trees over 3 numbers and a text: today's H2O exports none without a licence."""
    numbers = np.random.default_rng(5).normal(size=(50_000, 3))
    return Subject(
        "H2oMojoLoop", KEPT / "h2o_mojo/gbm.zip", numbers, ("a", "b", "c"), "probability", _cities(50_000, 1), ("city",)
    )


def xgboost_predictor() -> Subject:
    """The kept model of three classes: today's XGBoost cannot write its format."""
    numbers = np.random.default_rng(5).normal(size=(100_000, 4)).astype(np.float32).astype(np.float64)
    artifact = KEPT / "old_xgboost/three.deprecated"
    return Subject("XgboostPredictorLoop", artifact, numbers, tuple("abcd"), "prediction", single=True)


def java_source() -> Subject:
    def make(path: Path) -> None:
        import m2cgen
        from sklearn.ensemble import RandomForestClassifier

        forest = RandomForestClassifier(50, max_depth=5, random_state=0).fit(*models.training())
        path.write_text(m2cgen.export_to_java(forest, package_name="benchmarks.loops"))

    artifact = _made("Model.java", make)
    rows = models.rows(100_000)
    return Subject("JavaSourceLoop", artifact, rows, tuple(models.NAMES), "score", sources=(artifact,))


def _three(rows: int) -> npt.NDArray[np.float64]:
    """Numbers that float32 holds, for the kept models of three of them."""
    return np.random.default_rng(5).normal(size=(rows, 3)).astype(np.float32).astype(np.float64)


def _kept(loop: str, artifact: str, output: str, rows: int, *, single: bool = False) -> Callable[[], Subject]:
    """A kept model of the numbers a, b and c: it takes gigabytes of packages to make one."""
    return lambda: Subject(loop, KEPT / artifact, _three(rows), ("a", "b", "c"), output, single=single)


def spark() -> Subject:
    """Unpacked: Spark reads folders."""

    def make(path: Path) -> None:
        with zipfile.ZipFile(KEPT / "spark/logistic.zip") as archive:
            archive.extractall(path)

    return Subject("SparkLoop", _made("spark-logistic", make), _three(20_000), ("a", "b", "c"), "probability")


HEAVY: dict[str, Callable[[], Subject]] = {
    "mleap": _kept("MleapLoop", "mleap/logistic_probability.zip", "probability", 50_000),
    "pfa": _kept("PfaLoop", "pfa/forest.pfa", "output", 50_000),
    "tribuo": _kept("TribuoLoop", "tribuo/line.tribuo", "value", 50_000),
    "tensorflow": _kept("TensorflowLoop", "tensorflow/numbers", "probability", 100_000, single=True),
    "pytorch": _kept("PytorchLoop", "pytorch/numbers.pt", "output", 100_000, single=True),
    "tflite": _kept("TfliteLoop", "tflite/numbers.tflite", "probability", 100_000, single=True),
    "spark": spark,
}

SUBJECTS: dict[str, Callable[[], Subject]] = {
    "pmml4s": pmml4s,
    "lightgbm4j": lightgbm4j,
    "catboost": catboost,
    "h2o-mojo": h2o_mojo,
    "xgboost-predictor": xgboost_predictor,
    "java-source": java_source,
    **HEAVY,
}


def _cities(count: int, width: int, seed: int = 2) -> npt.NDArray[np.str_]:
    return CITIES[np.random.default_rng(seed).integers(0, len(CITIES), (count, width))]


def _made(name: str, make: Callable[[Path], None]) -> Path:
    """The artifact as these versions make it."""
    versions = ";".join(f"{package}={importlib.metadata.version(package)}" for package in _MADE_BY)
    folder = models.WORK / f"engines-{hashlib.sha256(versions.encode()).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    if not path.exists():
        make(path)
    return path
