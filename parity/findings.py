"""A group of drifting rows to one finding: the smallest row that still shows it, and both outcomes of that row."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.diagnose import diagnose
from parity.diagnose.refusals import cause_of_refusal
from parity.examine import Examined, examine
from parity.generate import typical_row, valid_rows
from parity.judge.tally import Group, GroupKey
from parity.minimise import minimise
from parity.replay.store import finding_id
from parity.runtimes.isolate import Allowance
from parity.questions import evidence_of
from parity.sides import Sides
from parity.values.finding import Cause, Finding, FindingKind, Seen
from parity.values.outcome import Outcome, Refusal, Scores
from parity.values.signature import OutputKind

NOT_MINIMISED = (FindingKind.CRASH, FindingKind.TIMEOUT)
"""Each try would cost a restart of the worker: the row is reported as it was."""


def finding_of(sides: Sides, key: GroupKey, group: Group, agreeing: pa.RecordBatch | None) -> Finding:
    """Minimise the group's worst row, score it once more, and say why where that can be proved."""
    row = group.row
    assert row is not None, "a group is made by its first row"
    off_typical: tuple[str, ...] = ()
    if key.kind not in NOT_MINIMISED and row.num_rows:
        row, off_typical = _smallest(sides, key, row)
    asked = key.kind not in NOT_MINIMISED and row.num_rows > 0
    examined = examine(sides, row, (Allowance(), Allowance())) if asked else None
    item = sides.item
    return Finding(
        id=finding_id(item.case.name, item.artifact.path.name, item.runtime, key.output, key.kind, key.input_class),
        case=item.case.name, artifact=item.artifact.path.name, runtime=item.runtime, phase=item.phase, kind=key.kind,
        output=key.output, input_class=key.input_class, rows=group.rows, row=row, off_typical=off_typical,
        seen=_seen(sides, row, examined, key.kind), worst=max(group.worst, 0.0), tolerance=group.tolerance, off_domain=key.off_domain,
        message=_message(examined), cause=_cause(sides, key, group, agreeing, examined),
    )


def _smallest(sides: Sides, key: GroupKey, row: pa.RecordBatch) -> tuple[pa.RecordBatch, tuple[str, ...]]:
    typical = typical_row(sides.subject.schema, sides.subject.sample, sides.subject.reference)
    names = [n for n in row.schema.names if n in typical.schema.names and typical.schema.field(n).type == row.schema.field(n).type]
    if names != row.schema.names:
        return row, ()  # a malformed call: its columns are the point, there is nothing simpler that is still malformed
    found = minimise(row, typical.select(names), sides.subject.schema, _still(sides, key))
    return found.row, found.off_typical


def _still(sides: Sides, key: GroupKey) -> Any:
    """Does a row show the same finding: same kind, same output, on the same side of the declared domain?"""
    whole = [c.name for c in sides.subject.schema.columns]

    def fails(batch: pa.RecordBatch) -> npt.NDArray[np.bool_]:
        examined = examine(sides, batch, (Allowance(), Allowance()))
        same = (examined.kinds.kind == key.kind) & (examined.kinds.output == key.output)
        if batch.schema.names == whole:
            same = same & (valid_rows(sides.subject.schema, batch) != key.off_domain)
        return np.asarray(same, dtype=bool)

    return fails


def _cause(sides: Sides, key: GroupKey, group: Group, agreeing: pa.RecordBatch | None, examined: Examined | None) -> Cause | None:
    if examined is None or key.kind == FindingKind.SHAPE:
        return None
    if key.kind == FindingKind.REFUSAL:
        return _refusal_cause(sides, key, examined)
    evidence = evidence_of(sides, key.output, group.kept, agreeing)
    return None if evidence is None else diagnose(evidence)


def _refusal_cause(sides: Sides, key: GroupKey, examined: Examined) -> Cause | None:
    """Proof: a typical row, which differs only by having ordinary values, is answered by both sides."""
    typical = typical_row(sides.subject.schema, sides.subject.sample, sides.subject.reference)
    ordinary = examine(sides, typical, (Allowance(), Allowance()))
    side = "reference" if 0 in examined.reference.refused else "runtime"
    refused = examined.reference.refused if side == "reference" else examined.runtime.refused
    return cause_of_refusal(side, refused[0].kind if 0 in refused else "", key.input_class, bool(ordinary.rows.both.all()))


def _seen(sides: Sides, row: pa.RecordBatch, examined: Examined | None, kind: FindingKind) -> Seen:
    if row.num_rows == 0:
        return Seen(_call(sides.reference.score(row)), _call(sides.session.score(row)))
    if examined is None:
        return Seen("answered or not asked again", f"{kind}: see the worker's log")
    return Seen(_answers(examined.reference), _answers(examined.runtime))


def _call(outcome: Outcome) -> str:
    return f"{outcome.kind}: {outcome.message}" if isinstance(outcome, Refusal) else "an empty result"


def _answers(scores: Scores) -> dict[str, list[Any]] | str:
    if 0 in scores.refused:
        refusal = scores.refused[0]
        return f"{refusal.kind}: {refusal.message}"
    return {
        o.spec.name: [None if o.missing is not None and o.missing[0, j] else _plain(o.values[0, j]) for j in range(o.values.shape[1])]
        for o in scores.outputs
        if len(o.values) and o.spec.kind != OutputKind.LEAF
    }


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _message(examined: Examined | None) -> str:
    if examined is None:
        return ""
    texts = [f"{side}: {s.refused[0].message}" for side, s in (("reference", examined.reference), ("runtime", examined.runtime)) if 0 in s.refused]
    return "; ".join(texts)
