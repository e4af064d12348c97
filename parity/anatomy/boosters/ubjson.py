"""Universal Binary JSON, as far as XGBoost writes it (ubjson.org, draft 12; src/common/json.cc): big-endian, typed arrays."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

_NUMBERS = {"i": ">i1", "U": ">u1", "I": ">i2", "l": ">i4", "L": ">i8", "d": ">f4", "D": ">f8"}
_WORDS = {"Z": None, "T": True, "F": False}


def parse(data: bytes) -> Any:
    """A document as Python values; typed arrays become lists. ValueError where the bytes are not UBJSON."""
    try:
        value, _ = _value(data, 1, chr(data[0]))
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise ValueError(f"not UBJSON, or cut off: {error}") from error
    return value


def _value(data: bytes, at: int, mark: str) -> tuple[Any, int]:
    if mark == "{":
        return _object(data, at)
    if mark == "[":
        return _array(data, at)
    if mark == "S":
        return _text(data, at)
    if mark in _WORDS:
        return _WORDS[mark], at
    if mark == "C":
        return chr(data[at]), at + 1
    return _number(data, at, mark)


def _number(data: bytes, at: int, mark: str) -> tuple[Any, int]:
    kind = _NUMBERS.get(mark)
    if kind is None:
        raise ValueError(f"byte {at}: {mark!r} is no UBJSON type")
    size = np.dtype(kind).itemsize
    if at + size > len(data):
        raise ValueError(f"cut off at byte {len(data)}")
    return np.frombuffer(data, kind, 1, at)[0].item(), at + size


def _length(data: bytes, at: int) -> tuple[int, int]:
    value, at = _number(data, at + 1, chr(data[at]))
    return int(value), at


def _text(data: bytes, at: int) -> tuple[str, int]:
    size, at = _length(data, at)
    return data[at : at + size].decode(), at + size


def _object(data: bytes, at: int) -> tuple[dict[str, Any], int]:
    found = {}
    while data[at] != ord("}"):
        name, at = _text(data, at)
        found[name], at = _value(data, at + 1, chr(data[at]))
    return found, at + 1


def _array(data: bytes, at: int) -> tuple[list[Any], int]:
    if data[at] == ord("$"):
        return _typed(data, at + 1)
    if data[at] == ord("#"):
        count, at = _length(data, at + 1)
        return _items(data, at, count)
    found = []
    while data[at] != ord("]"):
        item, at = _value(data, at + 1, chr(data[at]))
        found.append(item)
    return found, at + 1


def _typed(data: bytes, at: int) -> tuple[list[Any], int]:
    kind = np.dtype(_NUMBERS[chr(data[at])])
    count, at = _length(data, at + 2)
    end = at + count * kind.itemsize
    if end > len(data):
        raise ValueError(f"cut off at byte {len(data)}")
    return np.frombuffer(data, kind, count, at).tolist(), end


def _items(data: bytes, at: int, count: int) -> tuple[list[Any], int]:
    found = []
    for _ in range(count):
        item, at = _value(data, at + 1, chr(data[at]))
        found.append(item)
    return found, at
