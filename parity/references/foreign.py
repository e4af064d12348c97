"""Calls into code that is not ours: a model, a pickle, a user's module. Failures become values.

The only broad `except` of this package stands here.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

T = TypeVar("T")

# Longest message kept: a column list of a few dozen names fits, a printed frame does not fill the report.
LONGEST = 600


@dataclass(frozen=True)
class Failure:
    """What foreign code raised: the name of the exception's class and its text, without traceback."""

    error: str
    message: str


def attempt(call: Callable[[], T]) -> T | Failure:
    """The result of a call, or what it raised. KeyboardInterrupt and pytest's own outcomes pass through."""
    try:
        return call()
    # A model, a pickle or a user's module can raise anything; whatever it is, it is an outcome to report and not ours to handle.
    except (Exception, SystemExit) as error:  # noqa: BLE001
        return Failure(type(error).__name__, tidy(str(error)) or type(error).__name__)


@contextmanager
def quiet() -> Iterator[None]:
    """Silences warnings of libraries and NumPy's floating-point warnings: odd inputs are sent on purpose."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def tidy(message: str) -> str:
    """One readable line: without XGBoost's C++ stack and source position, at most LONGEST characters."""
    text = message.split("Stack trace:")[0]
    text = re.sub(r"^\[\d\d:\d\d:\d\d\] \S+?:\d+: ", "", text)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
