"""The sums of a file: what its reader of structure does not tell, read from the file itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parity.anatomy import read_model
from parity.references.native import open_native
from parity.values.anatomy import Anatomy

NATIVE = (".txt", ".lgb", ".model", ".cbm")


@dataclass(frozen=True)
class Sums:
    """The shortest sum of a file: `terms` numbers added up in `precision`; `what` they are, for the proof's text."""

    terms: int
    precision: str
    what: str


def structure_of(path: Path, read: Anatomy) -> Anatomy:
    """What was read, or, where that has no trees, what the library of a booster's own file tells."""
    if read.trees is not None or path.suffix.lower() not in NATIVE:
        return read
    return read_model(open_native(path), read.columns)


def sums_of(path: Path) -> Sums | None:
    """Of a PMML file that adds up trees, or has one regression model without powers and products; None of other files."""
    from xml.etree import ElementTree

    if path.suffix.lower() != ".pmml":
        return None
    root = ElementTree.parse(path).getroot()
    precision = "float32" if any(element.get("x-mathContext") == "float" for element in root.iter()) else "float64"
    return _of_trees(root, precision) or _of_regression(root, precision)


def _named(root: Any, name: str) -> list[Any]:
    return [element for element in root.iter() if element.tag.rpartition("}")[2] == name]


def _of_trees(root: Any, precision: str) -> Sums | None:
    wholes = [s for s in _named(root, "Segmentation") if s.get("multipleModelMethod") in ("sum", "x-weightedSum")]
    counts = [
        sum(child.tag.rpartition("}")[2] == "Segment" and bool(_named(child, "TreeModel")) for child in whole) for whole in wholes
    ]
    return Sums(min(counts), precision, "leaves") if counts and min(counts) else None


def _of_regression(root: Any, precision: str) -> Sums | None:
    """One category of a field is on at a time: a field is one term. Two roundings more: see `bounds.dot_bound`."""
    tables = [t for t in _named(root, "RegressionTable") if len(t)]
    curved = _named(root, "PredictorTerm") or any(p.get("exponent") for p in _named(root, "NumericPredictor"))
    if not tables or curved or _named(root, "TreeModel"):
        return None
    return Sums(
        min(len({p.get("name") for p in t if p.get("name")}) for t in tables) + 2, precision, "terms, their roundings counted"
    )
