"""An opened artifact, as everything above sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import pyarrow as pa

from parity.values.outcome import Outcome
from parity.values.signature import Signature
from parity.values.timing import Timing, TimingPlan


class Session(Protocol):
    """One artifact in one runtime.

    `environment` says what the scores were made with: runtime, mode, jvm, flags, jars, licence, versions.
    """

    @property
    def signature(self) -> Signature: ...

    @property
    def environment(self) -> Mapping[str, Any]: ...

    def bind(self, inputs: Mapping[str, tuple[str, ...]]) -> None:
        """Say which columns feed each input of the artifact, in order."""

    def score(self, batch: pa.RecordBatch) -> Outcome:
        """Never raises because of the runtime or the rows: a crash, a hang and an exhausted heap are refusals too.

        Raises StoreError where the journal cannot be written, WorkerError where a lost worker cannot be started again.
        """

    def time(self, batch: pa.RecordBatch, plan: TimingPlan) -> Timing:
        """Time the first `plan.batch_rows` rows. Raises WorkerError where they cannot be scored."""

    def close(self) -> None:
        """End the runtime and remove what it left behind. Safe to call twice."""
