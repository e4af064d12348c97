"""Mutants that no input can tell from the artifact, or only by what correct arithmetic may do: proved from both files.

That our rows did not tell a mutant apart is never a proof: such a mutant has survived.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from parity.generate.batches import FLOATS as FLOATING
from parity.generate.batches import to_array
from parity.generate.valid import valid_values
from parity.numeric.bounds import gamma
from parity.numeric.ulp import UNIT_ROUNDOFF
from parity.selftest.faults import LEAF_FACTORS
from parity.selftest.sums import Sums
from parity.values.anatomy import Anatomy, Linear, Trees
from parity.values.columns import Schema

Floats = npt.NDArray[np.float64]


PEAK = 0.2239
"""The largest |m| p (1 - p) of p = 1 / (1 + exp(-m)): at m = 1.5434, where m tanh(m / 2) = 1."""


def proof(fault: str, artifact: Anatomy, mutant: Anatomy, schema: Schema, sums: Sums | None = None) -> str | None:
    """Why the mutant is equivalent, or None where the two files do not prove it.

    `sums` are the sums of a file whose sums an anatomy does not tell.
    """
    if _share(fault, "float64") is not None:
        return _smaller_than_rounding(fault, artifact, sums) or _smaller_beside_the_base(fault, artifact.trees, mutant.trees)
    before, after = artifact.trees, mutant.trees
    if before is None or after is None or before.left.shape != after.left.shape:
        return None
    if fault in ("thresholds-one-ulp", "thresholds-float32", "strict-comparison"):
        return _no_whole_number_between(artifact, before, after, schema)
    if fault == "last-tree-dropped":
        same = np.array_equal(before.leaf, after.leaf)
        return "the last tree adds nothing in the artifact either: all its leaves are 0" if same else None
    return None


def off_domain_proof(fault: str, artifact: Anatomy, mutant: Anatomy | None, schema: Schema) -> str | None:
    """Why no valid input can show the fault, or None where that is not proved. `mutant` is None for a fault of the inputs."""
    if fault == "zero-and-missing-swapped":
        floats = [c for c in schema.columns if c.type in FLOATING and not c.shape]
        if any(c.missing or c.nan or valid_values(c, to_array(c, np.zeros(1)))[0] for c in floats):
            return None
        return f"none of the {len(floats)} columns of floating-point numbers may hold 0 or be missing"
    if fault == "one-missing-direction" and mutant is not None:
        return _only_missing_of(artifact, mutant, schema)
    return None


def _only_missing_of(artifact: Anatomy, mutant: Anatomy, schema: Schema) -> str | None:
    """The two files differ in where missing values go at some splits, whose columns are never missing in a valid input."""
    before, after = artifact.trees, mutant.trees
    if before is None or after is None or artifact.prefix is not None or before.left.shape != after.left.shape:
        return None
    inner = before.left >= 0
    same = ("left", "right", "feature", "threshold", "leaf", "base")
    if not all(np.array_equal(getattr(before, n), getattr(after, n)) for n in same):
        return None
    names = [schema.columns[int(c)] for c in np.unique(before.feature[inner & (before.nan_left != after.nan_left)])]
    if not names or any(c.missing or c.nan for c in names):
        return None
    return f"only missing values of {', '.join(c.name for c in names)} go another way, and the declared inputs have none"


def _share(fault: str, precision: str) -> float | None:
    """By which share of itself each term moves at most; None for a fault of another kind.

    A number's neighbour is at most 2 u of it away; a product is rounded once more, to the type that it is kept in.
    """
    u = UNIT_ROUNDOFF[precision]
    if fault == "leaf-one-ulp":
        return 2 * u
    return LEAF_FACTORS[fault] - 1 + u if fault in LEAF_FACTORS else None


def _smaller_than_rounding(fault: str, artifact: Anatomy, sums: Sums | None) -> str | None:
    if artifact.trees is not None:
        found = Sums(len(artifact.trees.root) // _classes(artifact.trees), artifact.trees.sum_precision, "leaves")
    elif artifact.linear is not None:
        found = Sums(artifact.linear.weights.shape[1] + 2, artifact.linear.precision, "terms, weights and inputs rounded")
    elif sums is not None:
        found = sums
    else:
        return None
    share = _share(fault, found.precision) or 0.0
    said = _within_one_sum(share, found)
    return _within_the_link(share, artifact.linear) if said is None and artifact.linear is not None else said


def _smaller_beside_the_base(fault: str, before: Trees | None, after: Trees | None) -> str | None:
    """The base score is a term of each sum too, and the fault leaves it as it is.

    A sum moves by at most share S, S = sum|v| of its leaves; a correct one may be off by gamma(T) (|base| + S) (Higham 4.2, T
    additions). Both are linear in S, and the second is larger at S = 0: it is so everywhere where it is so at the largest S,
    which takes each tree's largest leaf.
    """
    if before is None or after is None or not np.array_equal(before.base, after.base) or before.scale != 1.0:
        return None
    largest = np.zeros((len(before.root), before.leaf.shape[1]))
    np.maximum.at(largest, before.tree, np.abs(before.leaf))
    size, base, terms = largest.sum(axis=0), np.abs(before.base), (largest > 0).sum(axis=0)
    share = _share(fault, before.sum_precision) or 0.0
    allowed = np.array([gamma(int(n), UNIT_ROUNDOFF[before.sum_precision]) for n in terms]) * (base + size)
    if (share * size > allowed).any():
        return None
    return (
        f"every sum moves by at most {(share * size).max():.2g}; a correct {before.sum_precision} sum of {terms.min()} leaves "
        f"and the base score {base.max():.4g} may be off by {allowed.min():.2g}"
    )


def _classes(trees: Trees) -> int:
    """A tree that adds to one output alone is one term of one sum of several."""
    used = np.zeros((len(trees.root), trees.leaf.shape[1]), bool)
    np.logical_or.at(used, trees.tree, trees.leaf != 0)
    return trees.leaf.shape[1] if (used.sum(axis=1) <= 1).all() else 1


def _within_one_sum(share: float, sums: Sums) -> str | None:
    """Each sum of n terms moves by at most share * sum|v|, and a correct one may be off by gamma(n) sum|v| (Higham 4.2)."""
    allowed = float(gamma(sums.terms, UNIT_ROUNDOFF[sums.precision]))
    if share > allowed:
        return None
    return (
        f"every sum of {sums.terms} {sums.what} moves by at most {share:.2g} sum|v|; a correct {sums.precision} sum "
        f"may be off by gamma({sums.terms}) sum|v| = {allowed:.2g} sum|v|"
    )


def _within_the_link(share: float, linear: Linear) -> str | None:
    """Margins times 1 + share, weights and intercepts alike, seen through a link that is itself rounded.

    logistic: |dp| <= share |m| p (1 - p) <= 0.2239 share, and a correct p may be off by 4 u (bounds.logistic_bound).
    softmax of K classes: dp_i = share p_i sum_k p_k (m_i - m_k), and a correct p_i may be off by p_i (2 gamma(n + 2) size +
    (K + 4) u) + 2 u (bounds.softmax_bound); both are divided by p_i here.
    Where i is the highest, sum p_k d_k = sum d_k exp(-d_k) / (1 + sum exp(-d_k)) is largest at equal d = 1 + v, where it is
    v = W((K - 1) / e), W being Lambert's function.
    Where another stands g above it: those above add at most g, those below at most (K - 1) p_i / e as d exp(-d) <= 1 / e,
    p_i <= 1 / (1 + exp(g)), and of two margins that are g apart the larger has size g / 2 or more. Looked at on a grid, a
    step of which is added; at its end the exponential outweighs the rest.
    """
    u, classes = UNIT_ROUNDOFF[linear.precision], max(2, len(linear.weights))
    if linear.link == "logistic" and share * PEAK <= 4 * u:
        return f"a logistic probability moves by at most {share * PEAK:.2g}; rounding it alone may cost {4 * u:.2g}"
    if linear.link != "softmax":
        return None
    g = np.linspace(0.0, 60.0, 60_001)
    high = 1 + np.exp(g)
    moved = share * (g + g[1] + (classes - 1) / np.e / high)
    allowed = gamma(linear.weights.shape[1] + 2, u) * g + (classes + 4) * u + 2 * u * high
    if share * _lambert((classes - 1) / np.e) > (classes + 6) * u or (moved > allowed).any():
        return None
    return f"every margin times 1 + {share:.2g} moves a probability of {classes} classes by less than rounding them may"


def _lambert(value: float) -> float:
    """A number v, at most 0.001 too large, with v exp(v) = value, for values from 0 to 100."""
    v = np.arange(0.0, 4.0, 0.001)
    return float(v[np.searchsorted(v * np.exp(v), value)])


def _no_whole_number_between(artifact: Anatomy, before: Trees, after: Trees, schema: Schema) -> str | None:
    """Where all columns that are split hold whole numbers, only a whole number on the other side of a threshold shows it."""
    inner = before.left >= 0
    columns = np.unique(before.feature[inner])
    if artifact.prefix is not None or not all(schema.columns[int(c)].whole for c in columns):
        return None
    if np.array_equal(_last_whole(before, inner), _last_whole(after, inner)):
        return f"the {len(columns)} columns that are split hold whole numbers, and each threshold still parts the same ones"
    return None


def _last_whole(trees: Trees, inner: npt.NDArray[np.bool_]) -> Floats:
    """The largest whole number that goes left at each split."""
    threshold = trees.threshold[inner]
    return np.asarray(np.floor(threshold) if trees.rule == "le" else np.ceil(threshold) - 1)
