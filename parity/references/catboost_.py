"""CatBoost: native model files by plain `predict`, and what its wrappers need to score on one thread."""

from __future__ import annotations

from functools import partial
from typing import Any

from parity.references.context import Context
from parity.references.describe import facts, has, is_of, library
from parity.references.frames import Layout, arranged
from parity.references.reference import Call, ModelReference, input_specs
from parity.values.signature import OutputKind, OutputSpec

NAME = "CatBoost"
PACKAGE = "catboost"
SUFFIXES = (".cbm",)
OPEN = "import catboost; catboost.CatBoost().load_model(sys.argv[1])"

# Losses of classification, whose raw formula value is a margin (CatBoost documentation, "Objectives and metrics").
CLASSES = frozenset({"Logloss", "CrossEntropy", "MultiClass", "MultiClassOneVsAll", "MultiLogloss", "MultiCrossEntropy"})
# Losses whose regressor answers with the exponent of the raw formula value (CatBoostRegressor, `_get_default_prediction_type`);
# of the last one's two columns it is the second.
CURVED = {"Poisson": 1, "Tweedie": 1, "RMSEWithUncertainty": 2}
MARGINS = CLASSES | CURVED.keys()


def recognises(head: bytes) -> bool:
    return head.startswith(b"CBM1")


def open_native(path: str) -> Any:
    import catboost

    return catboost.CatBoost().load_model(path)


def accepts(model: Any) -> bool:
    """The base class only: classifier, regressor and ranker are estimators with methods of their own."""
    return type(model).__name__ == "CatBoost" and is_of(model, PACKAGE, "CatBoost")


def refer(model: Any, context: Context) -> ModelReference:
    columns, width = names(model), len(model.feature_names_)
    kind = OutputKind.MARGIN if loss(model) in MARGINS else OutputKind.VALUE
    layout = Layout("array" if columns is None else "frame", columns)
    return ModelReference(
        model=model,
        convert=partial(arranged, layout=layout),
        calls=(Call("predict", (OutputSpec(kind.value, "float64", kind),), partial(predict, model)),),
        columns=columns,
        width=width,
        inputs=input_specs(columns, width),
        facts={**facts(model), "trees": str(model.tree_count_), **context.facts},
    )


def predict(model: Any, given: Any) -> Any:
    return model.predict(given, thread_count=1)


def loss(model: Any) -> str:
    return str(model.get_all_params().get("loss_function", "")).partition(":")[0]


def raw_calls(model: Any, last: Any) -> tuple[Call, ...]:
    """The margin of a CatBoost estimator, the last step of `model`: it has no method for it, but a type of prediction.

    None of a regressor whose prediction is the raw formula value itself.
    """
    if library(last) != "catboost":
        return ()
    if has(last, "predict_proba"):
        classes = len(last.classes_)
        width = 1 if classes == 2 else classes
    elif (width := CURVED.get(loss(last), 0)) == 0:
        return ()
    spec = OutputSpec("margin", "float64", OutputKind.MARGIN, width)
    return (Call("predict", (spec,), partial(predict_raw, model)),)


def predict_raw(model: Any, given: Any) -> Any:
    return model.predict(given, prediction_type="RawFormulaVal", thread_count=1)


def names(model: Any) -> tuple[str, ...] | None:
    """Column names, None for a model fitted on an array: CatBoost numbers its columns itself."""
    known = tuple(model.feature_names_ or ())
    return None if known == tuple(str(i) for i in range(len(known))) else known


def call_options(last: Any) -> dict[str, Any]:
    """CatBoost takes its number of threads per call; a fitted model refuses a new parameter."""
    return {"thread_count": 1} if library(last) == "catboost" else {}
