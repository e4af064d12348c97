"""PMML as structure: strategies for missing values, compound predicates, sets, fields in front, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from parity.anatomy import read_artifact
from parity.anatomy.traverse import features, leaves, margins
from tests.anatomy.documents import CHAIN, SCORECARD, document, tree

NAN = float("nan")


def scores(path, rows, columns=("a", "b", "c")):
    """Margins of the first output for rows of these columns, null as NaN: where they meet a node without a way."""
    anatomy = read_artifact(path, columns)
    assert anatomy.trees is not None, anatomy.unread
    batch = pa.RecordBatch.from_pandas(pd.DataFrame(rows, columns=list(columns)), preserve_index=False)
    found = margins(anatomy.trees, leaves(anatomy.trees, features(anatomy, batch)))
    return found[:, 0].tolist()


def written(tmp_path, text):
    (tmp_path / "model.pmml").write_text(text)
    return tmp_path / "model.pmml"


TWO_WAYS = """<Node score="9"><True/>
<Node id="low" score="1"><SimplePredicate field="a" operator="lessOrEqual" value="2"/></Node>
<Node id="high" score="2"><SimplePredicate field="a" operator="greaterThan" value="2"/></Node></Node>"""


@pytest.mark.parametrize(
    ("attributes", "absent"),
    [
        ('missingValueStrategy="defaultChild"', 2),
        ('missingValueStrategy="lastPrediction"', 9),
        ('noTrueChildStrategy="returnLastPrediction"', 9),
    ],
)
def test_where_a_missing_value_goes(attributes, absent, tmp_path):
    path = written(tmp_path, tree(TWO_WAYS.replace("<Node score", '<Node defaultChild="high" score', 1), attributes))
    assert scores(path, [(2.0, 0.0, "x"), (np.nextafter(2.0, 3.0), 0.0, "x"), (NAN, 0.0, "x")]) == [1, 2, absent]


@pytest.mark.parametrize("attributes", ['missingValueStrategy="nullPrediction"', ""])
def test_a_missing_value_that_ends_nowhere_is_marked(attributes, tmp_path):
    anatomy = read_artifact(written(tmp_path, tree(TWO_WAYS, attributes)), ("a", "b", "c"))
    assert len(anatomy.trees.left) == 3
    assert anatomy.trees.nowhere.tolist() == [True, False, False]


def test_flattened_nodes_are_the_splits_that_they_were(tmp_path):
    """JPMML writes a node's last leaf into the node itself; a "greaterThan" sends missing values to the low side."""
    text = """<Node score="4"><True/>
    <Node score="2"><SimplePredicate field="a" operator="greaterThan" value="1"/>
      <Node score="1"><SimplePredicate field="b" operator="lessThan" value="3"/></Node></Node>
    <Node score="3"><SimplePredicate field="b" operator="greaterThan" value="7"/></Node></Node>"""
    path = written(tmp_path, tree(text, 'noTrueChildStrategy="returnLastPrediction"'))
    trees = read_artifact(path, ("a", "b", "c")).trees
    assert (len(trees.left), int((trees.left >= 0).sum()), trees.rule) == (7, 3, "le")
    rows = [(1.0, 7.0, "x"), (1.0, 8.0, "x"), (2.0, 2.9, "x"), (2.0, 3.0, "x"), (NAN, NAN, "x"), (2.0, NAN, "x")]
    assert scores(path, rows) == [4, 3, 1, 2, 4, 2]


def test_compound_predicates_sets_and_missing(tmp_path):
    text = """<Node score="0"><True/>
    <Node score="1"><CompoundPredicate booleanOperator="and">
      <SimplePredicate field="a" operator="greaterThan" value="0"/><SimplePredicate field="a" operator="lessOrEqual" value="5"/>
    </CompoundPredicate></Node>
    <Node score="2"><CompoundPredicate booleanOperator="or"><SimplePredicate field="b" operator="isMissing"/>
      <SimpleSetPredicate field="c" booleanOperator="isIn"><Array type="string" n="2">x "y z"</Array></SimpleSetPredicate>
    </CompoundPredicate></Node>
    <Node score="3"><CompoundPredicate booleanOperator="surrogate"><SimplePredicate field="a" operator="lessThan" value="-5"/>
      <SimplePredicate field="b" operator="lessThan" value="0"/></CompoundPredicate></Node></Node>"""
    path = written(tmp_path, tree(text, 'noTrueChildStrategy="returnLastPrediction"'))
    rows = [
        (5.0, 1.0, "w"),
        (6.0, NAN, "w"),
        (6.0, 1.0, "y z"),
        (6.0, 1.0, "w"),
        (-6.0, 1.0, "w"),
        (NAN, -1.0, "w"),
        (NAN, 1.0, "w"),
    ]
    assert scores(path, rows) == [1, 2, 2, 0, 3, 3, 0]
    assert read_artifact(path, ("a", "b", "c")).categories[2] == ("w", "x", "y z")


