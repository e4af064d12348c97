"""The PMML reader proves itself: what it computes is what JPMML answers, on 10,000 rows on and beside the cuts.

Trees and boosters of every exporter of sklearn2pmml's, and trees of random shape, predicates and strategies.
"""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.special import expit, softmax

from parity.anatomy import read_artifact
from parity.anatomy.traverse import features, goes_left, leaves, margins, seen
from tests.anatomy.documents import tree
from tests.anatomy.rows import COLUMNS, hard_rows, table
from tests.runtimes.opened import opener

pytestmark = pytest.mark.slow

ROWS = 10_000
_BOOSTED = {"n_estimators": 20, "n_jobs": 1}


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    with opener("jpmml", tmp_path_factory.mktemp("jpmml")) as opened:
        yield opened


def lightgbm(kind, **more):
    import lightgbm

    return getattr(lightgbm, kind)(**_BOOSTED, num_leaves=15, verbose=-1, **more)


def xgboost(kind, **more):
    import xgboost

    return getattr(xgboost, kind)(**_BOOSTED, max_depth=4, **more)


def sklearn(kind, **more):
    import sklearn.ensemble
    import sklearn.tree

    home = sklearn.ensemble if hasattr(sklearn.ensemble, kind) else sklearn.tree
    return getattr(home, kind)(**more)


# Name to the model, whether it learns from missing values, and the target: two classes, three, or a number.
MODELS = {
    "tree": (lambda: sklearn("DecisionTreeClassifier", max_depth=6, random_state=0), False, "three"),
    "tree of numbers": (lambda: sklearn("DecisionTreeRegressor", max_depth=6, random_state=0), False, "number"),
    "forest": (lambda: sklearn("RandomForestClassifier", n_estimators=20, max_depth=6, random_state=0), False, "three"),
    "forest of numbers": (
        lambda: sklearn("RandomForestRegressor", n_estimators=20, max_depth=6, random_state=0),
        False,
        "number",
    ),
    "extra trees": (lambda: sklearn("ExtraTreesClassifier", n_estimators=20, max_depth=6, random_state=0), False, "two"),
    "boosting": (lambda: sklearn("GradientBoostingClassifier", n_estimators=20, random_state=0), False, "two"),
    "boosting of three": (lambda: sklearn("GradientBoostingClassifier", n_estimators=10, random_state=0), False, "three"),
    "boosting of numbers": (lambda: sklearn("GradientBoostingRegressor", n_estimators=20, random_state=0), False, "number"),
    "histograms": (lambda: sklearn("HistGradientBoostingClassifier", max_iter=20, random_state=0), True, "two"),
    "histograms of three": (lambda: sklearn("HistGradientBoostingClassifier", max_iter=10, random_state=0), True, "three"),
    "histograms of numbers": (lambda: sklearn("HistGradientBoostingRegressor", max_iter=20, random_state=0), True, "number"),
    "bagging": (lambda: sklearn("BaggingClassifier", n_estimators=5, random_state=0), False, "two"),
    "adaboost": (lambda: sklearn("AdaBoostClassifier", n_estimators=10, random_state=0), False, "two"),
    "isolation": (lambda: sklearn("IsolationForest", n_estimators=10, random_state=0), False, None),
    "lightgbm": (lambda: lightgbm("LGBMClassifier"), True, "two"),
    "lightgbm of three": (lambda: lightgbm("LGBMClassifier"), False, "three"),
    "lightgbm of numbers": (lambda: lightgbm("LGBMRegressor"), True, "number"),
    "lightgbm dart": (lambda: lightgbm("LGBMRegressor", boosting_type="dart"), False, "number"),
    "lightgbm zeros": (lambda: lightgbm("LGBMRegressor", zero_as_missing=True), False, "number"),
    "xgboost": (lambda: xgboost("XGBClassifier"), True, "two"),
    "xgboost of three": (lambda: xgboost("XGBClassifier"), False, "three"),
    "xgboost of numbers": (lambda: xgboost("XGBRegressor"), True, "number"),
    "xgboost counts": (lambda: xgboost("XGBRegressor", objective="count:poisson"), True, "two"),
}


