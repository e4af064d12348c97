"""What a diagnosis may ask of an item's two sides: the evidence for one finding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.anatomy.scikit import of_scikit_learn
from parity.anatomy.traverse import features as features_of
from parity.compare.allowance import Tolerance
from parity.compare.labels import canonical_array
from parity.compare.matching import Pair, columns_of
from parity.compare.tolerance import FEW
from parity.diagnose.evidence import Evidence
from parity.diagnose.labels import LabelEvidence
from parity.diagnose.linear import choices
from parity.flow.sides import Sides
from parity.references.reference import ModelReference, Reference, giving
from parity.references.sklearn_ import calls
from parity.runtimes.isolate import Allowance, score_rows
from parity.values.outcome import Outcome
from parity.values.signature import OutputKind

Floats = npt.NDArray[np.float64]
Bound = Callable[[Floats, pa.RecordBatch], Floats]


def evidence_of(
    sides: Sides, output: str, drifting: Sequence[pa.RecordBatch], agreeing: pa.RecordBatch | None
) -> Evidence | None:
    """Evidence on the finding's output, or on the first numeric one where the finding is about labels.

    None where there is no numeric output, or where the rows are malformed calls.
    """
    pair = numeric_pair(sides.pairs, output)
    names = [c.name for c in sides.subject.schema.columns]
    complete = [row.select(names) for row in drifting if set(names) <= set(row.schema.names)]
    whole = [row for row in complete if row.schema == complete[0].schema]
    if pair is None or not whole:
        return None
    rows = pa.Table.from_batches(whole).combine_chunks().to_batches()[0]
    if agreeing is None or agreeing.schema != rows.schema:
        agreeing = rows.slice(0, 0)
    ask_reference = asking(_scoring(sides.reference, pair.reference.name), pair, 0)
    return Evidence(
        drifting=rows,
        agreeing=agreeing,
        ask_reference=ask_reference,
        ask_runtime=asking(sides.session.score, pair, 1),
        bound=_remembering(answered_only(_tightest(sides.tolerances[pair.name]), ask_reference)),
        reference=sides.subject.reference,
        artifact=sides.subject.artifact,
        features=lambda batch: features_in(sides, batch),
        model=sides.reference.model,
        ask_model=_asking_models(sides.reference, pair),
        prepare=sides.subject.to_model_input,
    )


def _scoring(reference: Reference, output: str) -> Callable[[pa.RecordBatch], Outcome]:
    return giving(reference, output).score if isinstance(reference, ModelReference) else reference.score


def _asking_models(reference: Reference, pair: Pair) -> Callable[[Any, pa.RecordBatch], Floats] | None:
    """Copies of the model with changed numbers, asked by the methods and with the inputs of the model itself."""
    if not isinstance(reference, ModelReference) or not of_scikit_learn(reference.model):
        return None

    def ask(model: Any, batch: pa.RecordBatch) -> Floats:
        return asking(giving(replace(reference, model=model, calls=calls(model)), pair.reference.name).score, pair, 0)(batch)

    return ask


def labels_of(
    sides: Sides, output: str, drifting: Sequence[pa.RecordBatch], agreeing: pa.RecordBatch | None
) -> LabelEvidence | None:
    """Evidence on labels alone, without scores where none are compared; None where the output is none, or a score no number."""
    pair = next((p for p in sides.pairs if p.name == output and p.kind == OutputKind.LABEL), None)
    scored = numeric_pair(sides.pairs, "")
    names = [c.name for c in sides.subject.schema.columns]
    rows = [row for row in drifting if row.schema.names == names]
    if pair is None or not rows:
        return None
    same = [agreeing] if agreeing is not None and agreeing.schema == rows[0].schema else []
    batch = pa.Table.from_batches([*rows, *same]).combine_chunks().to_batches()[0]
    ours, theirs = _labels(sides.reference.score, pair, 0, batch), _labels(sides.session.score, pair, 1, batch)
    if ours is None or theirs is None:
        return None
    if scored is None:
        read = choices(sides.subject.reference.linear, sides.subject.artifact, features_in(sides, batch), batch)
        return LabelEvidence(ours, theirs, np.zeros((len(ours), 0)), np.zeros(len(ours)), len(rows), read)
    scores = asking(sides.reference.score, scored, 0)(batch)
    if not np.isfinite(scores).all():
        return None
    return LabelEvidence(ours, theirs, scores, sides.tolerances[scored.name].bound(scores, batch), len(rows))


def _labels(
    score: Callable[[pa.RecordBatch], Outcome], pair: Pair, side: int, batch: pa.RecordBatch
) -> npt.NDArray[np.str_] | None:
    """(rows,): one label a row, as comparable text; None where a row has none."""
    scores = score_rows(score, batch, Allowance())
    name = (pair.reference, pair.runtime)[side].name
    output = next((o for o in scores.outputs if o.spec.name == name), None)
    if output is None or scores.refused or output.values.shape[1:] != (1,):
        return None
    return canonical_array(output.values[:, 0])


def _tightest(tolerance: Tolerance) -> Bound:
    """The bound that decides whether a row drifts (see `row_bounds`): of its own leaves where there is one."""
    own = tolerance.own
    if own is None:
        return tolerance.bound

    def bound(scores: Floats, batch: pa.RecordBatch) -> Floats:
        few = FEW * np.abs(scores).max(axis=1)
        return np.asarray(np.minimum(tolerance.bound(scores, batch), np.maximum(own(scores, batch), few)))

    return bound


def _remembering(bound: Bound) -> Bound:
    """The same, remembered for the last few batches: most hypotheses are compared with the same answers."""
    remembered: list[tuple[pa.RecordBatch, bytes, Floats]] = []

    def remembering(scores: Floats, batch: pa.RecordBatch) -> Floats:
        of = scores.tobytes()
        for known, answers, found in remembered:
            if known is batch and answers == of:
                return found
        found = bound(scores, batch)
        remembered[:] = [*remembered[-5:], (batch, of, found)]
        return found

    return remembering


def answered_only(bound: Bound, ask_reference: Callable[[pa.RecordBatch], Floats]) -> Bound:
    """The bound of the rows that the reference answers, NaN on the others: a row that it refuses has no features to judge by."""

    def partial(scores: Floats, batch: pa.RecordBatch) -> Floats:
        answered = ~np.isnan(ask_reference(batch)).all(axis=1)
        if answered.all():
            return bound(scores, batch)
        found = np.full(batch.num_rows, np.nan)
        if answered.any():
            found[answered] = bound(scores[answered], batch.filter(pa.array(answered)))
        return found

    return partial


def features_in(sides: Sides, batch: pa.RecordBatch) -> Floats:
    """Features of the reference's last step; NaN where a step refuses the rows."""
    try:
        return features_of(sides.subject.reference, sides.subject.to_model_input(batch))
    except Exception:  # noqa: BLE001  the steps of the user's pipeline are called here, on rows that they may refuse in any way
        trees = sides.subject.reference.trees
        width = int(trees.feature.max()) + 1 if trees is not None else batch.num_columns
        return np.full((batch.num_rows, width), np.nan)


