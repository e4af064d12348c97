"""How much of a TensorFlow Lite file is quantised, read from the flatbuffer itself: no library of it is imported.

Field numbers are those of tensorflow/lite/schema/schema.fbs (version 3): tables hold their fields by number, through a table of
offsets, 0 where a field is absent; vectors start with their length.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

_MODEL_SUBGRAPHS = 2
_SUBGRAPH_TENSORS, _SUBGRAPH_OUTPUTS, _SUBGRAPH_OPERATORS = 0, 2, 3
_TENSOR_TYPE, _TENSOR_QUANTIZATION = 1, 4
_QUANTIZATION_SCALE, _QUANTIZATION_ZERO = 2, 3
_OPERATOR_INPUTS, _OPERATOR_OUTPUTS = 1, 2
_WHOLE = {2: "int32", 3: "uint8", 4: "int64", 7: "int16", 9: "int8", 17: "int4"}
_FLOAT16 = 1
_IDENTIFIER = b"TFL3"


@dataclass(frozen=True)
class Step:
    """A quantised tensor holds whole numbers q and means scale * (q - zero)."""

    scale: float
    zero: int
    type: str


@dataclass(frozen=True)
class Quantised:
    """`tensors` of all `of` hold small whole numbers, `halves` float16. `outputs`: by place, how the last step before counts.

    None for an output that no quantised tensor goes into.
    """

    tensors: int
    of: int
    outputs: tuple[Step | None, ...]
    halves: int = 0


class _Table:
    """One table of a flatbuffer. Raises struct.error where the file is cut."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at
        self._fields = at - struct.unpack_from("<i", data, at)[0]

    def _place(self, field: int) -> int:
        size = struct.unpack_from("<H", self._data, self._fields)[0]
        entry = 4 + 2 * field
        offset = struct.unpack_from("<H", self._data, self._fields + entry)[0] if entry < size else 0
        return self._at + offset if offset else 0

    def byte(self, field: int) -> int:
        at = self._place(field)
        return self._data[at] if at else 0

    def table(self, field: int) -> _Table | None:
        at = self._place(field)
        return _Table(self._data, at + struct.unpack_from("<I", self._data, at)[0]) if at else None

    def tables(self, field: int) -> list[_Table]:
        start, count = self._vector(field)
        at = [start + 4 * i for i in range(count)]
        return [_Table(self._data, place + struct.unpack_from("<I", self._data, place)[0]) for place in at]

    def numbers(self, field: int, kind: str) -> list[float]:
        start, count = self._vector(field)
        return list(struct.unpack_from(f"<{count}{kind}", self._data, start)) if count else []

    def _vector(self, field: int) -> tuple[int, int]:
        at = self._place(field)
        if not at:
            return 0, 0
        start = at + struct.unpack_from("<I", self._data, at)[0]
        return start + 4, struct.unpack_from("<I", self._data, start)[0]


def read(path: Path) -> Quantised | None:
    """None where the file is of another format, or cut."""
    with path.open("rb") as file:
        if file.read(8)[4:] != _IDENTIFIER:
            return None
    data = path.read_bytes()
    try:
        (graph, *_) = _Table(data, struct.unpack_from("<I", data)[0]).tables(_MODEL_SUBGRAPHS)
        return _read(graph)
    except (struct.error, IndexError, ValueError):
        return None


def _read(graph: _Table) -> Quantised:
    tensors = graph.tables(_SUBGRAPH_TENSORS)
    steps = [_step(tensor) for tensor in tensors]
    halves = sum(tensor.byte(_TENSOR_TYPE) == _FLOAT16 for tensor in tensors)
    made = {int(o): op for op in graph.tables(_SUBGRAPH_OPERATORS) for o in op.numbers(_OPERATOR_OUTPUTS, "i")}
    outputs = [_before(int(output), steps, made) for output in graph.numbers(_SUBGRAPH_OUTPUTS, "i")]
    return Quantised(sum(step is not None for step in steps), len(steps), tuple(outputs), halves)


def _step(tensor: _Table) -> Step | None:
    kind, quantization = tensor.byte(_TENSOR_TYPE), tensor.table(_TENSOR_QUANTIZATION)
    scale = quantization.numbers(_QUANTIZATION_SCALE, "f") if quantization is not None else []
    if kind not in _WHOLE or not scale or quantization is None:
        return None
    zero = quantization.numbers(_QUANTIZATION_ZERO, "q")
    return Step(scale[0], int(zero[0]) if zero else 0, _WHOLE[kind])


def _before(output: int, steps: list[Step | None], made: dict[int, _Table]) -> Step | None:
    """The step of the output itself, or of the only tensor that it is made of (DEQUANTIZE)."""
    if steps[output] is not None or output not in made:
        return steps[output]
    given = [int(i) for i in made[output].numbers(_OPERATOR_INPUTS, "i")]
    return steps[given[0]] if len(given) == 1 else None
