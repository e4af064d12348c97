"""Protocol buffers by their wire format alone, without the classes that describe them (protobuf.dev, Encoding)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

_DOUBLE = struct.Struct("<d")


@dataclass(frozen=True)
class Message:
    """A message's fields by number, each with all its values in order: numbers, or bytes."""

    fields: dict[int, list[Any]]

    def text(self, field: int) -> str:
        """A string; "" where it was not written."""
        return bytes(self.fields.get(field, [b""])[-1]).decode("utf-8")

    def whole(self, field: int) -> int:
        """An int32; 0 where it was not written."""
        value = int(self.fields.get(field, [0])[-1])
        return value - (1 << 64) if value >> 63 else value

    def double(self, field: int) -> float:
        """A double; 0 where it was not written."""
        found = self.fields.get(field)
        return float(_DOUBLE.unpack(found[-1])[0]) if found else 0.0

    def one(self, field: int) -> Message:
        """A message; an empty one where it was not written."""
        return parse(self.fields.get(field, [b""])[-1])

    def every(self, field: int) -> list[Message]:
        return [parse(given) for given in self.fields.get(field, [])]

    def wholes(self, field: int) -> list[int]:
        """Repeated int32, packed or not."""
        found: list[int] = []
        for given in self.fields.get(field, []):
            found += _packed(given) if isinstance(given, bytes) else [int(given)]
        return found

    def doubles(self, field: int) -> list[float]:
        """Repeated doubles, packed or not."""
        return [value for given in self.fields.get(field, []) for (value,) in _DOUBLE.iter_unpack(given)]

    def floats(self, field: int) -> list[float]:
        """Repeated floats, packed or not."""
        return [value for given in self.fields.get(field, []) for (value,) in struct.iter_unpack("<f", given)]


def parse(data: bytes) -> Message:
    """ValueError where the bytes are no message."""
    fields: dict[int, list[Any]] = {}
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        value, at = _value(data, at, key & 7)
        fields.setdefault(key >> 3, []).append(value)
    return Message(fields)


def _value(data: bytes, at: int, kind: int) -> tuple[Any, int]:
    if kind == 0:
        return _varint(data, at)
    if kind == 2:
        size, at = _varint(data, at)
    elif kind in (1, 5):
        size = 8 if kind == 1 else 4
    else:
        raise ValueError(f"no protocol buffer: a field of wire type {kind} at byte {at}")
    if at + size > len(data):
        raise ValueError(f"a protocol buffer that is cut: {size} bytes wanted at byte {at} of {len(data)}")
    return data[at : at + size], at + size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 70:
        if at >= len(data):
            raise ValueError(f"a protocol buffer that is cut at byte {at}")
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at
    raise ValueError(f"no protocol buffer: a number without an end at byte {at}")


def _packed(data: bytes) -> list[int]:
    found, at = [], 0
    while at < len(data):
        value, at = _varint(data, at)
        found.append(value - (1 << 64) if value >> 63 else value)
    return found
