"""Faults in the rest of an ONNX graph: constants of arithmetic nodes, encoders, tokenisers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

CATEGORIES = {"OneHotEncoder": ("cats_strings", "cats_int64s"), "LabelEncoder": ("keys_strings", "keys_int64s")}
GraphEdit = Callable[[Any], bool]
"""Changes a graph in place and says whether it did."""


def _constants(graph: Any, ops: tuple[str, ...], place: int = 1) -> Iterator[Any]:
    """Initializers that nodes of these operators take as their input number `place`."""
    known = {initializer.name: initializer for initializer in graph.initializer}
    for node in graph.node:
        if node.op_type in ops and len(node.input) > place and node.input[place] in known:
            yield known[node.input[place]]


def _put(initializer: Any, values: Any) -> None:
    from onnx import numpy_helper

    initializer.CopyFrom(numpy_helper.from_array(values, initializer.name))


def _rounded(graph: Any, ops: tuple[str, ...], all_of_it: bool) -> bool:
    """Float64 constants to float32: all values of each, or the first that changes."""
    from onnx import numpy_helper

    done = False
    for initializer in _constants(graph, ops):
        old = numpy_helper.to_array(initializer)
        new = old.astype(np.float32).astype(old.dtype) if old.dtype == np.float64 else old
        places = np.flatnonzero(new.ravel() != old.ravel())
        if len(places) and not all_of_it:
            one = old.copy()
            one.ravel()[places[0]] = new.ravel()[places[0]]
            _put(initializer, one)
            return True
        if len(places):
            _put(initializer, new)
            done = True
    return done


def _intercept(graph: Any) -> bool:
    """What is added to a product of matrices."""
    from onnx import numpy_helper

    products = {name for node in graph.node if node.op_type == "MatMul" for name in node.output}
    added = [node for node in graph.node if node.op_type == "Add" and node.input[0] in products]
    names = {node.input[1] for node in added} | {i.name for i in _constants(graph, ("Gemm",), 2)}
    done = False
    for initializer in (i for i in graph.initializer if i.name in names):
        old = numpy_helper.to_array(initializer)
        _put(initializer, np.zeros_like(old))
        done = done or bool(old.any())
    return done


def _categories(graph: Any) -> bool:
    """Of the first encoder of two categories or more; one-hot encoders before those that give a code."""
    for op, names in CATEGORIES.items():
        for node in (n for n in graph.node if n.op_type == op):
            for attribute in (a for a in node.attribute if a.name in names):
                values = attribute.strings if attribute.strings else attribute.ints
                if len(values) > 1:
                    values[0], values[1] = values[1], values[0]
                    return True
    return False


def _shortest_words(graph: Any) -> bool:
    """A tokeniser that wants one more character of a word (com.microsoft, mincharnum)."""
    done = False
    for attribute in (a for n in graph.node if n.op_type == "Tokenizer" for a in n.attribute if a.name == "mincharnum"):
        attribute.i += 1
        done = True
    return done


def _case(graph: Any) -> bool:
    done = False
    for node in (n for n in graph.node if n.op_type == "StringNormalizer"):
        for attribute in (a for a in node.attribute if a.name == "case_change_action"):
            attribute.s = b"LOWER" if attribute.s == b"NONE" else b"NONE"
            done = True
    return done


GRAPH_EDITS: dict[str, GraphEdit] = {
    "coefficient-float32": lambda graph: _rounded(graph, ("MatMul", "Gemm"), all_of_it=False),
    "scaler-mean-float32": lambda graph: _rounded(graph, ("Sub",), all_of_it=True),
    "intercept-dropped": _intercept,
    "categories-swapped": _categories,
    "text-pattern": _shortest_words,
    "text-case": _case,
}
