"""Small models and frames for the tests of references. Everything is drawn from fixed seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from parity.references import load, load_sample
from parity.references.reference import Reference
from parity.values.case import Case
from parity.values.outcome import Refusal, Scores


def numbers(rows: int = 60, dtype: Any = float) -> pd.DataFrame:
    drawn = np.random.default_rng(0).normal(size=(rows, 3))
    return pd.DataFrame(drawn, columns=["age", "income", "debt"]).astype(dtype)


def mixed(rows: int = 60) -> pd.DataFrame:
    """A number, a whole number, a truth, a text, and a number with holes."""
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "age": rng.normal(40, 9, rows),
            "visits": rng.integers(0, 9, rows),
            "member": rng.random(rows) > 0.5,
            "city": np.array(["Łódź", "Rome", "東京"])[rng.integers(0, 3, rows)],
            "debt": np.where(rng.random(rows) < 0.2, np.nan, rng.normal(size=rows)),
        }
    )


def target(frame: pd.DataFrame, column: str = "age") -> np.ndarray:
    return (frame[column] > frame[column].median()).astype(int).to_numpy()


def case(reference: Any, root: Path, data: Any = None, **more: Any) -> Case:
    return Case("case", reference, (), root, data=data, **more)


def reference(model: Any, root: Path, data: Any = None, **more: Any) -> Reference:
    return load(case(model, root, data, **more))


def batch(data: Any) -> pa.RecordBatch:
    """A frame as the batch that a sample becomes."""
    made = load_sample(case(None, Path(), data))
    assert made is not None
    return made


def scores(found: Reference, given: pa.RecordBatch) -> dict[str, np.ndarray]:
    outcome = found.score(given)
    assert isinstance(outcome, Scores), outcome
    return {output.spec.name: output.values for output in outcome.outputs}


def refused(found: Reference, given: pa.RecordBatch) -> Refusal:
    outcome = found.score(given)
    assert isinstance(outcome, Refusal), outcome
    assert "Traceback" not in outcome.message
    assert "\n" not in outcome.message
    return outcome


def equal_bits(one: Any, other: Any) -> bool:
    a, b = np.ascontiguousarray(one), np.ascontiguousarray(other)
    return a.dtype == b.dtype and a.size == b.size and a.tobytes() == b.tobytes()
