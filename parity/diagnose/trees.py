"""Causes inside a tree ensemble: the reference's own trees, run with one switch turned, answer what the runtime answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parity.anatomy.traverse import leaves, margins
from parity.diagnose.evidence import Evidence, Hypothesis
from parity.diagnose.links import linked
from parity.values.anatomy import Trees

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Switch:
    """One way in which an export or an engine runs trees differently. `applies` looks at the trees; `turn` changes them."""

    name: str
    applies: Callable[[Trees], bool]
    turn: Callable[[Trees], Trees]
    fix: str
    evidence: str
    cast: Callable[[Floats], Floats] = lambda features: features


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """Each switch that could matter, as a prediction of the runtime's answers."""
    trees = evidence.reference.trees
    if trees is None or trees.link == "unknown":
        return
    for switch in _worth_asking(evidence, trees):
        if switch.applies(trees):
            turned = switch.turn(trees)

            def predict(batch: pa.RecordBatch, turned: Trees = turned, switch: Switch = switch) -> Floats:
                return simulate(turned, switch.cast(evidence.features(batch)), evidence.ask_runtime(batch).shape[1])

            yield Hypothesis(switch.name, predict, evidence.ask_runtime, switch.fix, switch.evidence)


def _worth_asking(evidence: Evidence, trees: Trees) -> tuple[Switch, ...]:
    """Missing values that the user gave, missing values that the pipeline made (absent cells of a sparse matrix), or none."""
    given = any(c.null_count or (pa.types.is_floating(c.type) and bool(pc.any(pc.is_nan(c)).as_py())) for c in evidence.drifting.columns)
    made = not given and bool(np.isnan(evidence.features(evidence.drifting)[:, np.unique(trees.feature[trees.left >= 0])]).any())
    return SPARSE + SWITCHES if made else (MISSING if given else ()) + SWITCHES


def simulate(trees: Trees, features: Floats, columns: int) -> Floats:
    """The ensemble's answers (rows, columns) after its link."""
    return linked(margins(trees, leaves(trees, features)), trees.link, columns)


def _float32_down(threshold: Floats) -> Floats:
    """The largest float32 not above each threshold: what a careful exporter writes for x <= t."""
    with np.errstate(over="ignore"):
        near = threshold.astype(np.float32)
        down = np.where(near.astype(np.float64) > threshold, np.nextafter(near, np.float32(-np.inf)), near)
    return np.asarray(down, dtype=np.float64)


def _float32_near(threshold: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return threshold.astype(np.float32).astype(np.float64)


def _as_float32(features: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return features.astype(np.float32).astype(np.float64)


def _zero_is_missing(features: Floats) -> Floats:
    return np.where(features == 0, np.nan, features)


def _missing_is_zero(features: Floats) -> Floats:
    return np.where(np.isnan(features), 0.0, features)


def _always(trees: Trees) -> bool:
    del trees
    return True


def _has_directions(trees: Trees) -> bool:
    return bool(trees.nan_left[trees.left >= 0].any())


_THRESHOLDS = (
    "Thresholds are float64 in Python and float32 in the export. Export with float64 thresholds where the format has them "
    "(PMML, or ONNX trees with *_as_tensor attributes), or round the training data to float32 before fitting."
)

MISSING = (
    Switch(
        "missing-direction-dropped", _has_directions, lambda t: replace(t, nan_left=np.zeros_like(t.nan_left)),
        "The exporter did not write where missing values go: every NaN takes the false branch. Impute before the model, or use an "
        "exporter that keeps the direction (sklearn2pmml with allow_missing=True; a fixed skl2onnx).",
        "the reference's trees with every missing value sent right answer what the runtime answers",
    ),
    Switch(
        "missing-direction-flipped", _always, lambda t: replace(t, nan_left=~t.nan_left),
        "The direction of missing values is turned round in the export. Impute before the model, or use another exporter.",
        "the reference's trees with every missing direction reversed answer what the runtime answers",
    ),
    Switch(
        "missing-as-zero", _always, lambda t: t,
        "The runtime reads a missing value as 0. Pass the engine's missing marker in the Java call.",
        "the reference's trees with 0 in place of missing values answer what the runtime answers", _missing_is_zero,
    ),
)  # fmt: skip
SPARSE = (
    Switch(
        "sparse-zero-as-missing", _always,
        lambda t: replace(t, nan_left=np.where(t.left >= 0, t.threshold > 0.0 if t.rule == "lt" else t.threshold >= 0.0, False)),
        "Python hands the booster a sparse matrix whose absent cells are missing; the runtime feeds a dense 0. Use a dense encoder "
        "(OneHotEncoder(sparse_output=False), ColumnTransformer(sparse_threshold=0)) and train again.",
        "the reference's trees with absent cells compared as 0 answer what the runtime answers",
    ),
)  # fmt: skip
SWITCHES = (
    Switch(
        "zero-as-missing-ignored", lambda t: t.zero_missing is not None and bool(t.zero_missing.any()), lambda t: replace(t, zero_missing=None),
        "The model treats 0 as missing (zero_as_missing=True), which the export cannot say. Send NaN instead of 0 in the Java call, "
        "or train without zero_as_missing.",
        "the reference's trees comparing 0 like any number answer what the runtime answers",
    ),
    Switch(
        "near-zero-snapped", lambda t: t.zero_snap, lambda t: replace(t, zero_snap=False),
        "LightGBM reads |x| <= 1e-35 as 0, the export compares it as it is. Round such values to 0 before the Java call.",
        "the reference's trees without the snapping to 0 answer what the runtime answers",
    ),
    Switch(
        "float32-thresholds", lambda t: t.precision == "float64",
        lambda t: replace(t, threshold=_float32_near(t.threshold), precision="float32"), _THRESHOLDS,
        "the reference's trees with thresholds and inputs rounded to float32 answer what the runtime answers",
    ),
    Switch(
        "float32-thresholds", lambda t: t.precision == "float64",
        lambda t: replace(t, threshold=_float32_down(t.threshold), precision="float32"), _THRESHOLDS,
        "the reference's trees with thresholds rounded down to float32 answer what the runtime answers",
    ),
    Switch(
        "float32-thresholds", lambda t: t.precision == "float64", lambda t: replace(t, threshold=_float32_near(t.threshold)), _THRESHOLDS,
        "the reference's trees with thresholds rounded to float32, inputs left as they are, answer what the runtime answers",
    ),
    Switch(
        "compared-in-double", lambda t: t.precision == "float32", lambda t: replace(t, precision="float64"),
        "The engine compares in double what the model compares in float. Round the inputs to float32 before the Java call, or use an "
        "engine that honours the declared precision (JPMML honours x-mathContext=\"float\").",
        "the reference's trees comparing unrounded doubles answer what the runtime answers",
    ),
    Switch(
        "strict-comparison", _always, lambda t: replace(t, rule="lt" if t.rule == "le" else "le"),
        "The export or the engine uses < where the model uses <= (or the other way round). Use another exporter, or move the thresholds "
        "by one float step.",
        "the reference's trees with the other comparison answer what the runtime answers",
    ),
    Switch(
        "zero-as-missing", _always, lambda t: t,
        "The runtime treats 0 as missing. Set its missing marker to NaN.",
        "the reference's trees with 0 sent the way of missing values answer what the runtime answers", _zero_is_missing,
    ),
)  # fmt: skip
