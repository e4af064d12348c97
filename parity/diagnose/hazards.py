"""Hazards that can be read without scoring a row: what is likely to differ, and the phase that would prove it.

A hazard is no finding: it never fails a run. Each is read from facts of both sides, never from a library's name alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from parity.anatomy.boosters import ubjson
from parity.values.anatomy import Anatomy
from parity.values.columns import Column, ColumnType, Schema
from parity.values.plan import Phase

EXACT_IN_FLOAT32 = 2.0**24
"""Whole numbers up to here are float32 numbers; above, neighbours fall together."""


@dataclass(frozen=True)
class Hazard:
    """`name` is that of the cause it would become, `phase` the phase that would prove it."""

    name: str
    text: str
    phase: Phase

    @property
    def note(self) -> str:
        """As reports show it."""
        return f"hazard {self.name}: {self.text} (the phase {self.phase} would prove it)"


@dataclass(frozen=True)
class Facts:
    """What is looked at. `input_types` are those of the runtime's inputs, `engine` its versions ("engine.version" …)."""

    model: Any
    reference: Anatomy
    artifact: Anatomy
    path: Path
    schema: Schema
    input_types: tuple[str, ...] = ()
    engine: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def nodes(self) -> list[Any]:
        """Those of an ONNX graph, read once for all looks; none of other files."""
        if self.path.suffix != ".onnx":
            return []
        import onnx

        return list(onnx.load(str(self.path), load_external_data=False).graph.node)


def hazards(facts: Facts) -> tuple[Hazard, ...]:
    """All hazards, in a fixed order; a look that a foreign model or a damaged file defeats finds nothing."""
    return tuple(hazard for look in LOOKS for hazard in _looked(look, facts))


def _looked(look: Callable[[Facts], Iterator[Hazard]], facts: Facts) -> tuple[Hazard, ...]:
    try:
        return tuple(look(facts))
    except Exception:  # noqa: BLE001  foreign models and files are read here; the run itself says what is wrong with them
        return ()


def _float32_thresholds(facts: Facts) -> Iterator[Hazard]:
    ours, theirs = facts.reference.trees, facts.artifact.trees
    if ours is None or theirs is None or ours.precision != "float64" or theirs.precision != "float32":
        return
    thresholds = ours.threshold[ours.left >= 0]
    with np.errstate(over="ignore"):
        lost = int((thresholds.astype(np.float32).astype(np.float64) != thresholds).sum())
    if lost:
        text = f"{lost:,} of {len(thresholds):,} thresholds are float64 numbers that the artifact rounds to float32"
        yield Hazard("float32-thresholds", text, Phase.BOUNDARY)


def _missing_directions(facts: Facts) -> Iterator[Hazard]:
    ours, theirs = facts.reference.trees, facts.artifact.trees
    if ours is None or theirs is None or not any(facts.reference.learned_missing):
        return
    if ours.nan_left[ours.left >= 0].any() and not theirs.nan_left[theirs.left >= 0].any():
        text = "the model learned where missing values go, the artifact sends every one of them to the right"
        yield Hazard("missing-direction-dropped", text, Phase.SPECIAL)


def _zero_as_missing(facts: Facts) -> Iterator[Hazard]:
    ours = facts.reference.trees
    if ours is None or ours.zero_missing is None or ours.missing_value or not ours.zero_missing.any():
        return
    if facts.path.suffix in (".onnx", ".pmml"):
        text = f"the model treats 0 as missing, which {facts.path.suffix[1:].upper()} trees cannot say"
        yield Hazard("zero-as-missing-ignored", text, Phase.SPECIAL)


def _missing_value(facts: Facts) -> Iterator[Hazard]:
    ours = facts.reference.trees
    if ours is not None and ours.zero_missing is not None and ours.missing_value != 0:
        text = f"the model reads {ours.missing_value:g} as missing, which the artifact cannot say"
        yield Hazard("missing-value-ignored", text, Phase.RANDOM)


