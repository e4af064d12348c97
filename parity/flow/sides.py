"""Both sides of an item, opened and matched: what every later stage is a function of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from parity.anatomy import read_artifact, read_model, unread_tensors
from parity.anatomy.pmml.domain import intervals
from parity.anatomy.sound import cannot_be_walked
from parity.compare.allowance import Tolerance
from parity.compare.matching import Pair, match_outputs
from parity.compare.tolerance import Side, spread, tolerance_of
from parity.diagnose.hazards import Facts, hazards
from parity.errors import MatchingError, ReferenceLoadError, UnmeasurableError
from parity.flow.binding import bound
from parity.generate import Subject, chunks, schema_of
from parity.judge.determinism import contradiction
from parity.references import load
from parity.references.reference import Reference
from parity.references.sample import decoded, load_sample, select_columns
from parity.runtimes import find, open_session
from parity.runtimes.codes import Coded, told
from parity.runtimes.session import Session
from parity.values.case import Case
from parity.values.outcome import Outcome, Scores
from parity.values.plan import Budget, Phase
from parity.values.settings import Item, Settings
from parity.values.signature import InputSpec, OutputKind, OutputSpec, Signature

SCALE_ROWS = 512
"""Random rows from which the usual spread of the scores is taken."""


@dataclass(frozen=True)
class Python:
    """The reference's side of a case: loaded once, whatever the number of artifacts."""

    reference: Reference
    sample: pa.RecordBatch | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Sides:
    """An item's two sides. `tolerances` by the reference's output name, labels excepted: of those that are compared, and of
    those that decide a label which the runtime gives alone."""

    item: Item
    reference: Reference
    session: Session
    subject: Subject
    pairs: tuple[Pair, ...]
    not_exported: tuple[str, ...]
    tolerances: Mapping[str, Tolerance]
    notes: tuple[str, ...]

    @property
    def scorers(self) -> tuple[Callable[[pa.RecordBatch], Outcome], Callable[[pa.RecordBatch], Outcome]]:
        """How each side scores: the reference, the runtime."""
        return self.reference.score, self.session.score


class Workbench:
    """Keeps what is dear to open: references by case, and the session of the last artifact and runtime."""

    def __init__(self) -> None:
        self._python: dict[str, Python] = {}
        self._key: tuple[Any, ...] = ()
        self._sides: Sides | None = None

    def sides(self, item: Item, settings: Settings, budget: Budget, *, timing: bool = False) -> Sides:
        """Open both sides, or hand back the ones that are open."""
        key = (item.case.name, item.case.source, item.artifact.path, str(item.artifact.options), item.runtime, timing)
        if key != self._key or self._sides is None:
            self.close()
            self._sides = _open(item, settings, budget, self._reference(item.case), timing)
            self._key = key
        return replace(self._sides, item=item)

    def _reference(self, case: Case) -> Python:
        key = f"{case.source}:{case.name}"
        if key not in self._python:
            self._python[key] = _python(case)
        return self._python[key]

    def close(self) -> None:
        """End the open session; the references stay."""
        if self._sides is not None:
            self._sides.session.close()
        self._sides, self._key = None, ()


def _python(case: Case) -> Python:
    given = load_sample(case)
    reference = load(case, given)
    if given is None:
        return Python(reference, None, ())
    sample = decoded(select_columns(given, reference.columns, reference.width))
    extra = [c for c in given.schema.names if c not in sample.schema.names]
    notes = (f"columns of the sample that the model does not use: {', '.join(extra)}",) if extra else ()
    return Python(reference, sample, notes)


def _open(item: Item, settings: Settings, budget: Budget, python: Python, timing: bool) -> Sides:
    runtime = find()[item.runtime]
    planned = 0 if timing else budget.random_rows + budget.boundary_rows
    session = open_session(
        runtime,
        item.artifact,
        folder=settings.folder,
        inline=settings.inline,
        timeout=settings.timeout_seconds,
        planned_rows=planned,
        timing=timing,
    )
    try:
        return _match(item, python, session)
    except BaseException:  # the worker must not outlive a case that does not fit together, whatever stopped it
        session.close()
        raise


def _is_tensor(spec: InputSpec) -> bool:
    return len(spec.shape or ()) > 1


