"""False alarms on clean models, and how tight the bounds are: every model of the list through parity's own flow.

`python -m benchmarks.clean RESULT.json [--rows N] [--only NAME ...]`: N rows each of in-distribution, uniform and edge rows.
An alarm is a valid row that drifts beyond its tolerance in a way that gates. Tightness is bound / observed drift, over the rows
that drift at all, as the median and the smallest.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.clean_exports import export
from benchmarks.clean_models import FINDINGS, MODELS, PMML, Clean
from parity.compare.examined import Examined
from parity.flow.discover import items
from parity.flow.examine import examine
from parity.flow.inputs import allowances_of
from parity.flow.sides import Workbench
from parity.generate import Subject, chunks, valid_rows
from parity.generate.random_rows import Source, fill
from parity.values.case import Artifact, Case, Configuration
from parity.values.finding import FindingKind
from parity.values.plan import Budget, Chunk, Mixture, Phase
from parity.values.settings import Settings
from parity.values.signature import OutputKind

SEED = 11
VISIBLE = {"float32": 2.0**-27, "float64": 2.0**-56}
"""Tightness is of rows that drift by at least an eighth of a rounding of their largest score: a probability of 1e-30 that is off
by 1e-36 says nothing of the bound of the 1 beside it."""


@dataclass
class Result:
    """What one model came to in one format; `worst` is the largest drift / bound."""

    model: str
    format: str
    runtime: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    alarms: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    tightness: dict[str, float] = field(default_factory=dict)
    worst: dict[str, float] = field(default_factory=dict)
    formulas: dict[str, str] = field(default_factory=dict)
    failed: str = ""


def streams(subject: Subject, rows: int) -> Iterator[tuple[str, Chunk]]:
    """In-distribution rows (whole rows of the sample; each column for itself), uniform rows, and rows at the model's edges.

    A model without cuts has the ends of each column's range for edges.
    """
    source, rng = Source(subject), np.random.default_rng(SEED)
    for name, generator, count in (
        ("in-distribution", "sample-rows", rows // 2),
        ("in-distribution", "marginals", rows - rows // 2),
        ("uniform", "uniform", rows),
    ):
        batch = fill(source, Mixture(generator, count, 0.05, 0), rng)
        yield name, Chunk(Phase.RANDOM, batch, generator, valid_rows(subject.schema, batch))
    met = False
    for chunk in chunks(Phase.BOUNDARY, subject, SEED, Budget(boundary_rows=rows)):
        met = True
        yield "edge", chunk
    if not met:
        batch = _ends(fill(source, Mixture("uniform", rows, 0.0, 0), rng), rng)
        yield "edge", Chunk(Phase.RANDOM, batch, "ends", valid_rows(subject.schema, batch))


def _ends(batch: pa.RecordBatch, rng: np.random.Generator) -> pa.RecordBatch:
    """Nine in ten numbers of uniform rows moved to the smallest or the largest of their column."""
    columns = []
    for column in batch.columns:
        if pa.types.is_floating(column.type):
            values = column.to_numpy(zero_copy_only=False).copy()
            share = rng.random(len(values))
            column = pa.array(np.where(share < 0.45, values.min(), np.where(share < 0.9, values.max(), values)))
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def measure(clean: Clean, format_: str, rows: int, where: Path) -> Result:
    """One model in one format, in the format's default runtime."""
    result = Result(clean.name, format_)
    model, sample = clean.build()
    path = export(model, sample, format_, where)
    ignored = tuple(f"neighbor({k})" for k in range(1, 6)) if format_ == PMML and clean.name.startswith("knn") else ()
    case = Case(clean.name, model, (Artifact(path),), where, data=sample, source="clean", ignore_outputs=ignored)
    item = items(Configuration(where, (case,)), phases=[Phase.RANDOM])[0]
    result.runtime, bench = item.runtime, Workbench()
    budget = Budget(random_rows=rows, boundary_rows=rows)
    ratios: dict[str, list[Any]] = {}
    try:
        sides = bench.sides(item, Settings(where / ".parity"), budget)
        result.formulas = {name: t.formula for name, t in sides.tolerances.items()}
        for name, chunk in streams(sides.subject, rows):
            _count(result, ratios, name, chunk, examine(sides, chunk.batch, allowances_of(chunk.phase)))
    finally:
        bench.close()
    for name, found in ratios.items():
        joined = np.concatenate(found)
        if len(joined):
            result.tightness[name], result.worst[name] = float(1 / np.median(joined)), float(joined.max())
    return result


