"""The demo's project folder: what a user's own folder would look like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from parity.demo import models
from parity.demo.models import Export, Trained


@dataclass(frozen=True)
class DemoCase:
    """One model and how it is exported; `fails_in` names the runtimes in which it is known to drift today, `lesson` says why."""

    name: str
    train: Callable[[], Trained]
    exports: tuple[tuple[str, Export], ...]
    about: str
    lesson: str = ""
    fails_in: frozenset[str] = frozenset()


CASES = (
    DemoCase(
        "tumour-logistic",
        models.logistic,
        ((".onnx", models.to_onnx), (".pmml", models.to_pmml)),
        "Logistic regression on 30 scaled columns.",
    ),
    DemoCase(
        "tumour-boosted",
        models.boosted,
        ((".onnx", models.boosted_to_onnx), (".pmml", models.to_pmml), (".ubj", models.to_booster)),
        "Gradient boosting in XGBoost, exported three ways.",
    ),
    DemoCase(
        "penguin-pipeline",
        models.pipeline,
        ((".onnx", models.to_onnx), (".pmml", models.to_pmml)),
        "Text and numbers through a ColumnTransformer.",
    ),
    DemoCase(
        "penguin-forest",
        models.forest,
        ((".onnx", models.to_onnx),),
        "A random forest; two of the penguins were never measured, so it has learned where missing values go.",
        "the converter drops where missing values go (onnx/sklearn-onnx issue 1253)",
        frozenset({"onnxruntime"}),
    ),
    DemoCase(
        "diabetes-early-stopped",
        models.early_stopped,
        ((".ubj", models.to_booster),),
        "XGBoost with early stopping; Python predicts with the best round.",
        "the JVM sums all rounds, Python stops at the best one (dmlc/xgboost issue 3942)",
        frozenset({"xgboost4j"}),
    ),
)

HEAD = """\
# The configuration of parity's demo: real data, real models, exported with the usual converters.
# Judge it again with: pytest --parity        One case: pytest --parity -k penguin-forest
schema = 1
"""
ENTRY = """
# {about}
[[case]]
name = "{name}"
reference = "{name}.joblib"
artifacts = [{artifacts}]
data = "{name}.parquet"
"""


def write_project(folder: Path, say: Callable[[str], None]) -> None:
    """Train, export and write what is not there yet; `say` gets a line for each model.

    Raises UnmeasurableError where there is no Java for sklearn2pmml.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        if not all(path.exists() for path in _files(case, folder)):
            say(f"training and exporting {case.name}: {case.about}")
            _write(case, folder)
    (folder / "pytest.ini").write_text("[pytest]\n")  # this folder is pytest's root, whatever stands above it
    (folder / "parity.toml").write_text(HEAD + "".join(_entry(case) for case in CASES), encoding="utf-8")


def _files(case: DemoCase, folder: Path) -> list[Path]:
    return [folder / f"{case.name}{suffix}" for suffix in (*(suffix for suffix, _ in case.exports), ".joblib", ".parquet")]


def _write(case: DemoCase, folder: Path) -> None:
    import joblib

    trained = case.train()
    for suffix, export in case.exports:
        export(trained, folder / f"{case.name}{suffix}")
    trained.frame.to_parquet(folder / f"{case.name}.parquet", index=False)
    joblib.dump(trained.model, folder / f"{case.name}.joblib")


def _entry(case: DemoCase) -> str:
    artifacts = ", ".join(f'"{case.name}{suffix}"' for suffix, _ in case.exports)
    return ENTRY.format(about=case.about, name=case.name, artifacts=artifacts)
