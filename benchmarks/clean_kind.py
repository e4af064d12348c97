"""One clean model in one format through parity's own flow: `python -m benchmarks.clean_kind MODEL FORMAT ROWS RESULT.json`.

A process of its own: a converter that hangs or an engine that dies costs one line of the table.
"""

from __future__ import annotations

import json
import sys
import tempfile
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.clean_exports import export
from benchmarks.clean_models import DECLARED, MODELS, Clean
from benchmarks.clean_proofs import Alarms, evidence
from benchmarks.clean_streams import streams
from parity.compare.examined import Examined
from parity.flow.discover import items
from parity.flow.examine import examine
from parity.flow.inputs import allowances_of
from parity.flow.sides import Workbench
from parity.values.case import Artifact, Case, Configuration
from parity.values.finding import FindingKind
from parity.values.plan import Budget, Chunk, Phase
from parity.values.settings import Settings
from parity.values.signature import OutputKind

VISIBLE = {"float32": 2.0**-27, "float64": 2.0**-56}
"""Tightness is of rows that drift by at least an eighth of a rounding of their largest score: a probability of 1e-30 that is off
by 1e-36 says nothing of the bound of the 1 beside it."""


@dataclass
class Measured:
    """What one model came to in one format. `alarms` are valid rows beyond their tolerance, by stream; `kinds` counts them.

    `tightness` is the median and `worst` the largest of bound / drift and drift / bound; `proof` says what an evaluator that is
    not ours says of the alarms, `proved` whether it confirms all that it was asked.
    """

    model: str
    format: str
    runtime: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    alarms: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    tightness: dict[str, float] = field(default_factory=dict)
    worst: dict[str, float] = field(default_factory=dict)
    formulas: dict[str, str] = field(default_factory=dict)
    proof: str = ""
    proved: bool = False
    failed: str = ""


def measure(clean: Clean, format_: str, rows: int, where: Path) -> Measured:
    """The format's default runtime scores; converters and engines raise what they raise."""
    result = Measured(clean.name, format_)
    model, sample = clean.build()
    path = export(model, sample, format_, where)
    declared = DECLARED.get((clean.name, format_), {})
    case = Case(clean.name, model, (Artifact(path),), where, data=sample, source="clean", **declared)
    item = items(Configuration(where, (case,)), phases=[Phase.RANDOM])[0]
    result.runtime, bench, alarms = item.runtime, Workbench(), Alarms()
    ratios: dict[str, list[Any]] = {}
    try:
        sides = bench.sides(item, Settings(where / ".parity"), Budget(random_rows=rows, boundary_rows=rows))
        result.formulas = {name: t.formula for name, t in sides.tolerances.items()}
        for name, chunk in streams(sides.subject, rows):
            seen = examine(sides, chunk.batch, allowances_of(chunk.phase))
            gating = _count(result, ratios, name, chunk, seen)
            alarms.keep(chunk.batch, np.flatnonzero(gating), seen)
        pairs = sides.pairs
    finally:
        bench.close()
    for name, found in ratios.items():
        joined = np.concatenate(found)
        if len(joined):
            result.tightness[name], result.worst[name] = float(1 / np.median(joined)), float(joined.max())
    if alarms.batches:
        result.proof, result.proved = evidence(alarms, model, path, format_, pairs)
    return result


def _count(result: Measured, ratios: dict[str, list[Any]], name: str, chunk: Chunk, seen: Examined) -> Any:
    """Adds up a chunk; which of its rows are alarms."""
    result.rows[name] = result.rows.get(name, 0) + int((seen.rows.both & chunk.valid).sum())
    drifting = seen.kinds.kind != None  # noqa: E711  elementwise on an object array
    gating = chunk.valid & drifting
    for drift in seen.drifts:
        if drift.pair.kind == OutputKind.LABEL or drift.reference is None:
            continue
        bound, distance = seen.bounds[drift.pair.name], drift.distance
        gating &= ~((seen.kinds.kind == FindingKind.BRANCH_FLIP) & (distance <= bound))
        used = chunk.valid & seen.rows.both & (distance > 0) & np.isfinite(distance) & (bound > 0)
        used &= seen.kinds.kind != FindingKind.BRANCH_FLIP
        used &= distance >= VISIBLE.get(drift.pair.runtime.type, 0.0) * np.abs(drift.reference).max(axis=1)
        ratios.setdefault(drift.pair.name, []).append(distance[used] / bound[used])
    for kind in seen.kinds.kind[gating]:
        result.kinds[f"{name} {kind}"] = result.kinds.get(f"{name} {kind}", 0) + 1
    result.alarms[name] = result.alarms.get(name, 0) + int(gating.sum())
    return gating


def measured(clean: Clean, format_: str, rows: int) -> Measured:
    """`measure`, with what went wrong as text: a converter or a runtime that fails is shown and counts as not measured."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return measure(clean, format_, rows, Path(folder))
        except Exception as error:  # noqa: BLE001 - converters and engines raise anything
            traceback.print_exc()
            return Measured(clean.name, format_, failed=f"{type(error).__name__}: {str(error)[:300]}")


def line(result: Measured) -> str:
    """One line for people."""
    head = f"{result.model:20} {result.format:6}"
    if result.failed:
        return f"{head} not measured: {result.failed[:120]}"
    alarms = ", ".join(f"{k} {v:,} of {result.rows[k]:,}" for k, v in result.alarms.items() if v) or "none"
    tight = ", ".join(f"{k} {v:.1f} (least {1 / result.worst[k]:.2g})" for k, v in result.tightness.items())
    kinds = ", ".join(f"{k} {v}" for k, v in result.kinds.items())
    proof = f"  {'PROVED' if result.proved else 'NOT PROVED'}: {result.proof}" if result.proof else ""
    return f"{head} {sum(result.rows.values()):7,} rows  alarms: {alarms}  [{kinds}]  bound/drift: {tight}{proof}"


def main() -> None:
    name, format_, rows, path = sys.argv[1:]
    (clean,) = (m for m in MODELS if m.name == name)
    result = measured(clean, format_, int(rows))
    Path(path).write_text(json.dumps(asdict(result), indent=1) + "\n")
    print(line(result), flush=True)


if __name__ == "__main__":
    main()
