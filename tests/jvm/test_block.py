from __future__ import annotations

import os
import resource
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from parity.errors import StoreError
from parity.jvm import protocol
from parity.jvm.block import Block, BlockFullError, read_journal
from parity.jvm.columns import Crossing, plan


def crossing_of(batch: pa.RecordBatch) -> Crossing:
    crossing = plan(batch.schema, {})
    assert isinstance(crossing, Crossing)
    return crossing


def mixed(rows: int = 11) -> pa.RecordBatch:
    rng = np.random.default_rng(1)
    text = ["", None, "Łódź", "𝔘", "a\0b", "\t\n\\"]
    return pa.record_batch(
        {
            "f": pa.array(rng.normal(size=rows).astype(np.float32)),
            "d": pa.array(rng.normal(size=rows), mask=rng.random(rows) < 0.3),
            "i": pa.array(rng.integers(-9, 9, rows).astype(np.int32)),
            "l": pa.array(rng.integers(-(2**62), 2**62, rows), mask=rng.random(rows) < 0.3),
            "b": pa.array(rng.random(rows) < 0.5, mask=rng.random(rows) < 0.3),
            "s": pa.array([text[i % len(text)] for i in range(rows)]),
        }
    )


def read_by_table(block: Block, schema: pa.Schema) -> pa.RecordBatch:
    """The batch as Java reads it: through the column table alone."""
    rows, columns = int(block.slots[protocol.SLOT_ROWS]), int(block.slots[protocol.SLOT_COLUMNS])
    table = np.frombuffer(block.view(int(block.slots[protocol.SLOT_COLUMN_TABLE]), 48 * columns), np.int64).reshape(-1, 6)
    arrays = []
    for field, (code, validity, offsets, values, length, size) in zip(schema, table.tolist(), strict=True):
        assert size == 1
        assert protocol.TYPE_NAMES[code] == {"float": "float32", "double": "float64"}.get(str(field.type), str(field.type))
        buffers = [None if validity < 0 else pa.py_buffer(block.view(validity, (rows + 7) // 8))]
        buffers += [] if offsets < 0 else [pa.py_buffer(block.view(offsets, 4 * (rows + 1)))]
        buffers.append(pa.py_buffer(block.view(values, length)))
        arrays.append(pa.Array.from_buffers(field.type, rows, buffers))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


@pytest.mark.parametrize(("rows", "start", "stop"), [(11, 0, 11), (1, 0, 1), (64, 0, 64), (40, 3, 24), (9, 8, 9), (5, 2, 2)])
def test_the_column_table_points_at_the_batch(tmp_path: Path, rows: int, start: int, stop: int) -> None:
    block, batch = Block(tmp_path, "fake"), mixed(rows).slice(start, stop - start)
    block.write(batch, crossing_of(batch))
    assert read_by_table(block, batch.schema).to_pydict() == batch.to_pydict()
    block.remove()


def test_buffers_are_aligned_for_64_bit_reads(tmp_path: Path) -> None:
    block = Block(tmp_path, "fake")
    block.write(mixed(), crossing_of(mixed()))
    table = np.frombuffer(block.view(int(block.slots[protocol.SLOT_COLUMN_TABLE]), 48 * 6), np.int64).reshape(-1, 6)
    assert not (table[:, 3] % 8).any()
    block.remove()


def test_many_columns_do_not_run_into_the_tables(tmp_path: Path) -> None:
    batch = pa.record_batch({f"c{i}": [float(i), -float(i)] for i in range(3000)})
    block = Block(tmp_path, "fake")
    with pytest.raises(BlockFullError):
        block.write(batch, crossing_of(batch))
    block.grow(block.needed(batch, crossing_of(batch)))
    block.write(batch, crossing_of(batch))
    assert read_by_table(block, batch.schema).to_pydict() == batch.to_pydict()
    block.remove()


def test_the_journal_of_a_dead_session_holds_the_batch(tmp_path: Path) -> None:
    block, batch = Block(tmp_path, "fake"), mixed()
    block.write(batch, crossing_of(batch))
    assert read_journal(block.path).equals(batch), "while the session lives"
    block.keep()
    assert read_journal(block.path).equals(batch), "after it died"
    assert block.path.stat().st_size < 20_000


def test_a_block_that_holds_no_batch_is_no_journal(tmp_path: Path) -> None:
    block = Block(tmp_path, "fake")
    with pytest.raises(StoreError, match="holds no batch"):
        read_journal(block.path)
    other = tmp_path / "other"
    other.write_bytes(b"x" * 500)
    with pytest.raises(StoreError, match="holds no batch"):
        read_journal(other)
    other.write_bytes(b"short")
    with pytest.raises(StoreError, match="cannot be read"):
        read_journal(other)
    block.remove()


def test_growing_keeps_the_batch_and_makes_room_for_scores(tmp_path: Path) -> None:
    block, batch = Block(tmp_path, "fake"), mixed()
    block.write(batch, crossing_of(batch))
    before = int(block.slots[protocol.SLOT_SCORES_CAPACITY])
    block.grow(block.size * 2)
    assert block.slots[protocol.SLOT_SCORES_CAPACITY] == before + block.size // 2
    assert block.path.stat().st_size == block.size == block.slots[protocol.SLOT_SIZE]
    assert read_by_table(block, batch.schema).equals(batch)
    block.remove()


def test_removing_leaves_nothing_and_may_be_repeated(tmp_path: Path) -> None:
    block = Block(tmp_path, "fake")
    block.remove()
    block.remove()
    assert list((tmp_path / "journal").iterdir()) == []


def test_a_journal_left_by_an_earlier_process_of_the_same_number_is_not_overwritten(tmp_path: Path) -> None:
    first = Block(tmp_path, "fake")
    number = int(first.path.stem.rsplit("-", 1)[1])
    taken = first.path.with_name(f"fake-{os.getpid()}-{number + 1}.block")
    taken.write_text("kept")
    second = Block(tmp_path, "fake")
    assert second.path != taken
    assert taken.read_text() == "kept"
    first.remove()
    second.remove()


def test_a_full_disk_is_an_error_and_not_a_signal(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(StoreError, match=r"cannot be given 4096 KiB: .*; free some space, or choose another folder"):
            Block(tmp_path, "fake", size=4 << 20)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list((tmp_path / "journal").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("a file in the way")
    with pytest.raises(StoreError, match=r"the journal cannot be written in .*journal: .*; make the folder writable"):
        Block(tmp_path, "fake")