@pytest.mark.parametrize("name", MODELS)
def test_what_is_read_of_an_export_is_what_jpmml_computes(name, opened, tmp_path):
    make, missing, target = MODELS[name]
    X, *targets = table(missing=missing)
    y = None if target is None else targets[("two", "three", "number").index(target)]
    path = exported(make(), pd.DataFrame(X, columns=COLUMNS), y, tmp_path)
    anatomy = read_artifact(path, COLUMNS)
    assert bool(anatomy.unread) == (name == "isolation")
    rows = hard_rows(anatomy, X, missing=True)[:ROWS]
    compared = agree(anatomy, opened(path), pa.RecordBatch.from_pandas(pd.DataFrame(rows, columns=COLUMNS)))
    assert compared == ROWS if missing else compared > ROWS // 5


def exported(model, frame, y, folder):
    from sklearn2pmml import sklearn2pmml
    from sklearn2pmml.pipeline import PMMLPipeline

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that the model was not fitted with
        pipeline = PMMLPipeline([("model", model)]).fit(frame, None if y is None else pd.Series(y, name="y"))
        sklearn2pmml(pipeline, str(folder / "model.pmml"))
    return folder / "model.pmml"


def agree(anatomy, session, batch):
    """How many rows JPMML answered: those that meet no node without a way, each as the trees say."""
    scores = session.score(batch.select([i.name for i in session.signature.inputs]))
    output = next(o for o in scores.outputs if o.values.dtype.kind == "f")
    null = np.zeros(batch.num_rows, bool) if output.missing is None else output.missing.any(axis=1)
    null[list(scores.refused)] = True  # by outputs that are computed from a score that is not there
    rows = features(anatomy, batch)
    assert np.array_equal(null, lost(anatomy.trees, rows))
    expected, rounding = answers(anatomy.trees, rows)
    given = output.values.astype(np.float64)
    if given.shape[1] == 2 and output.spec.classes and output.spec.classes[0] in (1, "1"):
        given = given[:, ::-1]
    assert given.shape == expected.shape
    assert (np.abs(given - expected)[~null] <= rounding[~null, None]).all()
    return int((~null).sum())


def answers(trees, rows):
    """The trees' answers and, per row, what their last roundings may come to: JPMML adds the base last, as here.

    A mean is a product with 1 / n here and a quotient there, a link has exp and sums: four roundings of the largest score,
    in the type in which the model computes. A sum itself is the same to the last bit.
    """
    plain = replace(trees, base=np.zeros_like(trees.base))
    kind = np.float32 if trees.sum_precision == "float32" else np.float64
    margin = margins(plain, leaves(trees, rows)).astype(kind) + trees.base.astype(kind)
    margin = margin.astype(np.float64)
    through = {
        "logistic": lambda m: np.column_stack([1 - expit(m[:, 0]), expit(m[:, 0])]),
        "softmax": lambda m: softmax(m, axis=1),
        "exp": np.exp,
    }.get(trees.link)
    exact = through is None and (trees.scale == 1.0 or len(trees.root) == 1)
    scores = margin if through is None else through(margin)
    size = np.abs(scores).max(axis=1)
    if trees.link in ("logistic", "softmax", "exp"):  # a float margin's last rounding goes through the link
        size = np.maximum(size, size * np.abs(margin).max(axis=1))
    return scores, np.zeros(len(rows)) if exact else 4 * np.finfo(kind).eps * size


def lost(trees, rows):
    """(rows,): does a row meet a node at which a missing value ends without a prediction?"""
    found, values = np.zeros(len(rows), bool), seen(trees, rows)
    for root in trees.root if trees.nowhere is not None else ():
        node = np.full(len(rows), root)
        while (inner := trees.left[node] >= 0).any():
            value = values[np.arange(len(rows)), trees.feature[node]]
            found |= inner & trees.nowhere[node] & np.isnan(value)
            node = np.where(inner, np.where(goes_left(trees, node, value), trees.left[node], trees.right[node]), node)
    return found


STRATEGIES = [
    (missing, none_true)
    for missing in ("none", "nullPrediction", "lastPrediction", "defaultChild")
    for none_true in ("returnNullPrediction", "returnLastPrediction")
]


