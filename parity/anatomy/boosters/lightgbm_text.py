"""LightGBM, from the text that the library itself writes (src/boosting/gbdt_model_text.cpp, src/io/tree.cpp).

The library is not imported: it ends the process on some damaged files. What its engine does is told in `lightgbm_dump`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from parity.anatomy.boosters.lightgbm_dump import part_of
from parity.anatomy.flat import Slope, Tree, one_output
from parity.anatomy.part import Part
from parity.values.anatomy import Bools

# Bits of a node's decision_type (include/LightGBM/tree.h): categorical, default left, then two of the missing type.
_CATEGORICAL, _DEFAULT_LEFT = 1, 2
_NONE, _ZERO = 0, 1
_HEAD = b"tree\n"

Block = dict[str, str]


def recognises(path: Path) -> bool:
    """Does a file begin as LightGBM's text does?"""
    with path.open("rb") as file:
        return file.read(len(_HEAD) + 1).replace(b"\r", b"").startswith(_HEAD)


def read(text: str) -> Part:
    """A model of all trees in the text. ValueError where it is cut off or contradicts itself."""
    head, *blocks = text.replace("\r", "").partition("\nend of trees")[0].split("\nTree=")
    if "\nend of trees" not in text.replace("\r", ""):
        raise ValueError("cut off: the text has no line 'end of trees'")
    header = _header(_entries(head), text)
    outputs, width = header["num_tree_per_iteration"], header["max_feature_idx"] + 1
    given = [_entries(block) for block in blocks]
    trees = [_tree(block, i % outputs, outputs) for i, block in enumerate(given)]
    return part_of(header, trees, _learned(given, width))


def _entries(block: str) -> Block:
    """Lines "name=value"; a name alone is an entry too."""
    pairs = (line.partition("=") for line in block.split("\n"))
    return {name: value for name, _, value in pairs if name}


def _header(entries: Block, text: str) -> dict[str, Any]:
    """The entries of a dump that are not trees."""
    names = entries["feature_names"].split(" ")
    kept = text.rpartition("\npandas_categorical:")[2].strip() if "\npandas_categorical:" in text else ""
    return {
        "max_feature_idx": int(entries["max_feature_idx"]),
        "num_tree_per_iteration": int(entries["num_tree_per_iteration"]),
        "objective": entries.get("objective", ""),
        "average_output": "average_output" in entries,
        "feature_names": names,
        "feature_infos": dict(zip(names, map(_info, entries.get("feature_infos", "").split(" ")), strict=False)),
        "pandas_categorical": json.loads(kept or "null"),
    }


def _info(text: str) -> dict[str, Any]:
    """ "[least:largest]" of a number, "0:2:5" of categories, "none" of a feature that says nothing."""
    if text.startswith("["):
        low, high = text.strip("[]").split(":")
        return {"min_value": float(low), "max_value": float(high)}
    return {} if text in ("none", "") else {"values": text.split(":")}


def _numbers(block: Block, name: str, kind: Any) -> Any:
    return np.array(block.get(name, "").split(), dtype=kind)


def _tree(block: Block, output: int, outputs: int) -> Tree:
    """Inner nodes first, then the leaves; a child -1 - k is leaf k."""
    values = _numbers(block, "leaf_value", np.float64)
    inner = len(values) - 1
    children = [_numbers(block, f"{side}_child", np.int64) for side in ("left", "right")]
    feature, kinds = _numbers(block, "split_feature", np.int64), _numbers(block, "decision_type", np.int64)
    threshold = _numbers(block, "threshold", np.float64)
    told = [len(a) for a in (*children, feature, kinds, threshold)]
    if int(block["num_leaves"]) != len(values) or any(length != inner for length in told):
        raise ValueError(f"a tree of {block['num_leaves']} leaves has {len(values)} leaf values, and its splits {told} entries")
    if any((np.asarray(c) < -len(values)).any() or (np.asarray(c) >= inner).any() for c in children):
        raise ValueError(f"a child beyond the {inner} splits and {len(values)} leaves of its tree")
    left, right = (_padded(np.where(c >= 0, c, inner - 1 - c), len(values), -1) for c in children)
    asks: Bools = (kinds & _CATEGORICAL) > 0
    missing, default = (kinds >> 2) & 3, (kinds & _DEFAULT_LEFT) > 0
    nan_left = np.where(asks, False, np.where(missing == _NONE, threshold >= 0.0, default))
    return Tree(
        left,
        right,
        _padded(feature, len(values), 0),
        _padded(np.where(asks, 0.0, threshold), len(values), 0.0),
        _padded(nan_left, len(values), False),
        one_output(np.concatenate([np.zeros(inner), values]), output, outputs),
        _padded((missing == _ZERO) & ~asks, len(values), False),
        {int(i): _members(block, int(threshold[i])) for i in np.flatnonzero(asks)},
        slopes=_slopes(block, inner) if block.get("is_linear", "0") == "1" else {},
        output=output,
    )


def _slopes(block: Block, inner: int) -> dict[int, Slope]:
    """Leaf to its constant, features and factors: those of all leaves in a row, as many of each as `num_features` says."""
    constants, counts = _numbers(block, "leaf_const", np.float64), _numbers(block, "num_features", np.int64)
    features, factors = _numbers(block, "leaf_features", np.int64), _numbers(block, "leaf_coeff", np.float64)
    if len(constants) != len(counts) or len(counts) != inner + 1 or not counts.sum() == len(features) == len(factors):
        raise ValueError(f"linear leaves of {len(constants)} constants with {len(features)} features and {len(factors)} factors")
    ends = np.cumsum(counts)
    parts = zip(constants, np.split(features, ends[:-1]), np.split(factors, ends[:-1]), strict=True)
    return {inner + k: (float(c), f.tolist(), w.tolist()) for k, (c, f, w) in enumerate(parts)}


def _padded(values: Any, leaves: int, filler: Any) -> Any:
    return np.concatenate([values, np.full(leaves, filler)])


def _members(block: Block, number: int) -> list[float]:
    """Codes of the number-th categorical split: bits in words of 32."""
    ends, words = _numbers(block, "cat_boundaries", np.int64), _numbers(block, "cat_threshold", np.uint32)
    if not 0 <= number < len(ends) - 1 or ends[-1] != len(words):
        raise ValueError(f"categorical split {number}, of {max(0, len(ends) - 1)} with {len(words)} words")
    bits = np.unpackbits(words[ends[number] : ends[number + 1]].astype("<u4").view(np.uint8), bitorder="little")
    return [float(code) for code in np.flatnonzero(bits)]


def _learned(given: Sequence[Block], width: int) -> tuple[bool, ...]:
    """Features with a split that has a way for missing values."""
    found = np.zeros(width, bool)
    for block in given:
        kinds, feature = _numbers(block, "decision_type", np.int64), _numbers(block, "split_feature", np.int64)
        had = ((kinds & _CATEGORICAL) == 0) & (((kinds >> 2) & 3) != _NONE) & (feature >= 0) & (feature < width)
        found[feature[had]] = True
    return tuple(bool(f) for f in found)
