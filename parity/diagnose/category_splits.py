"""Splits that ask for a category, which an export writes as comparisons of numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

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
    yield from _lost(evidence, trees)
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


def _lost(evidence: Evidence, trees: Trees) -> Iterator[Hypothesis]:
    """Without the categories that the artifact's trees never ask for: they are lost there, or have another name."""
    sets = trees.sets
    assert sets is not None, "the caller has trees that ask"
    named, gone = [], np.zeros(len(sets.members), bool)
    owner = np.repeat(np.arange(len(sets.first) - 1), np.diff(sets.first))
    asks = np.flatnonzero(sets.of >= 0)
    for feature, known, theirs in _both(evidence, trees):
        lost = [code for code, name in enumerate(known) if name is not None and str(name) not in theirs]
        mine = np.isin(owner, sets.of[asks[trees.feature[asks] == feature]]) & np.isin(sets.members, lost)
        named += [f"{known[int(code)]!r}" for code in np.unique(sets.members[mine])]
        gone |= mine
    if not gone.any():
        return
    counts = np.bincount(owner[~gone], minlength=len(sets.first) - 1)
    fewer = replace(sets, members=sets.members[~gone], first=np.cumsum([0, *counts]))
    text = (
        f"no split of the artifact asks for {', '.join(named[:4])}, and without {'it' if len(named) == 1 else 'them'} in its sets"
    )
    asked = _asked(evidence, replace(trees, sets=fewer), evidence.features)
    yield Hypothesis("categories-lost", asked, evidence.ask_runtime, f"{text} the reference answers so")


def _both(evidence: Evidence, trees: Trees) -> Iterator[tuple[int, tuple[Any, ...], set[str]]]:
    """Features that are categories to both sides: the reference's in the order of their codes, the artifact's by name.

    Behind an encoder of scikit-learn's histogram boosting the categorical columns come first, in their order.
    """
    ours, theirs, prefix = evidence.reference.categories, evidence.artifact.categories, evidence.reference.prefix
    text = [column for column, known in enumerate(ours) if known is not None]
    for feature in range(int(trees.feature.max(initial=-1)) + 1):
        column = feature if prefix is None else int(prefix.origin[feature])
        if column < 0 and feature < len(text):
            column = text[feature]
        known, there = (side[column] if 0 <= column < len(side) else None for side in (ours, theirs))
        if known is not None and there is not None:
            yield feature, known, {str(name) for name in there}


def _asked(evidence: Evidence, trees: Trees, features: Ask) -> Ask:
    return lambda batch: simulate(trees, features(batch), evidence.ask_runtime(batch).shape[1])


def _numbers(batch: pa.RecordBatch) -> Floats:
    return np.column_stack([c.cast(pa.float64()).to_numpy(zero_copy_only=False) for c in batch.columns])
