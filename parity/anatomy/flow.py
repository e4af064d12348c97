"""Several stages, one after another or side by side, followed from the user's columns to the model's features."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.anatomy.part import Range
from parity.anatomy.stage import Stage, dense, unchanged
from parity.values.anatomy import Bools, Floats, Ints


@dataclass(frozen=True)
class Chain:
    """Flows one after another."""

    flows: tuple[Flow, ...]


@dataclass(frozen=True)
class Beside:
    """Flows side by side, each on some of the inputs (indices), their outputs in this order."""

    branches: tuple[tuple[Flow, npt.NDArray[np.int64]], ...]
    inputs: int


Flow = Stage | Chain | Beside


@dataclass(frozen=True)
class Trail:
    """Where each of n features comes from: user column (-1: none or several), direction, and is it that column's own value?"""

    origin: Ints
    direction: Ints
    same: Bools


@dataclass(frozen=True)
class Jumps:
    """Places where something jumps along features that follow one user column each. Arrays have shape (n,).

    `evaluate` maps a frame of the user's columns to those features, (rows, features). The low side of jump i is
    cast(feature) <= value, or < value where strict.
    """

    evaluate: Callable[[Any], Floats]
    feature: Ints
    column: Ints
    direction: Ints
    value: Floats
    strict: Bools
    precision: str = "float64"


def start(columns: int) -> Trail:
    """The user's columns themselves."""
    each = np.arange(columns, dtype=np.int32)
    return Trail(each, np.ones(columns, np.int32), np.ones(columns, bool))


def follow(flow: Flow, trail: Trail) -> Trail:
    """The trail behind a flow whose inputs have the given one."""
    if isinstance(flow, Chain):
        for inner in flow.flows:
            trail = follow(inner, trail)
        return trail
    if isinstance(flow, Beside):
        parts = [follow(inner, _pick(trail, index)) for inner, index in flow.branches]
        return _side_by_side(parts)
    return _behind(flow, trail)


def _pick(trail: Trail, index: npt.NDArray[Any]) -> Trail:
    return Trail(trail.origin[index], trail.direction[index], trail.same[index])


def _side_by_side(parts: Sequence[Trail]) -> Trail:
    if not parts:
        return start(0)
    joined = [np.concatenate([getattr(p, name) for p in parts]) for name in ("origin", "direction", "same")]
    return Trail(*joined)


def _behind(stage: Stage, trail: Trail) -> Trail:
    known = stage.origin >= 0
    source = np.where(known, stage.origin, 0)
    if not len(trail.origin):
        return Trail(np.full(len(known), -1, np.int32), np.zeros(len(known), np.int32), np.zeros(len(known), bool))
    origin = np.where(known, trail.origin[source], -1).astype(np.int32)
    direction = np.where(known, stage.direction * trail.direction[source], 0).astype(np.int32)
    same = known & trail.same[source] & ((stage.error is unchanged) | bool(stage.imputes and not stage.categories))
    return Trail(np.where(direction == 0, -1, origin).astype(np.int32), direction, same)


def run(flow: Flow, frame: Any, errors: Floats) -> tuple[Any, Floats | None]:
    """The flow's result, and the errors of it (rows, outputs) in units of u; None where a step's rounding is not known."""
    if isinstance(flow, Chain):
        grown: Floats | None = errors
        for inner in flow.flows:
            frame, grown = run(inner, frame, np.zeros(_shape(frame)) if grown is None else grown)
            if grown is None:
                return frame, None
        return frame, grown
    if isinstance(flow, Beside):
        results = [run(inner, select(frame, index), errors[:, index]) for inner, index in flow.branches]
        values = np.hstack([dense(r) for r, _ in results])
        known = [e for _, e in results if e is not None]
        return values, np.hstack(known) if len(known) == len(results) else None
    result = flow.apply(frame)
    if flow.error is None:
        return result, None
    return result, flow.error(numbers(frame), errors, numbers(result))


def _shape(frame: Any) -> tuple[int, int]:
    rows, columns = frame.shape
    return int(rows), int(columns)


def apply(flow: Flow, frame: Any) -> Any:
    """The flow's result alone."""
    if isinstance(flow, Chain):
        for inner in flow.flows:
            frame = apply(inner, frame)
        return frame
    if isinstance(flow, Beside):
        return np.hstack([dense(apply(inner, select(frame, index))) for inner, index in flow.branches])
    return flow.apply(frame)


