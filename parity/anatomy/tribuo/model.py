"""Tribuo's models as `Model.serializeToFile` writes them: linear ones, CART trees and ensembles of them; Tribuo is not imported.

A feature that an example does not have counts as 0, in trees too (`SparseVector.get`), and features are numbered by the alphabet.
A value goes on to "greater than" iff it is above the threshold, both doubles (SplitNode.getNextNode). Of an ensemble of
classifiers each member votes for its label with 1 / n (VotingCombiner); numbers are averaged (AveragingCombiner).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from parity.anatomy.fields import NotUnderstoodError
from parity.anatomy.flat import Style, Tree, concatenate
from parity.anatomy.part import Part, unread
from parity.anatomy.tribuo.wire import Message, parse
from parity.values.anatomy import Floats, Linear

_LINKS = {
    "org.tribuo.math.util.ExpNormalizer": "softmax",
    "org.tribuo.math.util.SigmoidNormalizer": "logistic",
    "org.tribuo.math.util.NoopNormalizer": "identity",
}


@dataclass(frozen=True)
class Domain:
    """Names of the features and of the outputs, by their numbers; `votes`: the outputs are labels."""

    features: tuple[str, ...]
    outputs: tuple[str, ...]
    votes: bool


def recognises(path: Path) -> bool:
    """Whether a file begins as a ModelProto that names a class of Tribuo's."""
    with path.open("rb") as file:
        return file.read(16)[2:].startswith(b"org.tribuo.")


def read(path: Path) -> Part:
    """The structure in terms of the model's own features, which it names; else why it was not read."""
    kind, data = _opened(parse(path.read_bytes()))
    domain = _domain(data.one(1))
    try:
        return _read(kind, data, domain)
    except NotUnderstoodError as reason:
        return unread(len(domain.features), str(reason))


def _opened(redirect: Message) -> tuple[str, Message]:
    """What a message holds that names a class: by the type of its bytes, for the class is not always theirs (SplitNode's)."""
    held = redirect.one(3)
    return held.text(1).rpartition(".")[2], held.one(2)


def _domain(metadata: Message) -> Domain:
    infos = [_opened(info)[1] for info in _opened(metadata.one(4))[1].every(1)]
    features = dict(sorted((info.whole(3), info.text(1)) for info in infos))
    kind, outputs = _opened(metadata.one(5))
    numbered = dict(sorted(zip(outputs.wholes(3), (bytes(b).decode() for b in outputs.fields.get(1, [])), strict=True)))
    if list(features) != list(range(len(features))) or list(numbered) != list(range(len(numbered))):
        raise ValueError("a model of Tribuo's whose features or outputs are not numbered")
    return Domain(tuple(features.values()), tuple(numbered.values()), kind == "ImmutableLabelInfoProto")


def _read(kind: str, data: Message, domain: Domain) -> Part:
    if kind in ("ClassificationLinearSGDProto", "RegressionLinearSGDProto"):
        return _linear(kind, data, domain)
    trees = _members(kind, data, domain)
    factors = {factor for _, factor in trees}
    scale = factors.pop() if len(factors) == 1 else 1.0
    weighted = [_times(tree, factor / scale) for tree, factor in trees]
    joined = concatenate(weighted, Style("le", "float64", "float64", scale=scale), np.zeros(len(domain.outputs)))
    return Part(len(domain.features), trees=joined, names=domain.features)


def _linear(kind: str, data: Message, domain: Domain) -> Part:
    """Weights (outputs, features + 1) in rows, little end first; the last of a row is its constant."""
    parameters = _opened(data.one(2))[1].one(1)
    tensor, matrix = _opened(parameters)
    shape = matrix.wholes(1)
    values = np.frombuffer(matrix.fields.get(2, [b""])[-1], "<f8")
    if tensor != "DenseTensorProto" or shape != [len(domain.outputs), len(domain.features) + 1] or len(values) != np.prod(shape):
        raise NotUnderstoodError(f"weights of shape {shape} in a linear model of Tribuo's")
    link = "identity"
    if kind.startswith("Classification"):
        link = _LINKS.get(data.one(3).text(2), "")
        if not link:
            raise NotUnderstoodError(f"{data.one(3).text(2)} of Tribuo's linear model")
    weights = values.reshape(shape)
    return Part(len(domain.features), linear=Linear(weights[:, :-1], weights[:, -1], link), names=domain.features)


