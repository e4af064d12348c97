"""H2O: models of a cluster that somebody holds, and MOJO files, for which a cluster of one node is started on this machine.

Rows go to it as whole numbers, a double as its mantissa and its exponent, and are put together there: H2O reads a number from
text or Parquet as a decimal, one step off where that does not tell (1/3 is one), and an infinity as missing. Only -0.0 becomes 0.
Scores come back as text that Java wrote so that it reads back as the same double. A call costs seconds, whatever its rows: its
times hold the way to the cluster and back.
The cluster listens on this machine alone and ends with this process, killed or not. Reading a MOJO needs no licence; exporting
one does since 3.46.0.12.
"""

from __future__ import annotations

import contextlib
import csv
import gc
import io
import os
import re
import socket
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from parity.errors import ReferenceLoadError
from parity.numeric.kinds import is_text
from parity.references.context import Context
from parity.references.describe import is_of, version
from parity.references.lifetime import ends_with_us
from parity.references.reference import Call, ModelReference
from parity.values.outcome import Refusal
from parity.values.signature import InputSpec, OutputKind, OutputSpec

NAME = "H2O"
PACKAGE = "h2o"
SUFFIXES = (".mojo",)
OPEN = """\
import importlib.util, zipfile
    zipfile.ZipFile(sys.argv[1]).read('model.ini')
    importlib.util.find_spec('h2o') or __import__('h2o')"""

# A ZIP archive whose first entry is what H2O's writer puts first, by algorithm.
_MOJO = re.compile(rb"PK\x03\x04.{26}(?:model\.ini|boosterBytes|trees/t\d+_\d+\.bin)", re.DOTALL)
_CLASSIFIERS = ("Binomial", "Multinomial", "Ordinal")
_MEMORY = "1g"


def recognises(head: bytes) -> bool:
    return _MOJO.match(head) is not None


def open_native(path: str) -> Any:
    start()
    import h2o

    return h2o.import_mojo(path)


def start() -> None:
    """A cluster of one node and one thread, unless this process has one. Raises what h2o raises, without Java above all."""
    import h2o

    if h2o.connection() is not None and h2o.connection().connected:
        return
    os.environ.setdefault("DO_NOT_TRACK", "1")  # releases after 3.46.0.11 report their use
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = {"strict_version_check": False, "verbose": False}
    own = Path(tempfile.mkdtemp(prefix="parity-h2o-"))
    # H2O ends its server in a hook at exit, which it registers once the server runs, and which a killed process never reaches.
    ends_with_us(own)
    # It advertises newer releases all the same, and leaves files open.
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        h2o.init(ip="127.0.0.1", port=port, bind_to_localhost=True, nthreads=1, max_mem_size=_MEMORY, ice_root=str(own), **told)
        gc.collect()
    h2o.no_progress()


def accepts(model: Any) -> bool:
    return is_of(model, PACKAGE, "ModelBase")


@dataclass(frozen=True)
class Shape:
    """What a model says of itself: features with the levels of those that have any, and the classes it tells apart."""

    features: tuple[str, ...]
    levels: tuple[tuple[str, ...] | None, ...]
    classes: tuple[str, ...] | None
    category: str


def refer(model: Any, context: Context) -> ModelReference:
    shape = shape_of(model)
    known = dict(zip(shape.features, shape.levels, strict=True))
    inputs = tuple(InputSpec(name, "any" if levels is None else "string", categories=levels) for name, levels in known.items())
    if shape.classes is None:
        specs: tuple[OutputSpec, ...] = (OutputSpec("value", "float64", OutputKind.VALUE),)
    else:
        probability = OutputSpec("probability", "float64", OutputKind.PROBABILITY, len(shape.classes), shape.classes)
        specs = (OutputSpec("label", "string", OutputKind.LABEL), probability)
    return ModelReference(
        model=model,
        convert=partial(taken, shape=shape),
        calls=(Call("predict", specs, partial(predict, model, shape)),),
        columns=shape.features,
        width=len(shape.features),
        inputs=inputs,
        facts={"model": type(model).__name__, PACKAGE: version(PACKAGE), "category": shape.category, **context.facts},
    )


