"""A PMML document as trees or a linear model; where it is neither, the cuts of its predicates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from parity.anatomy.fields import NotUnderstoodError
from parity.anatomy.flat import Style, concatenate
from parity.anatomy.grown import common, flat_tree
from parity.anatomy.part import Part, unread
from parity.anatomy.pmml.fields import Fields, fields_of
from parity.anatomy.pmml.models import MODELS, linear_of, sum_of
from parity.anatomy.pmml.sums import Sum
from parity.anatomy.pmml.xml import local
from parity.values.anatomy import Prefix


def read(path: Path, columns: Sequence[str]) -> tuple[Part, Prefix | None]:
    """The trees of a file in terms of the user's columns, and the fields in front of them; else why they were not read."""
    from xml.etree import ElementTree

    root = ElementTree.parse(path).getroot()
    model = next((e for e in root if local(e) in MODELS or local(e).endswith("Model")), None)
    if model is None:
        return unread(len(columns), "a PMML file without a model"), None
    try:
        fields = fields_of(root, columns)
        if local(model) == "RegressionModel":
            linear, notes = linear_of(model, fields)
            knots = tuple(dict.fromkeys(fields.edges))
            return Part(
                linear.weights.shape[1], linear=linear, coding=_coding(fields), knots=knots, unread=notes
            ), fields.prefix()
        return _part(sum_of(model, fields), fields)
    except NotUnderstoodError as reason:
        return unread(len(columns), str(reason)), None


def _part(found: Sum, fields: Fields) -> tuple[Part, Prefix | None]:
    width = len(fields.columns) + len(fields.made)
    rule, precision, thresholds = common(found.trees, [*fields.known.values(), *fields.made])
    style = Style(rule, precision, "float32" if found.single else "float64", scale=found.scale, link=found.link)
    trees = [flat_tree(g, t) for g, t in zip(found.trees, thresholds, strict=True)]
    return Part(width, trees=concatenate(trees, style, found.base), coding=_coding(fields), unread=found.notes), fields.prefix()


def _coding(fields: Fields) -> tuple[tuple[Any, ...] | None, ...]:
    coding = fields.coding()
    return coding if any(known is not None for known in coding) else ()
