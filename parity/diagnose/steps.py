"""A step that computes other numbers in the artifact: from what the artifact has behind that step, the model's own later steps
lead to what the runtime answers. Asked late: where it is known what the step does instead, that says more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.anatomy.traverse import features as features_of
from parity.diagnose.aligned import last_step_on
from parity.diagnose.estimates import SAME
from parity.diagnose.evidence import Evidence, Floats, Hypothesis
from parity.diagnose.stages import dense, scoring, steps_of

_FROM_THERE = "from there on the model's own steps answer what the runtime answers"


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """For each step in front of the last one each tensor of the artifact that may stand behind it, earlier steps first; where no
    tensors are known, the features of the artifact's own structure, as long as its last step is the model's.
    """
    if evidence.inner is not None:
        yield from _of_tensors(evidence, evidence.inner)
    yield from _of_structure(evidence)


def _of_tensors(evidence: Evidence, inner: Callable[[pa.RecordBatch], Mapping[str, npt.NDArray[Any]]]) -> Iterator[Hypothesis]:
    steps = steps_of(evidence.model)
    if evidence.prepare is None or not steps:
        return
    rows, exposed = evidence.drifting, inner(evidence.drifting)
    if not exposed:
        return
    for place, given in enumerate(_behind(steps, evidence.prepare(rows))):
        ours = dense(given)
        method = scoring(steps[-1][1], _through(steps, place, given), evidence.ask_reference(rows))
        later = _Later(tuple(s.transform for _, s in steps[place + 1 : -1]), method, given)
        for name in _candidates(exposed, ours) if method is not None else ():

            def predict(batch: pa.RecordBatch, name: str = name, later: _Later = later, width: int = ours.shape[1]) -> Floats:
                return later.answer(inner(batch).get(name), batch.num_rows, width, evidence.ask_runtime(batch).shape)

            told = _told(ours, exposed[name].reshape(ours.shape), _names(evidence, place, ours.shape[1]))
            text = f"behind {steps[place][0]} ({type(steps[place][1]).__name__}) the artifact has {told}"
            yield Hypothesis("step-values", predict, evidence.ask_runtime, f"{text}; {_FROM_THERE}")


def _behind(steps: list[tuple[str, Any]], given: Any) -> Iterator[Any]:
    """What stands behind each step but the last."""
    for _, step in steps[:-1]:
        given = step.transform(given)
        yield given


def _through(steps: list[tuple[str, Any]], place: int, given: Any) -> Any:
    return reduce(lambda values, step: step[1].transform(values), steps[place + 1 : -1], given)


@dataclass(frozen=True)
class _Later:
    """The steps behind a place, and the last one's method; `like` is what they are given, a frame or an array."""

    transforms: tuple[Callable[[Any], Any], ...]
    method: Callable[[Any], Floats] | None
    like: Any

    def answer(self, values: npt.NDArray[Any] | None, rows: int, width: int, shape: tuple[int, ...]) -> Floats:
        """NaN where there are no such values, or where a step refuses them."""
        nothing = np.full(shape, np.nan)
        if values is None or self.method is None or values.size != rows * width:
            return nothing
        given: Any = values.reshape(rows, width).astype(np.float64)
        if hasattr(self.like, "columns"):
            import pandas as pd

            given = pd.DataFrame(given, columns=self.like.columns)
        try:
            with np.errstate(all="ignore"):
                found = self.method(reduce(lambda v, transform: transform(v), self.transforms, given))
        except Exception:  # noqa: BLE001  the user's steps are called here, on a foreign graph's numbers: they may raise anything
            return nothing
        return found if found.shape == shape else nothing


def _candidates(exposed: Mapping[str, npt.NDArray[Any]], ours: Floats) -> Iterator[str]:
    """Tensors of the step's shape, each once, that hold other numbers than rounding makes."""
    seen = set[bytes]()
    for name, value in exposed.items():
        if value.ndim < 1 or value.size != ours.size or value.shape[0] != len(ours):
            continue
        theirs = value.reshape(ours.shape).astype(np.float64)
        if theirs.tobytes() not in seen and _others(ours, theirs).any():
            seen.add(theirs.tobytes())
            yield name