def _more_trees(facts: Facts) -> Iterator[Hazard]:
    ours, theirs = facts.reference.trees, facts.artifact.trees
    if ours is None or theirs is None or len(ours.root) == len(theirs.root):
        return
    a, b = len(ours.root), len(theirs.root)
    if b > a:
        text = f"the model stops at its best iteration ({a:,} trees), the artifact holds all {b:,}"
        yield Hazard("best-iteration-ignored", text, Phase.RANDOM)
    elif not b or a % b:  # an exporter may write one tree for several outputs
        yield Hazard("trees-dropped", f"the model has {a:,} trees, the artifact {b:,}", Phase.RANDOM)


def _sparse(facts: Facts) -> Iterator[Hazard]:
    steps = [step for _, step in getattr(facts.model, "steps", ())]
    if len(steps) < 2 or not type(steps[-1]).__module__.startswith("xgboost"):
        return
    if facts.path.suffix in (".onnx", ".pmml") and _gives_sparse(steps[-2]):
        text = f"{type(steps[-2]).__name__} hands XGBoost a sparse matrix, whose absent cells are missing; the artifact feeds 0"
        yield Hazard("sparse-zero-as-missing", text, Phase.RANDOM)


def _gives_sparse(step: Any) -> bool:
    """A fitted ColumnTransformer and a OneHotEncoder say so themselves; scikit-learn's text vectorisers always are."""
    if hasattr(step, "sparse_output_"):
        return bool(step.sparse_output_)
    return bool(getattr(step, "sparse_output", False)) or type(step).__name__ in ("TfidfVectorizer", "CountVectorizer")


def _xgboost_versions(facts: Facts) -> Iterator[Hazard]:
    document = _xgboost_document(facts)
    if document is None:
        return
    writer = tuple(int(v) for v in document.get("version", ())[:2])
    reader = _version(str(facts.engine.get("engine.version", "")))
    if writer and reader and writer > reader:
        text = f"the model was written by XGBoost {_dotted(writer)}, the runtime reads with {_dotted(reader)}"
        yield Hazard("version-skew", text, Phase.EXAMPLES)
    score = str(document["learner"]["learner_model_param"]["base_score"])
    if score.startswith("[") and reader and reader < (3, 1):
        text = f"base_score is written as a vector ({score[:40]}), which readers before XGBoost 3.1 do not know"
        yield Hazard("base-score", text, Phase.RANDOM)


def _xgboost_document(facts: Facts) -> dict[str, Any] | None:
    """The artifact where it is XGBoost's JSON or UBJSON."""
    if facts.path.suffix not in (".json", ".ubj") or facts.path.stat().st_size > 1 << 28:
        return None
    data = facts.path.read_bytes()
    document = ubjson.parse(data) if facts.path.suffix == ".ubj" else json.loads(data)
    return document if isinstance(document, dict) and "learner" in document else None


def _version(text: str) -> tuple[int, ...]:
    found = re.match(r"(\d+)\.(\d+)", text)
    return tuple(int(part) for part in found.groups()) if found else ()


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _zipmap(facts: Facts) -> Iterator[Hazard]:
    if any(node.op_type == "ZipMap" for node in facts.nodes):
        text = (
            "probabilities leave the artifact as a list of maps (ZipMap), one Java object per row and class; "
            "export with options={'zipmap': False}"
        )
        yield Hazard("zipmap", text, Phase.LATENCY)


def _raw_margin(facts: Facts) -> Iterator[Hazard]:
    """A regressor whose objective has a link that the trees' node does not apply, nor any node after it."""
    ours, theirs = facts.reference.trees, facts.artifact.trees
    linked = ours is not None and ours.link in ("logistic", "exp")
    if not linked or theirs is None or theirs.link != "identity" or facts.path.suffix != ".onnx":
        return
    after = {node.op_type for node in facts.nodes}
    if hasattr(facts.model, "predict") and not hasattr(facts.model, "predict_proba") and not after & {"Sigmoid", "Exp"}:
        text = f"the model answers through a link ({ours.link if ours else ''}), the artifact gives the sum of its leaves"
        yield Hazard("raw-margin" if ours and ours.link == "logistic" else "log-link-dropped", text, Phase.RANDOM)


