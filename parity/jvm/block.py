"""The block: one file that both processes map, in Arrow's own layout. It is the journal of the batch too.

    0    header        19 slots of int64, see protocol.py
    256  column table  6 slots a column
         output table  6 slots an output
         Arrow stream  schema and batch, written once, read by Java in place
         scores        written by Java

The positions of the buffers come from the stream's own metadata (Arrow, "Encapsulated message format" and Message.fbs),
because asking pyarrow for each buffer's address costs three times as much as writing the batch.
"""

from __future__ import annotations

import itertools
import math
import mmap
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.errors import StoreError
from parity.jvm import protocol
from parity.jvm.columns import Crossing

LARGEST = 64 << 20  # bytes; a batch that needs more is sent in parts, unless it is one row
SMALLEST = 256 << 10
COLUMN_TABLE = 256
OUTPUT_CAPACITY = 64  # entries of the output table, at least
_ROW_OF_SCORES = 64  # bytes; a guess that spares most sessions a second try
_ALIGN = 64  # a cache line, and what Arrow recommends

_OPTIONS = pa.ipc.IpcWriteOptions()
_counter = itertools.count(1)
Slots = npt.NDArray[np.int64]


class BlockFullError(Exception):
    """The batch does not fit into the block; the caller grows it or sends fewer rows."""


class Block:
    """A mapped file of one session; one batch at a time.

    Raises StoreError where the file cannot be made or grown: read-only folder, disk full.
    """

    def __init__(self, folder: Path, runtime: str, size: int = SMALLEST, outputs: int = 0) -> None:
        self.path, self._file = _create(folder / "journal", runtime)
        self.size = 0
        self._outputs = max(outputs, OUTPUT_CAPACITY)
        self._layout: _Layout | None = None
        try:
            self.grow(size)
        except StoreError:
            self.remove()
            raise

    def grow(self, size: int) -> None:
        """Make the file larger, keep what it holds, and map it anew."""
        size = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
        try:
            _allocate(self._file, self.size, size)
        except OSError as error:
            raise StoreError(
                f"the journal {self.path} cannot be given {size >> 10} KiB: {error.strerror}; free some space, or choose another "
                "folder with --parity-out"
            ) from None
        self._map = mmap.mmap(self._file, size)
        self.slots: Slots = np.frombuffer(self._map, np.int64, protocol.SLOTS)
        self.slots[protocol.SLOT_MAGIC] = protocol.MAGIC
        self.slots[protocol.SLOT_VERSION] = protocol.LAYOUT_VERSION
        self.slots[protocol.SLOT_SIZE] = size
        # Where a batch stands in the block already, the room for its scores has grown.
        self.slots[protocol.SLOT_SCORES_CAPACITY] = max(0, size - int(self.slots[protocol.SLOT_SCORES]))
        self.size = size
        self._layout = None

    def write(self, batch: pa.RecordBatch, crossing: Crossing) -> None:
        """Write a batch that is ready to cross. Raises BlockFullError, with nothing said of the block's content."""
        layout = self._layout
        if layout is None or layout.crossing is not crossing:
            layout = self._layout = _Layout(crossing, self._outputs)
        self.slots[protocol.SLOT_STATE] = protocol.STATE_IDLE
        length = self._write_stream(batch, layout)
        self._fill_table(layout)
        scores = _aligned(layout.stream + length)
        # One write for slots 4 to 18, then the state: a reader of the journal never sees a half-written header as input.
        self.slots[protocol.SLOT_ROWS :] = (
            batch.num_rows, batch.num_columns, layout.stream, length, scores, max(0, self.size - scores),
            0, 0, 0, 0, 0, 0, COLUMN_TABLE, layout.outputs, self._outputs,
        )  # fmt: skip
        self.slots[protocol.SLOT_STATE] = protocol.STATE_WRITTEN

    def _write_stream(self, batch: pa.RecordBatch, layout: _Layout) -> int:
        if layout.stream >= self.size:
            raise BlockFullError
        sink = pa.FixedSizeBufferWriter(pa.py_buffer(memoryview(self._map)[layout.stream :]))
        try:
            with pa.ipc.new_stream(sink, layout.crossing.schema, options=_OPTIONS) as writer:
                writer.write_batch(batch)
            return int(sink.tell())
        except OSError:
            raise BlockFullError from None

    def _fill_table(self, layout: _Layout) -> None:
        buffers, body = layout.buffers(self._map)
        table = np.frombuffer(self._map, np.int64, layout.codes.size * protocol.COLUMN_SLOTS, COLUMN_TABLE)
        table = table.reshape(-1, protocol.COLUMN_SLOTS)
        start, length = buffers[:, 0] + body, buffers[:, 1]
        table[:, 0] = layout.codes
        table[:, 1] = np.where(length[layout.validity] > 0, start[layout.validity], -1)
        table[:, 2] = np.where(layout.text, start[layout.values - 1], -1)
        table[:, 3] = start[layout.values]
        table[:, 4] = length[layout.values]
        table[:, 5] = layout.lengths

    def needed(self, batch: pa.RecordBatch, crossing: Crossing) -> int:
        """Bytes that the batch takes, with as much room again for its scores."""
        layout = _Layout(crossing, self._outputs)
        stream = int(pa.ipc.get_record_batch_size(batch))
        room = int(batch.num_rows) * _ROW_OF_SCORES
        return layout.message + _ALIGN + stream + room

    def view(self, start: int, length: int) -> memoryview:
        """A view of the block; copy it before the next batch is written."""
        return memoryview(self._map)[start : start + length]

    def keep(self) -> None:
        """Let go of the file and leave it on disk, cut to the batch, for whoever asks what was being scored."""
        end = int(self.slots[protocol.SLOT_STREAM] + self.slots[protocol.SLOT_STREAM_LENGTH])
        self._release()
        os.truncate(self.path, end)

    def remove(self) -> None:
        """Let go of the file and delete it. Safe to call twice."""
        self._release()
        self.path.unlink(missing_ok=True)

    def _release(self) -> None:
        # The map itself goes when the last view of it goes: closing it under a view would be an error.
        self.slots = np.zeros(protocol.SLOTS, np.int64)
        self._map = None  # type: ignore[assignment]
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class _Layout:
    """Where things stand for batches of one schema."""

    def __init__(self, crossing: Crossing, outputs: int) -> None:
        self.crossing = crossing
        self.codes = np.array(crossing.codes, np.int64)
        self.text = self.codes == protocol.TYPE_CODES["string"]
        self.lengths = np.array([math.prod(shape) for shape in crossing.shapes], np.int64)
        tensors = np.array([bool(shape) for shape in crossing.shapes], bool)
        counts = np.where(self.text, 3, 2) + tensors  # validity (of a tensor: of the cell, then of its values), (offsets,) values
        self.validity = np.cumsum(counts) - counts
        self.values = np.cumsum(counts) - 1
        self.count = int(counts.sum())
        self.outputs = _aligned(COLUMN_TABLE + 8 * protocol.COLUMN_SLOTS * self.codes.size)
        self.stream = _aligned(self.outputs + 8 * protocol.OUTPUT_SLOTS * outputs)
        self.message: int = self.stream + crossing.schema.serialize().size

    def buffers(self, memory: mmap.mmap) -> tuple[Slots, int]:
        """Offset and length of each buffer of the batch, shape (buffers, 2), and where the message's body starts."""
        mark, length = struct.unpack_from("<Ii", memory, self.message)
        if mark != 0xFFFFFFFF:
            raise AssertionError(f"no Arrow message at byte {self.message} of the block")
        start = self.message + 8
        record_batch = _table_field(memory, start + _u32(memory, start), 2)
        vector = _table_field(memory, record_batch, 2)
        if _u32(memory, vector) != self.count:
            raise AssertionError(f"the Arrow message holds {_u32(memory, vector)} buffers, the columns need {self.count}")
        pairs = np.frombuffer(memory, np.int64, 2 * self.count, vector + 4)
        return pairs.reshape(-1, 2), start + length


