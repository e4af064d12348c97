"""Bits out are bits in, through the worker, both directions: numbers of every type, and text of every Unicode plane.

Each cell crosses to Java, is boxed, and comes back. Beside it comes a one-to-one mix of the bits that Java saw, so that the way
there is proven alone. Every second batch has missing cells. NaN payloads and subnormals are among random patterns.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.result import Figure, Result, method_of, publish
from benchmarks.sessions import echo
from parity.values.outcome import Output, Scores

PATTERNS = 2_000_000
BATCH = 250_000
NULLS = 0.05  # share of missing cells in every second batch
TEXTS = 200_000
_MIX = np.uint64(0x9E3779B97F4A7C15)
_WIDTHS: dict[str, Any] = {"float32": np.uint32, "float64": np.uint64, "int32": np.uint32, "int64": np.uint64}
# First and last assigned code points by plane; surrogates are no characters and have no UTF-8.
_SURROGATES = range(0xD800, 0xE000)


def measure() -> Result:
    generator = np.random.default_rng(11)
    figures = [_figure(kind, _check(kind, _numbers(kind, generator))) for kind in _WIDTHS]
    figures.append(_figure("bool", _check("bool", _bools(generator))))
    figures.append(_figure("string", _check("string", _texts(generator))))
    return Result("bits", tuple(figures), method_of(__doc__))


def _figure(kind: str, counted: tuple[int, int]) -> Figure:
    cells, wrong = counted
    most = PATTERNS if kind in _WIDTHS else 0
    note = "every code point but the surrogates once, random texts, empty, missing" if kind == "string" else ""
    assert cells >= most, f"only {cells} patterns of {kind} were tried"
    return Figure(f"{kind}: cells changed of {cells:,}", wrong, at_most=0, note=note)


def _numbers(kind: str, generator: np.random.Generator) -> Iterator[pa.Array]:
    dtype = _WIDTHS[kind]
    for start in range(0, PATTERNS, BATCH):
        bits = generator.integers(0, np.iinfo(dtype).max, BATCH, dtype, endpoint=True)
        yield _with_nulls(bits.view(kind), start, generator)


def _bools(generator: np.random.Generator) -> Iterator[pa.Array]:
    yield _with_nulls(generator.integers(0, 2, BATCH) == 1, 0, generator)
    yield _with_nulls(generator.integers(0, 2, BATCH) == 1, BATCH, generator)


def _with_nulls(values: npt.NDArray[np.generic], start: int, generator: np.random.Generator) -> pa.Array:
    odd = start // BATCH % 2 == 1
    return pa.array(values, mask=generator.random(len(values)) < NULLS) if odd else pa.array(values)


def _texts(generator: np.random.Generator) -> Iterator[pa.Array]:
    points = [chr(point) for point in range(sys.maxunicode + 1) if point not in _SURROGATES]
    for start in range(0, len(points), BATCH):
        yield pa.array(points[start : start + BATCH], pa.string())
    planes = generator.integers(0, len(points), (TEXTS, 12))
    lengths = generator.integers(0, 13, TEXTS)
    texts = ["".join(points[i] for i in row[:length]) for row, length in zip(planes.tolist(), lengths.tolist(), strict=True)]
    mixed: list[str | None] = [None if i % 20 == 7 else text for i, text in enumerate(texts)]
    assert "" in mixed and None in mixed
    yield pa.array(mixed, pa.string())


def _check(kind: str, arrays: Iterator[pa.Array]) -> tuple[int, int]:
    """Cells tried, and cells that are not what they were, on either way."""
    cells = wrong = 0
    with echo({"x": kind}) as session:
        for array in arrays:
            scores = session.score(pa.record_batch([array], names=["x"]))
            if not isinstance(scores, Scores) or scores.refused:
                raise AssertionError(f"{kind}: the echo refused: {scores}")
            returned, seen = scores.outputs
            cells += len(array)
            wrong += int((_changed(array, returned) | _misread(array, seen)).sum())
    return cells, wrong


def _changed(array: pa.Array, output: Output) -> npt.NDArray[np.bool_]:
    missing = np.zeros(len(array), bool) if output.missing is None else output.missing[:, 0]
    present = ~_nulls(array)
    differs = np.zeros(len(array), bool)
    differs[present] = output.values[:, 0][present] != _values(array)[present] if output.values.dtype == object else False
    if output.values.dtype != object:
        differs[present] = _bits(output.values[:, 0])[present] != _bits(_values(array))[present]
    changed: npt.NDArray[np.bool_] = differs | (missing == present)
    return changed


def _misread(array: pa.Array, seen: Output) -> npt.NDArray[np.bool_]:
    with np.errstate(over="ignore"):
        expected = _java_bits(array) * _MIX
    expected[_nulls(array)] = 0
    misread: npt.NDArray[np.bool_] = seen.values[:, 0].view(np.uint64) != expected
    return misread


def _java_bits(array: pa.Array) -> npt.NDArray[np.uint64]:
    """What Java's `bits` gives: sign-extended raw bits, and for text Java's own hash of its UTF-16 units."""
    values = _values(array)
    if values.dtype == object:
        return np.array([_java_hash(text or "") for text in values], np.int64).view(np.uint64)
    signed = _bits(values).view({4: np.int32, 8: np.int64}.get(values.dtype.itemsize, np.int8))
    return signed.astype(np.int64).view(np.uint64)


def _java_hash(text: str) -> int:
    """java.lang.String.hashCode: sum of unit * 31^(n-1-i) in 32 bits."""
    total = 0
    raw = text.encode("utf-16-le")
    for i in range(0, len(raw), 2):
        total = (31 * total + raw[i] + (raw[i + 1] << 8)) & 0xFFFFFFFF
    return total - (1 << 32) if total >= 1 << 31 else total


def _bits(values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    return np.ascontiguousarray(values).view(f"u{values.dtype.itemsize}")


def _values(array: pa.Array) -> npt.NDArray[np.generic]:
    """The cells as they lie in memory; a missing cell holds whatever lies there."""
    if array.type == pa.string():
        return np.array(array.to_pylist(), object)
    if array.type == pa.bool_():
        return np.array(array.fill_null(False).to_numpy(zero_copy_only=False))
    return np.frombuffer(array.buffers()[1], array.type.to_pandas_dtype(), len(array))


def _nulls(array: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(array.is_null())


if __name__ == "__main__":
    publish(measure)
