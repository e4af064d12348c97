"""Labels of every type as comparable text: 1 = 1.0 = "1", True = 1."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def canonical(label: Any) -> str:
    """One text for equal labels whatever their type; text that reads as a whole number equals that number."""
    if isinstance(label, (bool, np.bool_)):
        return "1" if label else "0"
    if isinstance(label, (int, np.integer)):
        return str(int(label))
    if isinstance(label, (float, np.floating)):
        return str(int(label)) if np.isfinite(label) and float(label).is_integer() else repr(float(label))
    text = str(label)
    return _as_number(text) if text[:1] in "-+.0123456789" else {"true": "1", "false": "0"}.get(text.lower(), text)


def _as_number(text: str) -> str:
    """ "1.0" and "1" are one label; "001" and " 1" are not numbers of a label set, so they stay text."""
    try:
        number = float(text)
    except ValueError:
        return text
    whole = np.isfinite(number) and number.is_integer()
    return str(int(number)) if whole and text in (str(int(number)), f"{int(number)}.0") else text


def canonical_array(values: npt.NDArray[Any]) -> npt.NDArray[np.str_]:
    """canonical() over an array, each distinct value once."""
    flat = np.asarray(values).ravel()
    if flat.dtype == object:
        return np.array([canonical(v) for v in flat], dtype=np.str_).reshape(np.shape(values))
    distinct, inverse = np.unique(flat, return_inverse=True)
    return np.array([canonical(v) for v in distinct], dtype=np.str_)[inverse].reshape(np.shape(values))
