"""A PMML document as trees or a linear model; where it is neither, the cuts of its predicates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from parity.anatomy.flat import Style, concatenate
from parity.anatomy.floats import last_rounded_to
from parity.anatomy.part import Part, unread
from parity.anatomy.pmml.fields import Fields, NotUnderstoodError, fields_of
from parity.anatomy.pmml.models import MODELS, linear_of, sum_of
from parity.anatomy.pmml.predicates import Compare
from parity.anatomy.pmml.sums import Grown, Sum, flat_tree
from parity.anatomy.pmml.xml import local
from parity.values.anatomy import Floats, Prefix


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
            return Part(linear.weights.shape[1], linear=linear, coding=_coding(fields), unread=notes), fields.prefix()
        return _part(sum_of(model, fields), fields)
    except NotUnderstoodError as reason:
        return unread(len(columns), str(reason)), None


def _part(found: Sum, fields: Fields) -> tuple[Part, Prefix | None]:
    width = len(fields.columns) + len(fields.made)
    rule, precision, thresholds = _common(found.trees, fields)
    style = Style(rule, precision, "float32" if found.single else "float64", scale=found.scale, link=found.link)
    trees = [flat_tree(g, t) for g, t in zip(found.trees, thresholds, strict=True)]
    return Part(width, trees=concatenate(trees, style, found.base), coding=_coding(fields), unread=found.notes), fields.prefix()


def _coding(fields: Fields) -> tuple[tuple[Any, ...] | None, ...]:
    coding = fields.coding()
    return coding if any(known is not None for known in coding) else ()


def _common(trees: Sequence[Grown], fields: Fields) -> tuple[str, str, list[Floats]]:
    """One rule and precision for all trees, and each node's threshold by them.

    A file may compare some fields in float and others in double: then all are compared in double, with the last double that
    rounds to the low side. Where both rules occur, x < t becomes x <= the number before t.
    """
    tests = [t for g in trees for t in g.splits.test if isinstance(t, Compare)]
    kinds = {f.feature: f.precision for f in [*fields.known.values(), *fields.made]}
    used = {kinds[t.feature] for t in tests}
    rules = {t.strict for t in tests}
    precision = used.pop() if len(used) == 1 else "float64"
    mixed = bool(used)
    rule = "lt" if rules == {True} and not mixed else "le"

    def threshold(test: Any) -> float:
        if not isinstance(test, Compare):
            return 0.0
        if mixed and kinds[test.feature] == "float32":
            return float(last_rounded_to(np.array([test.upper]))[0])
        if mixed or (test.strict and rule == "le"):
            return test.upper
        return test.threshold

    return rule, precision, [np.array([threshold(t) for t in g.splits.test]) for g in trees]
