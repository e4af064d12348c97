"""XGBoost boosters and native model files: plain `predict`, all rounds, as a caller of the native interface gets."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pyarrow as pa

from parity.references.context import Context, categories_of, sample_categories
from parity.references.describe import facts, is_of
from parity.references.foreign import Failure, attempt
from parity.references.frames import Layout, arranged
from parity.references.reference import Call, ModelReference, input_specs
from parity.values.signature import OutputKind, OutputSpec

NAME = "XGBoost"
PACKAGE = "xgboost"
SUFFIXES = (".json", ".ubj", ".bst", ".model", ".xgb")
OPEN = "import xgboost; xgboost.Booster(model_file=sys.argv[1])"

# Objectives by what `predict` returns (XGBoost documentation, "Learning Task Parameters"). All others return a value.
KINDS = {
    "binary:logistic": OutputKind.PROBABILITY,
    "reg:logistic": OutputKind.PROBABILITY,
    "multi:softprob": OutputKind.PROBABILITY,
    "binary:logitraw": OutputKind.MARGIN,
    "rank:pairwise": OutputKind.MARGIN,
    "rank:ndcg": OutputKind.MARGIN,
    "rank:map": OutputKind.MARGIN,
    "binary:hinge": OutputKind.LABEL,
    "multi:softmax": OutputKind.LABEL,
}


def recognises(head: bytes) -> bool:
    """JSON and UBJSON models both begin with an object whose first keys are these."""
    return head.lstrip().startswith(b"{") and any(word in head for word in (b"learner", b"gradient_booster"))


def open_native(path: str) -> Any:
    import xgboost

    return xgboost.Booster(model_file=path)


def accepts(model: Any) -> bool:
    return is_of(model, PACKAGE, "Booster")


def refer(model: Any, context: Context) -> ModelReference:
    booster = model if context.owned else model.copy()
    booster.set_param({"nthread": 1})
    names = None if booster.feature_names is None else tuple(booster.feature_names)
    learned = {name: known for name, known in categories(booster).items() if known or name not in plain_numbers(context)}
    known = categories_of(names, sample_categories(context), learned)
    layout = Layout("array" if names is None else "frame", names, known)
    return ModelReference(
        model=booster,
        convert=partial(arranged, layout=layout),
        calls=(Call("predict", (output(booster),), partial(predict, booster)),),
        columns=names,
        width=int(booster.num_features()),
        inputs=input_specs(names, int(booster.num_features())),
        facts={**facts(booster), "rounds": str(booster.num_boosted_rounds()), "objective": objective(booster), **context.facts},
    )


def predict(booster: Any, given: Any) -> Any:
    """What `Booster.predict` returns for a plain matrix: NaN is missing, all rounds."""
    import xgboost

    # A booster without learned feature types must be given none: the types of the frame would be taken for its own.
    types: dict[str, Any] = {"enable_categorical": True} if "c" in (booster.feature_types or ()) else {}
    if types and hasattr(given, "dtypes") and not any(str(kind) == "category" for kind in given.dtypes):
        types["feature_types"] = booster.feature_types  # categories that came as codes stay numbers
    return booster.predict(xgboost.DMatrix(given, nthread=1, **types))


def output(booster: Any) -> OutputSpec:
    kind = KINDS.get(objective(booster), OutputKind.VALUE)
    groups = int(learner(booster)["learner_model_param"].get("num_class", 0)) or 1
    return OutputSpec(kind.value, "float32", kind, 1 if kind is OutputKind.LABEL else groups if groups > 1 else None)


def objective(booster: Any) -> str:
    return str(learner(booster)["objective"]["name"])


def learner(booster: Any) -> dict[str, Any]:
    """The configuration that the booster itself writes; small, unlike the model."""
    found: dict[str, Any] = json.loads(booster.save_config())["learner"]
    return found


def categories(booster: Any) -> dict[str, tuple[Any, ...]]:
    """Learned categories of the columns that were pandas categoricals.

    () where the booster cannot tell: before version 3.1 it keeps none, and until 3.2 at least it cuts names that are not
    ASCII (it counts characters where Arrow counts bytes). Those of the sample then stand in, or those of the batch.
    """
    columns = zip(booster.feature_names or (), booster.feature_types or (), strict=False)
    unknown: dict[str, tuple[Any, ...]] = {name: () for name, kind in columns if kind == "c"}
    learned = attempt(lambda: exported(booster)) if unknown else {}
    return unknown if isinstance(learned, Failure) else unknown | learned


def plain_numbers(context: Context) -> set[str]:
    """Columns of the sample that hold numbers: where the booster keeps no categories of them, it learned codes from an array."""
    if context.sample is None:
        return set()
    return {f.name for f in context.sample.schema if pa.types.is_floating(f.type) or pa.types.is_integer(f.type)}


def exported(booster: Any) -> dict[str, tuple[Any, ...]]:
    # The container owns the memory of its arrays: it has to live until they are read.
    container = booster.get_categories(export_to_arrow=True)
    learned = {name: tuple(known.to_pylist()) for name, known in container.to_arrow() if known is not None}
    return {name: known for name, known in learned.items() if all(str(c).isascii() for c in known)}
