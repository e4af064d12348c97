"""PFA's trees, regressions and clusters (`model.*`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from parity.anatomy.fields import NotUnderstoodError
from parity.anatomy.pfa import questions, scores
from parity.anatomy.pfa.calls import Functions, Run
from parity.anatomy.pfa.data import Datum
from parity.anatomy.pfa.shapes import entries, items, plain, tested
from parity.anatomy.pfa.values import (
    Const,
    Function,
    Label,
    Table,
    Value,
    vector,
)
from parity.anatomy.pfa.walks import walked


def _test(run: Run, datum: Value, comparison: Value) -> Value:
    return questions.tree_test(datum, _record(comparison), run.features, run.attribute, missing=False)


def _record(value: Value) -> Datum:
    if not isinstance(value, Datum):
        raise NotUnderstoodError(f"a PFA tree that is a {type(value).__name__.lower()}")
    return value


def _simple_walk(run: Run, datum: Value, tree: Value, test: Function) -> Value:
    return walked(_record(tree), lambda node: tested(run.call(test, [datum, node])), plain)


def _missing_walk(run: Run, datum: Value, tree: Value, test: Function) -> Value:
    return walked(
        _record(tree), lambda node: tested(run.call(test, [datum, node])), plain, lambda place: place in run.features.nullable
    )


def _missing_test(run: Run, datum: Value, comparison: Value) -> Value:
    return questions.tree_test(datum, _record(comparison), run.features, run.attribute, missing=True)


def _simple_tree(run: Run, datum: Value, tree: Value) -> Value:
    return walked(_record(tree), lambda node: _test(run, datum, node), plain)


def _compound(run: Run, datum: Value, operator: Value, comparisons: Value, test: Function) -> Value:
    return questions.joined(str(getattr(operator, "value", "")), [run.call(test, [datum, one]) for one in comparisons.items()])


def _linear(run: Run, datum: Value, model: Value) -> Value:
    """coeff . datum + const: of one target or of several, by place or by name."""
    coefficients, constant = run.attribute(model, "coeff"), plain(run.attribute(model, "const"))
    if isinstance(coefficients, Datum) and coefficients.kind == "map":
        return _by_name(run, entries(datum), coefficients, constant)
    given, rows = items(datum), items(coefficients)
    if rows and isinstance(rows[0], Datum):
        constants = items(constant)
        if len(constants) != len(rows):
            raise NotUnderstoodError(f"{len(constants)} PFA constants for {len(rows)} rows of coefficients")
        return vector([_product(run, items(row), given, c) for row, c in zip(rows, constants, strict=True)])
    return _product(run, rows, given, constant)


def _product(run: Run, weights: Sequence[Value], given: Sequence[Value], constant: Value) -> Value:
    if not all(isinstance(w, Const) for w in weights):
        raise NotUnderstoodError("PFA coefficients that depend on the row")
    return scores.operated("+", scores.product([w.value for w in weights], given, run.features), constant, run.features)


def _by_name(run: Run, given: Mapping[str, Value], coefficients: Datum, constant: Value) -> Value:
    """Names that only one side has count as 0."""
    rows = entries(coefficients)
    if any(isinstance(row, Datum) for row in rows.values()):
        constants = entries(constant)
        return Table({k: _named(run, given, entries(row), constants.get(k, Const(0.0))) for k, row in rows.items()})
    return _named(run, given, rows, constant)


def _named(run: Run, given: Mapping[str, Value], weights: Mapping[str, Value], constant: Value) -> Value:
    both = [name for name in given if name in weights]
    return _product(run, [weights[n] for n in both], [given[n] for n in both], constant)


def _closest(run: Run, datum: Value, clusters: Value, metric: Function | None = None) -> Value:
    """|x - c|^2 is least where 2 c . x - |c|^2 is largest."""
    if metric is not None and metric.name not in ("metric.simpleEuclidean",):
        raise NotUnderstoodError("a PFA metric of a document's own")
    found, given = items(clusters), items(datum)
    places = [[c.value for c in items(run.attribute(one, "center"))] for one in found]
    lines = [scores.product([2 * c for c in place], given, run.features) for place in places]
    sides = [
        scores.operated("+", line, Const(-sum(c * c for c in place)), run.features)
        for line, place in zip(lines, places, strict=True)
    ]
    return Label(tuple(sides), found)


MODELS: Functions = {
    "model.tree.simpleTest": _test,
    "model.tree.missingTest": _missing_test,
    "model.tree.compoundTest": _compound,
    "model.tree.simpleWalk": _simple_walk,
    "model.tree.missingWalk": _missing_walk,
    "model.tree.simpleTree": _simple_tree,
    "model.reg.linear": _linear,
    "model.cluster.closest": _closest,
}
