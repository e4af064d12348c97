"""Python values to JSON and back without losing a bit: NaN payloads, infinities and -0.0 included."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import numpy as np

INFINITIES = {"inf": math.inf, "-inf": -math.inf}


def to_json(value: Any) -> Any:
    """A value that `json` writes as standard JSON. NumPy scalars become Python's, tuples and arrays lists, paths text.

    JSON has no NaN and no infinity: they become {"special": "nan", "bits": 16 hex digits}, {"special": "inf"}.
    Finite floats stay numbers: Python writes the shortest decimal that reads back as the same bits.
    Raises TypeError for anything that has no JSON form.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str | int):
        return _plain(value)
    if isinstance(value, np.generic | np.ndarray):
        return to_json(value.tolist())
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else special(value)
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if isinstance(value, PurePath):
        return str(value)
    raise TypeError(f"{value!r} of type {type(value).__name__} has no JSON form; numbers, text, lists and mappings have")


def _plain(value: str | int) -> str | int:
    """Enumerations and other subclasses lose their class."""
    return str(value) if isinstance(value, str) else int(value)


def special(value: float) -> dict[str, str]:
    """The JSON form of NaN and the infinities (float64)."""
    if math.isnan(value):
        return {"special": "nan", "bits": struct.pack(">d", value).hex()}
    return {"special": "inf" if value > 0 else "-inf"}


def from_json(value: Any) -> Any:
    """The inverse of `to_json` for what JSON can tell apart: lists stay lists."""
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"special", "bits"} and value["special"] == "nan":
        return struct.unpack(">d", bytes.fromhex(value["bits"]))[0]
    if set(value) == {"special"} and value["special"] in INFINITIES:
        return INFINITIES[value["special"]]
    return {key: from_json(item) for key, item in value.items()}