def shape_of(model: Any) -> Shape:
    """Raises ReferenceLoadError for a model that is neither a classifier nor a regression."""
    document = model._model_json
    output = document["output"]
    response = document["response_column_name"] or output["names"][-1]  # a MOJO's name for it comes last
    category = str(output["model_category"])
    levels = {n: None if d is None else tuple(d) for n, d in zip(output["names"], output["domains"], strict=True)}
    if category not in (*_CLASSIFIERS, "Regression"):
        told = "are no reference; a classifier or a regression is wanted"
        raise ReferenceLoadError(f"H2O models of category {category} {told}")
    features = tuple(name for name in output["names"] if name != response)
    classes = levels[response] if category in _CLASSIFIERS else None
    return Shape(features, tuple(levels[name] for name in features), classes, category)


def taken(batch: pa.RecordBatch, shape: Shape) -> pa.RecordBatch | Refusal:
    """The features' columns in their order; an absent one stays absent, which H2O scores as missing. Text is a category there."""
    if batch.num_rows == 0:
        return Refusal("empty-batch", "H2O makes no frame of a file without rows")
    columns: dict[str, pa.Array] = {}
    for name, levels in zip(shape.features, shape.levels, strict=True):
        if name in batch.schema.names:
            given = _as_cells(batch.column(name), levels is not None)
            if isinstance(given, Refusal):
                return Refusal(given.kind, f"column {name} {given.message}")
            columns[name] = given
    if not columns:
        return Refusal("column-absent", f"none of the model's columns was given: {', '.join(shape.features)}")
    return pa.record_batch(columns)


def _as_cells(column: pa.Array, categorical: bool) -> pa.Array | Refusal:
    """Whole numbers and booleans are the levels of their text, as H2O's parser reads them; a fraction is no level."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if is_text(column.type):
        return column.cast(pa.string())
    if not categorical:
        return column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column
    if pa.types.is_floating(column.type):
        return Refusal("type", f"holds {column.type}, but its feature is a category; levels are texts or whole numbers")
    return column.cast(pa.string())


@contextlib.contextmanager
def sent(batch: pa.RecordBatch) -> Iterator[Any]:
    """The rows as a frame of the cluster, until the block ends. NaN and null are both missing there."""
    import h2o
    import pyarrow.parquet

    doubles = [field.name for field in batch.schema if pa.types.is_floating(field.type)]
    columns = {name: batch.column(name) for name in batch.schema.names if name not in doubles}
    for place, name in enumerate(doubles):
        columns.update(zip(_parts(place), split(batch.column(name)), strict=True))
    types = {name: "enum" if pa.types.is_string(column.type) else "numeric" for name, column in columns.items()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        pyarrow.parquet.write_table(pa.table(columns), path)
        crossed = h2o.import_file(str(path), col_types=types)
    frame = crossed
    for place, name in enumerate(doubles):
        mantissa, first, second = (crossed[part] for part in _parts(place))
        column = mantissa * 2**first * 2**second
        column.names = [name]
        frame = frame.cbind(column)
    try:
        yield frame
    finally:
        for one in {frame.frame_id, crossed.frame_id}:
            h2o.remove(one)


def _parts(place: int) -> tuple[str, str, str]:
    return f"mantissa of {place}", f"exponent of {place}", f"rest of the exponent of {place}"


def split(column: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """A double as m, e, f with m * 2**e * 2**f, all of it exact; two powers, as one alone may be too small or too large."""
    values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    finite, missing = np.isfinite(values), np.isnan(values)
    fraction, exponent = np.frexp(np.where(finite, values, 0.0))
    signs = np.sign(np.where(missing, 0.0, values))  # an infinity is its sign times what no double holds
    mantissa = np.where(finite, np.ldexp(fraction, 53), signs).astype(np.int64)
    power = np.where(finite, exponent - 53, 2_200).astype(np.int64)
    return pa.array(mantissa, mask=missing), pa.array(power // 2), pa.array(power - power // 2)


def predict(model: Any, shape: Shape, given: pa.RecordBatch) -> dict[str, Any]:
    import h2o

    with sent(given) as frame:
        answer = model.predict(frame)
        try:
            _, *lines = csv.reader(answer.get_frame_data().splitlines())
        finally:
            h2o.remove(answer.frame_id)
    if shape.classes is None:
        return {"value": _numbers(lines, 0, 1)}
    return {"label": [line[0] for line in lines], "probability": _numbers(lines, 1, 1 + len(shape.classes))}


def _numbers(lines: list[list[str]], start: int, end: int) -> Any:
    return np.array([[float(cell) if cell else np.nan for cell in line[start:end]] for line in lines])