def _others(ours: Floats, theirs: Floats) -> npt.NDArray[np.bool_]:
    """(rows, features): farther apart than a few roundings to float32, of the feature's largest value."""
    near = SAME * np.nan_to_num(np.abs(ours), posinf=0.0).max(axis=0, initial=0.0)
    with np.errstate(invalid="ignore"):
        return np.asarray(~((np.abs(ours - theirs) <= near) | (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))))


def _told(ours: Floats, theirs: Floats, names: list[str]) -> str:
    """How many features are other numbers, and an example of the one that is so most often."""
    differ = _others(ours, theirs)
    place = int(differ.sum(axis=0).argmax())
    row = int(np.flatnonzero(differ[:, place])[0])
    count = int(differ.any(axis=0).sum())
    example = f"{names[place]} is {theirs[row, place]:.6g} where the model has {ours[row, place]:.6g}"
    return f"other numbers in {count} of {ours.shape[1]} features ({example})"


def _names(evidence: Evidence, place: int, width: int) -> list[str]:
    try:
        names = [str(n) for n in evidence.model[: place + 1].get_feature_names_out(list(evidence.reference.columns))]
    except Exception:  # noqa: BLE001  names are a courtesy of the user's steps: what they raise instead does not matter
        names = []
    return names if len(names) == width else [f"feature {i}" for i in range(width)]


def _of_structure(evidence: Evidence) -> Iterator[Hypothesis]:
    if evidence.reference.prefix is None or (found := last_step_on(evidence.reference, evidence.artifact)) is None:
        return
    place, answer = found
    ours, theirs = _used(place, evidence.features(evidence.drifting)), _features(evidence, place, evidence.drifting)

    def predict(batch: pa.RecordBatch) -> Floats:
        return answer(_features(evidence, place, batch), evidence.ask_runtime(batch).shape[1])

    if ours.shape == theirs.shape and _others(ours, theirs).any():
        text = f"in front of the last step the artifact has {_told(ours, theirs, _names(evidence, -2, ours.shape[1]))}"
        yield Hypothesis("step-values", predict, evidence.ask_runtime, f"{text}; {_FROM_THERE}")


def _features(evidence: Evidence, place: npt.NDArray[np.int64], batch: pa.RecordBatch) -> Floats:
    """What the artifact has for each of the reference's features, 0 where the last step does not use it."""
    return np.where(place < 0, 0.0, features_of(evidence.artifact, batch)[:, place])


def _used(place: npt.NDArray[np.int64], features: Floats) -> Floats:
    """(rows, places): the same of the reference's own features."""
    return np.where(place < 0, 0.0, features[:, : len(place)])


def permuted(evidence: Evidence) -> Iterator[Hypothesis]:
    """The artifact's last step is the model's but for the order in which it reads its features, which are the model's."""
    if (found := last_step_on(evidence.reference, evidence.artifact)) is None:
        return
    place, answer = found
    moved = np.flatnonzero((place >= 0) & (place != np.arange(len(place))))
    ours, theirs = evidence.features(evidence.drifting), features_of(evidence.artifact, evidence.drifting)
    if not len(moved) or ours.shape != theirs.shape or _others(ours, theirs).any():
        return

    def predict(batch: pa.RecordBatch) -> Floats:
        return answer(_features(evidence, place, batch), evidence.ask_runtime(batch).shape[1])

    names = _names(evidence, -2, ours.shape[1]) if evidence.reference.prefix else list(evidence.reference.columns)
    shown = ", ".join(f"{names[place[i]]} for {names[i]}" for i in moved[:4])
    text = f"the artifact's last step is the model's, but reads {shown}{', …' if len(moved) > 4 else ''}: so it answers"
    yield Hypothesis("columns-swapped", predict, evidence.ask_runtime, text)
