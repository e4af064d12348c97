"""H2O MOJOs: trees of GBM and DRF, coefficients of GLM, from the archive alone.

The engine (h2o-genmodel, `SharedTreeMojoModel.scoreTree`) compares the double with a float32, right iff x >= split, and asks for
a category by a set of bits, right iff its bit is set; missing, and a level beyond the bits, take the split's own side. Leaves are
float32, added in double. A GLM takes its means and modes for what is missing (`GlmMojoModelBase`, mean_imputation).
"""

from __future__ import annotations

import ast
import re
import struct
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from parity.anatomy.coding import coded_prefix
from parity.anatomy.flat import Style, Tree, concatenate, one_output
from parity.anatomy.part import Part, unread
from parity.values.anatomy import Floats, Ints, Linear, Prefix

_TREE = re.compile(r"trees/t(\d+)_(\d+)\.bin")
_LEAF_ALONE = 65535  # in place of a column: the tree is one leaf
_NA_VS_REST, _NA_LEFT, _LEFT = 1, 2, 4  # NaSplitDir
_OLDEST = 1.20  # mojo_version; trees were laid out otherwise before
_GBM_LINKS = {"logit": "logistic", "log": "exp", "identity": "identity"}
_GLM_LINKS = {**_GBM_LINKS, "multinomial": "softmax"}


@dataclass(frozen=True)
class Mojo:
    """`facts` of model.ini; names of the features in order, the levels of those that have any."""

    facts: dict[str, str]
    names: tuple[str, ...]
    levels: tuple[tuple[str, ...] | None, ...]
    trees: dict[tuple[int, int], bytes]

    def number(self, name: str, default: float = 0.0) -> float:
        return float(self.facts.get(name, default))

    def list(self, name: str) -> list[Any]:
        return list(ast.literal_eval(self.facts[name]))


def is_mojo(path: Path) -> bool:
    """Whether the archive has a MOJO's table of contents in its root."""
    return zipfile.is_zipfile(path) and "model.ini" in zipfile.ZipFile(path).namelist()


def of_model(model: Any) -> tuple[Part, Prefix | None]:
    """A model of a cluster, by the MOJO that it exports."""
    with tempfile.TemporaryDirectory() as folder:
        return read(Path(model.download_mojo(folder)))


def read(path: Path) -> tuple[Part, Prefix | None]:
    """The structure in terms of the MOJO's own features, and what stands in front of a GLM's coefficients."""
    mojo = _opened(path)
    algorithm = mojo.facts.get("algo", "")
    if algorithm in ("gbm", "drf"):
        return _ensemble(mojo, algorithm), None
    if algorithm == "glm":
        return _glm(mojo)
    return unread(len(mojo.names), f"what H2O's {mojo.facts.get('algorithm', algorithm)} computes"), None


def _opened(path: Path) -> Mojo:
    with zipfile.ZipFile(path) as archive:
        info, columns, domains = _sections(archive.read("model.ini").decode())
        escaped = info.get("escape_domain_values") == "true"
        levels = {int(at): _levels(archive.read(f"domains/{file}").decode(), escaped) for at, file in map(_domain, domains)}
        found = {name: _TREE.fullmatch(name) for name in archive.namelist()}
        trees = {(int(at[1]), int(at[2])): archive.read(name) for name, at in found.items() if at}
    count = int(info["n_features"])
    return Mojo(info, tuple(columns[:count]), tuple(levels.get(i) for i in range(count)), trees)


def _sections(text: str) -> tuple[dict[str, str], list[str], list[str]]:
    parts: dict[str, list[str]] = {"": []}
    name = ""
    for line in text.splitlines():
        if line in ("[info]", "[columns]", "[domains]"):
            name = line
        elif line.strip():
            parts.setdefault(name, []).append(line)
    info = dict(line.split(" = ", 1) for line in parts.get("[info]", []) if " = " in line)
    return info, parts.get("[columns]", []), parts.get("[domains]", [])


def _domain(line: str) -> tuple[str, str]:
    """From "3: 4 d000.txt": the column and the file."""
    at, _, file = line.replace(":", " ").split()
    return at, file


def _levels(text: str, escaped: bool) -> tuple[str, ...]:
    lines = text.split("\n")[: -1 if text.endswith("\n") else None]
    return tuple(re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], line) for line in lines) if escaped else tuple(lines)


def _ensemble(mojo: Mojo, algorithm: str) -> Part:
    width, classes = len(mojo.names), int(mojo.number("n_classes", 1))
    if mojo.number("mojo_version") < _OLDEST:
        return unread(width, f"trees of a MOJO of version {mojo.facts.get('mojo_version')}")
    groups = 1 + max(group for group, _ in mojo.trees)
    sizes = [0 if known is None else len(known) for known in mojo.levels]
    trees = [_tree(data, sizes, group, groups) for (group, _), data in sorted(mojo.trees.items())]
    link, notes = _link(mojo, algorithm, classes)
    base = mojo.number("init_f") if algorithm == "gbm" and groups == 1 else 0.0
    scale = groups / len(trees) if algorithm == "drf" else 1.0
    style = Style("lt", "float64", "float64", scale=scale, link=link, members_left=False)
    joined = concatenate(trees, style, np.full(groups, base))
    return Part(width, trees=joined, learned_missing=(True,) * width, names=mojo.names, coding=mojo.levels, unread=notes)


def _link(mojo: Mojo, algorithm: str, classes: int) -> tuple[str, tuple[str, ...]]:
    if algorithm == "drf":
        return ("identity", ()) if classes == 1 else ("unknown", ("how the votes of H2O's DRF become probabilities",))
    if classes > 2:
        return "softmax", ()
    name = mojo.facts.get("link_function", "")
    return (_GBM_LINKS[name], ()) if name in _GBM_LINKS else ("unknown", (f"link {name} of H2O's GBM",))


