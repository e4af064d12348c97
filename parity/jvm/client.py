"""A session: one artifact opened in one runtime's JVM, in a worker process or in this one. Batches in, outcomes out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

import pyarrow as pa

from parity.errors import DataError, WorkerError
from parity.jvm import protocol
from parity.jvm.columns import Crossing, plan, ready
from parity.jvm.launch import Launch
from parity.jvm.link import Channel, Link
from parity.jvm.process import WorkerProcess
from parity.jvm.scores import joined, read_scores
from parity.jvm.signature import read_signature
from parity.values.outcome import Outcome, Refusal
from parity.values.signature import Signature
from parity.values.timing import Timing, TimingPlan

_CROSSING_CALLS = 31  # at most, for the median of quick calls
_CROSSING_FEWEST = 3
_CROSSING_NS = 300_000_000  # in all: a batch that takes long is not scored 31 times for this figure alone


class Client:
    """Implements `parity.runtimes.session.Session`. Not for use from two threads at once.

    Raises ArtifactError, JvmError, JarsError, WorkerError or StoreError when it opens, and the last two also where a worker
    that was lost cannot be started again or the journal cannot be written.
    """

    def __init__(self, launch: Launch, connect: Callable[[Launch], Channel] = WorkerProcess) -> None:
        self._launch = launch
        self._link = Link(launch, connect)
        self._plan: tuple[pa.Schema, Crossing | Refusal] | None = None
        self._closed = False
        opened = self._link.opened
        self.signature: Signature = read_signature(opened["signature"])
        flags = [flag for flag in opened["flags"] if "Archive" not in flag]  # its names mean nothing elsewhere
        self.environment: Mapping[str, Any] = {**self._link.environment, "flags": flags, "versions": opened["versions"]}
        self._bound: dict[str, tuple[str, ...]] = {spec.name: (spec.name,) for spec in self.signature.inputs}

    def bind(self, inputs: Mapping[str, tuple[str, ...]]) -> None:
        """Say which columns feed each input of the artifact, in order. Until then, equal names do."""
        self._bound = dict(inputs)
        self._plan = None

    def score(self, batch: pa.RecordBatch) -> Outcome:
        """What the runtime answers. A batch that does not fit into a block goes in several parts.

        A worker that dies ("crash"), hangs ("timeout") or runs out of memory ("out-of-memory") refuses the whole batch.
        """
        if self._closed:
            return Refusal("other", f"the session of {self._launch.runtime} is closed")
        crossing = self._crossing(batch.schema)
        if isinstance(crossing, Refusal):
            return crossing
        crossed = ready(batch, crossing)
        return crossed if isinstance(crossed, Refusal) else self._score_parts(crossed, crossing)

    def time(self, batch: pa.RecordBatch, plan: TimingPlan) -> Timing:
        """Time the first `plan.batch_rows` rows inside the JVM, then the crossing from here. Raises DataError, WorkerError."""
        if batch.num_rows < plan.batch_rows:
            raise DataError(f"batches of {plan.batch_rows} rows are to be timed, but only {batch.num_rows} were given")
        batch = batch.slice(0, plan.batch_rows)
        scored = self.score(batch)  # also makes room for the scores
        crossing = self._crossing(batch.schema)
        if isinstance(scored, Refusal) or isinstance(crossing, Refusal):
            raise self._not_timed(scored)
        arguments = [plan.batch_rows, plan.warmup_rows, plan.max_warmup_ns, plan.samples, plan.max_measure_ns]
        limit = self._launch.timeout + (plan.max_warmup_ns + plan.max_measure_ns) / 1e9
        reply = self._link.ask({"op": "time", "plan": arguments}, crossing, limit)
        if isinstance(reply, Refusal) or not reply["result"]:
            raise self._not_timed(reply)
        warmup_calls, steady, *nanoseconds = reply["result"]
        return Timing(plan.batch_rows, tuple(nanoseconds), warmup_calls, bool(steady), self._crossing_ns(batch))

    def close(self) -> None:
        """End the worker and remove its journal. Safe to call twice."""
        self._closed = True
        self._link.close()

    def _crossing(self, schema: pa.Schema) -> Crossing | Refusal:
        if self._plan is None or not self._plan[0].equals(schema):
            tensors = {spec.name for spec in self.signature.inputs if spec.shape is not None}
            self._plan = schema, plan(schema, self._bound, tensors)
        return self._plan[1]

    def _score_parts(self, batch: pa.RecordBatch, crossing: Crossing) -> Outcome:
        if self._link.write(batch, crossing):
            outcome = self._answer(batch.num_rows, crossing)
            if outcome is not None:
                return outcome
        half = batch.num_rows // 2
        first = self._score_parts(batch.slice(0, half), crossing)
        if isinstance(first, Refusal):
            return first
        second = self._score_parts(batch.slice(half), crossing)
        return second if isinstance(second, Refusal) else joined(first, second)

    def _answer(self, rows: int, crossing: Crossing) -> Outcome | None:
        """Score what stands in the block. None where the scores of so many rows do not fit into a block."""
        while True:
            reply = self._link.ask({"op": "score"}, crossing, self._launch.timeout)
            if isinstance(reply, Refusal):
                return reply
            block = self._link.block
            needed = int(block.slots[protocol.SLOT_NEEDED])
            if needed == 0:
                return read_scores(block, self.signature)
            if not self._link.grow(int(block.slots[protocol.SLOT_SCORES]) + needed, rows):
                return None

    def _not_timed(self, why: object) -> WorkerError:
        said = f"{why.kind}: {why.message}" if isinstance(why, Refusal) else "the batch does not fit into one block"
        return WorkerError(f"{self._launch.runtime} could not be timed: {said}")

    def _crossing_ns(self, batch: pa.RecordBatch) -> float:
        """Median over some calls of the wall time of `score` minus the time inside the scorer."""
        costs: list[int] = []
        deadline = time.perf_counter_ns() + _CROSSING_NS
        while len(costs) < _CROSSING_FEWEST or (len(costs) < _CROSSING_CALLS and time.perf_counter_ns() < deadline):
            start = time.perf_counter_ns()
            self.score(batch)
            spent = time.perf_counter_ns() - start
            costs.append(spent - int(self._link.block.slots[protocol.SLOT_INSIDE_NS]))
        return float(median(costs))
