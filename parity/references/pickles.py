"""`.joblib` and `.pkl` files."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

from parity.errors import ReferenceLoadError
from parity.references.foreign import Failure, attempt, tidy

SUFFIXES = (".joblib", ".pkl", ".pickle")


def open_pickle(path: Path) -> tuple[Any, dict[str, str]]:
    """The object, and what its libraries warned about while it was read. Raises ReferenceLoadError."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        model = attempt(lambda: unpickled(path))
    if isinstance(model, Failure):
        raise ReferenceLoadError(f"the reference {path} cannot be unpickled: {model.error}: {model.message}; {advice(model)}")
    versions = [tidy(str(w.message)) for w in said if "version" in str(w.message).lower()]
    return model, {"loading": versions[0]} if versions else {}


def unpickled(path: Path) -> Any:
    try:
        import joblib
    except ImportError:
        import pickle

        with path.open("rb") as file:
            return pickle.load(file)
    return joblib.load(path)


def advice(failure: Failure) -> str:
    """What to do next, by what was raised."""
    module = re.search(r"No module named '([^']+)'", failure.message)
    if module:
        return f"install {module[1].partition('.')[0]!r}, or put it beside the configuration file"
    if failure.error == "AttributeError":
        return "a class that it was saved with is not there any more: import the same version of the code"
    if failure.error in ("EOFError", "UnpicklingError", "KeyError", "IndexError", "ValueError", "error", "zlib.error"):
        return "is it complete, and a pickle or joblib file? save it again with joblib.dump"
    return "save it again with joblib.dump, in an environment with the same versions"
