"""Causes inside a tree ensemble: the reference's own trees, run with one switch turned, answer what the runtime answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parity.anatomy.traverse import leaves, margins
from parity.diagnose.evidence import CONFIRM_EXPLAINED, Evidence, Hypothesis, reproduced
from parity.diagnose.margins import answers
from parity.values.anatomy import Trees

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Switch:
    """One way in which an export or an engine runs trees differently. `applies` looks at the trees; `turn` changes them."""

    name: str
    applies: Callable[[Trees], bool]
    turn: Callable[[Trees], Trees]
    how: str
    cast: Callable[[Floats], Floats] = lambda features: features


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """Each switch that could matter, as a prediction of the runtime's answers."""
    for switch, turned in switched(evidence):
        text = f"the reference's trees {switch.how} answer what the runtime answers"
        yield Hypothesis(switch.name, turned.ask_reference, evidence.ask_runtime, text)


def switched(evidence: Evidence) -> Iterator[tuple[Switch, Evidence]]:
    """Each switch that could matter, and the evidence of a reference that has it turned.

    None where the trees as they were read do not answer what the reference answers: then something else of it is not known,
    and a switch that changes nothing would be taken for the cause of it.
    """
    trees = evidence.reference.trees
    if trees is None or trees.link == "unknown" or not (evidence.simulated or _faithful(evidence, trees)):
        return
    for switch in _worth_asking(evidence, trees):
        if switch.applies(trees):
            yield switch, _turned(evidence, switch, trees)


def _faithful(evidence: Evidence, trees: Trees) -> bool:
    columns = evidence.ask_reference(evidence.drifting).shape[1]

    def predict(batch: pa.RecordBatch) -> Floats:
        return simulate(trees, evidence.features(batch), columns)

    as_read = Hypothesis("as read", predict, evidence.ask_reference, "")
    return reproduced(evidence, as_read) >= CONFIRM_EXPLAINED


def _turned(evidence: Evidence, switch: Switch, trees: Trees) -> Evidence:
    turned = switch.turn(trees)

    def features(batch: pa.RecordBatch) -> Floats:
        return switch.cast(evidence.features(batch))

    def asked(batch: pa.RecordBatch) -> Floats:
        return simulate(turned, features(batch), evidence.ask_runtime(batch).shape[1])

    reference = replace(evidence.reference, trees=turned)
    return replace(evidence, reference=reference, features=features, ask_reference=asked, simulated=True)


def _worth_asking(evidence: Evidence, trees: Trees) -> tuple[Switch, ...]:
    """Missing values that the user gave, missing values that the pipeline made (absent cells of a sparse matrix), or none."""
    given = any(_holds_missing(column) for column in evidence.drifting.columns)
    tested = np.unique(trees.feature[trees.left >= 0])
    made = not given and bool(np.isnan(evidence.features(evidence.drifting)[:, tested]).any())
    return SPARSE + SWITCHES if made else (MISSING if given else ()) + SWITCHES


def _holds_missing(column: pa.Array) -> bool:
    return bool(column.null_count) or (pa.types.is_floating(column.type) and bool(pc.any(pc.is_nan(column)).as_py()))


def simulate(trees: Trees, features: Floats, columns: int) -> Floats:
    """The ensemble's answers (rows, columns) after its link."""
    return answers(trees, margins(trees, leaves(trees, features), features), columns)


def _float32_down(threshold: Floats) -> Floats:
    """The largest float32 not above each threshold: what a careful exporter writes for x <= t."""
    with np.errstate(over="ignore"):
        near = threshold.astype(np.float32)
        down = np.where(near.astype(np.float64) > threshold, np.nextafter(near, np.float32(-np.inf)), near)
    return np.asarray(down, dtype=np.float64)