def _members(kind: str, data: Message, domain: Domain) -> list[tuple[Tree, float]]:
    """Trees and what each is multiplied with."""
    if kind == "TreeModelProto":
        return [(_tree(data.every(2), domain), 1.0)]
    if kind == "IndependentRegressionTreeModelProto":
        return [(_tree(entry.one(2).every(3), domain, domain.outputs.index(entry.text(1))), 1.0) for entry in data.every(2)]
    if kind != "WeightedEnsembleModelProto":
        raise NotUnderstoodError(f"Tribuo's {kind.removesuffix('Proto')}")
    return _ensemble(data, domain)


def _ensemble(data: Message, domain: Domain) -> list[tuple[Tree, float]]:
    combiner = data.one(4).text(2).rpartition(".")[2]
    found = [_opened(member) for member in data.every(2)]
    weights = data.floats(3) or [1.0] * len(found)
    if combiner not in ("VotingCombiner", "AveragingCombiner") or len(set(weights)) != 1 or len(weights) != len(found):
        raise NotUnderstoodError(f"the members of Tribuo's ensemble, put together by {combiner} with weights")
    trees = [tree for kind, member in found for tree, _ in _members(kind, member, _same(member, domain))]
    if combiner == "VotingCombiner":
        trees = [_voted(tree) for tree in trees]
    return [(tree, 1.0 / len(found)) for tree in trees]


def _same(member: Message, domain: Domain) -> Domain:
    own = _domain(member.one(1))
    if own != domain:
        raise NotUnderstoodError("an ensemble of Tribuo's whose members have other features or outputs")
    return own


def _voted(tree: Tree) -> Tree:
    """All for the label of the highest score, of equal ones the first."""
    votes = np.zeros(tree.leaf.shape)
    votes[np.arange(len(votes)), tree.leaf.argmax(axis=1)] = 1.0
    return _with(tree, np.where((tree.left < 0)[:, None], votes, 0.0))


def _times(tree: Tree, factor: float) -> Tree:
    return tree if factor == 1.0 else _with(tree, tree.leaf * factor)


def _with(tree: Tree, leaf: Floats) -> Tree:
    return Tree(tree.left, tree.right, tree.feature, tree.threshold, tree.nan_left, leaf)


def _tree(nodes: Sequence[Message], domain: Domain, output: int | None = None) -> Tree:
    """Nodes by their own numbers, which are their places; `output`: the one that a tree of one number adds to."""
    size = len(nodes)
    left, right = np.full(size, -1, np.int64), np.full(size, -1, np.int64)
    feature, threshold = np.zeros(size, np.int64), np.zeros(size)
    leaf = np.zeros((size, len(domain.outputs)))
    for kind, node in map(_opened, nodes):
        at = node.whole(2)
        if not 0 <= at < size:
            raise ValueError(f"node {at} of {size} in a tree of Tribuo's")
        if kind == "SplitNodeProto":
            right[at], left[at], feature[at], threshold[at] = node.whole(3), node.whole(4), node.whole(5), node.double(6)
        elif domain.votes:
            leaf[at] = _shares(node, domain)
        else:
            _add(leaf[at], _opened(node.one(4))[1], domain, output)
    # A missing feature is 0, whatever the reference makes of it.
    return Tree(left, right, feature, threshold, threshold >= 0, leaf)


def _shares(node: Message, domain: Domain) -> list[float]:
    found = {entry.text(1): _opened(entry.one(2))[1].double(2) for entry in node.every(5)}
    return [found.get(name, 0.0) for name in domain.outputs]


def _add(row: Any, regressor: Message, domain: Domain, output: int | None) -> None:
    names = [bytes(b).decode() for b in regressor.fields.get(1, [])]
    values = regressor.doubles(2)
    if output is not None and len(values) == 1:
        row[output] = values[0]
        return
    for name, value in zip(names, values, strict=True):
        row[domain.outputs.index(name)] = value
