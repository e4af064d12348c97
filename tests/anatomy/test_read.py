"""Reading as a whole: nothing is imported just to look, nothing raises, what is not understood is told."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from parity.anatomy import read_artifact, read_model
from parity.anatomy.floats import after32, down32, from_ordered, largest_at_most, to_ordered, up32
from tests.anatomy.rows import COLUMNS, table

PMML = """<?xml version="1.0"?>
<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">
 <DataDictionary><DataField name="a" optype="continuous" dataType="double"/>
 <DataField name="f" optype="continuous" dataType="float"/>
 <DataField name="c" optype="categorical" dataType="string"/></DataDictionary>
 <TransformationDictionary>
 <DerivedField name="double(f)" optype="continuous" dataType="double"><FieldRef field="f"/></DerivedField>
 <DerivedField name="log(a)" optype="continuous" dataType="double"><Apply function="erf"><FieldRef field="a"/></Apply>
 </DerivedField>
 </TransformationDictionary>
 <TreeModel functionName="regression"><Node><True/>
 <Node><SimplePredicate field="a" operator="lessOrEqual" value="0.1"/></Node>
 <Node><SimplePredicate field="a" operator="greaterThan" value="0.1"/></Node>
 <Node><SimplePredicate field="f" operator="lessThan" value="0.1"/></Node>
 <Node><SimplePredicate field="double(f)" operator="greaterOrEqual" value="2"/></Node>
 <Node><SimplePredicate field="log(a)" operator="lessOrEqual" value="3"/></Node>
 <Node><SimplePredicate field="c" operator="equal" value="x"/></Node>
 </Node></TreeModel></PMML>"""


def test_cuts_of_a_pmml_file(tmp_path):
    (tmp_path / "model.pmml").write_text(PMML)
    anatomy = read_artifact(tmp_path / "model.pmml", ("a", "c", "f"))
    found = list(zip(anatomy.cuts.column.tolist(), anatomy.cuts.threshold.tolist(), anatomy.cuts.strict.tolist(), strict=True))
    assert found == [(0, 0.1, False), (2, float(np.float32(0.1)), True), (2, 2.0, True)]
    assert anatomy.unread == (
        "the PMML transformation erf",
        "PMML trees are read for their cuts alone",
        "PMML fields that follow no single column: log(a)",
    )


@pytest.mark.parametrize("name", ["model.onnx", "model.json", "model.ubj", "model.pmml", "model.zip"])
@pytest.mark.parametrize("content", [b"", b"{", b"\x00\x01\x02garbage", b'{"learner": {}}'])
def test_damaged_and_foreign_artifacts_are_told(name, content, tmp_path):
    (tmp_path / name).write_bytes(content)
    anatomy = read_artifact(tmp_path / name, COLUMNS)
    assert (anatomy.trees, anatomy.linear, len(anatomy.cuts.column)) == (None, None, 0)
    assert anatomy.unread
    assert read_artifact(tmp_path / "absent" / name, COLUMNS).unread


@pytest.mark.parametrize("model", [None, lambda frame: frame, object(), KNeighborsClassifier(), DecisionTreeClassifier()])
def test_models_of_other_kinds_are_told(model):
    anatomy = read_model(model, COLUMNS)
    assert anatomy.trees is None
    assert anatomy.unread
    assert anatomy.columns == COLUMNS


def test_a_model_of_another_width_is_told():
    X, y, _, _ = table()
    anatomy = read_model(DecisionTreeClassifier(max_depth=2).fit(X, y), COLUMNS[:4])
    assert anatomy.unread == ("a model of 6 features, for 4 columns",)


def test_looking_at_a_model_imports_no_library():
    program = (
        "import sys\nfrom pathlib import Path\nfrom parity.anatomy import read_artifact, read_model\n"
        "read_model(print, ['a']); read_artifact(Path('none.json'), ['a'])\n"
        "heavy = {'xgboost', 'lightgbm', 'catboost', 'sklearn', 'onnx', 'onnxruntime', 'pandas', 'scipy'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_float_steps():
    rng = np.random.default_rng(0)
    values = rng.integers(-(2**63), 2**63 - 1, 100_000).view(np.float64)
    values = values[np.isfinite(values)]
    assert np.array_equal(from_ordered(to_ordered(values)).view(np.int64), values.view(np.int64))
    ordered = np.sort(values)
    assert np.all(np.diff(to_ordered(ordered).astype(object)) >= 0)
    small = rng.normal(size=10_000) * 10.0 ** rng.integers(-30, 30, 10_000)
    assert np.all(down32(small) <= small)
    assert np.all(small <= up32(small))
    assert np.all((up32(small) == down32(small)) | (up32(small) == after32(down32(small))))


@pytest.mark.parametrize("strict", [False, True])
def test_the_low_side_of_a_float32_comparison(strict):
    values = np.random.default_rng(1).normal(size=5_000)
    values[::2] = values[::2].astype(np.float32)
    low = largest_at_most(values, strict, "float32")
    above = after32(low)
    assert np.all((low < values) if strict else (low <= values))
    assert np.all((above >= values) if strict else (above > values))
