"""Splits that ask for a category, which an export writes as comparisons of numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa

from parity.diagnose.evidence import Ask, Evidence, Floats, Hypothesis
from parity.diagnose.trees import simulate
from parity.values.anatomy import Trees


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """The reference's trees with `x <= 0` for each question of a category: on its features, and on the columns as they are given.

    scikit-learn's histogram boosting moves its categorical columns to the front before its trees read them, and keeps 0 for a
    threshold where a split holds a set; skl2onnx writes column and threshold of every node as they stand there.
    """
    trees = evidence.reference.trees
    if trees is None or trees.sets is None or trees.link == "unknown":
        return
    numbers = all(pa.types.is_floating(c.type) or pa.types.is_integer(c.type) for c in evidence.drifting.columns)
    given = numbers and evidence.drifting.num_columns > int(trees.feature.max(initial=0))
    compared = replace(trees, sets=None)
    single = replace(compared, threshold=trees.threshold.astype(np.float32).astype(np.float64), precision="float32")
    text = "the reference's trees with x <= 0 for each question of a category"
    for name, turned in (("categories-compared", compared), ("float32-thresholds + categories-compared", single)):
        yield Hypothesis(name, _asked(evidence, turned, evidence.features), evidence.ask_runtime, f"{text} answer so")
        if given:
            moved = f"{text}, and columns read where they stand before the model moves its categories to the front, answer so"
            yield Hypothesis(name, _asked(evidence, turned, _numbers), evidence.ask_runtime, moved)


def _asked(evidence: Evidence, trees: Trees, features: Ask) -> Ask:
    return lambda batch: simulate(trees, features(batch), evidence.ask_runtime(batch).shape[1])


def _numbers(batch: pa.RecordBatch) -> Floats:
    return np.column_stack([c.cast(pa.float64()).to_numpy(zero_copy_only=False) for c in batch.columns])
