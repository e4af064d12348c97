"""A PMML file computes in doubles unless a model asks for floats; the type of its fields is another matter."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from sklearn.ensemble import GradientBoostingRegressor, IsolationForest
from sklearn.linear_model import Ridge

from parity.anatomy import read_artifact, read_model
from parity.compare.tolerance import Side, tolerance_of
from parity.values.policy import Gate
from parity.values.signature import OutputKind, OutputSpec

FILE = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><DataDictionary>
<DataField name="a" optype="continuous" dataType="float"/></DataDictionary>
<TreeModel functionName="regression"{asks}><MiningSchema><MiningField name="a"/></MiningSchema>
<Node><True/><Node score="1"><SimplePredicate field="a" operator="lessOrEqual" value="0.5"/></Node>
<Node score="2"><SimplePredicate field="a" operator="greaterThan" value="0.5"/></Node></Node></TreeModel></PMML>"""
TYPES = ("float32", "float64")
ASKED = [("", "float64"), (' x-mathContext="float"', "float32"), (' x-mathContext="double"', "float64")]


@pytest.mark.parametrize(("asks", "precision"), ASKED)
def test_precision_is_what_the_model_asks_for(tmp_path, asks, precision):
    (tmp_path / "model.pmml").write_text(FILE.format(asks=asks))
    assert read_artifact(tmp_path / "model.pmml", ("a",)).precision == precision


@pytest.mark.parametrize(("asks", "precision"), ASKED)
def test_sums_are_judged_in_it_whatever_the_type_of_the_fields(tmp_path, asks, precision):
    (tmp_path / "model.pmml").write_text(FILE.format(asks=asks))
    rows = np.random.default_rng(0).normal(size=(300, 1))
    model = GradientBoostingRegressor(n_estimators=20, random_state=0).fit(rows, rows[:, 0])
    output = OutputSpec("value", "float64", OutputKind.VALUE, 1)
    ours, theirs = Side(read_model(model, ("a",)), output), Side(read_artifact(tmp_path / "model.pmml", ("a",)), output)
    tolerance = tolerance_of(OutputKind.VALUE, ours, theirs, lambda batch: rows, Gate(), "float32")
    bound = tolerance.bound(model.predict(rows)[:, None], pa.RecordBatch.from_arrays([pa.array(rows[:, 0])], names=["a"]))
    assert bound.max() < 1e-12 if precision == "float64" else bound.min() > 1e-8


@pytest.mark.parametrize(("model", "precise"), [(IsolationForest(n_estimators=20, random_state=0), True), (Ridge(), False)])
def test_float_fields_are_off_themselves_whatever_the_arithmetic(tmp_path, model, precise):
    """The fields of an isolation forest choose its leaves; those of a linear model are what it adds up."""
    (tmp_path / "model.pmml").write_text(FILE.format(asks=""))
    rows = np.random.default_rng(0).normal(size=(300, 1))
    model.fit(rows, rows[:, 0])
    output = OutputSpec("value", "float64", OutputKind.VALUE, 1)
    ours, theirs = Side(read_model(model, ("a",)), output), Side(read_artifact(tmp_path / "model.pmml", ("a",)), output)
    exact = model.predict(rows) if not precise else model.decision_function(rows)
    batch = pa.RecordBatch.from_arrays([pa.array(rows[:, 0])], names=["a"])
    bound = {
        t: tolerance_of(OutputKind.VALUE, ours, theirs, lambda _: rows, Gate(), t).bound(exact[:, None], batch) for t in TYPES
    }
    if precise:
        assert np.array_equal(bound["float32"], bound["float64"])
        return
    off = np.abs(model.predict(rows.astype(np.float32).astype(np.float64)) - exact)
    assert (off <= bound["float32"]).all()
    assert (off > bound["float64"]).any()
    assert (bound["float32"] < 10 * 2.0**-24 * (np.abs(exact) + np.abs(model.intercept_))).all()
