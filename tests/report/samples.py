"""Findings and results for the tests of reports: small, real in shape."""

from __future__ import annotations

import struct
from dataclasses import replace

import pyarrow as pa

from parity.values.finding import Cause, Finding, FindingKind, Seen
from parity.values.plan import Phase
from parity.values.result import OutputResult, PhaseResult, Verdict
from parity.values.timing import Timing

PAYLOAD_NAN = struct.unpack("<d", struct.pack("<Q", 0x7FF8000000000001))[0]

ROW = pa.RecordBatch.from_arrays(
    [
        pa.array([41.50000000000001]),
        pa.array(["Łódź"]),
        pa.array([None], pa.float64()),
        pa.array([0.1], pa.float32()),
        pa.array([7], pa.int64()),
        pa.array([True]),
    ],
    names=["age", "city", "income", "ratio", "visits", "member"],
)

BRANCH_FLIP = Finding(
    id="a91f03c2d7e8",
    case="churn",
    artifact="churn.onnx",
    runtime="onnxruntime",
    phase=Phase.BOUNDARY,
    kind=FindingKind.BRANCH_FLIP,
    output="probability",
    input_class="edge",
    rows=22,
    row=ROW,
    off_typical=("age", "city", "income"),
    seen=Seen({"label": [1], "probability": [0.81, 0.19]}, {"label": [0], "probability": [0.23, 0.77]}),
    worst=0.61,
    tolerance=1.1e-6,
    off_domain=False,
    cause=Cause("float32-thresholds", 1.0, 0.0, "Train on float32 columns, or export with double thresholds."),
    cut="age <= 41.5 (tree 3, node 7)",
)

MISSING = replace(
    BRANCH_FLIP,
    id="0123456789ab",
    phase=Phase.SPECIAL,
    kind=FindingKind.VALUE,
    input_class="missing",
    off_typical=("income",),
    rows=16,
    off_domain=True,
    cause=None,
    cut="",
)

REFUSED = replace(
    BRANCH_FLIP,
    id="ffeeddccbbaa",
    runtime="jpmml",
    kind=FindingKind.REFUSAL,
    output="",
    input_class="unseen",
    rows=1,
    off_typical=("city",),
    seen=Seen({"probability": [0.5, 0.5]}, 'invalid-value: Field "city" cannot accept user input value "Łódź"'),
    worst=0.0,
    tolerance=float("nan"),
    cause=None,
    cut="",
    message='runtime: Field "city" cannot accept user input value "Łódź"',
)

PROBABILITY = OutputResult(
    "probability", "probability", 4_868, 0.61, 9_731_112.0, 0.61, 1.1e-6, "sum of 100 leaves in float32: gamma(n) sum|v|"
)


def phase_result(phase: Phase = Phase.BOUNDARY, verdict: Verdict = Verdict.FAIL, **changes: object) -> PhaseResult:
    base = PhaseResult(
        case="churn",
        artifact="churn.onnx",
        runtime="onnxruntime",
        phase=phase,
        verdict=verdict,
        reason="22 of 4,868 rows beyond tolerance: branch-flip on probability (22)",
        rows=4_868,
        compared=4_868,
        drifted=22,
        outputs=(PROBABILITY,),
        findings=(BRANCH_FLIP,),
        cuts=1_217,
        probed=1_217,
        unreachable=3,
        environment={"jvm": "17.0.11", "flags": ["-Xshare:auto"], "licence": "MIT"},
        seconds=0.25,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def latency_result() -> PhaseResult:
    fast, slow = Timing(1, tuple(range(3_000, 5_000)), 30_000, True, 900.0), Timing(1, (410_000, 380_000, 400_000), 40, False)
    batch = Timing(10_000, (5_000_000, 6_000_000, 5_500_000), 5, True, 35_000.0)
    timings = {
        "runtime-single": fast,
        "reference-single": slow,
        "runtime-batch": batch,
        "reference-batch": replace(batch, crossing_ns=None),
    }
    return phase_result(
        Phase.LATENCY, Verdict.PASS, reason="timed", timings=timings, findings=(), outputs=(), cuts=None, probed=None, drifted=0
    )
