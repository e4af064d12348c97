"""Batches made ready to cross: the six types of the block, nothing narrowed, nothing re-encoded where it need not be.

A tensor crosses as one fixed-size list of its values a row, in C order, with its shape beside it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from parity.jvm.protocol import TYPE_CODES
from parity.numeric.tensors import element_of, flat, has_holes, one_level, shape_of
from parity.values.outcome import Refusal

_WIDENED: dict[pa.DataType, pa.DataType] = {
    pa.float16(): pa.float32(),
    pa.int8(): pa.int32(),
    pa.int16(): pa.int32(),
    pa.uint8(): pa.int32(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.large_string(): pa.string(),
    pa.string_view(): pa.string(),
}
_CROSSING = {pa.float32(), pa.float64(), pa.int32(), pa.int64(), pa.bool_(), pa.string()}
_NAMES = {pa.float32(): "float32", pa.float64(): "float64", pa.int32(): "int32", pa.int64(): "int64"}


@dataclass(frozen=True)
class Crossing:
    """How batches of one schema cross; made once per schema.

    `order` are the batch's columns in crossing order (None: as they stand), `schema` what is written to the block,
    `changed` says whether any column needs a cast, `inputs` the artifact's input of each column ("" for none), `shapes` the
    shape of one cell of each, () for single values.
    """

    order: tuple[int, ...] | None
    schema: pa.Schema
    changed: bool
    codes: tuple[int, ...]
    inputs: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]


def crossing_type(given: pa.DataType) -> pa.DataType | None:
    """The type that a column crosses in; None where it would have to be narrowed or invented."""
    if pa.types.is_dictionary(given):
        return crossing_type(given.value_type)
    if shape := shape_of(given):
        element = crossing_type(element_of(given))
        return None if element is None else pa.list_(element, math.prod(shape))
    if given in _CROSSING:
        return given
    return _WIDENED.get(given)


def type_name(crossed: pa.DataType) -> str:
    """The name of one of the six crossing types, of a tensor that of its values."""
    crossed = element_of(crossed)
    if pa.types.is_boolean(crossed):
        return "bool"
    return _NAMES.get(crossed, "string")


def plan(schema: pa.Schema, bound: Mapping[str, Sequence[str]], tensors: Collection[str] = ()) -> Crossing | Refusal:
    """How batches of `schema` cross when the artifact's inputs are fed as `bound` says; `tensors` are those that take tensors.

    The columns of an input stand next to each other in the order of the binding; columns that feed nothing come last. Whether
    an engine takes a tensor of another shape than it declares is for the engine to say.
    """
    names = schema.names
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated:
        return Refusal("shape", f"the batch has more than one column named {', '.join(repeated)}")
    feeds = {column: name for name, columns in bound.items() for column in columns}
    position = {name: index for index, name in enumerate(names)}
    ordered = [column for column in feeds if column in position]
    ordered += [column for column in names if column not in feeds]
    fields = []
    for name in ordered:
        given = schema.field(name).type
        crossed = crossing_type(given)
        if crossed is None:
            return Refusal("type", _foreign(name, given))
        fields.append(pa.field(name, crossed))
        fed = feeds.get(name)
        if fed is not None and shape_of(given) and (fed not in tensors or len(bound[fed]) > 1):
            return Refusal("shape", _not_single(name, given, fed, len(bound[fed])))
    order = tuple(position[name] for name in ordered)
    return Crossing(
        order=None if order == tuple(range(len(order))) else order,
        schema=pa.schema(fields),
        changed=any(schema.field(field.name) != field or shape_of(schema.field(field.name).type) for field in fields),
        codes=tuple(TYPE_CODES[type_name(field.type)] for field in fields),
        inputs=tuple(feeds.get(name, "") for name in ordered),
        shapes=tuple(shape_of(schema.field(name).type) for name in ordered),
    )


def ready(batch: pa.RecordBatch, crossing: Crossing) -> pa.RecordBatch | Refusal:
    """The batch in crossing order and types. Without copies where the types already fit."""
    if crossing.order is not None:
        batch = batch.select(list(crossing.order))
    if not crossing.changed:
        return batch
    for name, column in zip(crossing.schema.names, batch.columns, strict=True):
        if shape_of(column.type) and has_holes(column):
            return Refusal("missing", _holed(name))
    try:
        arrays = [_cast(column, field.type) for column, field in zip(batch.columns, crossing.schema, strict=True)]
    except pa.ArrowInvalid as error:  # text of more than 2 GiB in one column, or text that is not UTF-8
        return Refusal("type", f"the batch cannot be written in the types that cross to the JVM: {error}")
    return pa.RecordBatch.from_arrays(arrays, schema=crossing.schema)


def _cast(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    if shape_of(column.type):
        return _cast_tensor(column, wanted)
    return column if column.type == wanted else column.cast(wanted)


def _cast_tensor(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    column = one_level(column)
    if column.type == wanted:
        return column
    return pa.FixedSizeListArray.from_arrays(
        flat(column).cast(element_of(wanted)), wanted.list_size, mask=column.is_null() if column.null_count else None
    )


def _holed(name: str) -> str:
    return (
        f"column {name} holds a tensor in which a value is missing; only a whole tensor can be missing. "
        "Fill the value, for example with NaN, or leave out the tensor"
    )


def _not_single(name: str, given: pa.DataType, fed: str, count: int) -> str:
    shape = shape_of(given)
    if count > 1:
        return f"column {name} holds tensors of shape {shape}, and {count} columns feed the input {fed}; a tensor feeds it alone"
    return f"column {name} holds tensors of shape {shape}, but the input {fed} takes one value a row"


def _foreign(name: str, given: pa.DataType) -> str:
    return (
        f"column {name} has type {given}, which does not cross to the JVM; wanted: float32, float64, int32, int64, bool or text "
        "(smaller integers are widened, dictionaries decoded), or fixed-size lists of them. Convert the column in the data, "
        "for example to float64 or to text"
    )
