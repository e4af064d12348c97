"""Cuts of a PMML file's trees: every SimplePredicate that compares a field with a number.

The trees themselves are not rebuilt: PMML nests nodes with more than two children, default scores and missing-value
strategies (PMML 4.4, TreeModel), and where they compare is what boundary rows need.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from parity.anatomy.cuts import no_cuts
from parity.anatomy.floats import cast
from parity.values.anatomy import Cuts

# operator: is the cut strict (the value itself belongs to the upper side)?
_STRICT = {"lessOrEqual": False, "greaterThan": False, "lessThan": True, "greaterOrEqual": True}


def read_cuts(path: Path, columns: Sequence[str]) -> tuple[Cuts, tuple[str, ...]]:
    """Cuts in the user's columns, and what was not understood."""
    from xml.etree import ElementTree

    root = ElementTree.parse(path).getroot()
    names, floats = _fields(root), _float_fields(root)
    place = {c: i for i, c in enumerate(columns)}
    found, lost = set(), set()
    for predicate in _all(root, "SimplePredicate"):
        strict = _STRICT.get(predicate.get("operator", ""))
        if strict is None or not _is_number(predicate.get("value", "")):
            continue
        column = place.get(names.get(predicate.get("field", ""), predicate.get("field", "")))
        if column is None:
            lost.add(predicate.get("field", ""))
        else:
            found.add((column, _threshold(predicate, floats), strict))
    notes = (f"PMML fields that follow no single column: {', '.join(sorted(lost)[:5])}",) if lost else ()
    return _cuts(sorted(found)), ("PMML trees are read for their cuts alone", *notes) if found else notes


def _threshold(predicate: Any, floats: set[str]) -> float:
    """A predicate's value is read in its field's type (PMML 4.4, SimplePredicate)."""
    value = np.array([float(predicate.get("value", ""))])
    return float(cast(value, "float32" if predicate.get("field", "") in floats else "float64")[0])


def _float_fields(root: Any) -> set[str]:
    return {f.get("name", "") for tag in ("DataField", "DerivedField") for f in _all(root, tag) if f.get("dataType") == "float"}


def _cuts(found: list[tuple[int, float, bool]]) -> Cuts:
    if not found:
        return no_cuts()
    column, value, strict = (np.array(part) for part in zip(*found, strict=True))
    nowhere = np.full(len(found), -1, np.int32)
    return Cuts(column.astype(np.int32), value.astype(np.float64), strict.astype(bool), nowhere, ("tree",) * len(found))


def _fields(root: Any) -> dict[str, str]:
    """Derived fields that are another field itself (FieldRef, or a cast of it), to the field at the bottom."""
    direct = {}
    for derived in _all(root, "DerivedField"):
        inner = [e for e in derived if e.tag.endswith("FieldRef")]
        if len(inner) == 1:
            direct[derived.get("name", "")] = inner[0].get("field", "")
    return {name: _bottom(name, direct) for name in direct}


def _bottom(name: str, direct: dict[str, str]) -> str:
    met: set[str] = set()
    while name in direct and name not in met:
        met.add(name)
        name = direct[name]
    return name


def _all(root: Any, tag: str) -> list[Any]:
    return [e for e in root.iter() if isinstance(e.tag, str) and e.tag.rpartition("}")[2] == tag]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