def _post_transform(facts: Facts) -> Iterator[Hazard]:
    """onnxruntime issues 24862 and 26596: of TreeEnsemble's transforms the engine applies PROBIT alone."""
    for node in facts.nodes:
        kinds = [a.i for a in node.attribute if a.name == "post_transform"]
        if node.op_type == "TreeEnsemble" and any(k in (1, 2, 3) for k in kinds):
            text = "TreeEnsemble has a post_transform, which versions of onnxruntime up to 1.23 at least do not apply"
            yield Hazard("raw-margin", text, Phase.RANDOM)


def _locale(facts: Facts) -> Iterator[Hazard]:
    """A StringNormalizer fails to open where the locale that it names, or its default en_US, is not installed."""
    for node in facts.nodes:
        given = {a.name: a.s.decode() for a in node.attribute if a.name in ("locale", "case_change_action")}
        if node.op_type != "StringNormalizer" or given.get("case_change_action", "NONE") == "NONE":
            continue
        locale = given.get("locale") or "en_US"
        if locale not in ("C", "POSIX"):
            text = f"text is folded by the locale {locale}, which bare containers lack; then no session opens, in Java either"
            yield Hazard("locale", text, Phase.EXAMPLES)


def _tuned_threshold(facts: Facts) -> Iterator[Hazard]:
    """scikit-learn's classifiers with a threshold of their own; exporters write the argmax."""
    name = type(facts.model).__name__
    if name not in ("TunedThresholdClassifierCV", "FixedThresholdClassifier"):
        return
    threshold = getattr(facts.model, "best_threshold_", getattr(facts.model, "threshold", "auto"))
    if threshold != "auto" and threshold != 0.5:
        text = f"{name} decides at {threshold:.4g}; an exporter that writes the wrapped classifier decides at 0.5"
        yield Hazard("label-threshold", text, Phase.RANDOM)


def _nan_is_zero(facts: Facts) -> Iterator[Hazard]:
    """LightGBM that never met a missing value compares NaN as 0; PMML trees follow the default child."""
    ours = facts.reference.trees
    if ours is None or not ours.zero_snap or facts.path.suffix != ".pmml" or any(facts.reference.learned_missing):
        return
    if any(c.missing for c in facts.schema.columns):
        text = "LightGBM was trained without missing values and reads them as 0; PMML sends them the default way"
        yield Hazard("nan-is-zero", text, Phase.SPECIAL)


def _numbers_as_text(facts: Facts) -> Iterator[Hazard]:
    """CatBoost hashes a category as text: a number's text depends on who writes it."""
    indices: list[int] = getattr(facts.model, "get_cat_feature_indices", list)()
    numbers = [c.name for i, c in enumerate(facts.schema.columns) if i in indices and c.type != ColumnType.STRING]
    if numbers and facts.path.suffix == ".cbm":
        text = f"CatBoost hashes {', '.join(numbers[:4])} as text; Java must write each number as Python does (1 is not 1.0)"
        yield Hazard("number-as-text", text, Phase.EXAMPLES)


def _large_numbers(facts: Facts) -> Iterator[Hazard]:
    if "float32" not in facts.input_types:
        return
    large = [(c, _largest(c)) for c in facts.schema.columns if c.type in (ColumnType.FLOAT64, ColumnType.INT64, ColumnType.INT32)]
    for column, size in large:
        if size > EXACT_IN_FLOAT32 and np.isfinite(size):
            step = float(np.spacing(np.float32(size)))
            text = f"{column.name} reaches {size:.6g}, where the artifact's float32 inputs are {step:g} apart"
            yield Hazard("float32-input", text, Phase.RANDOM)


def _largest(column: Column) -> float:
    """0 where the range came from the model's own thresholds or from nothing: nobody said that such values occur."""
    bounds = [abs(b) for b in (column.minimum, column.maximum) if b is not None]
    return max(bounds, default=0.0) if column.source in ("declared", "sample") else 0.0


LOOKS: tuple[Callable[[Facts], Iterator[Hazard]], ...] = (
    _float32_thresholds,
    _missing_directions,
    _zero_as_missing,
    _missing_value,
    _more_trees,
    _sparse,
    _xgboost_versions,
    _zipmap,
    _raw_margin,
    _post_transform,
    _locale,
    _tuned_threshold,
    _nan_is_zero,
    _numbers_as_text,
    _large_numbers,
)