def numeric_pair(pairs: Sequence[Pair], output: str) -> Pair | None:
    """The finding's output, or the first numeric one where the finding is about labels."""
    numeric = [p for p in pairs if p.kind != OutputKind.LABEL]
    return next((p for p in numeric if p.name == output), numeric[0] if numeric else None)


def asking(score: Callable[[pa.RecordBatch], Outcome], pair: Pair, side: int) -> Callable[[pa.RecordBatch], Floats]:
    """The pair's columns as one side answers them, remembered per batch: many hypotheses ask the same question."""
    name = (pair.reference, pair.runtime)[side].name
    remembered: list[tuple[pa.RecordBatch, Floats]] = []

    def ask(batch: pa.RecordBatch) -> Floats:
        for known, answer in remembered:
            if known is batch:
                return answer
        scores = score_rows(score, batch, Allowance())
        output = next((o for o in scores.outputs if o.spec.name == name), None)
        values = np.full((batch.num_rows, 1), np.nan) if output is None else output.values.astype(np.float64)
        if output is not None and output.missing is not None:
            values = np.where(output.missing, np.nan, values)
        values[list(scores.refused)] = np.nan
        values = _chosen(pair, values, side)
        remembered[:] = [*remembered[-4:], (batch, values)]
        return values

    return ask


def _chosen(pair: Pair, values: Floats, side: int) -> Floats:
    """Columns in the pair's common order, as the comparison takes them."""
    widths = [spec.width or values.shape[1] for spec in (pair.reference, pair.runtime)]
    widths[side] = values.shape[1]
    columns = columns_of(pair, *widths)
    return values if columns is None else values[:, columns[side]]