def test_sets_that_share_out_all_categories_leave_no_third_way(tmp_path):
    text = """<Node><True/><Node score="1"><SimpleSetPredicate field="c" booleanOperator="isIn"><Array type="string">x</Array>
    </SimpleSetPredicate></Node><Node score="2"><SimpleSetPredicate field="c" booleanOperator="isIn">
    <Array type="string">w "y z"</Array></SimpleSetPredicate></Node></Node>"""
    path = written(tmp_path, tree(text))
    assert len(read_artifact(path, ("a", "b", "c")).trees.left) == 3
    assert scores(path, [(0.0, 0.0, "x"), (0.0, 0.0, "w"), (0.0, 0.0, "y z")]) == [1, 2, 2]


def test_a_scorecard_is_a_tree_for_each_characteristic(tmp_path):
    path = written(tmp_path, SCORECARD)
    anatomy = read_artifact(path, ("a", "b", "c"))
    assert sorted(zip(anatomy.cuts.column.tolist(), anatomy.cuts.threshold.tolist(), strict=True)) == [(0, 20.0), (0, 30.0)]
    assert scores(path, [(20.0, 0.0, "x"), (30.0, 0.0, "w"), (31.0, 0.0, "w"), (NAN, 0.0, "w")]) == [121, 112, 113, 114]


def test_a_chain_of_sums_ends_in_softmax_and_its_trees_take_turns(tmp_path):
    trees = read_artifact(written(tmp_path, CHAIN), ("a", "b", "f")).trees
    assert (trees.link, trees.scale, trees.base.tolist(), trees.sum_precision) == ("softmax", 0.5, [1.0, 2.0], "float32")
    assert [np.flatnonzero(trees.leaf[trees.tree == k].any(axis=0)).tolist() for k in range(4)] == [[0], [1], [0], [1]]


def test_fields_in_front_are_followed_to_the_columns(tmp_path):
    front = """<TransformationDictionary><DerivedField name="z" optype="continuous" dataType="float"><Apply function="/">
    <Apply function="-"><FieldRef field="a"/><Constant dataType="double">3</Constant></Apply>
    <Constant dataType="double">-0.1</Constant></Apply></DerivedField>
    <DerivedField name="is x" optype="continuous" dataType="double"><NormDiscrete field="c" value="x"/></DerivedField>
    </TransformationDictionary>"""
    text = """<Node score="2"><True/><Node score="0"><SimplePredicate field="z" operator="lessOrEqual" value="10"/>
    <Node score="1"><SimplePredicate field="is x" operator="greaterThan" value="0.5"/></Node></Node></Node>"""
    path = written(tmp_path, tree(text, 'noTrueChildStrategy="returnLastPrediction"', front))
    anatomy = read_artifact(path, ("a", "b", "c"))
    (cut,) = anatomy.cuts.threshold
    beside = [np.nextafter(cut, side) for side in (-np.inf, np.inf)]
    assert anatomy.cuts.column.tolist() == [0]
    assert scores(path, [(cut, 0.0, "w"), (beside[0], 0.0, "w"), (beside[1], 0.0, "x")]) == [2, 2, 1]


def test_fields_of_two_types_are_compared_in_double_to_the_last_digit(tmp_path):
    text = """<Node score="3"><True/><Node score="1"><SimplePredicate field="f" operator="lessOrEqual" value="0.1"/></Node>
    <Node score="2"><SimplePredicate field="a" operator="lessThan" value="0.1"/></Node></Node>"""
    path = written(tmp_path, tree(text, 'noTrueChildStrategy="returnLastPrediction"'))
    above = float(np.float32(0.1)) / 2 + float(np.nextafter(np.float32(0.1), np.float32(1))) / 2
    f = [0.1, np.nextafter(above, 0.0), np.nextafter(above, 1.0)]
    rows = [(1.0, v) for v in f] + [(0.1, 1.0), (np.nextafter(0.1, 0.0), 1.0)]
    assert scores(path, rows, ("a", "f")) == [1, 1, 3, 3, 2]


def test_a_regression_is_linear(tmp_path):
    model = """<RegressionModel functionName="classification" normalizationMethod="logit"><MiningSchema/>
    <RegressionTable intercept="0.5" targetCategory="1"><NumericPredictor name="b" coefficient="2"/></RegressionTable>
    <RegressionTable intercept="0" targetCategory="0"/></RegressionModel>"""
    anatomy = read_artifact(written(tmp_path, document(model)), ("a", "b", "c"))
    assert (anatomy.linear.weights.tolist(), anatomy.linear.intercept.tolist()) == ([[0, 2, 0]], [0.5])
    assert (anatomy.linear.link, anatomy.unread) == ("logistic", ())


