"""Scores read back out of the block, as copies: the block is refilled by the next batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.jvm import protocol
from parity.jvm.block import Block
from parity.values.outcome import Output, Refusal, Scores
from parity.values.signature import OutputSpec, Signature

_DTYPES = {1: np.float32, 2: np.float64, 3: np.int32, 4: np.int64, 5: np.bool_}
_STRING = protocol.TYPE_CODES["string"]
_SOME = 64  # texts that are looked at to tell labels from texts that are all different


def read_scores(block: Block, signature: Signature) -> Scores:
    """All outputs, in the order of the signature, and the rows that the runtime refused."""
    rows, count = int(block.slots[protocol.SLOT_ROWS]), int(block.slots[protocol.SLOT_OUTPUTS])
    table = np.frombuffer(
        block.view(int(block.slots[protocol.SLOT_OUTPUT_TABLE]), 8 * protocol.OUTPUT_SLOTS * count), np.int64
    ).reshape(count, protocol.OUTPUT_SLOTS)
    specs = signature.outputs
    outputs = tuple(_output(block, spec, entry, rows) for spec, entry in zip(specs, table.tolist(), strict=True))
    return Scores(rows, outputs, _refused(block))


def joined(first: Scores, second: Scores) -> Scores:
    """The scores of two parts of one batch, in order."""
    outputs = tuple(_joined(one, other) for one, other in zip(first.outputs, second.outputs, strict=True))
    refused = {**first.refused, **{first.rows + row: refusal for row, refusal in second.refused.items()}}
    return Scores(first.rows + second.rows, outputs, refused)


def _joined(one: Output, other: Output) -> Output:
    missing = None
    if one.missing is not None or other.missing is not None:
        missing = np.concatenate([_mask(one), _mask(other)])
    return Output(one.spec, np.concatenate([one.values, other.values]), missing)


def _mask(output: Output) -> npt.NDArray[np.bool_]:
    return np.zeros(output.values.shape, np.bool_) if output.missing is None else output.missing


def _output(block: Block, spec: OutputSpec, entry: list[int], rows: int) -> Output:
    code, width, values, length, missing, offsets = entry
    cells = rows * width
    if code == _STRING:
        flat = _strings(block, values, length, offsets, cells)
    else:
        dtype = np.dtype(_DTYPES[code])
        flat = np.frombuffer(block.view(values, cells * dtype.itemsize), dtype).copy()
    mask = None
    if missing >= 0:
        mask = np.frombuffer(block.view(missing, cells), np.bool_).reshape(rows, width).copy()
    return Output(spec, flat.reshape(rows, width), mask)


def _strings(block: Block, values: int, length: int, offsets: int, cells: int) -> npt.NDArray[Any]:
    if cells == 0:
        return np.empty(0, object)
    text = pa.StringArray.from_buffers(
        cells, pa.py_buffer(block.view(offsets, 4 * (cells + 1))), pa.py_buffer(block.view(values, length))
    )
    if len(text[:_SOME].unique()) > _SOME // 2:
        return np.array(text.to_pylist(), object)  # Python strings are copies
    # Labels are few texts, many times over: one object for each.
    encoded = text.dictionary_encode()
    labels: npt.NDArray[Any] = np.array(encoded.dictionary.to_pylist(), object)[encoded.indices.to_numpy()]
    return labels


def _refused(block: Block) -> dict[int, Refusal]:
    if block.slots[protocol.SLOT_REFUSED] == 0:
        return {}
    start, length = int(block.slots[protocol.SLOT_REFUSALS]), int(block.slots[protocol.SLOT_REFUSALS_LENGTH])
    text = bytes(block.view(start, length)).decode("utf-8", "replace")
    return {row: Refusal(kind, message) for row, kind, message in protocol.refusal_lines(text)}
