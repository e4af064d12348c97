"""A dozen different findings as real runs give them; what users read of each lies in golden/ as a text file."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from parity.diagnose.advice import ADVICE
from parity.values.finding import Cause, Finding, FindingKind, Seen
from parity.values.plan import Phase

TREES = (
    "sum of 100 leaves in float32: min(gamma(n) sum|v|, u sqrt(2 ln 2e6) |running sums|) (Higham & Mary 2019), "
    "then p(1-p) dm + 4 u"
)
DOT = (
    "dot product of 30 terms in float32: gamma(n + 2) sum|w z| + sum|w| dz, dz = u ((|x| + |mean|) / sigma + 3 |z|) "
    "(Higham 3.1), then p(1-p) dm + 4 u"
)
FLOOR = (
    "no bound known for this model: measured noise floor, 16 u max(1, |score|) in float32 + 4 times what both sides move "
    "when inputs move by one step"
)


@dataclass(frozen=True)
class Golden:
    finding: Finding
    formula: str = ""


def row(**cells: Any) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(
        {name: pa.array([value]) if not isinstance(value, pa.Array) else value for name, value in cells.items()}
    )


def cause(name: str, evidence: str, explained: float = 1.0, broken: float = 0.0) -> Cause:
    return Cause(name, explained, broken, ADVICE[name], evidence)


MISSING = pa.array([None], pa.float64())
LOAN = row(income=3141.5926535897934, age=42.0, debt=0.31, city="Łódź", member=True)
LOAN_ONNX = Finding(
    id="3b1f8c0d92aa",
    case="loan",
    artifact="loan.onnx",
    runtime="onnxruntime",
    phase=Phase.BOUNDARY,
    kind=FindingKind.BRANCH_FLIP,
    output="probability",
    input_class="edge",
    rows=214,
    row=LOAN,
    off_typical=("income",),
    seen=Seen({"probability": [0.8123, 0.1877], "label": [0]}, {"probability": [0.6021, 0.3979], "label": [0]}),
    worst=0.2102,
    tolerance=1.1e-6,
    off_domain=False,
    cut="income <= 3141.5926535897931 (tree 17)",
    cause=cause("float32-thresholds", "thresholds of the artifact are the model's, rounded to float32: 3,021 of 3,100 differ"),
)

WIDE = pa.RecordBatch.from_pydict({f"sensor_{i:03d}_mean_of_the_last_hour": [i * 1.1 if i % 20 else 1e9 / 3] for i in range(200)})
LETTER = "Dear Sir or Madam,\n\tI write about the invoice\x1b[31m of last month. " * 90

GOLDEN: dict[str, Golden] = {
    "branch-flip-float32-thresholds": Golden(LOAN_ONNX, TREES),
    "missing-direction": Golden(
        replace(
            LOAN_ONNX,
            id="68b57f9292dc",
            case="penguin-forest",
            artifact="penguin-forest.onnx",
            phase=Phase.EXAMPLES,
            kind=FindingKind.LABEL_FLIP,
            output="label",
            input_class="sample",
            rows=2,
            worst=1.0,
            tolerance=0.0,
            row=row(bill_length_mm=MISSING, bill_depth_mm=17.3, flipper_length_mm=197.0, body_mass_g=4050.0),
            off_typical=("bill_length_mm",),
            cut="bill_length_mm <= 42.35000038146973 (tree 0)",
            seen=Seen({"label": ["Adelie"]}, {"label": ["Chinstrap"]}),
            cause=cause(
                "missing-direction-dropped",
                "the reference's trees with every missing value sent right answer what the runtime answers",
            ),
        )
    ),
    "link-function": Golden(
        replace(
            LOAN_ONNX,
            id="c7720e11bd40",
            artifact="loan.cbm",
            runtime="catboost",
            phase=Phase.RANDOM,
            kind=FindingKind.VALUE,
            input_class="random",
            rows=20_000,
            cut="",
            off_typical=("income", "age"),
            worst=6.31,
            tolerance=4.2e-13,
            seen=Seen({"probability": [0.8123]}, {"raw": [1.4652]}),
            runtime_output="raw",
            cause=cause("raw-margin", "1 / (1 + exp(-x)) of what the runtime answers is the reference's probability"),
        ),
        TREES,
    ),
    "refusal": Golden(
        replace(
            LOAN_ONNX,
            id="ffeeddccbbaa",
            artifact="loan.pmml",
            runtime="jpmml",
            phase=Phase.SPECIAL,
            kind=FindingKind.REFUSAL,
            output="",
            input_class="unseen",
            rows=12,
            off_typical=("city",),
            worst=0.0,
            tolerance=math.nan,
            cut="",
            seen=Seen({"probability": [0.5, 0.5]}, 'invalid-value: Field "city" cannot accept user input value "Łódź"'),
            cause=cause("unseen-category-refused", ""),
            message='runtime: Field "city" cannot accept user input value "Łódź"',
        )
    ),
    "crash": Golden(
        replace(
            LOAN_ONNX,
            id="0dead0dead00",
            artifact="loan.txt",
            runtime="lightgbm4j",
            phase=Phase.SPECIAL,
            kind=FindingKind.CRASH,
            output="",
            input_class="infinite",
            rows=1,
            row=row(income=math.inf, age=42.0),
            off_typical=("income",),
            worst=0.0,
            tolerance=math.nan,
            cut="",
            cause=None,
            seen=Seen({"probability": [0.5]}, "crash: the worker died of signal 11 (SIGSEGV)"),
            message="the log of the worker ends with: # Problematic frame: C [lib_lightgbm.so+0x2fc1d] Tree::Predict; "
            ".parity/journal/lightgbm4j-3/worker.log",
        )
    ),
    "label-flip": Golden(
        replace(
            LOAN_ONNX,
            id="51ab0c2e77f0",
            kind=FindingKind.LABEL_FLIP,
            output="label",
            rows=31,
            worst=1.0,
            tolerance=0.0,
            cause=None,
            seen=Seen({"label": [1]}, {"label": [0]}),
            cut="income <= 3141.5926535897931 (tree 17)",
        )
    ),
    "off-domain": Golden(
        replace(
            LOAN_ONNX,
            id="900d900d900d",
            phase=Phase.SPECIAL,
            kind=FindingKind.VALUE,
            input_class="huge",
            rows=4,
            off_domain=True,
            row=row(income=1e300, age=42.0),
            cut="",
            worst=0.44,
            cause=None,
            seen=Seen({"probability": [0.56]}, {"probability": [1.0]}),
        ),
        DOT,
    ),
    "text": Golden(
        replace(
            LOAN_ONNX,
            id="7e47ca5e0001",
            case="spam",
            artifact="spam.onnx",
            phase=Phase.RANDOM,
            kind=FindingKind.VALUE,
            input_class="random",
            rows=388,
            row=row(message="don't\u00a0miss it \u200bCAFÉ"),
            off_typical=("message",),
            cut="",
            cause=None,
            worst=0.3127,
            tolerance=2.4e-6,
            seen=Seen({"probability": [0.2151, 0.7849]}, {"probability": [0.5278, 0.4722]}),
        ),
        DOT,
    ),
    "missing-mask": Golden(
        replace(
            LOAN_ONNX,
            id="aa00bb11cc22",
            artifact="loan.pmml",
            runtime="jpmml",
            phase=Phase.SPECIAL,
            kind=FindingKind.MISSING_MASK,
            input_class="missing",
            rows=16,
            row=row(income=MISSING, age=42.0),
            cut="",
            cause=None,
            worst=math.nan,
            tolerance=1.1e-6,
            seen=Seen({"probability": [0.56, 0.44]}, {"probability": [None, None]}),
        ),
        DOT,
    ),
    "several-outputs": Golden(
        replace(
            LOAN_ONNX,
            id="5e7e4a100075",
            case="digits",
            output="probabilities",
            runtime_output="output_probability",
            kind=FindingKind.VALUE,
            rows=77,
            worst=3.4e-5,
            cause=None,
            cut="",
            tolerance=3.1e-6,
            seen=Seen(
                {"label": [7], "probabilities": [0.01, 0.02, 0.0312345, 0.04, 0.05, 0.06, 0.07, 0.6387655, 0.03, 0.05]},
                {
                    "output_label": [7],
                    "output_probability": [0.01, 0.02, 0.0312685, 0.04, 0.05, 0.06, 0.07, 0.6387315, 0.03, 0.05],
                },
            ),
        ),
        DOT,
    ),
    "long-text-cell": Golden(
        replace(
            LOAN_ONNX,
            id="10a610a610a6",
            case="letters",
            artifact="letters.pmml",
            runtime="jpmml",
            phase=Phase.EXAMPLES,
            kind=FindingKind.VALUE,
            input_class="sample",
            row=row(letter=LETTER, customer=17),
            off_typical=("letter",),
            rows=1,
            cut="",
            cause=None,
            worst=0.0021,
            tolerance=3e-13,
            seen=Seen({"probability": [0.9312]}, {"probability": [0.9333]}),
        ),
        DOT,
    ),
    "wide-row": Golden(
        replace(
            LOAN_ONNX,
            id="200c01200c01",
            case="machine-hall-3-north-vibration-monitor-of-the-second-shift",
            row=WIDE,
            rows=1_204_311,
            off_typical=tuple(WIDE.schema.names[::20]),
            cut="sensor_040_mean_of_the_last_hour <= 333333333.33333331 (tree 62)",
            cause=replace(
                cause("strict-comparison", "the reference's trees with < for <= answer what the runtime answers"),
                explained=0.9931,
                broken=0.002,
            ),
        ),
        TREES,
    ),
    "unexplained": Golden(
        replace(
            LOAN_ONNX,
            id="0000000000ab",
            artifact="loan.zip",
            runtime="h2o-mojo",
            phase=Phase.RANDOM,
            kind=FindingKind.VALUE,
            cause=None,
            input_class="random",
            rows=3,
            cut="",
            off_typical=(),
            worst=1.9e-6,
            tolerance=9.5e-7,
            seen=Seen({"probability": [0.81230016]}, {"probability": [0.81230206]}),
        ),
        FLOOR,
    ),
    "timeout-in-the-ledger": Golden(
        replace(
            LOAN_ONNX,
            id="71ae0071ae00",
            runtime="pmml4s",
            artifact="loan.pmml",
            kind=FindingKind.TIMEOUT,
            output="",
            phase=Phase.SPECIAL,
            input_class="huge",
            rows=1,
            row=row(city="x" * 3, income=np.nextafter(1e308, np.inf).item()),
            off_typical=("income",),
            cut="",
            cause=None,
            worst=0.0,
            tolerance=math.nan,
            seen=Seen({"probability": [0.5]}, "timeout: no answer within 30 s"),
            message="",
            known="no longer known, the entry expired on 2026-10-31 "
            "(accepted by risk@example.org until 2026-10-31: a fix was promised for the autumn)",
        )
    ),
}