def test_xor_is_true_of_an_odd_number_and_unknown_with_one_that_is(tmp_path):
    parts = "".join(f'<SimplePredicate field="{f}" operator="greaterThan" value="0"/>' for f in ("a", "b", "f"))
    text = f"""<Node score="0"><True/><Node score="1"><CompoundPredicate booleanOperator="xor">{parts}</CompoundPredicate></Node>
    </Node>"""
    path = written(tmp_path, tree(text, 'noTrueChildStrategy="returnLastPrediction"'))
    sides = [(a, b, f) for a in (-1.0, 1.0, NAN) for b in (-1.0, 1.0, NAN) for f in (-1.0, 1.0, NAN)]
    odd = [float(not np.isnan(row).any() and sum(v > 0 for v in row) % 2) for row in sides]
    assert scores(path, sides, ("a", "b", "f")) == odd


@pytest.mark.parametrize(
    ("function", "compute", "at"),
    [("ln", np.log, 0.7), ("ln1p", np.log1p, 0.7), ("log10", np.log10, 0.7), ("exp", np.exp, 3.0), ("expm1", np.expm1, 3.0),
     ("sqrt", np.sqrt, 1.7), ("floor", np.floor, 2.5), ("ceil", np.ceil, 2.5), ("abs", np.abs, 2.5)],
)  # fmt: skip
def test_functions_of_one_number_are_followed(function, compute, at, tmp_path):
    """Leaves as the function itself tells them, and a cut where it grows: of `abs` there is none along its column."""
    front = f"""<TransformationDictionary><DerivedField name="z" optype="continuous" dataType="double">
    <Apply function="{function}"><FieldRef field="a"/></Apply></DerivedField></TransformationDictionary>"""
    text = f"""<Node score="2"><True/><Node score="0"><SimplePredicate field="z" operator="lessOrEqual" value="{at}"/></Node>
    </Node>"""
    path = written(tmp_path, tree(text, 'noTrueChildStrategy="returnLastPrediction"', front))
    values = np.random.default_rng(0).uniform(0.01, 8, 10_000)
    found = scores(path, [(v, 0.0, "x") for v in values])
    assert found == np.where(compute(values) <= at, 0, 2).tolist() and set(found) == {0, 2}
    cuts = read_artifact(path, ("a", "b", "c")).cuts
    assert cuts.column.tolist() == ([] if function == "abs" else [0])
    assert all(compute(cut * (1 - 1e-6)) <= at < compute(cut * (1 + 1e-6)) for cut in cuts.threshold)


LEAF = '<Node score="1"><True/></Node>'
REFUSED = {
    "no way": (tree(TWO_WAYS.replace("greaterThan", "equal")), "a branch that has no prediction"),
    "strategy": (tree(TWO_WAYS, 'missingValueStrategy="aggregateNodes"'), "missingValueStrategy aggregateNodes"),
    "nan": (tree(TWO_WAYS.replace('"2"/', '"NaN"/')), "compares with NaN"),
    "majority": (
        tree(
            '<Node><True/><Node score="1"><CompoundPredicate booleanOperator="most"><True/><True/></CompoundPredicate>'
            f"</Node>{LEAF}</Node>"
        ),
        "joined by 'most'",
    ),
    "function": (
        tree(
            TWO_WAYS.replace('"a"', '"log"'),
            front='<TransformationDictionary><DerivedField name="log" dataType="double"><Apply function="erf">'
            '<FieldRef field="a"/></Apply></DerivedField></TransformationDictionary>',
        ),
        "the PMML transformation erf",
    ),
    "itself": (
        tree(
            TWO_WAYS.replace('"a"', '"loop"'),
            front='<TransformationDictionary><DerivedField name="loop" dataType="double"><FieldRef field="loop"/></DerivedField>'
            "</TransformationDictionary>",
        ),
        "the PMML field 'loop', which is no column",
    ),
    "clusters": (document('<ClusteringModel modelClass="centerBased" functionName="clustering"/>'), "a PMML ClusteringModel"),
    "median": (
        document(
            '<MiningModel functionName="regression"><Segmentation multipleModelMethod="median"><Segment><True/>'
            f'<TreeModel functionName="regression">{LEAF}</TreeModel></Segment></Segmentation></MiningModel>'
        ),
        "combined by median",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_understood_is_told(name, tmp_path):
    text, reason = REFUSED[name]
    anatomy = read_artifact(written(tmp_path, text), ("a", "b", "c"))
    assert anatomy.trees is None and anatomy.linear is None
    assert reason in anatomy.unread[0]


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.95])
def test_a_file_that_is_cut_off_is_told(cut, tmp_path):
    text = tree(TWO_WAYS)
    anatomy = read_artifact(written(tmp_path, text[: int(len(text) * cut)]), ("a", "b", "c"))
    assert anatomy.trees is None and "ParseError" in anatomy.unread[0]


@pytest.mark.parametrize("default", ["root", "nobody"])
def test_a_default_child_that_is_none_of_the_node_is_no_way(default, tmp_path):
    """A node that is its own grandchild's default would be a cycle: JPMML refuses such rows."""
    nodes = TWO_WAYS.replace("<Node score", f'<Node id="root" defaultChild="{default}" score', 1)
    trees = read_artifact(written(tmp_path, tree(nodes, 'missingValueStrategy="defaultChild"')), ("a", "b", "c")).trees
    assert trees.nowhere.tolist() == [True, False, False]
