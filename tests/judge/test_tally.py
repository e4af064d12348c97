"""Which findings are told and which count: the declared domain, and what no domain excuses."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest

from parity.judge.tally import Tally, _add_row
from parity.values.finding import FindingKind
from parity.values.outcome import Refusal
from parity.values.plan import Chunk, Phase


def examined(kind: FindingKind) -> Any:
    kinds = SimpleNamespace(kind=np.array([kind], object), output=np.array(["p"], object))
    return cast(
        Any, SimpleNamespace(kinds=kinds, drifts=(), bounds={}, runtime=SimpleNamespace(refused={0: Refusal("crash", "gone")}))
    )


@pytest.mark.parametrize(
    ("kind", "valid", "malformed", "told"),
    [
        (FindingKind.VALUE, True, False, False),
        (FindingKind.VALUE, False, False, True),
        (FindingKind.CRASH, False, False, False),
        (FindingKind.CRASH, False, True, True),
        (FindingKind.TIMEOUT, True, False, False),
    ],
)
def test_a_crash_counts_on_any_input_but_not_on_a_malformed_call(
    kind: FindingKind, valid: bool, malformed: bool, told: bool
) -> None:
    chunk = Chunk(Phase.SPECIAL, pa.record_batch({"a": [1.0]}), "inf", np.array([valid]), malformed=malformed)
    tally = Tally()
    _add_row(tally, chunk, "inf", 0, examined(kind))
    (key,) = tally.groups
    assert key.off_domain is told
