"""Tensors on their way to the JVM: what crosses, and what is refused with which words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from parity.jvm import protocol
from parity.jvm.block import Block
from parity.jvm.columns import Crossing, plan, ready
from parity.numeric.tensors import column_of
from parity.values.outcome import Refusal

IMAGES = np.arange(2 * 3 * 4, dtype=np.float32).reshape(2, 3, 4)


def batch() -> pa.RecordBatch:
    return pa.record_batch({"image": column_of(IMAGES, pa.float32(), (3, 4)), "age": pa.array([1.0, None])})


def crossing(given: pa.RecordBatch, bound: dict[str, tuple[str, ...]] | None = None) -> Crossing:
    found = plan(given.schema, bound or {"x": ("image",)}, {"x"})
    assert isinstance(found, Crossing)
    return found


def test_a_tensor_stands_in_the_block_in_c_order_with_its_count_beside_it(tmp_path: Path) -> None:
    block, given = Block(tmp_path, "fake"), batch()
    how = crossing(given)
    block.write(ready(given, how), how)
    table = np.frombuffer(block.view(int(block.slots[protocol.SLOT_COLUMN_TABLE]), 48 * 2), np.int64).reshape(-1, 6)
    assert table[:, 5].tolist() == [12, 1]
    assert bytes(block.view(int(table[0, 3]), 96)) == IMAGES.tobytes()
    assert table[0, 1] == -1, "no tensor is missing"
    assert bytes(block.view(int(table[1, 1]), 1))[0] & 3 == 1
    assert how.shapes == ((3, 4), ())
    block.remove()


def test_missing_tensors_have_bits_of_their_own(tmp_path: Path) -> None:
    given = pa.record_batch({"image": column_of(IMAGES, pa.float32(), (3, 4), np.array([True, False]))})
    block, how = Block(tmp_path, "fake"), crossing(given)
    block.write(ready(given, how), how)
    table = np.frombuffer(block.view(int(block.slots[protocol.SLOT_COLUMN_TABLE]), 48), np.int64)
    assert bytes(block.view(int(table[1]), 1))[0] & 3 == 2
    assert bytes(block.view(int(table[3]) + 48, 48)) == IMAGES[1].tobytes()
    block.remove()


def test_narrow_values_are_widened_and_text_crosses() -> None:
    given = pa.record_batch(
        {
            "bytes": column_of(IMAGES.astype(np.uint8), pa.uint8(), (3, 4)),
            "words": pa.array([["a", ""], ["Łódź", "b"]], pa.list_(pa.large_string(), 2)),
        }
    )
    found = ready(given, crossing(given, {"x": ("bytes",), "t": ()}))
    assert found.column("bytes").type == pa.list_(pa.int32(), 12)
    assert found.column("words").to_pylist() == [["a", ""], ["Łódź", "b"]]


def test_what_cannot_cross_is_refused_with_what_was_given_and_what_is_wanted() -> None:
    single = plan(batch().schema, {"x": ("image",)})
    assert isinstance(single, Refusal)
    assert single.kind == "shape"
    assert single.message == "column image holds tensors of shape (3, 4), but the input x takes one value a row"
    both = plan(batch().schema, {"x": ("image", "age")}, {"x"})
    assert isinstance(both, Refusal)
    assert "2 columns feed the input x; a tensor feeds it alone" in both.message
    ragged = plan(pa.schema({"image": pa.list_(pa.float32())}), {"x": ("image",)}, {"x"})
    assert isinstance(ragged, Refusal)
    assert ragged.kind == "type"
    assert "or fixed-size lists of them" in ragged.message
    holed = pa.record_batch({"image": pa.array([[1.0, None]], pa.list_(pa.float32(), 2))})
    refused = ready(holed, crossing(holed))
    assert isinstance(refused, Refusal)
    assert refused.kind == "missing"
    assert "only a whole tensor can be missing" in refused.message
