"""A model's structure: where it is discontinuous and how it sums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Sets:
    """Splits that ask whether a value is one of a set, beside those that compare it.

    `of` (nodes,): the set that a node asks, -1 at nodes that compare. The members of set s are
    `members[first[s] : first[s + 1]]`, sorted. A member goes left iff `left`, every other number the other way, and NaN by
    `nan_left`. `whole` says what becomes of a number before it is looked up: "floor", "cut" (towards 0), or "" (nothing).
    """

    of: Ints
    first: npt.NDArray[np.int64]
    members: Floats
    left: bool = True
    whole: str = ""

    @cached_property
    def codes(self) -> Floats:
        """All members of all sets, each once, sorted."""
        return np.unique(self.members)

    @cached_property
    def keys(self) -> npt.NDArray[np.int64]:
        """Sorted numbers `set * len(codes) + place of the member in codes`, one for each member of each set."""
        owner = np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))
        return np.sort(owner * len(self.codes) + np.searchsorted(self.codes, self.members))


@dataclass(frozen=True)
class Slopes:
    """Linear models in leaves, of trees that add to one output each: LightGBM's `linear_tree`.

    Leaf i answers `constant[i]` + sum of `factor[j]` * x[`feature[j]`] over `first[i]` <= j < `first[i + 1]`, in that order, to
    `output[i]`; where one of those is missing, its entry in `Trees.leaf` instead.
    """

    constant: Floats
    first: npt.NDArray[np.int64]
    feature: Ints
    factor: Floats
    output: Ints


@dataclass(frozen=True)
class Trees:
    """All trees of an ensemble in one set of arrays; node i is a leaf where left[i] < 0.

    A value goes left iff `cast(x) <= threshold` (rule "le") or `cast(x) < threshold` ("lt"), where cast is to
    `precision` ("float32" or "float64"); NaN goes left iff nan_left. `threshold` is exactly what the engine compares with.
    `leaf` is (nodes, outputs): what the node adds to each output before `scale`, `base` and `link`.
    margin = base + scale * sum of leaves; `link` is "identity", "logistic", "softmax", "exp" or "unknown", and makes the
    prediction of slope * margin (`slope` is 1 but for LightGBM's sigmoid=).
    `sum_precision` is the type in which the leaves are added up.
    `zero_missing` (nodes) marks nodes that treat `missing_value` as missing: 0, or what XGBoost's `missing` says.
    `zero_snap`: |x| <= float32(1e-35) is read as 0.
    `sets`: the nodes that ask for a category; their `threshold` is 0 and means nothing. None where all nodes compare.
    `nowhere` (nodes) marks those at which a missing value ends without a prediction, whatever `nan_left` says (PMML).
    `slopes`: what the leaves compute of the features; None where they are numbers.
    """

    left: Ints
    right: Ints
    feature: Ints
    threshold: Floats
    nan_left: Bools
    root: Ints
    tree: Ints
    leaf: Floats
    rule: str
    precision: str
    sum_precision: str
    base: Floats
    scale: float = 1.0
    link: str = "identity"
    slope: float = 1.0
    zero_missing: Bools | None = None
    missing_value: float = 0.0
    zero_snap: bool = False
    sets: Sets | None = None
    nowhere: Bools | None = None
    slopes: Slopes | None = None


@dataclass(frozen=True)
class Linear:
    """margin = features @ weights.T + intercept, shapes (outputs, features) and (outputs,); `precision` of the sum.

    `link` as in `Trees`, "log-softmax" (probabilities as exp(margin - log sum exp margin)), and "exp" and "platt" of `bounds`.
    """

    weights: Floats
    intercept: Floats
    link: str = "identity"
    precision: str = "float64"


@dataclass(frozen=True)
class Smooth:
    """A last step that neither jumps nor is linear, known by the rounding errors of its arithmetic alone.

    `error(z, dz, u)` bounds |d margin|, (rows, outputs), for features z (rows, n) that are off by dz, where operations and
    learned constants are rounded to unit roundoff u. `formula` says what the bound is made of; `precision` is the one in
    which the library itself computes ("float32" where it keeps the type of the data that it was fitted on). `decision`, where
    there is one, is the `error` of the decision function, which is not the margin that the link takes.
    """

    error: Callable[[Floats, Floats, float], Floats]
    link: str
    formula: str
    precision: str = "float64"
    decision: Callable[[Floats, Floats, float], Floats] | None = None


@dataclass(frozen=True)
class Prefix:
    """The steps of a pipeline in front of the last one.

    `transform` maps a frame or array of the user's columns to the features of the last step (rows, features) as float64.
    `origin[j]` is the user's column (index) that feature j depends on monotonically, -1 where there is none or several.
    `direction[j]` is +1 where feature j grows with it, -1 where it falls, 0 where unknown.
    `magnification` maps rows to (rows, features): |d feature| per relative error u of the input and of the step's own
    constants, in units of u (for a scaler (|x| + |mean|) / sigma + 3 |z|), 0 for exact steps; None where not known.
    `unchanged[j]` says that feature j is the value of column `origin[j]` itself, where that is not missing.
    `unsteady` columns go through a step (a power, a logarithm) whose last digit is another on another machine.
    """

    transform: Callable[[Any], Floats]
    origin: Ints
    direction: Ints
    magnification: Callable[[Any], Floats] | None = None
    steps: tuple[str, ...] = ()
    unchanged: Bools | None = None
    unsteady: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Cuts:
    """Places where the model is discontinuous along one user's column, distinct by (column, threshold, rule).

    Shapes (n,): `column` index into the schema, `threshold` in the user's units, `rule` "le" or "lt" as bool
    (`strict`: True for "lt"), `node` the tree node (-1 for bin edges), `source` one of "tree", "bin", "category", "clip".
    """

    column: Ints
    threshold: Floats
    strict: Bools
    node: Ints
    source: tuple[str, ...]


@dataclass(frozen=True)
class Regions:
    """Parts of the input space, as the model itself tells them apart: `of` numbers them, (rows, kinds), for what it takes.

    `goes_on` (rows,): of two rows beside a border each, do the scores go on from one to the other without a jump? None where
    they do so everywhere. `clear` (rows,): is a row so far from the border that no rounding to float32 takes it over? None
    where rows right beside it tell something.
    """

    name: str
    of: Callable[[Any], npt.NDArray[Any]]
    goes_on: Callable[[Any, Any], Bools] | None = None
    clear: Callable[[Any], Bools] | None = None


@dataclass(frozen=True)
class Member:
    """One model of a blend, over the user's columns: its structure, and what the reference's own copy of it answers.

    `scores` maps rows in the form that the model was fitted on to (rows, n); `kind` says what these are, as `OutputKind` names
    it: "probability", "margin", "value" or "label". The blend leaves out so many of the first scores as `skipped` says.
    """

    anatomy: Anatomy
    scores: Callable[[Any], Floats]
    kind: str
    skipped: int = 0


@dataclass(frozen=True)
class Blend:
    """Scores made of the scores of several models: their mean by `weights` (members,), or what `last` makes of them.

    The features of `last` are the members' scores side by side and, where `passed`, what the members are given behind them.
    """

    members: tuple[Member, ...]
    weights: Floats
    last: Anatomy | None = None
    passed: bool = False


@dataclass(frozen=True)
class Anatomy:
    """What was read of one side's model. `unread` says in words what was not understood, and why.

    `feature_columns[j]` is the schema column of model feature j where there is no prefix (identity).
    `learned_missing[c]` says whether the model has a learned place for a missing value in user column c, `imputed[c]` whether
    a step of its own puts a value there. `whole` are all trees of a model that stopped early; `trees` those that it uses.
    `coding[c]` are the categories by whose places the model's last step knows column c; () where no column has any.
    `categories[c]` are the learned categories of user column c; `vocabulary[c]` the words of a text vectoriser on it.
    `precision` is the type that an artifact asks for its arithmetic where its sums were not read; "" where it says nothing.
    `regions` are those of a model without trees. `cutoff`: the probability of the second of two classes from which on the
    model answers it, None where it answers the more probable one.
    `blend` is what a model makes of the scores of other models, where these are not trees that add up to its own.
    """

    columns: tuple[str, ...]
    trees: Trees | None = None
    linear: Linear | None = None
    smooth: Smooth | None = None
    prefix: Prefix | None = None
    cuts: Cuts | None = None
    categories: tuple[tuple[str | int, ...] | None, ...] = ()
    learned_missing: tuple[bool, ...] = ()
    imputed: tuple[bool, ...] = ()
    whole: Trees | None = None
    ranges: tuple[tuple[float, float] | None, ...] = ()
    unread: tuple[str, ...] = ()
    vocabulary: tuple[tuple[str, ...] | None, ...] = ()
    coding: tuple[tuple[Any, ...] | None, ...] = ()
    precision: str = ""
    regions: tuple[Regions, ...] = ()
    cutoff: float | None = None
    blend: Blend | None = None
