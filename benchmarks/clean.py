"""False alarms on clean models: 56 kinds of models, each in the formats of its usual converters, through parity's own flow.

20,000 rows each drawn as the data are (half whole rows of the sample, half each column for itself), drawn evenly, and put at
the model's edges. An alarm is a valid row that drifts beyond its tolerance. The list is in `clean_models.py`; a model and format
leaves it only where evaluators that are not ours (ONNX's reference evaluator and ONNX Runtime's Python package; JPMML's) are
asked the same rows in the same run and confirm the drift (`clean_proofs.py`). Tightness is bound / drift of rows that drift.

`python -m benchmarks.clean RESULT.json [--rows N] [--only NAME ...] [--format F]` measures some of them; each model and format is
a process of its own, whose outcome is kept under benchmarks/work/clean/.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from benchmarks.clean_kind import Measured
from benchmarks.clean_models import FINDINGS, MODELS
from benchmarks.models import WORK
from benchmarks.result import Figure, Result, method_of, publish

ROWS = 20_000
SECONDS = 1_800
"""A converter or an engine that takes longer hangs: an unhurried run takes half a minute."""


def one(model: str, format_: str, rows: int, *, kept: bool = False) -> Measured:
    """Measured in a child, which may hang or die. `kept`: what an earlier run left is taken."""
    path = WORK / "clean" / f"{model}-{format_}.json"
    if kept and path.exists():
        return Measured(**json.loads(path.read_text()))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    command = [sys.executable, "-m", "benchmarks.clean_kind", model, format_, str(rows), str(path)]
    try:
        done = subprocess.run(command, timeout=SECONDS, check=False, stderr=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return Measured(model, format_, failed=f"not done after {SECONDS} s")
    if not path.exists():
        return Measured(model, format_, failed=f"ended with status {done.returncode}")
    return Measured(**json.loads(path.read_text()))


def is_finding(result: Measured) -> bool:
    """Named, and confirmed in this very run."""
    return (result.model, result.format) in FINDINGS and result.proved


def false_alarms(results: Sequence[Measured]) -> int:
    return sum(sum(r.alarms.values()) for r in results if not is_finding(r))


def figures(results: Sequence[Measured]) -> tuple[Figure, ...]:
    """The total, what it is a total of, a line for each model, and a line for each finding."""
    clean = [r for r in results if not r.failed and not is_finding(r)]
    failed = [r for r in results if r.failed]
    tight = [t for r in clean for t in r.tightness.values()]
    rows = sum(sum(r.rows.values()) for r in clean)
    kinds = len({r.model for r in clean})
    return (
        Figure("false alarms", false_alarms(results), at_most=0, note=f"{len(clean)} models and formats, {rows:,} rows"),
        Figure("kinds of models without a finding in some format", kinds, at_least=30),
        Figure(
            "models and formats not measured", len(failed), at_most=0, note=", ".join(f"{r.model} {r.format}" for r in failed)
        ),
        Figure("bound / drift, median of the outputs' medians", float(np.median(tight)) if tight else 0.0),
        *(_of_model(name, [r for r in clean if r.model == name]) for name in dict.fromkeys(r.model for r in clean)),
        *(_finding(r) for r in results if is_finding(r)),
    )


def _of_model(name: str, results: Sequence[Measured]) -> Figure:
    rows, alarms = sum(sum(r.rows.values()) for r in results), sum(sum(r.alarms.values()) for r in results)
    tight = "; ".join(
        f"{r.format} bound / drift {t:.3g}, least {1 / r.worst[k]:.2g}" for r in results for k, t in r.tightness.items()
    )
    formats = ", ".join(r.format for r in results)
    return Figure(f"{name}: alarms", alarms, f"of {rows:,} rows", at_most=0, note="; ".join(filter(None, (formats, tight))))


def _finding(result: Measured) -> Figure:
    rows = ", ".join(f"{k} {v:,} of {result.rows[k]:,}" for k, v in result.alarms.items() if v)
    text = f"{rows}. {FINDINGS[(result.model, result.format)]} {result.proof}"
    return Figure(f"{result.model} {result.format}: real, rows that drift", sum(result.alarms.values()), note=text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("result", nargs="?")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--format", default="")
    parser.add_argument("--kept", action="store_true", help="take what an earlier run left, and measure the rest")
    return parser.parse_args()


def measure() -> Result:
    given = _arguments()
    chosen = [(m.name, f) for m in MODELS for f in m.formats if m.name in (given.only or [m.name]) and given.format in ("", f)]
    results = [one(model, format_, given.rows, kept=given.kept) for model, format_ in chosen]
    return Result("clean", figures(results), method_of(__doc__), raw={"results": [asdict(r) for r in results]})


if __name__ == "__main__":
    publish(measure)
