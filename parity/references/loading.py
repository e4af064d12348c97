"""From what a case calls its reference to a Reference that scores."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa

from parity.errors import ReferenceLoadError
from parity.references import callable_, catboost_, h2o_, lightgbm_, onnx_, sklearn_, tensorflow_, tflite_, torch_, xgboost_
from parity.references.context import Context
from parity.references.describe import described
from parity.references.foreign import quiet
from parity.references.modules import by_address, is_address, make_importable
from parity.references.native import library_for, open_native, suffixes
from parity.references.pickles import SUFFIXES, open_pickle
from parity.references.reference import Reference
from parity.references.sample import load_sample
from parity.values.case import Case

# The first that accepts a model takes it: boosters and sessions before estimators, and a callable last.
LIBRARIES: tuple[ModuleType, ...] = (
    xgboost_, lightgbm_, catboost_, h2o_, onnx_, tensorflow_, tflite_, torch_, sklearn_, callable_,
)  # fmt: skip


def load(case: Case, sample: pa.RecordBatch | None = None) -> Reference:
    """The reference of a case, ready to score on one thread.

    `sample` is the case's sample where the caller has read it already; it shows which columns were categoricals.
    Raises ReferenceLoadError (and DataError, where the sample has to be read and cannot be).
    """
    make_importable(case.root)
    with quiet():
        model, owned, facts = opened(case)
        library = next((library for library in LIBRARIES if library.accepts(model)), None)
        if library is None:
            raise ReferenceLoadError(f"the reference {named(case)} {unusable(model)}")
        context = Context(case, load_sample(case) if sample is None else sample, owned, facts)
        reference: Reference = library.refer(model, context)
    return reference


def opened(case: Case) -> tuple[Any, bool, dict[str, str]]:
    """The model, whether it was loaded for us alone, and facts met on the way."""
    given = case.reference
    if not isinstance(given, str | Path):
        return given, False, {}
    path = case.root / given
    if isinstance(given, str) and not path.exists():
        if is_address(given):
            return by_address(given, case.root), False, {}
        refuse_scheme(given)
    return from_file(path)


def from_file(path: Path) -> tuple[Any, bool, dict[str, str]]:
    check_file(path)
    if path.suffix.lower() in SUFFIXES:
        model, facts = open_pickle(path)
        return model, True, facts
    return open_native(path), True, {}


def check_file(path: Path) -> None:
    if not path.exists():
        raise ReferenceLoadError(f'the reference {path}: there is no such file; give a model file, or "package.module:name"')
    if path.is_dir() and library_for(path) is None:
        wanted = f"a file is wanted: {', '.join((*SUFFIXES, *suffixes()))}"
        raise ReferenceLoadError(f"the reference {path} is a folder, but no SavedModel; {wanted}")
    if path.is_file() and path.stat().st_size == 0:
        raise ReferenceLoadError(f"the reference {path} is empty (0 bytes); write it again")


def refuse_scheme(given: str) -> None:
    """Addresses that look like a module's or a registry's and are not read here."""
    if given.startswith(("models:/", "runs:/")):
        told = "lies in MLflow, which is not read here; download it and give the model file"
        raise ReferenceLoadError(f'the reference "{given}" {told}')
    if ":" in given and "/" not in given and "\\" not in given:
        told = 'is neither a file nor "package.module:name" nor "package.module:name()"'
        raise ReferenceLoadError(f'the reference "{given}" {told}')


def named(case: Case) -> str:
    return f'"{case.reference}"' if isinstance(case.reference, str | Path) else f"of case {case.name!r}"


def unusable(model: Any) -> str:
    wants = "an object with predict_proba, decision_function or predict, a booster, or a callable that takes a frame is wanted"
    if isinstance(model, type):
        return f"is the class {model.__name__}; {wants}: give an instance that is fitted"
    return f"is a {described(model)}, which has no method that scores; {wants}"