def _float32_near(threshold: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return threshold.astype(np.float32).astype(np.float64)


def _as_decimals(threshold: Floats) -> Floats:
    """What a text holds that writes float32 numbers in the fewest digits, read as doubles: 16.82 for 16.81999969."""
    with np.errstate(over="ignore"):
        return np.array([float(str(t)) for t in threshold.astype(np.float32)])


def _as_float32(features: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return features.astype(np.float32).astype(np.float64)


def _zero_is_missing(features: Floats) -> Floats:
    return np.where(features == 0, np.nan, features)


def _missing_is_zero(features: Floats) -> Floats:
    return np.where(np.isnan(features), 0.0, features)


def _as_they_are(features: Floats) -> Floats:
    return features


def _in_digits(trees: Trees, digits: int, single: bool) -> Trees:
    """Thresholds as a text of so many significant digits holds them; `single`: in the type that they are compared with."""
    text = np.array([float(f"{t:.{digits}g}") for t in trees.threshold])
    kept = _float32_near(text) if single and trees.precision == "float32" else text
    return replace(trees, threshold=np.where(trees.left >= 0, kept, trees.threshold))


def _but_the_last(trees: Trees) -> Trees:
    return replace(trees, leaf=np.where((trees.tree == len(trees.root) - 1)[:, None], 0.0, trees.leaf))


def _last_first(trees: Trees) -> Trees:
    """The same trees, the last of them added first."""
    return replace(trees, root=trees.root[::-1].copy(), tree=(len(trees.root) - 1 - trees.tree).astype(trees.tree.dtype))


def _always(trees: Trees) -> bool:
    del trees
    return True


def _has_directions(trees: Trees) -> bool:
    return bool(trees.nan_left[trees.left >= 0].any())


def _all_false(trees: Trees) -> Trees:
    return replace(trees, nan_left=np.zeros_like(trees.nan_left))


def _as_zero(trees: Trees) -> Trees:
    """Missing values go where 0 goes."""
    left = trees.threshold > 0.0 if trees.rule == "lt" else trees.threshold >= 0.0
    return replace(trees, nan_left=np.where(trees.left >= 0, left, False))


def _has_zero_missing(trees: Trees) -> bool:
    return trees.zero_missing is not None and bool(trees.zero_missing.any()) and trees.missing_value == 0


def _has_missing_value(trees: Trees) -> bool:
    return trees.zero_missing is not None and bool(trees.zero_missing.any()) and trees.missing_value != 0


def _in_single(trees: Trees) -> bool:
    return trees.precision == "float32"


def _averages(trees: Trees) -> bool:
    """A single tree does either."""
    return abs(trees.scale * len(trees.root) - 1) < 1e-9


def _not_on_the_grid(trees: Trees) -> bool:
    """Inputs are float32, thresholds are doubles between two of them (scikit-learn's trees)."""
    return trees.precision == "float32" and bool((_float32_near(trees.threshold) > trees.threshold).any())


def _in_double(trees: Trees) -> bool:
    return trees.precision == "float64"


MISSING = (
    Switch("missing-direction-dropped", _has_directions, _all_false, "with every missing value sent right"),
    Switch(
        "missing-direction-flipped", _always, lambda t: replace(t, nan_left=~t.nan_left), "with every missing direction reversed"
    ),
    Switch("missing-as-zero", _always, lambda t: t, "with 0 in place of missing values", _missing_is_zero),
)
"""Asked where the user's rows hold missing values."""

SPARSE = (Switch("sparse-zero-as-missing", _always, _as_zero, "with absent cells compared as 0"),)
"""Asked where the pipeline made missing values of rows that hold none."""

SWITCHES = (
    Switch("zero-as-missing-ignored", _has_zero_missing, lambda t: replace(t, zero_missing=None), "comparing 0 like any number"),
    Switch(
        "missing-value-ignored", _has_missing_value, lambda t: replace(t, zero_missing=None),
        "comparing the value that stands for missing like any number",
    ),
    Switch("near-zero-snapped", lambda t: t.zero_snap, lambda t: replace(t, zero_snap=False), "without the snapping to 0"),
    Switch(
        "float32-thresholds", _in_double, lambda t: replace(t, threshold=_float32_near(t.threshold), precision="float32"),
        "with thresholds and inputs rounded to float32",
    ),
    Switch(
        "float32-thresholds", _in_double, lambda t: replace(t, threshold=_float32_down(t.threshold), precision="float32"),
        "with thresholds rounded down to float32",
    ),
    Switch(
        "float32-thresholds", _in_double, lambda t: replace(t, threshold=_float32_near(t.threshold)),
        "with thresholds rounded to float32 and inputs left as they are",
    ),
    Switch(
        "compared-in-double", lambda t: t.precision == "float32", lambda t: replace(t, precision="float64"),
        "comparing unrounded doubles",
    ),
    Switch(
        "float32-thresholds", _not_on_the_grid, lambda t: replace(t, threshold=_float32_near(t.threshold)),
        "with thresholds rounded to float32 and not down",
    ),
    Switch(
        "float32-thresholds", lambda t: t.precision == "float32",
        lambda t: replace(t, threshold=_as_decimals(t.threshold), precision="float64"),
        "comparing unrounded doubles with the shortest decimals of float32 thresholds",
    ),
    Switch(
        "strict-comparison", _always, lambda t: replace(t, rule="lt" if t.rule == "le" else "le"), "with the other comparison",
    ),
    Switch("zero-as-missing", _always, lambda t: t, "with 0 sent the way of missing values", _zero_is_missing),
    Switch(
        "averaged-for-summed", lambda t: not _averages(t),
        lambda t: replace(t, scale=t.scale / len(t.root)), "averaged instead of summed",
    ),
    Switch(
        "summed-for-averaged", _averages,
        lambda t: replace(t, scale=1.0), "summed instead of averaged",
    ),
    Switch(
        "float32-sums", lambda t: t.sum_precision == "float64", lambda t: replace(t, sum_precision="float32"),
        "with leaves and sums in float32",
    ),
    Switch(
        "float32-leaves", lambda t: t.sum_precision == "float64", lambda t: replace(t, leaf=_float32_near(t.leaf)),
        "with leaves rounded to float32 and summed in double",
    ),
    Switch("trees-dropped", lambda t: len(t.root) > 1, _but_the_last, "without the last of them"),
    Switch("summation-order", lambda t: len(t.root) > 2, _last_first, "summed from the last tree to the first"),
    *(
        Switch(
            "rounded-thresholds", _in_single if read == "double" else _always,
            partial(_in_digits, digits=digits, single=read != "double"),
            f"with thresholds written in {digits} digits", _as_float32 if read == "cast" else _as_they_are,
        )
        for digits in (8, 7, 6, 5, 4, 3) for read in ("as compared", "cast", "double")
    ),
)  # fmt: skip
