"""ONNX tree ensembles: what is read scores as ONNX Runtime does; single trees bit for bit, sums within float32 rounding."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeRegressor

from parity.anatomy import read_artifact
from parity.anatomy.traverse import features, leaves, margins
from tests.anatomy.rows import COLUMNS, hard_rows, table


def converted(model, tmp_path):
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType

    options = {"zipmap": False} if hasattr(model, "predict_proba") else None
    graph = convert_sklearn(
        model, initial_types=[("X", FloatTensorType([None, 6]))], options=options, target_opset={"": 17, "ai.onnx.ml": 3}
    )
    return saved(graph, tmp_path)


def saved(graph, tmp_path):
    path = tmp_path / "model.onnx"
    onnx.save(graph, path)
    return path


def answers(path, rows, kind=np.float32):
    """What ONNX Runtime gives for the last output."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    with np.errstate(over="ignore", under="ignore"):
        inputs = session.get_inputs()
        given = (
            {inputs[0].name: rows.astype(kind)}
            if len(inputs) == 1
            else {v.name: rows[:, [i]].astype(kind) for i, v in enumerate(inputs)}
        )
    return session.run(None, given)[-1]


def scored(anatomy, rows):
    return margins(anatomy.trees, leaves(anatomy.trees, features(anatomy, rows)))


@pytest.mark.parametrize(
    "front", [(), (StandardScaler(),), (SimpleImputer(), MinMaxScaler())], ids=["alone", "scaler", "imputer and scaler"]
)
def test_one_tree_is_the_same_bit_for_bit(front, tmp_path):
    X, _, _, number = table()
    path = converted(make_pipeline(*front, DecisionTreeRegressor(random_state=0)).fit(X, number), tmp_path)
    anatomy = read_artifact(path, COLUMNS)
    assert anatomy.unread == ()
    rows = hard_rows(anatomy, X)
    assert np.array_equal(scored(anatomy, rows), answers(path, rows))


def test_columns_that_are_picked_and_joined_are_followed(tmp_path):
    X, _, _, number = table()
    front = ColumnTransformer([("scaled", StandardScaler(), [3, 0]), ("kept", "passthrough", [2])])
    path = converted(make_pipeline(front, DecisionTreeRegressor(random_state=0)).fit(X, number), tmp_path)
    anatomy = read_artifact(path, COLUMNS)
    assert anatomy.prefix.origin.tolist() == [3, 0, 2]
    assert anatomy.prefix.unchanged.tolist() == [False, False, True]
    rows = hard_rows(anatomy, X)
    assert np.array_equal(scored(anatomy, rows), answers(path, rows))


CLASSIFIERS = [
    (RandomForestClassifier(10, random_state=0), "two", "identity"),
    (RandomForestClassifier(10, random_state=0), "three", "identity"),
    (GradientBoostingClassifier(n_estimators=10, random_state=0), "two", "logistic"),
    (GradientBoostingClassifier(n_estimators=10, random_state=0), "three", "softmax"),
    (HistGradientBoostingClassifier(max_iter=10), "two", "logistic"),
]


@pytest.mark.parametrize(("model", "target", "link"), CLASSIFIERS)
def test_sums_agree_within_float32(model, target, link, tmp_path):
    X, two, three, _ = table()
    path = converted(model.fit(X, two if target == "two" else three), tmp_path)
    anatomy = read_artifact(path, COLUMNS)
    rows = hard_rows(anatomy, X)
    margin = scored(anatomy, rows)
    assert anatomy.trees.link == link
    if link == "softmax":
        mine = np.exp(margin - margin.max(axis=1, keepdims=True))
        mine /= mine.sum(axis=1, keepdims=True)
    else:
        mine = 1 / (1 + np.exp(-margin)) if link == "logistic" else margin
    theirs = answers(path, rows)
    np.testing.assert_allclose(mine, theirs[:, -mine.shape[1] :], rtol=0, atol=2e-6)


def test_linear_nodes_are_read(tmp_path):
    X, _, three, _ = table()
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)).fit(X, three)
    anatomy = read_artifact(converted(model, tmp_path), COLUMNS)
    np.testing.assert_allclose(anatomy.linear.weights, model[-1].coef_, rtol=1e-6)
    assert (anatomy.linear.link, anatomy.linear.precision) == ("softmax", "float32")