def _match(item: Item, python: Python, session: Session) -> Sides:
    case, reference = item.case, python.reference
    names = _names(reference, python.sample, session.signature, case)
    ours = read_model(reference.model, names)
    if broken := cannot_be_walked(ours.unread):  # a library walks a cycle for ever, and a child that is none ends the process
        raise ReferenceLoadError(f"{case.name}: the reference is not scored, as {broken}. Train it again, or save it again.")
    specs = {spec.name: spec for spec in session.signature.inputs if _is_tensor(spec) or spec.type == "string"}
    schema = schema_of(case, names, python.sample, ours, specs, intervals(case.root / item.artifact.path))
    tensors = any(column.shape for column in schema.columns)
    session, inputs = bound(session, schema.columns, ours, case)
    if tensors:
        ours = theirs = unread_tensors(names)
    else:
        theirs = read_artifact(item.artifact.path, names, inputs)
    matched = match_outputs(reference.signature, session.signature, case.outputs, case.ignore_outputs)
    subject = Subject(case.name, schema, python.sample, ours, theirs, reference.prepare)
    input_type, scales = _input_type(session.signature), _scales(reference, subject)
    tolerances = {
        name: tolerance_of(
            kind, Side(ours, spec), Side(theirs, other), reference.prepare, case.gate, input_type, scales.get(name, 0.0)
        )
        for name, kind, spec, other in (*_numeric(matched.pairs), *_deciding(reference.signature, matched.pairs))
    }
    notes = python.notes + tuple(
        f"structure not read ({side}): {text}" for side, a in (("reference", ours), ("artifact", theirs)) for text in a.unread
    )
    notes += told(session.codes) if isinstance(session, Coded) else ()
    notes += tuple(hazard.note for hazard in hazards(_facts(item, reference, session, subject)))
    return Sides(item, reference, session, subject, matched.pairs, matched.not_exported, tolerances, notes)


Bounded = tuple[str, OutputKind, OutputSpec, OutputSpec]
"""An output that is bounded: its name and kind, and what the reference and the runtime say of it."""


def _numeric(pairs: Sequence[Pair]) -> list[Bounded]:
    return [(pair.name, pair.kind, pair.reference, pair.runtime) for pair in pairs if pair.kind != OutputKind.LABEL]


def _deciding(signature: Signature, pairs: Sequence[Pair]) -> list[Bounded]:
    """The reference's numbers that decide a label which the runtime gives alone: they say where rounding may turn it."""
    if not any(pair.kind == OutputKind.LABEL for pair in pairs):
        return []
    matched = {pair.reference.name for pair in pairs}
    return [
        (spec.name, kind, spec, spec)
        for spec in signature.outputs
        for kind in (OutputKind.PROBABILITY, OutputKind.MARGIN)
        if spec.kind == kind and spec.name not in matched
    ]


def _facts(item: Item, reference: Reference, session: Session, subject: Subject) -> Facts:
    """What the lint looks at."""
    types = tuple(i.type for i in session.signature.inputs)
    path, engine = item.case.root / item.artifact.path, session.environment.get("versions", {})
    return Facts(reference.model, subject.reference, subject.artifact, path, subject.schema, types, engine)


def _names(reference: Reference, sample: pa.RecordBatch | None, signature: Signature, case: Case) -> tuple[str, ...]:
    """The user's columns in fitted order: from the reference, the sample, the artifact's inputs, or numbered."""
    if reference.columns is not None:
        return tuple(reference.columns)
    if sample is not None:
        return tuple(sample.schema.names)
    if case.inputs:
        return tuple(c for columns in case.inputs.values() for c in columns)
    if reference.width is not None:
        inputs = signature.inputs
        if len(inputs) == reference.width and all(i.width == 1 for i in inputs):
            return tuple(i.name for i in inputs)
        return tuple(f"f{i}" for i in range(reference.width))
    if all(i.width is not None or _is_tensor(i) for i in signature.inputs):
        return tuple(
            n
            for i in signature.inputs
            for n in ([i.name] if i.width == 1 or _is_tensor(i) else [f"{i.name}_{k}" for k in range(i.width or 0)])
        )
    raise MatchingError(
        f"{case.name}: neither the reference nor the artifact says how many columns there are. "
        'Give sample data (`data = "sample.parquet"`) or the columns (`inputs = { input = ["a", "b"] }`).'
    )


def _scales(reference: Reference, subject: Subject) -> dict[str, float]:
    """How far each numeric output of the reference spreads over the same few random rows in every run."""
    found: dict[str, float] = {}
    for chunk in chunks(Phase.RANDOM, subject, 0, Budget(random_rows=SCALE_ROWS)):
        said = contradiction(reference.score, chunk.batch)
        if said is not None:
            raise UnmeasurableError(f"{subject.case_name}: {said}{_in_training(reference)}")
        outcome = reference.score(chunk.batch)
        outputs = outcome.outputs if isinstance(outcome, Scores) else ()
        for output in (o for o in outputs if o.values.dtype != object and o.spec.kind != OutputKind.LABEL):
            found[output.spec.name] = max(found.get(output.spec.name, 0.0), spread(output.values.astype(np.float64)))
    return found


def _in_training(reference: Reference) -> str:
    """A hint, where a network drops at random."""
    training = getattr(reference.model, "training", None) is True
    return ". It is in training mode: call eval() before it is saved or traced" if training else ""


def _input_type(signature: Signature) -> str:
    """float32 if any numeric input is: then values are rounded on the way in."""
    return "float32" if any(i.type == "float32" for i in signature.inputs) else "float64"