def read_journal(path: Path) -> pa.RecordBatch:
    """The batch that a journal holds, as its session wrote it. Raises StoreError where it holds none."""
    try:
        with path.open("rb") as file:
            slots = struct.unpack(f"<{protocol.SLOTS}q", file.read(8 * protocol.SLOTS))
            if slots[protocol.SLOT_MAGIC] != protocol.MAGIC or slots[protocol.SLOT_STATE] == protocol.STATE_IDLE:
                raise StoreError(f"{path} holds no batch: it is not a journal, or its session died before it wrote one")
            file.seek(slots[protocol.SLOT_STREAM])
            stream = file.read(slots[protocol.SLOT_STREAM_LENGTH])
        return pa.ipc.open_stream(stream).read_next_batch()
    except (OSError, struct.error, pa.ArrowInvalid) as error:
        raise StoreError(f"the journal {path} cannot be read: {error}") from None


def _create(folder: Path, runtime: str) -> tuple[Path, int]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        while True:  # an earlier process of the same number may have left a journal: take the next number
            path = folder / f"{runtime}-{os.getpid()}-{next(_counter)}.block"
            try:
                return path, os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            except FileExistsError:
                continue
    except OSError as error:
        raise StoreError(
            f"the journal cannot be written in {folder}: {error.strerror}; make the folder writable, "
            "or choose another with --parity-out"
        ) from None


def _allocate(file: int, start: int, end: int) -> None:
    """Give the file real blocks of the disk, so that a full disk is an error here and not a SIGBUS later."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, start, end - start)
        return
    for position in range(start, end, 1 << 20):  # macOS has no posix_fallocate
        os.pwrite(file, bytes(min(1 << 20, end - position)), position)


def _aligned(offset: int) -> int:
    return -(-int(offset) // _ALIGN) * _ALIGN


def _u32(memory: Any, position: int) -> int:
    return int(struct.unpack_from("<I", memory, position)[0])


def _table_field(memory: Any, table: int, field: int) -> int:
    """Where the table or vector starts that a flatbuffer table's field refers to."""
    vtable = table - struct.unpack_from("<i", memory, table)[0]
    position = table + struct.unpack_from("<H", memory, vtable + 4 + 2 * field)[0]
    return int(position + _u32(memory, position))