def _count(result: Result, ratios: dict[str, list[Any]], name: str, chunk: Chunk, seen: Examined) -> None:
    result.rows[name] = result.rows.get(name, 0) + int((seen.rows.both & chunk.valid).sum())
    kinds = seen.kinds.kind[chunk.valid]
    for kind in kinds[kinds != None]:  # noqa: E711  elementwise on an object array
        result.kinds[f"{name} {kind}"] = result.kinds.get(f"{name} {kind}", 0) + 1
    gating = chunk.valid & (seen.kinds.kind != None)  # noqa: E711
    for drift in seen.drifts:
        if drift.pair.kind == OutputKind.LABEL or drift.reference is None:
            continue
        bound, distance = seen.bounds[drift.pair.name], drift.distance
        gating &= ~((seen.kinds.kind == FindingKind.BRANCH_FLIP) & (distance <= bound))
        used = chunk.valid & seen.rows.both & (distance > 0) & np.isfinite(distance) & (bound > 0)
        used &= seen.kinds.kind != FindingKind.BRANCH_FLIP
        used &= distance >= VISIBLE.get(drift.pair.runtime.type, 0.0) * np.abs(drift.reference).max(axis=1)
        ratios.setdefault(drift.pair.name, []).append(distance[used] / bound[used])
    result.alarms[name] = result.alarms.get(name, 0) + int(gating.sum())


def measured(clean: Clean, format_: str, rows: int) -> Result:
    """`measure`, with what went wrong as text: a converter or a runtime that fails is shown and counts as not measured."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return measure(clean, format_, rows, Path(folder))
        except Exception as error:  # noqa: BLE001 - converters and engines raise anything
            traceback.print_exc()
            return Result(clean.name, format_, failed=f"{type(error).__name__}: {str(error)[:300]}")


def line(result: Result) -> str:
    """One line of the table."""
    if result.failed:
        return f"{result.model:22} {result.format:7} not measured: {result.failed[:120]}"
    alarms = ", ".join(f"{k} {v:,} of {result.rows[k]:,}" for k, v in result.alarms.items() if v) or "none"
    tight = ", ".join(f"{k} {v:.1f} (least {1 / result.worst[k]:.2g})" for k, v in result.tightness.items())
    kinds = ", ".join(f"{k} {v}" for k, v in result.kinds.items())
    known = " FINDING" if (result.model, result.format) in FINDINGS else ""
    rows = sum(result.rows.values())
    return f"{result.model:22} {result.format:7} {rows:7,} rows  alarms: {alarms}{known}  [{kinds}]  bound/drift: {tight}"


def summary(results: Sequence[Result]) -> str:
    """Alarms over the list without the findings, and the median tightness."""
    clean = [r for r in results if not r.failed and (r.model, r.format) not in FINDINGS]
    alarms, rows = sum(sum(r.alarms.values()) for r in clean), sum(sum(r.rows.values()) for r in clean)
    tight = [t for r in clean for t in r.tightness.values()]
    failed, found = sum(bool(r.failed) for r in results), len(results) - len(clean) - sum(bool(r.failed) for r in results)
    text = f"{len(clean)} models and formats, {rows:,} rows, {alarms:,} alarms; {found} findings; {failed} not measured"
    return f"{text}; median tightness {np.median(tight):.1f}" if tight else text


def main() -> None:
    """Exit status 1 where a clean model raised an alarm."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", type=Path)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--format", default="")
    given = parser.parse_args()
    results = []
    for clean in (m for m in MODELS if not given.only or m.name in given.only):
        for format_ in (f for f in clean.formats if given.format in ("", f)):
            results.append(measured(clean, format_, given.rows))
            print(line(results[-1]), flush=True)
    given.result.write_text(json.dumps([asdict(r) for r in results], indent=1) + "\n")
    print(summary(results))
    raise SystemExit(any(sum(r.alarms.values()) for r in results if (r.model, r.format) not in FINDINGS))


if __name__ == "__main__":
    main()
