"""PMML's transformations as structure: what was read gives what JPMML says, missing values, borders and halves included."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from parity.anatomy import read_artifact
from parity.anatomy.traverse import features
from parity.values.outcome import Scores
from tests.anatomy.documents import document
from tests.runtimes.opened import Opener, opener

COLUMNS = ("a", "b", "c")
ROWS = 400


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opener]:
    with opener("jpmml", tmp_path_factory.mktemp("jpmml")) as found:
        yield found


def written(folder: Path, expression: str) -> Path:
    """A regression that gives one derived field. A missing one has no answer."""
    front = f'<TransformationDictionary><DerivedField name="t" optype="continuous" dataType="double">{expression}'
    fields = "".join(f'<MiningField name="{column}"/>' for column in COLUMNS)
    schema = f'<MiningSchema><MiningField name="y" usageType="target"/>{fields}'
    table = '<RegressionTable intercept="0"><NumericPredictor name="t" coefficient="1"/></RegressionTable>'
    model = f'<RegressionModel functionName="regression">{schema}</MiningSchema>{table}</RegressionModel>'
    path = folder / "model.pmml"
    path.write_text(document(model, f"{front}</DerivedField></TransformationDictionary>"))
    return path


def apply(name: str, *parts: Any, more: str = "") -> str:
    inner = "".join(
        p if str(p).startswith("<") else f'<FieldRef field="{p}"/>' if isinstance(p, str) else f"<Constant>{p}</Constant>"
        for p in parts
    )
    return f'<Apply function="{name}"{more}>{inner}</Apply>'


BINS = "".join(
    f'<DiscretizeBin binValue="{value}"><Interval closure="{closure}"{low}{high}/></DiscretizeBin>'
    for value, closure, low, high in (
        (1, "openOpen", "", ' rightMargin="-0.5"'),
        (2, "closedOpen", ' leftMargin="-0.5"', ' rightMargin="0.5"'),
        (4, "closedClosed", ' leftMargin="0.5"', ' rightMargin="1.5"'),
    )
)
TABLE = "".join(f"<row><in>{key}</in><out>{value}</out></row>" for key, value in (("w", 1.5), ("x", -2), ("y z", 7)))
CASES = {
    "floor": apply("floor", "a"),
    "ceil": apply("ceil", "a"),
    "round": apply("round", "a"),
    "pow": apply("pow", "a", 3),
    "square": apply("pow", "a", 2),
    "min": apply("min", "a", "b", 0.25),
    "max": apply("max", "a", 0.25),
    "sum": apply("sum", "a", "b"),
    "avg": apply("avg", "a", "b", 2),
    "product": apply("product", "a", "b"),
    "threshold": apply("threshold", "a", 0.5),
    "if": apply("if", apply("lessThan", "a", 0.5), "b", 2),
    "if-missing": apply("if", apply("isMissing", "a"), -1, "a"),
    "if-both": apply("if", apply("and", apply("greaterOrEqual", "a", -0.5), apply("lessOrEqual", "b", 0.5)), 1, 0),
    "if-either": apply("if", apply("or", apply("greaterThan", "a", 0.5), apply("equal", "b", 0.5)), 1, 0),
    "if-not": apply("if", apply("not", apply("greaterThan", "a", 0.5)), 1, 0),
    "if-text": apply("if", apply("equal", "c", "<Constant dataType='string'>x</Constant>"), "a", "b"),
    "if-among": apply("if", apply("isIn", "c", "<Constant dataType='string'>x</Constant>", "<Constant>w</Constant>"), 1, 0),
    "default": apply("+", "a", "b", more=' defaultValue="9"'),
    "bins": f'<Discretize field="a" defaultValue="8" mapMissingTo="9">{BINS}</Discretize>',
    "table": '<MapValues outputColumn="out" defaultValue="5" mapMissingTo="6"><FieldColumnPair field="c" column="in"/>'
    f"<InlineTable>{TABLE}</InlineTable></MapValues>",
    "instead": '<FieldRef field="a" mapMissingTo="4"/>',
}


def rows() -> pa.RecordBatch:
    rng = np.random.default_rng(7)
    edges = np.array([-1.5, -0.5, 0.5, 1.5, 0.25, 2.0])
    places = np.concatenate([edges, np.nextafter(edges, np.inf), np.nextafter(edges, -np.inf), [0.49999999999999994, 0.0]])
    a, b = (rng.choice(places, ROWS) for _ in range(2))
    absent = rng.random((2, ROWS)) < 0.2
    text = rng.choice(["w", "x", "y z"], ROWS).astype(object)
    return pa.record_batch({"a": pa.array(a, mask=absent[0]), "b": pa.array(b, mask=absent[1]), "c": pa.array(text, pa.string())})


@pytest.mark.parametrize("name", sorted(CASES))
def test_an_expression_is_what_jpmml_makes_of_it(name: str, tmp_path: Path, opened: Opener) -> None:
    path, batch = written(tmp_path, CASES[name]), rows()
    anatomy = read_artifact(path, COLUMNS)
    assert anatomy.unread == () and anatomy.linear is not None
    used = np.flatnonzero(anatomy.linear.weights[0])
    found = features(anatomy, batch)[:, used] @ anatomy.linear.weights[0, used]
    outcome = opened(path).score(batch)
    assert isinstance(outcome, Scores)
    (output,) = outcome.outputs
    said, refused = np.asarray(output.values, np.float64).ravel(), np.array([i in outcome.refused for i in range(ROWS)])
    absent = np.zeros(ROWS, bool) if output.missing is None else output.missing.ravel()
    np.testing.assert_array_equal(np.isnan(found)[~refused], absent[~refused])
    # JPMML declines to compare what is missing, also where another operand of "and" or "or" decides.
    assert np.isnan(found)[refused].all() or name in ("if-both", "if-either")
    np.testing.assert_allclose(found[~refused & ~absent], said[~refused & ~absent], rtol=2**-52, atol=1e-15)


def test_steps_are_cuts_of_their_column(tmp_path: Path) -> None:
    cuts = read_artifact(written(tmp_path, CASES["bins"]), COLUMNS).cuts
    assert cuts is not None
    found = list(zip(cuts.column.tolist(), cuts.threshold.tolist(), cuts.strict.tolist(), strict=True))
    assert found == [(0, -0.5, True), (0, 0.5, True), (0, 1.5, False)]
    cuts = read_artifact(written(tmp_path, CASES["if"]), COLUMNS).cuts
    assert cuts is not None and cuts.threshold.tolist() == [0.5] and cuts.strict.tolist() == [True]


def test_what_is_not_followed_is_named(tmp_path: Path) -> None:
    for expression, said in ((apply("substring", "c", 1, 2), "substring"), (apply("median", "a", "b"), "median")):
        anatomy = read_artifact(written(tmp_path, expression), COLUMNS)
        assert anatomy.linear is None and any(said in note for note in anatomy.unread)
