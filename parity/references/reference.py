"""The Python side: a model that scores batches by its own methods, and answers with values instead of raising."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

import pyarrow as pa

from parity.references.foreign import Failure, attempt, quiet
from parity.references.outputs import outputs
from parity.references.refusals import refusal
from parity.references.threads import blas_limit
from parity.references.timing import timed
from parity.values.outcome import Outcome, Output, Refusal, Scores
from parity.values.signature import InputSpec, OutputSpec, Signature
from parity.values.timing import Timing, TimingPlan


class Reference(Protocol):
    """The truth that users trained and validated.

    `signature` names outputs by kind: "probability", "label", "margin", "value"; `columns` are the names in fitted order,
    None where the model does not know them (then `width` counts them, None where it knows neither).
    `model` is the object itself; `facts` are worth printing (library, version, best iteration).
    """

    @property
    def signature(self) -> Signature: ...
    @property
    def columns(self) -> tuple[str, ...] | None: ...
    @property
    def width(self) -> int | None: ...
    @property
    def model(self) -> Any: ...
    @property
    def facts(self) -> Mapping[str, str]: ...

    def prepare(self, batch: pa.RecordBatch) -> Any:
        """The batch as the model takes it: frame, array, series or tensors (or a Refusal)."""

    def score(self, batch: pa.RecordBatch) -> Outcome:
        """Never raises: a batch that the model refuses is a Refusal."""

    def time(self, batch: pa.RecordBatch, plan: TimingPlan) -> Timing:
        """Latency of the first method on the first `plan.batch_rows` rows, conversion to the model's input not included."""


@dataclass(frozen=True)
class Call:
    """One method of the model and the outputs that it gives: one, or several in order or by name."""

    name: str
    outputs: tuple[OutputSpec, ...]
    method: Callable[[Any], Any]


@dataclass(frozen=True)
class ModelReference:
    """A reference made of calls. `convert` turns a batch into the model's input, or says why it cannot."""

    model: Any
    convert: Callable[[pa.RecordBatch], Any]
    calls: tuple[Call, ...]
    columns: tuple[str, ...] | None
    width: int | None
    inputs: tuple[InputSpec, ...]
    facts: Mapping[str, str] = field(default_factory=dict)
    threads: AbstractContextManager[Any] = field(default_factory=blas_limit)

    @property
    def signature(self) -> Signature:
        specs = tuple(spec for call in self.calls for spec in call.outputs)
        return Signature(self.inputs, specs, tuple(self.facts.items()))

    def prepare(self, batch: pa.RecordBatch) -> Any:
        return self.convert(batch)

    def score(self, batch: pa.RecordBatch) -> Outcome:
        made: list[Output] = []
        with quiet(), self.threads:
            given = self.prepare(batch)
            for call in self.calls:
                answer = given if isinstance(given, Refusal) else self.answered(call, given, batch)
                if isinstance(answer, Refusal):
                    return answer
                made.extend(answer)
        return Scores(batch.num_rows, tuple(made))

    def answered(self, call: Call, given: Any, batch: pa.RecordBatch) -> tuple[Output, ...] | Refusal:
        raw = attempt(partial(call.method, given))
        if isinstance(raw, Failure):
            return refusal(raw, batch, self.columns, self.width)
        shaped = attempt(partial(outputs, raw, call.outputs, batch.num_rows))
        # What came back was not an array of anything: that too is the model's answer.
        return Refusal("shape", f"{call.name}: {shaped.message}") if isinstance(shaped, Failure) else shaped

    def time(self, batch: pa.RecordBatch, plan: TimingPlan) -> Timing:
        given = self.prepare(batch.slice(0, plan.batch_rows))
        method = self.calls[0].method
        if isinstance(given, Refusal):
            return Timing(plan.batch_rows, (), 0, False)
        with quiet(), self.threads:
            result = attempt(lambda: timed(partial(method, given), plan))
        return Timing(plan.batch_rows, (), 0, False) if isinstance(result, Failure) else result


def giving(reference: ModelReference, output: str) -> ModelReference:
    """The same reference, asked by the calls that give one output alone: a classifier answers in three."""
    return replace(reference, calls=tuple(call for call in reference.calls if any(o.name == output for o in call.outputs)))


def input_specs(columns: tuple[str, ...] | None, width: int | None) -> tuple[InputSpec, ...]:
    """One input per known column, else one of the fitted width."""
    return tuple(InputSpec(name, "any") for name in columns) if columns is not None else (InputSpec("features", "any", width),)
