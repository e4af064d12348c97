"""`parity score`: a file of rows scored on the JVM, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from parity.commands.answer import Answer, Exit
from parity.errors import DataError, StoreError, UsageError
from parity.runtimes.session import Session
from parity.values.outcome import Output, Refusal, Scores

SHOWN_ROWS = 5
REFUSED = "refused"
WRITTEN = ".parquet"
PART_ROWS = 10_000  # a part of which every row is refused has no outputs; its scores are missing values


def score(artifact: Path, runtime: str | None, data: Path, out: Path | None, folder: Path) -> Answer:
    """One column per output and cell of a row, and one with the text of a refusal. Exit 3 where no row was scored."""
    from parity.plugin.options import check_known, runtime_names
    from parity.runtimes import find, open_session, runtime_for
    from parity.values.case import Artifact

    if out is not None and out.suffix != WRITTEN:
        raise UsageError(
            f"--out {out}: {out.suffix or 'a name without suffix'} is not written; give a name that ends in {WRITTEN}."
        )
    given = Artifact(artifact.absolute())
    chosen = find()[check_known("--runtime", runtime, runtime_names())] if runtime else runtime_for(given.path)
    rows = _rows(data)
    session = open_session(chosen, given, folder=folder.absolute(), planned_rows=rows.num_rows)
    try:
        table = _scored(session, rows)
    finally:
        session.close()
    if out is not None:
        _write(table, out)
    refused = table.num_rows - table.column(REFUSED).null_count
    document = {
        "runtime": chosen.name,
        "artifact": str(artifact),
        "rows": table.num_rows,
        "refused": refused,
        "out": out and str(out),
    }
    lines = [f"{table.num_rows - refused:,} of {table.num_rows:,} rows scored in {chosen.name}", *_lines(table, out)]
    return Answer({**document, **_columns(table, out)}, lines, Exit.PASS if refused < table.num_rows else Exit.UNMEASURED)


def _rows(data: Path) -> pa.RecordBatch:
    from parity.references.sample import batch_of, decoded, from_file

    name = f"--data {data}"
    return decoded(batch_of(from_file(data.absolute(), name), name))


def _scored(session: Session, rows: pa.RecordBatch) -> pa.Table:
    """Part by part, with the columns matched to the inputs by the rules of a case."""
    from parity.runtimes.inputs import match_inputs
    from parity.runtimes.isolate import Allowance, score_rows

    session.bind(match_inputs(_columns_of(rows), session.signature, {}))
    allowance, starts = Allowance(forgiving=True), range(0, rows.num_rows, PART_ROWS)
    parts = [_table(score_rows(session.score, rows.slice(start, PART_ROWS), allowance)) for start in starts]
    return pa.concat_tables(parts, promote_options="default")


def _columns_of(rows: pa.RecordBatch) -> list[Any]:
    from parity.numeric.tensors import element_of, shape_of
    from parity.values.columns import Column, ColumnType

    names = {"float": "float32", "double": "float64"}
    kinds = {field.name: names.get(str(element_of(field.type)), str(element_of(field.type))) for field in rows.schema}
    unusable = [f"{name} ({kind})" for name, kind in kinds.items() if kind not in set(ColumnType)]
    if unusable:
        told = f"--data: columns of a type that does not cross: {', '.join(unusable)}"
        raise DataError(f"{told}; numbers, booleans, text, and fixed-size lists of them do.")
    return [Column(name, ColumnType(kind), shape=shape_of(rows.schema.field(name).type)) for name, kind in kinds.items()]


def _table(scores: Scores) -> pa.Table:
    import numpy as np

    refused = np.zeros(scores.rows, bool)
    refused[list(scores.refused)] = True
    columns: dict[str, pa.Array] = {}
    for output in scores.outputs:
        missing = np.zeros(output.values.shape, bool) if output.missing is None else output.missing
        masks = missing | refused[:, None]
        for place, name in enumerate(_names(output)):
            columns[name] = pa.array(output.values[:, place], mask=masks[:, place])
    columns[REFUSED] = pa.array([_said(scores.refused.get(row)) for row in range(scores.rows)], pa.string())
    return pa.table(columns)


def _names(output: Output) -> list[str]:
    width = output.values.shape[1]
    if width == 1:
        return [output.spec.name]
    classes = output.spec.classes if output.spec.classes and len(output.spec.classes) == width else range(width)
    return [f"{output.spec.name}({label})" for label in classes]


def _said(refusal: Refusal | None) -> str | None:
    return None if refusal is None else f"{refusal.kind}: {refusal.message}"


def _write(table: pa.Table, out: Path) -> None:
    import pyarrow.parquet

    try:
        pyarrow.parquet.write_table(table, out)
    except OSError as error:
        raise StoreError(
            f"--out {out}: cannot be written ({error.strerror or error}). Give a path in a folder that can."
        ) from error


def _lines(table: pa.Table, out: Path | None) -> list[str]:
    if out is not None:
        return [f"scores are in {out}"]
    shown = [
        str({name: value for name, value in row.items() if value is not None}) for row in table.slice(0, SHOWN_ROWS).to_pylist()
    ]
    return [*shown, *([f"… {table.num_rows - SHOWN_ROWS:,} more; --out writes all"] if table.num_rows > SHOWN_ROWS else [])]


def _columns(table: pa.Table, out: Path | None) -> Mapping[str, Any]:
    """All scores, bit for bit where JSON has no number for them, unless they went to a file."""
    from parity.replay.exact import to_json

    return {} if out is not None else {"scores": {name: to_json(table.column(name).to_pylist()) for name in table.column_names}}