def _tree(data: bytes, sizes: Sequence[int], group: int, groups: int) -> Tree:
    """Nodes in the order of the file: a split, all of its left side, all of its right side."""
    left, right, feature, threshold, nan_left, leaf = [], [], [], [], [], []
    sets: dict[int, list[float]] = {}

    def add(column: int = 0, split: float = 0.0, missing_left: bool = False, value: float = 0.0) -> int:
        left.append(-1)
        right.append(-1)
        feature.append(column)
        threshold.append(split)
        nan_left.append(missing_left)
        leaf.append(value)
        return len(left) - 1

    # What is still to be read: where it starts, whether it is a leaf's value, and whose child it is.
    todo: list[tuple[int, bool, int, bool]] = [(0, False, -1, False)]
    while todo:
        at, is_leaf, parent, is_right = todo.pop()
        if is_leaf or struct.unpack_from("<H", data, at + 1)[0] == _LEAF_ALONE:
            node = add(value=struct.unpack_from("<f", data, at if is_leaf else at + 3)[0])
        else:
            kind, column, direction = struct.unpack_from("<BHB", data, at)
            missing_left = direction in (_NA_LEFT, _LEFT)
            split, members, at = _test(data, at + 4, kind & 12, direction == _NA_VS_REST, sizes[column], missing_left)
            node = add(column, split, missing_left)
            if members is not None:
                sets[node] = members
            todo += _children(data, at, kind, node)
        if parent >= 0:
            (right if is_right else left)[parent] = node
    values = one_output(np.array(leaf), group, groups)
    arrays = (np.array(left), np.array(right), np.array(feature), np.array(threshold), np.array(nan_left), values)
    return Tree(*arrays, sets=sets)


def _test(
    data: bytes, at: int, test: int, missing_or_not: bool, levels: int, missing_left: bool
) -> tuple[float, list[float] | None, int]:
    """The threshold, or the members of the set that go right, and where the test ends in the file."""
    if missing_or_not:
        return float("inf"), None, at
    if test == 0:
        return struct.unpack_from("<f", data, at)[0], None, at + 4
    first, bits, at = (0, 32, at) if test == 8 else (*struct.unpack_from("<Hi", data, at), at + 6)
    size = (bits - 1) // 8 + 1
    flags = np.unpackbits(np.frombuffer(data, np.uint8, size, at), bitorder="little")[:bits]
    members = (first + np.flatnonzero(flags)).tolist()
    if not missing_left:  # a level that the bits do not reach goes where the missing go
        members += [code for code in range(levels) if not first <= code < first + bits]
    return 0.0, [float(code) for code in members], at + size


def _children(data: bytes, at: int, kind: int, node: int) -> list[tuple[int, bool, int, bool]]:
    """The left side is a value, or stands behind its own length; the right side follows it."""
    left, right_leaf = kind & 51, bool((kind & 0xC0) >> 2 & 16)
    if left & 16:
        if left != 48:
            raise ValueError(f"a leaf of kind {left} in H2O's trees")
        return [(at + 4, right_leaf, node, True), (at, True, node, False)]
    length = int.from_bytes(data[at : at + left + 1], "little")
    start = at + left + 1
    return [(start + length, right_leaf, node, True), (start, False, node, False)]


def _glm(mojo: Mojo) -> tuple[Part, Prefix | None]:
    link = "multinomial" if mojo.facts.get("family") == "multinomial" else mojo.facts.get("link", "")
    if link not in _GLM_LINKS or mojo.facts.get("mean_imputation") != "true":
        return unread(len(mojo.names), f"link {link} of H2O's GLM, or one that fills nothing in"), None
    outputs = int(mojo.number("n_classes", 1)) if link == "multinomial" else 1
    beta = np.asarray(mojo.list("beta"), dtype=np.float64).reshape(outputs, -1)
    categorical = int(mojo.number("cats"))
    skipped = 0 if mojo.facts.get("use_all_factor_levels") == "true" else 1
    modes = mojo.list("cat_modes") if categorical else []
    prefix = _in_front(mojo, categorical, skipped, modes, mojo.list("num_means") if categorical < len(mojo.names) else [])
    linear = Linear(beta[:, :-1], beta[:, -1], _GLM_LINKS[link])
    return Part(beta.shape[1] - 1, linear=linear), prefix


def _in_front(mojo: Mojo, categorical: int, skipped: int, modes: list[int], means: list[float]) -> Prefix:
    """Categorical columns come first, a feature for each level; a missing one is the mode, a missing number the mean."""
    coded = coded_prefix(mojo.levels, np.arange(len(mojo.names), dtype=np.int32))
    widths = [len(known or ()) - skipped for known in mojo.levels[:categorical]]
    numbers = len(mojo.names) - categorical
    origin: Ints = np.array([-1] * sum(widths) + [categorical + i for i in range(numbers)], np.int32)

    def transform(rows: Any) -> Floats:
        codes = coded.transform(rows)
        parts = []
        for column, (width, mode) in enumerate(zip(widths, modes, strict=True)):
            code = np.where(np.isnan(codes[:, column]), mode, codes[:, column]) - skipped
            parts.append((code[:, None] == np.arange(width)).astype(np.float64))
        found = codes[:, categorical:]
        parts.append(np.where(np.isnan(found), np.asarray(means, np.float64)[None, :numbers], found))
        return np.column_stack(parts)

    return Prefix(transform, origin, (origin >= 0).astype(np.int32), steps=("H2O's GLM",))
