"""LightGBM boosters and text model files: plain `predict`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from parity.references.context import Context, categories_of, sample_categories, text_like, without_spaces
from parity.references.describe import facts, is_of
from parity.references.frames import Layout, arranged
from parity.references.reference import Call, ModelReference, input_specs
from parity.values.signature import OutputKind, OutputSpec

NAME = "LightGBM"
PACKAGE = "lightgbm"
SUFFIXES = (".txt", ".lgb", ".lightgbm")
OPEN = "import lightgbm; lightgbm.Booster(model_file=sys.argv[1])"

# Objectives whose `predict` is a probability, or a score with no unit (LightGBM documentation, "Parameters: objective").
PROBABILITIES = frozenset({"binary", "multiclass", "multiclassova", "cross_entropy"})
MARGINS = frozenset({"lambdarank", "rank_xendcg"})


def recognises(head: bytes) -> bool:
    return head.startswith((b"tree\n", b"tree\r\n"))


def open_native(path: str) -> Any:
    import lightgbm

    return lightgbm.Booster(model_file=path)


def accepts(model: Any) -> bool:
    return is_of(model, PACKAGE, "Booster")


def refer(model: Any, context: Context) -> ModelReference:
    stored = tuple(model.feature_name())
    names = None if invented(stored) else without_spaces(stored, context)
    known = categories_of(names, sample_categories(context), categories(model, names, context))
    layout = Layout("array" if names is None else "frame", names, known)
    return ModelReference(
        model=model,
        convert=partial(arranged, layout=layout),
        calls=(Call("predict", (output(model),), partial(predict, model)),),
        columns=names,
        width=len(stored),
        inputs=input_specs(names, len(stored)),
        facts={**facts(model), "trees": str(model.num_trees()), **context.facts},
    )


def predict(booster: Any, given: Any) -> Any:
    return booster.predict(given, num_threads=1)


def output(booster: Any) -> OutputSpec:
    name = objective(booster)
    kind = OutputKind.PROBABILITY if name in PROBABILITIES else OutputKind.MARGIN if name in MARGINS else OutputKind.VALUE
    return OutputSpec(kind.value, "float64", kind, int(booster.num_model_per_iteration()))


def objective(booster: Any) -> str:
    """The first word of the model's `objective=` line; "" for one without (a custom objective)."""
    line = re.search(r"^objective=(\S+)", header(booster), re.MULTILINE)
    return line.group(1) if line else ""


def header(booster: Any) -> str:
    """The model's text before its trees."""
    return str(booster.model_to_string(num_iteration=1)).split("\nTree=0", 1)[0]


def invented(names: tuple[str, ...]) -> bool:
    """LightGBM numbers the columns of an array itself."""
    return names == tuple(f"Column_{i}" for i in range(len(names)))


def categories(booster: Any, names: Sequence[str] | None, context: Context) -> dict[str, tuple[Any, ...]]:
    """Learned categories by column. The model keeps them in column order but not whose they are."""
    learned = getattr(booster, "pandas_categorical", None)
    if not learned or not names:
        return {}
    shown = text_like(context)
    owners = [name for name in names if name in shown] if context.sample is not None else split_by_category(booster, names)
    return dict(zip(owners, map(tuple, learned), strict=True)) if len(owners) == len(learned) else {}


def split_by_category(booster: Any, names: Sequence[str]) -> list[str]:
    """Columns whose `feature_infos` list values ("0:1:2") where numbers have a range ("[0:1]")."""
    line = re.search(r"^feature_infos=(.*)$", header(booster), re.MULTILINE)
    infos = line.group(1).split() if line else []
    return [name for name, info in zip(names, infos, strict=False) if not info.startswith("[") and info != "none"]
