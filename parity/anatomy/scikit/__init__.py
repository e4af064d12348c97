"""scikit-learn's estimators and pipelines."""

from __future__ import annotations

from typing import Any


def of_scikit_learn(model: Any) -> bool:
    """Is it of a class of scikit-learn's own? A class that a user derives from one may compute otherwise."""
    return type(model).__module__.startswith("sklearn.")
