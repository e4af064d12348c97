"""One thread for everything: sums in another order differ in the last bits, from run to run."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from parity.references.describe import is_of
from parity.references.foreign import Failure, attempt

# What scikit-learn and the libraries with its interface call the number of threads, as attributes of an estimator.
NAMES = ("n_jobs", "nthread", "num_threads")
# LightGBM keeps aliases given by keyword in `_other_params`, XGBoost in `kwargs`; they outrank n_jobs.
KEPT = ("_other_params", "kwargs")
ALIASES = frozenset({"nthread", "nthreads", "num_thread", "num_threads", "n_jobs"})


def pinned(model: Any, *, owned: bool) -> Any:
    """The model with every thread count at 1: itself where it was loaded for us (`owned`), else a copy.

    A user's object that already runs on one thread, or that cannot be copied, is returned as it is.
    """
    if owned:
        pin(model)
        return model
    if not any(unpinned(part) for part in parts(model)):
        return model
    twin = attempt(lambda: copy.deepcopy(model))
    if isinstance(twin, Failure):
        return model
    pin(twin)
    return twin


def pin(model: Any) -> None:
    # Attributes, not set_params: a fitted ColumnTransformer or VotingClassifier scores with clones that set_params does not
    # reach, and XGBoost's set_params writes every parameter of the wrapper into the fitted booster again.
    for part in parts(model):
        for name in unpinned(part):
            setattr(part, name, 1)
        for kept in KEPT:
            settings = vars(part).get(kept)
            if isinstance(settings, dict):
                settings.update({key: 1 for key in settings if key in ALIASES})
        pin_booster(part)


def unpinned(part: Any) -> list[str]:
    """Names of the attributes that ask for more than one thread. None means one in scikit-learn, and all in the boosters."""
    mine = vars(part)
    single = (1,) if type(part).__module__.partition(".")[0] in ("xgboost", "lightgbm") else (1, None)
    return [name for name in NAMES if name in mine and mine[name] not in single]


def pin_booster(part: Any) -> None:
    """An XGBoost booster counts its threads itself, beside the wrapper's n_jobs."""
    booster = vars(part).get("_Booster")
    if is_of(booster, "xgboost", "Booster"):
        booster.set_param({"nthread": 1})


def parts(model: Any) -> Iterator[Any]:
    """The model and all fitted parts within it: steps, transformers_, estimators_, best_estimator_ …"""
    seen: set[int] = set()
    waiting = [model]
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, list | tuple):
            waiting.extend(part)
        elif isinstance(part, dict):
            waiting.extend(part.values())
        elif callable(getattr(part, "get_params", None)) and not isinstance(part, type) and hasattr(part, "__dict__"):
            yield part
            waiting.extend(vars(part).values())


def blas_limit() -> AbstractContextManager[Any]:
    """A reusable context that holds BLAS and OpenMP at one thread; made after the model's libraries are loaded.

    Without threadpoolctl (it comes with scikit-learn) there is no BLAS to hold and the context does nothing.
    """
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return nullcontext()
    return Limit(ThreadpoolController())


class Limit:
    """A fresh threadpoolctl limit on every entry: its own contexts restore what was found when they were made."""

    def __init__(self, controller: Any) -> None:
        self.controller = controller
        self.open: list[AbstractContextManager[Any]] = []

    def __enter__(self) -> None:
        context = self.controller.limit(limits=1)
        context.__enter__()
        self.open.append(context)

    def __exit__(self, *error: Any) -> None:
        self.open.pop().__exit__(*error)
