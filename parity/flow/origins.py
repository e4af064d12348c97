"""Where a finding comes from: file or engine, and which step of a pipeline."""

from __future__ import annotations

from functools import partial

import pyarrow as pa

from parity.diagnose.evidence import Evidence, narrowed
from parity.diagnose.opinions import attribution, repeated
from parity.diagnose.rewrites import rewritten, to_float32
from parity.diagnose.stages import stage_of, steps_of
from parity.flow.opinions import Consulted, inner_of
from parity.flow.questions import evidence_of, numeric_pair
from parity.flow.sides import Sides
from parity.judge.tally import Group, GroupKey
from parity.values.finding import FindingKind

ASKED = (FindingKind.REFUSAL, FindingKind.LABEL_FLIP, FindingKind.MISSING_MASK, FindingKind.BRANCH_FLIP, FindingKind.VALUE)


def origins(sides: Sides, key: GroupKey, group: Group, agreeing: pa.RecordBatch | None, consulted: Consulted) -> tuple[str, str]:
    """What further evaluators say of a finding's rows, and the stage in which its drift is born; "" where nothing is known."""
    if key.off_domain or key.kind not in ASKED or group.row is None or not group.row.num_rows:
        return "", ""
    pair = numeric_pair(sides.pairs, key.output)
    evidence = evidence_of(sides, key.output, group.kept, agreeing)
    if pair is None or evidence is None:
        return "", ""
    drifting = narrowed(evidence)
    if drifting is None:
        return "", ""
    opinions = consulted.opinions(pair)
    return attribution(drifting, opinions), _stage(sides, key, drifting) if repeated(drifting, opinions) else ""


def _stage(sides: Sides, key: GroupKey, evidence: Evidence) -> str:
    if key.kind == FindingKind.REFUSAL or not steps_of(evidence.model):
        return ""
    single = any(i.type == "float32" for i in sides.session.signature.inputs)
    rounded = partial(rewritten, rewrite=to_float32) if single else _as_given
    return stage_of(evidence, sides.subject.to_model_input, rounded, inner_of(sides))


def _as_given(batch: pa.RecordBatch) -> pa.RecordBatch:
    return batch
