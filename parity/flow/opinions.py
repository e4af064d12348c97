"""Further evaluators of an item's artifact: the engine or the library in Python, ONNX's own evaluator, other JVM runtimes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy.typing as npt
import pyarrow as pa

from parity.compare.matching import Pair, match_outputs
from parity.diagnose.opinions import Opinion, Role
from parity.diagnose.stages import tensors
from parity.errors import ParityError
from parity.flow.binding import bound
from parity.flow.questions import asking
from parity.flow.sides import Sides
from parity.references import load
from parity.references.describe import version
from parity.references.native import library_for
from parity.references.onnx_ import unzipped
from parity.references.reference import Call, ModelReference
from parity.runtimes import find, open_session
from parity.runtimes.inputs import match_inputs
from parity.values.case import Case
from parity.values.outcome import Outcome, Refusal
from parity.values.signature import Signature

TIMEOUT_SECONDS = 20.0
"""For a call of another runtime: an opinion that takes longer is not worth having."""


@dataclass(frozen=True)
class Evaluator:
    """Something that scores the artifact."""

    name: str
    role: Role
    signature: Signature
    score: Callable[[pa.RecordBatch], Outcome]


class Consulted:
    """Opens what can be opened when it is first asked, and closes it at the end."""

    def __init__(self, sides: Sides) -> None:
        self._sides, self._stack = sides, ExitStack()
        self._evaluators: list[Evaluator] | None = None

    def __enter__(self) -> Consulted:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    @property
    def evaluators(self) -> list[Evaluator]:
        """All that this machine and this artifact offer; one that cannot be opened is left out."""
        if self._evaluators is None:
            self._evaluators = [*_in_python(self._sides), *_other_runtimes(self._sides, self._stack)]
        return self._evaluators

    def opinions(self, pair: Pair) -> list[Opinion]:
        """Each evaluator's answers in the columns of the pair."""
        found = []
        for one in self.evaluators:
            same = _same_output(self._sides, one, pair)
            if same is not None:
                found.append(Opinion(one.name, one.role, asking(one.score, same, 1)))
        return found


def _same_output(sides: Sides, evaluator: Evaluator, pair: Pair) -> Pair | None:
    """The pair of the same output: by the runtime's name for it, else as outputs are matched at all."""
    if any(o.name == pair.runtime.name for o in evaluator.signature.outputs):
        return pair
    try:
        pairs = match_outputs(sides.reference.signature, evaluator.signature).pairs
    except ParityError:
        return None
    return next((p for p in pairs if p.name == pair.name), None)


def opened_onnx(sides: Sides) -> ModelReference | None:
    """The artifact in Python's onnxruntime, fed as the runtime is; None where it is no ONNX file or cannot be opened."""
    path = _path(sides)
    if path.suffix != ".onnx":
        return None
    inputs = match_inputs(sides.subject.schema.columns, sides.session.signature, sides.item.case.inputs)
    return _loaded(sides, path, inputs=inputs)


def inner_of(sides: Sides) -> Callable[[pa.RecordBatch], Mapping[str, npt.NDArray[Any]]]:
    """The tensors between the nodes of an ONNX file, by name, for rows: none for rows that it cannot be fed, and none of another
    file or one that Python cannot open. It is opened when it is first asked; the last three batches are remembered.
    """
    opened, remembered = cache(partial(opened_onnx, sides)), list[tuple[pa.RecordBatch, Mapping[str, npt.NDArray[Any]]]]()

    def exposed(batch: pa.RecordBatch) -> Mapping[str, npt.NDArray[Any]]:
        for known, values in remembered:
            if known is batch:
                return values
        file = opened()
        feed = None if file is None else file.prepare(batch)
        found = {} if feed is None or isinstance(feed, Refusal) else tensors(_path(sides), feed)
        remembered[:] = [*remembered[-2:], (batch, found)]
        return found

    return exposed


def _loaded(sides: Sides, path: Path, **more: Any) -> ModelReference | None:
    case = Case(sides.item.case.name, str(path), (), path.parent, source="opinion", **more)
    try:
        found = load(case, sides.subject.sample)
    except (ParityError, ImportError):
        return None
    return found if isinstance(found, ModelReference) else None


def _path(sides: Sides) -> Path:
    return (sides.item.case.root / sides.item.artifact.path).absolute()


def _in_python(sides: Sides) -> Iterator[Evaluator]:
    path = _path(sides)
    onnx = opened_onnx(sides)
    if onnx is not None:
        name = f"onnxruntime {version('onnxruntime')}"
        yield Evaluator(f"{name} in Python", Role.SAME, onnx.signature, onnx.score)
        yield from _onnx_evaluator(onnx, path)
        return
    library = library_for(path)
    if library is None or str(sides.item.case.reference) == str(path):
        return
    found = _loaded(sides, path)
    if found is not None:
        name = f"{library.NAME} {version(library.PACKAGE)} in Python"
        yield Evaluator(name, Role.LIBRARY, found.signature, found.score)


def _onnx_evaluator(opened: ModelReference, path: Path) -> Iterator[Evaluator]:
    """ONNX's reference evaluator: NumPy and Python, no code in common with ONNX Runtime."""
    try:
        from onnx.reference import ReferenceEvaluator

        evaluator = ReferenceEvaluator(str(path))
    except Exception:  # noqa: BLE001  onnx is optional, and raises anything on operators that it does not implement
        return

    def run(given: Any) -> Any:
        values = evaluator.run(None, given)
        return {name: unzipped(value) for name, value in zip(evaluator.output_names, values, strict=True)}

    call = Call("run", opened.calls[0].outputs, run)
    other = replace(opened, calls=(call,))
    yield Evaluator("ONNX's reference evaluator", Role.INDEPENDENT, other.signature, other.score)


def _other_runtimes(sides: Sides, stack: ExitStack) -> Iterator[Evaluator]:
    """Other JVM runtimes of the format whose jars are there. A JVM inside this process leaves no room for another."""
    artifact, item = sides.item.artifact, sides.item
    if sides.session.environment.get("mode") != "worker":
        return
    for name, runtime in find().items():
        if name == item.runtime or not runtime.recognises(artifact.path):
            continue
        folder = Path(tempfile.mkdtemp(prefix="parity-opinion-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        try:
            session = open_session(runtime, replace(artifact, options={}), folder=folder, timeout=TIMEOUT_SECONDS)
            stack.callback(session.close)
            fed, _ = bound(session, sides.subject.schema.columns, sides.subject.reference, item.case)
        except ParityError:
            continue
        yield Evaluator(name, Role.INDEPENDENT, fed.signature, fed.score)