def select(frame: Any, index: npt.NDArray[Any]) -> Any:
    """Some columns, by position, of a frame or an array."""
    return frame.iloc[:, index] if hasattr(frame, "iloc") else frame[:, index]


def numbers(frame: Any) -> Floats:
    """A frame, array or series as float64; columns that are not numbers become 0."""
    if getattr(frame, "ndim", 2) == 1:
        return _number(frame)[:, None]
    if hasattr(frame, "iloc"):
        columns = [_number(frame.iloc[:, i]) for i in range(frame.shape[1])]
        return np.column_stack(columns) if columns else np.zeros((len(frame), 0))
    if hasattr(frame, "toarray") or np.asarray(frame).dtype != object:
        return dense(frame)
    return np.column_stack([_number(frame[:, i]) for i in range(frame.shape[1])])


def _number(column: Any) -> Floats:
    try:
        return np.asarray(column, dtype=np.float64)
    except (TypeError, ValueError):  # text
        return np.zeros(len(column))


@dataclass(frozen=True)
class Met:
    """A stage as it stands in a flow: the trail of its inputs, and the way from the user's frame to them."""

    stage: Stage
    trail: Trail
    before: Callable[[Any], Any]


def stages(flow: Flow, trail: Trail, before: Callable[[Any], Any]) -> Iterator[Met]:
    """All stages of a flow whose inputs have that trail; `before` maps the user's frame to those inputs."""
    if isinstance(flow, Chain):
        for inner in flow.flows:
            yield from stages(inner, trail, before)
            trail, before = follow(inner, trail), _then(before, inner)
    elif isinstance(flow, Beside):
        for inner, index in flow.branches:
            yield from stages(inner, _pick(trail, index), _selected(before, index))
    else:
        yield Met(flow, trail, before)


def _then(before: Callable[[Any], Any], flow: Flow) -> Callable[[Any], Any]:
    return lambda frame: apply(flow, before(frame))


def _selected(before: Callable[[Any], Any], index: npt.NDArray[Any]) -> Callable[[Any], Any]:
    return lambda frame: select(before(frame), index)


def jumps(met: Met) -> Jumps | None:
    """The stage's own jumps along features that follow a user column; None where there are none."""
    edges = [e for e in met.stage.edges if met.trail.origin[e.feature] >= 0]
    if not edges:
        return None
    feature = np.array([e.feature for e in edges], np.int32)
    value = np.array([e.value for e in edges])
    strict = np.array([e.strict for e in edges], bool)
    origin, direction = met.trail.origin[feature], met.trail.direction[feature]
    return Jumps(lambda frame: numbers(met.before(frame)), feature, origin, direction, value, strict)


def ranges(met: Sequence[Met]) -> dict[int, Range]:
    """User column to the range that the first step on that column's own values saw in training."""
    found: dict[int, Range] = {}
    for m in met:
        for j, known in enumerate(m.stage.ranges):
            if known is not None and m.trail.same[j]:
                found.setdefault(int(m.trail.origin[j]), known)
    return found


def categories(met: Sequence[Met]) -> dict[int, tuple[Any, ...]]:
    """User column to the categories that the first encoder on it learned."""
    found: dict[int, tuple[Any, ...]] = {}
    for m in met:
        for j, known in enumerate(m.stage.categories):
            if known is not None and m.trail.origin[j] >= 0:
                found.setdefault(int(m.trail.origin[j]), known)
    return found


def words(met: Sequence[Met]) -> dict[int, tuple[str, ...]]:
    """User column to the vocabulary that the first vectoriser on it learned."""
    found: dict[int, tuple[str, ...]] = {}
    for m in met:
        for j, known in enumerate(m.stage.words):
            if known is not None and m.trail.origin[j] >= 0:
                found.setdefault(int(m.trail.origin[j]), known)
    return found


def unsteady(met: Sequence[Met]) -> set[int]:
    """User columns in front of a step whose last digit depends on the machine."""
    return {int(column) for m in met if m.stage.unsteady for column in m.trail.origin if column >= 0}


def imputed(met: Sequence[Met]) -> set[int]:
    """User columns in front of a step that has a place for a missing value."""
    return {int(m.trail.origin[j]) for m in met for j, fills in enumerate(m.stage.imputes) if fills and m.trail.origin[j] >= 0}