def one_split(mode, tracks, threshold=(0.5, -1.0), double=False, inputs=1):
    """A tree of two splits on columns 0 and 1, each with the given mode; leaves 1, 2, 3."""
    kind = TensorProto.DOUBLE if double else TensorProto.FLOAT
    names = [f"x{i}" for i in range(inputs)]
    values = {"nodes_values": [threshold[0], threshold[1], 0.0, 0.0, 0.0]}
    weights = {"target_weights": [1.0, 2.0, 3.0]}
    if double:
        values = {"nodes_values_as_tensor": numpy_helper.from_array(np.array([*threshold, 0.0, 0.0, 0.0]))}
        weights = {"target_weights_as_tensor": numpy_helper.from_array(np.array([1.0, 2.0, 3.0]))}
    modes = [*(mode if isinstance(mode, tuple) else (mode, mode)), "LEAF", "LEAF", "LEAF"]
    node = helper.make_node(
        "TreeEnsembleRegressor",
        ["joined"] if inputs > 1 else names,
        ["y"],
        domain="ai.onnx.ml",
        n_targets=1,
        nodes_treeids=[0] * 5,
        nodes_nodeids=[0, 1, 2, 3, 4],
        nodes_featureids=[0, 1, 0, 0, 0],
        nodes_modes=modes,
        nodes_truenodeids=[1, 2, 0, 0, 0],
        nodes_falsenodeids=[4, 3, 0, 0, 0],
        nodes_missing_value_tracks_true=[tracks, 1 - tracks, 0, 0, 0],
        target_treeids=[0] * 3,
        target_nodeids=[2, 3, 4],
        target_ids=[0] * 3,
        **values,
        **weights,
    )
    front = [helper.make_node("Concat", names, ["joined"], axis=1)] if inputs > 1 else []
    width = 2 if inputs == 1 else 1
    given = [helper.make_tensor_value_info(n, kind, [None, width]) for n in names]
    return model_of([*front, node], given)


def model_of(nodes, given, ml=3):
    out = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", ml)]
    return helper.make_model(helper.make_graph(nodes, "g", given, out), opset_imports=imports, ir_version=9)


def around(double=False):
    rng = np.random.default_rng(0)
    near = [0.5, np.nextafter(0.5, 1), np.nextafter(0.5, 0), float(np.nextafter(np.float32(0.5), np.float32(1))), -1.0]
    near += [np.nextafter(-1, 0), float(np.nextafter(np.float32(-1), np.float32(0))), np.nan, 0.0, 2.0, -3.0]
    return rng.choice(near, (10_000, 2))


MODES = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GT", "BRANCH_GTE", "BRANCH_EQ", "BRANCH_NEQ"]
MIXED = [("BRANCH_LT", "BRANCH_LEQ"), ("BRANCH_GT", "BRANCH_GTE"), ("BRANCH_EQ", "BRANCH_GT"), ("BRANCH_LT", "BRANCH_NEQ")]


@pytest.mark.parametrize("mode", [*MODES, *MIXED])
@pytest.mark.parametrize("tracks", [0, 1])
@pytest.mark.parametrize("double", [False, True])
def test_every_rule_and_direction_of_missing_values(mode, tracks, double, tmp_path):
    path = saved(one_split(mode, tracks, double=double), tmp_path)
    anatomy = read_artifact(path, ("a", "b"))
    assert anatomy.trees.precision == ("float64" if double else "float32")
    rows = around()
    assert np.array_equal(scored(anatomy, rows), answers(path, rows, np.float64 if double else np.float32))