@pytest.mark.parametrize(("missing", "none_true"), STRATEGIES)
def test_what_is_read_of_a_random_tree_is_what_jpmml_computes(missing, none_true, opened, tmp_path):
    rng = np.random.default_rng([len(missing), len(none_true)])
    compared = 0
    for number in range(4):
        text = tree(
            random_nodes(rng, 4, none_true, depth_of(missing)),
            f'missingValueStrategy="{missing}" noTrueChildStrategy="{none_true}"',
        )
        path = tmp_path / f"{number}.pmml"
        path.write_text(text)
        anatomy = read_artifact(path, ("a", "b", "c"))
        assert anatomy.unread == ()
        compared += agree(anatomy, opened(path), random_rows(rng))
    assert compared > ROWS


def random_rows(rng):
    a, b = (np.where(rng.random(ROWS) < 0.1, np.nan, rng.integers(-1, 11, ROWS) / 2) for _ in range(2))
    c = np.where(rng.random(ROWS) < 0.1, None, np.array(["w", "x", "y z"], dtype=object)[rng.integers(0, 3, ROWS)])
    return pa.RecordBatch.from_pydict({"a": pa.array(a, from_pandas=True), "b": pa.array(b, from_pandas=True), "c": list(c)})


def depth_of(missing):
    """Of compound predicates; 0 leaves out isMissing too.

    Where no prediction follows from a value that is missing *and* another that is there, no two-way split says so: not read.
    """
    return 0 if missing == "nullPrediction" else 2


def random_nodes(rng, depth, none_true, compound, predicate="<True/>", name="0"):
    """A node whose children share out all values, or where the node's own score is left for the rest, one or two any ones."""
    score = f'score="{rng.integers(1, 1_000_000) / 8}"'
    if depth == 0 or rng.random() < 0.1:
        return f'<Node id="{name}" {score}>{predicate}</Node>'
    if none_true == "returnLastPrediction" and rng.random() < 0.6:
        asked = [random_predicate(rng, compound) for _ in range(rng.integers(1, 3))]
    else:
        asked = opposites(rng, compound)
    inner = "".join(random_nodes(rng, depth - 1, none_true, compound, p, f"{name}.{i}") for i, p in enumerate(asked))
    return f'<Node id="{name}" {score} defaultChild="{name}.{rng.integers(0, len(asked))}">{predicate}{inner}</Node>'


def opposites(rng, compound):
    """Two predicates of which one is true for every value, or one that is followed by True."""
    field, value = rng.choice(["a", "b"]), rng.integers(0, 10) / 2
    pairs = [("lessOrEqual", "greaterThan"), ("greaterOrEqual", "lessThan"), ("greaterThan", "lessOrEqual")]
    if rng.random() < 0.3:
        return [random_predicate(rng, compound), "<True/>"]
    if rng.random() < 0.3:
        return [
            f'<SimpleSetPredicate field="c" booleanOperator="isIn"><Array type="string">{listed}</Array></SimpleSetPredicate>'
            for listed in (("w", 'x "y z"'), ('x "y z"', "w"), ('w "y z"', "x"))[rng.integers(0, 3)]
        ]
    return [f'<SimplePredicate field="{field}" operator="{o}" value="{value}"/>' for o in pairs[rng.integers(0, 3)]]


def random_predicate(rng, depth):
    if depth and rng.random() < 0.3:
        parts = "".join(random_predicate(rng, depth - 1) for _ in range(2))
        return f'<CompoundPredicate booleanOperator="{rng.choice(["and", "or", "surrogate"])}">{parts}</CompoundPredicate>'
    if rng.random() < 0.2:
        return f'<SimplePredicate field="c" operator="{rng.choice(["equal", "notEqual"])}" value="{rng.choice(["w", "y z"])}"/>'
    if depth and rng.random() < 0.2:
        return f'<SimplePredicate field="{rng.choice(["a", "b", "c"])}" operator="{rng.choice(["isMissing", "isNotMissing"])}"/>'
    operator = rng.choice(["lessOrEqual", "lessThan", "greaterThan", "greaterOrEqual", "equal", "notEqual"])
    return f'<SimplePredicate field="{rng.choice(["a", "b"])}" operator="{operator}" value="{rng.integers(0, 10) / 2}"/>'
