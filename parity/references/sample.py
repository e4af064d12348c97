"""Sample data: real rows from a file or a frame, as one record batch.

Columns come out as float32, float64, int32, int64, bool, string, or a dictionary of strings or integers (a pandas
categorical); narrower numbers are widened. NaN is read as null; the text "nan" stays text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parity.errors import DataError
from parity.numeric.tensors import element_of, filled, flat, has_holes, inner, nested, shape_of
from parity.references.tabular import table_of
from parity.values.case import Case

SUFFIXES = (".parquet", ".csv", ".feather", ".arrow", ".npy", ".npz")
KINDS = "numbers, booleans, text, categories, or tensors of them"


def load_sample(case: Case) -> pa.RecordBatch | None:
    """The sample of a case, None where it has none.

    Raises DataError: missing or damaged file, no rows, two columns of one name, a column of mixed types.
    """
    if case.data is None:
        return None
    name = f"the sample data {case.data}" if isinstance(case.data, str | Path) else "the sample data"
    table = from_file(case.root / case.data, name) if isinstance(case.data, str | Path) else table_of(case.data, name)
    return batch_of(table, name)


def select_columns(sample: pa.RecordBatch, columns: Sequence[str] | None, width: int | None) -> pa.RecordBatch:
    """The columns that a reference was fitted on, in its order; extra ones (a target, an id) are dropped by name.

    Raises DataError where one is absent, or where the reference knows only a number of columns and it differs.
    """
    names = sample.schema.names
    absent = [name for name in columns or () if name not in names]
    if absent:
        both = f"it has {quoted(names)}, the reference was fitted on {quoted(columns or ())}"
        raise DataError(f"the sample data lacks the column {quoted(absent)}; {both}. Add what is missing, or give other data")
    if columns is None and width is not None and width != len(names):
        wants = f"the reference was fitted on {width} without names; give exactly these, in order"
        raise DataError(f"the sample data has {len(names)} columns ({quoted(names)}), {wants}")
    chosen = sample if columns is None else sample.select(list(columns))
    for field in chosen.schema:
        if not usable(field.type):
            raise DataError(f"the sample's column {field.name!r} is of type {field.type}; {KINDS} are wanted: convert it")
    return chosen


def decoded(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with its dictionary columns as plain ones, as rows cross to the JVM."""
    columns = [c.dictionary_decode() if pa.types.is_dictionary(c.type) else c for c in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def quoted(names: Sequence[str]) -> str:
    shown = [repr(name) for name in names[:20]]
    return ", ".join(shown) + (f" and {len(names) - 20} more" if len(names) > 20 else "")


def usable(kind: pa.DataType) -> bool:
    value = kind.value_type if pa.types.is_dictionary(kind) else element_of(kind)
    return any(check(value) for check in (pa.types.is_floating, pa.types.is_integer, pa.types.is_boolean, pa.types.is_string))


def from_file(path: Path, name: str) -> pa.Table:
    if not path.exists():
        raise DataError(f"{name}: there is no such file ({path}); give a {', '.join(SUFFIXES)} file")
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{name}: {path.suffix or 'a file without suffix'} is not read; {', '.join(SUFFIXES)} are")
    try:
        return reader(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataError(f"{name}: cannot be read as {path.suffix}: {' '.join(str(error).split())}; is it complete?") from None


def read_parquet(path: Path) -> pa.Table:
    import pyarrow.parquet

    return pyarrow.parquet.read_table(path)


def read_feather(path: Path) -> pa.Table:
    import pyarrow.feather

    return pyarrow.feather.read_table(path)


def read_csv(path: Path) -> pa.Table:
    """Types as pyarrow infers them, except that dates stay text, and that "nan" or "NA" in a text column are text.

    An empty cell without quotes is missing, in text as in numbers.
    """
    from pyarrow import csv

    first = csv.read_csv(path)
    if len(set(first.schema.names)) < len(first.schema.names):
        return first
    texts = {f.name: pa.string() for f in first.schema if pa.types.is_string(f.type) or pa.types.is_temporal(f.type)}
    if not texts:
        return first
    options = csv.ConvertOptions(
        column_types=texts,
        include_columns=list(texts),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    again = csv.read_csv(path, convert_options=options)
    columns = [again.column(n) if n in texts else first.column(n) for n in first.schema.names]
    return pa.table(dict(zip(first.schema.names, columns, strict=True)))


def read_numpy(path: Path) -> pa.Table:
    """`.npy`: one column `x` of tensors (of two dimensions: the columns of a frame); `.npz`: its arrays by name."""
    found = np.load(path, allow_pickle=False)
    return table_of(found if isinstance(found, np.ndarray) else dict(found), str(path))


READERS: Mapping[str, Callable[[Path], pa.Table]] = {
    ".parquet": read_parquet,
    ".csv": read_csv,
    ".feather": read_feather,
    ".arrow": read_feather,
    ".npy": read_numpy,
    ".npz": read_numpy,
}


def batch_of(table: pa.Table, name: str) -> pa.RecordBatch:
    """One batch with the types that cross, NaN as null. Raises DataError for no rows and for repeated names."""
    kept = [n for n in table.schema.names if not n.startswith("__index_level_")]
    repeated = sorted({n for n in kept if kept.count(n) > 1})
    if repeated:
        raise DataError(f"{name}: the column {quoted(repeated)} stands there more than once; rename it")
    if table.num_rows == 0 or not kept:
        what = "no rows" if kept else "no columns"
        raise DataError(f"{name}: has {what}; give a few hundred real rows, or leave data out")
    columns = [plain(table.column(n), n, name) for n in kept]
    return pa.RecordBatch.from_arrays(columns, names=kept)


def plain(column: pa.ChunkedArray, column_name: str, name: str) -> pa.Array:
    """A column in one of the types that cross; dates and nested values are left as they are, for select_columns to refuse."""
    array = pa.concat_arrays(column.unify_dictionaries().chunks) if column.num_chunks != 1 else column.chunk(0)
    kind = array.type
    if pa.types.is_dictionary(kind):
        return categorical(array)
    if shape_of(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return tensors(array, column_name, name)
    target = widened(kind)
    try:
        array = array if target is None else array.cast(target)
    except pa.ArrowInvalid:
        raise DataError(f"{name}: the column {column_name!r} of type {kind} does not fit into {target}; convert it") from None
    return without_nan(array)


def tensors(array: pa.Array, column_name: str, name: str) -> pa.Array:
    """Lists of one length throughout as fixed-size lists, their values in a type that crosses. Raises DataError.

    NaN stays what it is: a tensor is missing as a whole or not at all.
    """
    told = f"{name}: the column {column_name!r} of type {array.type}"
    array = fixed(array, told)
    if has_holes(array):
        raise DataError(f"{told} holds a tensor in which a value is missing; fill the value, or leave out the whole tensor")
    shape, element = shape_of(array.type), element_of(array.type)
    target, missing = widened(element) or element, np.asarray(array.is_null())
    try:
        return nested(filled(flat(array)).cast(target), len(array), shape, missing)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise DataError(f"{told} does not fit into {target}; convert it") from None


def fixed(array: pa.Array, told: str) -> pa.Array:
    """Raises DataError where lists at one depth are of different lengths."""
    if isinstance(array, pa.ExtensionArray) and shape_of(array.type):
        return nested(flat(array), len(array), shape_of(array.type), np.asarray(array.is_null()))
    if pa.types.is_fixed_size_list(array.type):
        values, size = inner(array), array.type.list_size
    elif pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        lengths = pc.unique(pc.list_value_length(array.drop_null())).to_pylist()
        if len(lengths) != 1 or lengths[0] == 0:
            found = " and ".join(map(str, sorted(lengths)[:3])) or "no"
            wanted = "a tensor has one shape in every row: pad or cut them"
            raise DataError(f"{told} is ragged: it holds lists of {found} values; {wanted}")
        size = lengths[0]
        values = array.flatten() if not array.null_count else pc.list_flatten(full(array, size))
    else:
        return array
    mask = array.is_null() if array.null_count else None
    return pa.FixedSizeListArray.from_arrays(fixed(values, told), size, mask=mask)


def full(array: pa.Array, size: int) -> pa.Array:
    """Lists with a stand-in of nulls for each missing one, which is masked again."""
    return array.fill_null(pa.scalar([None] * size, array.type))


def widened(kind: pa.DataType) -> pa.DataType | None:
    """The type that holds all values of another and crosses to the JVM; None where it crosses as it is or not at all."""
    table: tuple[tuple[Callable[[pa.DataType], bool], pa.DataType], ...] = (
        (pa.types.is_large_string, pa.string()),
        (pa.types.is_string_view, pa.string()),
        (pa.types.is_null, pa.float64()),
        (pa.types.is_float16, pa.float32()),
        (pa.types.is_decimal, pa.float64()),
        (lambda k: k in (pa.int8(), pa.int16(), pa.uint8(), pa.uint16()), pa.int32()),
        (lambda k: k in (pa.uint32(), pa.uint64()), pa.int64()),
    )
    return next((target for check, target in table if check(kind)), None)


def without_nan(array: pa.Array) -> pa.Array:
    if not pa.types.is_floating(array.type):
        return array
    nan = pc.is_nan(array)
    return pc.if_else(nan, pa.scalar(None, array.type), array) if pc.any(nan).as_py() else array


def categorical(array: pa.DictionaryArray) -> pa.Array:
    """Categories in a type that crosses, indices as int32."""
    values = array.dictionary
    kind = values.type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        values = values.cast(pa.string())
    elif pa.types.is_integer(kind):
        values = values.cast(pa.int64())
    return pa.DictionaryArray.from_arrays(array.indices.cast(pa.int32()), values, ordered=bool(array.type.ordered))