@pytest.mark.parametrize("mode", ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GT", "BRANCH_GTE"])
def test_a_split_of_the_missing_from_the_rest_compares_with_nan(mode, tmp_path):
    """As skl2onnx writes it: false for every number; the missing go where the node says."""
    for tracks in (0, 1):
        path = saved(one_split(mode, tracks, threshold=(float("nan"), -1.0)), tmp_path)
        assert np.array_equal(scored(read_artifact(path, ("a", "b")), around()), answers(path, around(), np.float32))


def test_members_of_lists(tmp_path):
    """ai.onnx.ml 5: each BRANCH_MEMBER takes the next list of `membership_values`, which end with NaN."""
    path = saved(members([1.0, 3.0, 0.5, np.nan, -1.0, 2.0, np.nan]), tmp_path)
    anatomy = read_artifact(path, ("a", "b"))
    assert anatomy.unread == ()
    assert anatomy.trees.sets.members.tolist() == [0.5, 1.0, 3.0, -1.0, 2.0]
    rows = np.random.default_rng(0).choice([1.0, 3.0, 0.5, 2.0, -1.0, 7.0, 0.25], (10_000, 2))
    assert np.array_equal(scored(anatomy, rows), answers(path, rows))


@pytest.mark.parametrize("listed", [[1.0, np.nan], [1.0, np.nan, 2.0, np.nan, 3.0, np.nan]])
def test_lists_that_do_not_match_the_branches_are_told(listed, tmp_path):
    anatomy = read_artifact(saved(members(listed), tmp_path), ("a", "b"))
    assert anatomy.trees is None and "2 ONNX branches ask for members" in anatomy.unread[0]


def tensor(values, kind=np.float32):
    return numpy_helper.from_array(np.array(values, kind))


def members(listed):
    node = helper.make_node(
        "TreeEnsemble",
        ["x0"],
        ["y"],
        domain="ai.onnx.ml",
        n_targets=1,
        tree_roots=[0],
        nodes_featureids=[0, 1],
        nodes_splits=tensor([0.0, 0.0]),
        nodes_modes=tensor([6, 6], np.uint8),
        membership_values=tensor(listed),
        nodes_truenodeids=[1, 0],
        nodes_trueleafs=[0, 1],
        nodes_falsenodeids=[2, 1],
        nodes_falseleafs=[1, 1],
        leaf_targetids=[0, 0, 0],
        leaf_weights=tensor([1.0, 2.0, 4.0]),
    )
    return model_of([node], [helper.make_tensor_value_info("x0", TensorProto.FLOAT, [None, 2])], ml=5)


def test_tree_ensemble_of_version_5(tmp_path):
    node = helper.make_node(
        "TreeEnsemble",
        ["x0"],
        ["y"],
        domain="ai.onnx.ml",
        n_targets=2,
        aggregate_function=1,
        post_transform=0,
        tree_roots=[0, 2],
        nodes_featureids=[0, 1, 1],
        nodes_splits=tensor([0.5, -1.0, 0.5]),
        nodes_modes=tensor([0, 3, 1], np.uint8),
        nodes_truenodeids=[1, 0, 2],
        nodes_trueleafs=[0, 1, 1],
        nodes_falsenodeids=[3, 1, 4],
        nodes_falseleafs=[1, 1, 1],
        leaf_targetids=[0, 1, 1, 0, 0],
        leaf_weights=tensor([1.0, 2.0, 4.0, 8.0, 16.0]),
    )
    path = saved(model_of([node], [helper.make_tensor_value_info("x0", TensorProto.FLOAT, [None, 2])], ml=5), tmp_path)
    anatomy = read_artifact(path, ("a", "b"))
    assert len(anatomy.trees.root) == 2
    rows = around()
    rows = rows[~np.isnan(rows).any(axis=1)]
    assert np.array_equal(scored(anatomy, rows), answers(path, rows))


@pytest.mark.parametrize("columns", [("x1", "x0"), ("first", "second")])
def test_several_inputs_are_matched_by_name_else_in_order(columns, tmp_path):
    path = saved(one_split("BRANCH_LEQ", 0, inputs=2), tmp_path)
    anatomy = read_artifact(path, columns)
    rows = around()
    ordered = rows[:, ::-1] if columns[0] == "x1" else rows
    assert np.array_equal(scored(anatomy, rows), answers(path, ordered))


def test_a_falling_feature_turns_its_cut_around(tmp_path):
    tree = one_split("BRANCH_LEQ", 0).graph.node[0]
    tree.input[0] = "turned"
    one = helper.make_node("Constant", [], ["one"], value=numpy_helper.from_array(np.array([[1.0, 1.0]], np.float32)))
    nodes = [one, helper.make_node("Sub", ["one", "x0"], ["turned"]), tree]
    path = saved(model_of(nodes, [helper.make_tensor_value_info("x0", TensorProto.FLOAT, [None, 2])]), tmp_path)
    anatomy = read_artifact(path, ("a", "b"))
    assert anatomy.prefix.direction.tolist() == [-1, -1]
    first = float(anatomy.cuts.threshold[anatomy.cuts.column == 0][0])
    last_false, first_true = answers(path, np.array([[first, -9.0], [np.nextafter(first, 9), -9.0]]))[:, 0]
    assert last_false == 3.0  # 1 - x > 0.5: the false branch
    assert first_true != 3.0


def test_graphs_of_other_operators_say_which(tmp_path):
    nodes = [helper.make_node("Relu", ["x0"], ["y"])]
    path = saved(model_of(nodes, [helper.make_tensor_value_info("x0", TensorProto.FLOAT, [None, 2])]), tmp_path)
    assert read_artifact(path, ("a", "b")).unread == ("ONNX operators Relu",)


def test_a_damaged_file_is_not_read(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"\x08\x09garbage")
    anatomy = read_artifact(tmp_path / "model.onnx", ("a",))
    assert anatomy.trees is None
    assert anatomy.unread[0].startswith("model.onnx (")


def test_columns_that_feed_inputs_as_somebody_says(tmp_path):
    X, y, _, _ = table()
    turned = X[:, ::-1]
    path = converted(make_pipeline(StandardScaler(), DecisionTreeRegressor(max_depth=6)).fit(turned, y), tmp_path)
    fed = {"X": COLUMNS[::-1]}
    anatomy = read_artifact(path, COLUMNS, fed)
    rows = hard_rows(anatomy, X)
    assert np.array_equal(scored(anatomy, rows).astype(np.float32), answers(path, rows[:, ::-1]))
    assert not np.array_equal(scored(read_artifact(path, COLUMNS), rows).astype(np.float32), answers(path, rows[:, ::-1]))


@pytest.mark.parametrize("fed", [{"other": COLUMNS}, {"X": ("unknown",) * 6}, {}])
def test_a_map_that_does_not_fit_the_file_is_not_used(fed, tmp_path):
    X, y, _, _ = table()
    path = converted(DecisionTreeRegressor(max_depth=3).fit(X, y), tmp_path)
    rows = hard_rows(read_artifact(path, COLUMNS), X)
    assert np.array_equal(scored(read_artifact(path, COLUMNS, fed), rows).astype(np.float32), answers(path, rows))
