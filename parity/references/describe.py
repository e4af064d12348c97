"""What a model says of itself: library, version, class, steps. Looks at attributes only, imports nothing."""

from __future__ import annotations

import sys
from typing import Any

from parity.references.foreign import Failure, attempt


def attribute(model: Any, name: str) -> Any:
    """An attribute, or None where there is none: properties of unfitted or wrapped models raise all sorts of errors."""
    value = attempt(lambda: getattr(model, name, None))
    return None if isinstance(value, Failure) else value


def has(model: Any, method: str) -> bool:
    return callable(attribute(model, method))


def library(model: Any) -> str:
    """Top package of the class: "sklearn", "xgboost" …"""
    return type(model).__module__.partition(".")[0]


def is_of(model: Any, package: str, name: str) -> bool:
    """Whether the class or one of its bases is `package…name`, told without importing the package."""
    return any(base.__name__ == name and base.__module__.partition(".")[0] == package for base in type(model).__mro__)


def inner(model: Any) -> Any:
    """What a search or a frozen wrapper fitted, else the model itself."""
    best = attribute(model, "best_estimator_")
    return model if best is None else best


def steps(model: Any) -> list[Any]:
    """The steps of a pipeline, nested ones unrolled, without passthrough; the model alone where it is no pipeline."""
    model = inner(model)
    found = attribute(model, "steps")
    if not isinstance(found, list):
        return [model]
    kept = [step for _, step in found if step is not None and not isinstance(step, str)]
    return [part for step in kept for part in steps(step)]


def version(package: str) -> str:
    return str(getattr(sys.modules.get(package), "__version__", ""))


def described(model: Any) -> str:
    """`Pipeline(StandardScaler, LogisticRegression)` or the name of the class or function."""
    names = [type(step).__name__ for step in steps(model)]
    own = type(model).__name__
    if names == [own]:
        return str(attribute(model, "__qualname__") or own) if own in ("function", "method") else own
    return f"{own}({', '.join(names)})"


def facts(model: Any) -> dict[str, str]:
    """The class, and the version of every library that takes part."""
    found = {"model": described(model)}
    for package in dict.fromkeys([library(model), *(library(step) for step in steps(model))]):
        if version(package):
            found[package] = version(package)
    return found
