"""XGBoost and LightGBM: leaves are the library's own; margins are bit for bit where the sum has the same order."""

from __future__ import annotations

import json

import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost

from parity.anatomy import read_artifact, read_model
from parity.anatomy.boosters.ubjson import parse
from parity.anatomy.traverse import leaves, margins
from tests.anatomy.rows import COLUMNS, hard_rows, same_partition, table

X_MODELS = [
    ({"objective": "binary:logistic"}, "two", "logistic"),
    ({"objective": "binary:logistic", "base_score": 0.3, "missing": 0.0}, "two", "logistic"),
    ({"objective": "binary:logitraw"}, "two", "identity"),
    ({"objective": "multi:softprob", "num_class": 3}, "three", "softmax"),
    ({"objective": "multi:softprob", "num_class": 3, "num_parallel_tree": 2, "subsample": 0.7}, "three", "softmax"),
    ({"objective": "reg:squarederror"}, "number", "identity"),
    ({"objective": "reg:absoluteerror"}, "number", "identity"),
    ({"objective": "count:poisson"}, "positive", "exp"),
    ({"objective": "reg:gamma"}, "positive", "exp"),
    ({"objective": "reg:squarederror", "booster": "dart", "rate_drop": 0.3}, "number", "identity"),
]


def target(name):
    _, two, three, number = table()
    return {"two": two, "three": three, "number": number, "positive": np.abs(number) + 1}[name]


def wrapper(options, name, missing=False, rounds=12, **more):
    X = table(missing)[0]
    model = xgboost.XGBModel(n_estimators=rounds, max_depth=4, n_jobs=1, **options, **more)
    return model.fit(X, target(name)), X


@pytest.mark.parametrize(("options", "name", "link"), X_MODELS)
@pytest.mark.parametrize("missing", [False, True])
def test_xgboost(options, name, link, missing):
    model, X = wrapper(options, name, missing)
    anatomy = read_model(model, COLUMNS)
    rows = hard_rows(anatomy, X, missing)
    mine = leaves(anatomy.trees, rows)
    assert np.array_equal(mine - anatomy.trees.root, model.apply(rows).reshape(len(rows), -1))
    theirs = model.predict(rows, output_margin=True).reshape(len(rows), -1)
    if "booster" in options or "base_score" in options:  # dart drops in another order; logf of the base differs in its last bit
        np.testing.assert_allclose(margins(anatomy.trees, mine), theirs, rtol=4e-6, atol=2e-5)
    else:
        assert np.array_equal(margins(anatomy.trees, mine), theirs)
    assert anatomy.trees.link == link


def test_a_place_for_missing_values_is_seen_in_the_directions():
    assert not any(read_model(wrapper(X_MODELS[0][0], "two")[0], COLUMNS).learned_missing)
    assert any(read_model(wrapper(X_MODELS[0][0], "two", missing=True)[0], COLUMNS).learned_missing)


def test_the_wrapper_stops_at_its_best_iteration_and_the_file_does_not(tmp_path):
    X, _, _, number = table()
    model = xgboost.XGBRegressor(n_estimators=60, learning_rate=0.8, early_stopping_rounds=4, n_jobs=1)
    model.fit(X[:700], number[:700], eval_set=[(X[700:], number[700:])], verbose=False)
    model.get_booster().save_model(tmp_path / "model.json")
    ours, theirs = read_model(model, COLUMNS), read_artifact(tmp_path / "model.json", COLUMNS)
    assert len(ours.trees.root) == model.best_iteration + 1 < len(theirs.trees.root)
    assert np.array_equal(margins(ours.trees, leaves(ours.trees, X))[:, 0], model.predict(X, output_margin=True))
    plain = model.get_booster().predict(xgboost.DMatrix(X), output_margin=True)
    assert np.array_equal(margins(theirs.trees, leaves(theirs.trees, X))[:, 0], plain)
    booster = read_model(model.get_booster(), COLUMNS)
    assert np.array_equal(booster.trees.leaf, theirs.trees.leaf)


@pytest.mark.parametrize(("options", "name"), [({"objective": "multi:softprob", "num_class": 3}, "three"), ({}, "number")])
def test_ubjson_says_what_json_says(tmp_path, options, name):
    model, _ = wrapper(options, name, missing=True)
    model.get_booster().save_model(tmp_path / "model.ubj")
    model.get_booster().save_model(tmp_path / "model.json")
    binary, text = read_artifact(tmp_path / "model.ubj", COLUMNS), read_artifact(tmp_path / "model.json", COLUMNS)
    for field in ("left", "right", "feature", "threshold", "nan_left", "leaf", "base"):
        assert np.array_equal(getattr(binary.trees, field), getattr(text.trees, field)), field


def test_ubjson_that_is_cut_off_is_an_error(tmp_path):
    model, _ = wrapper({}, "number", rounds=1)
    model.get_booster().save_model(tmp_path / "model.ubj")
    data = (tmp_path / "model.ubj").read_bytes()
    for size in (1, 9, 200, len(data) // 2, len(data) - 1):
        with pytest.raises(ValueError, match=r"cut off|no UBJSON"):
            parse(data[:size])
    (tmp_path / "half.ubj").write_bytes(data[:300])
    assert read_artifact(tmp_path / "half.ubj", COLUMNS).unread[0].startswith("half.ubj (ValueError")


def test_features_named_in_another_order_are_found_by_name(tmp_path):
    import pandas as pd

    X, two, _, _ = table()
    frame = pd.DataFrame(X, columns=COLUMNS)
    model = xgboost.XGBClassifier(n_estimators=5, n_jobs=1).fit(frame, two)
    model.get_booster().save_model(tmp_path / "model.json")
    turned = COLUMNS[::-1]
    anatomy = read_artifact(tmp_path / "model.json", turned)
    features = anatomy.prefix.transform(frame[list(turned)])
    assert np.array_equal(margins(anatomy.trees, leaves(anatomy.trees, features))[:, 0], model.predict(frame, output_margin=True))


@pytest.mark.filterwarnings("ignore::UserWarning")  # XGBoost says that gblinear is deprecated
def test_gblinear_is_linear():
    model, X = wrapper({"booster": "gblinear"}, "number")
    linear = read_model(model, COLUMNS).linear
    margin = X @ linear.weights.T + linear.intercept
    np.testing.assert_allclose(margin[:, 0], model.predict(X), rtol=2e-5)


def test_the_number_that_xgboost_reads_as_missing():
    X, two, _, _ = table()
    X[::7, 1] = -999.0
    model = xgboost.XGBClassifier(missing=-999.0, n_estimators=12, n_jobs=1).fit(X, two)
    anatomy = read_model(model, COLUMNS)
    assert np.array_equal(margins(anatomy.trees, leaves(anatomy.trees, X))[:, 0], model.predict(X, output_margin=True))
    assert anatomy.unread == ()


@pytest.mark.filterwarnings("ignore::UserWarning")  # XGBoost says that gblinear is deprecated
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_linear_booster_says_which_number_it_reads_as_missing():
    model, _ = wrapper({"missing": -999.0, "booster": "gblinear"}, "number")
    assert read_model(model, COLUMNS).unread == ("-999.0 is read as missing",)


def test_models_written_before_version_3_1_have_a_single_base_score():
    model, _ = wrapper({"objective": "binary:logistic", "base_score": 0.25}, "two", rounds=2)
    from parity.anatomy.boosters.xgboost_json import read_document

    document = json.loads(bytes(model.get_booster().save_raw("json")))
    document["learner"]["learner_model_param"]["base_score"] = "2.5E-1"
    np.testing.assert_allclose(read_document(document).trees.base, [np.log(0.25 / 0.75)], rtol=1e-6)


L_MODELS = [
    ({"objective": "binary"}, "two", "logistic"),
    ({"objective": "binary", "sigmoid": 2.0}, "two", "logistic"),
    ({"objective": "binary", "zero_as_missing": True}, "two", "logistic"),
    ({"objective": "binary", "use_missing": False}, "two", "logistic"),
    ({"objective": "multiclass", "num_class": 3}, "three", "softmax"),
    ({"objective": "multiclassova", "num_class": 3}, "three", "logistic"),
    ({"objective": "regression"}, "number", "identity"),
    ({"objective": "regression", "boosting": "dart"}, "number", "identity"),
    ({"objective": "poisson"}, "positive", "exp"),
]


def booster(options, name, missing=False):
    X = table(missing)[0]
    quiet = {"verbose": -1, "num_threads": 1, "deterministic": True, "force_row_wise": True}
    return lightgbm.train({**options, **quiet}, lightgbm.Dataset(X, target(name)), num_boost_round=12), X


@pytest.mark.parametrize(("options", "name", "link"), L_MODELS)
@pytest.mark.parametrize("missing", [False, True])
def test_lightgbm(options, name, link, missing):
    model, X = booster(options, name, missing)
    anatomy = read_model(model, COLUMNS)
    rows = hard_rows(anatomy, X, missing=True)
    mine = leaves(anatomy.trees, rows)
    assert same_partition(mine, model.predict(rows, pred_leaf=True))
    assert np.array_equal(margins(anatomy.trees, mine), model.predict(rows, raw_score=True).reshape(len(rows), -1))
    assert anatomy.trees.link == link


def test_lightgbms_sigmoid_is_the_slope_of_the_link():
    model, X = booster({"objective": "binary", "sigmoid": 2.0}, "two")
    trees = read_model(model, COLUMNS).trees
    margin = margins(trees, leaves(trees, X))[:, 0]
    np.testing.assert_allclose(1 / (1 + np.exp(-trees.slope * margin)), model.predict(X), rtol=1e-13)


def test_lightgbm_forests_are_averaged():
    model, X = booster({"objective": "regression", "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, "number")
    anatomy = read_model(model, COLUMNS)
    rows = hard_rows(anatomy, X)
    np.testing.assert_allclose(margins(anatomy.trees, leaves(anatomy.trees, rows))[:, 0], model.predict(rows), rtol=1e-13)


def test_lightgbm_says_what_training_saw():
    model, X = booster({"objective": "binary"}, "two")
    anatomy = read_model(model, COLUMNS)
    assert anatomy.ranges[1] == (X[:, 1].min(), X[:, 1].max())
    assert not any(anatomy.learned_missing)
    assert any(read_model(booster({"objective": "binary"}, "two", missing=True)[0], COLUMNS).learned_missing)


@pytest.mark.parametrize("objective", ["regression", "multiclass"])
def test_linear_leaves_of_lightgbm_are_added_up_bit_for_bit(objective, tmp_path):
    X, _, three, number = table(missing=True)
    options = {"objective": objective, "linear_tree": True, "verbose": -1, "num_threads": 1}
    options |= {"num_class": 3} if objective == "multiclass" else {}
    data = lightgbm.Dataset(X, three if objective == "multiclass" else number)
    model = lightgbm.train(options, data, num_boost_round=4)
    path = tmp_path / "linear.lightgbm"
    model.save_model(path)
    for anatomy in (read_model(model, COLUMNS), read_artifact(path, COLUMNS)):
        rows = hard_rows(anatomy, X, missing=True)
        mine = leaves(anatomy.trees, rows)
        assert anatomy.unread == () and same_partition(mine, model.predict(rows, pred_leaf=True))
        found = margins(anatomy.trees, mine, rows)
        np.testing.assert_array_equal(found, model.predict(rows, raw_score=True).reshape(found.shape))
        with pytest.raises(ValueError, match="summed with the features"):
            margins(anatomy.trees, mine)


def test_linear_leaves_that_contradict_themselves_are_not_read(tmp_path):
    X, _, _, number = table()
    options = {"objective": "regression", "linear_tree": True, "verbose": -1, "num_threads": 1}
    text = lightgbm.train(options, lightgbm.Dataset(X, number), num_boost_round=2).model_to_string()
    last = text.rpartition("num_features=")
    path = tmp_path / "linear.lightgbm"
    path.write_text(f"{last[0]}num_features=9 {last[2]}")
    assert "linear leaves of" in read_artifact(path, COLUMNS).unread[0]


@pytest.mark.parametrize(("options", "name", "link"), [*L_MODELS, ({"boosting": "rf", "bagging_freq": 1}, "number", "identity")])
def test_the_text_of_lightgbm_says_what_the_library_does(options, name, link, tmp_path):
    sampled = {"bagging_fraction": 0.5} if options.get("boosting") == "rf" else {}
    model, X = booster({**options, **sampled}, name, missing=True)
    model.save_model(tmp_path / "model.txt")
    ours, text = read_model(model, COLUMNS), read_artifact(tmp_path / "model.txt", COLUMNS)
    rows = hard_rows(text, X, missing=True)
    ends = leaves(text.trees, rows)
    assert same_partition(ends, model.predict(rows, pred_leaf=True))
    mine = margins(text.trees, ends)
    if not sampled:
        assert np.array_equal(mine, model.predict(rows, raw_score=True).reshape(len(rows), -1))
    assert np.array_equal(mine, margins(ours.trees, leaves(ours.trees, rows)))
    assert (text.trees.link, text.unread, text.ranges, text.learned_missing) == (
        link,
        ours.unread,
        ours.ranges,
        ours.learned_missing,
    )


def test_categories_in_the_text_of_lightgbm(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"code": pd.Categorical(rng.choice(list("abcdefgh"), 900)), "size": rng.normal(size=900)})
    model = lightgbm.LGBMRegressor(n_estimators=9, n_jobs=1, verbose=-1, min_data_per_group=1, cat_smooth=1)
    model.fit(frame, frame.code.isin(["b", "g"]) + 0.1 * frame["size"])
    model.booster_.save_model(tmp_path / "model.txt")
    ours, text = read_model(model, tuple(frame)), read_artifact(tmp_path / "model.txt", tuple(frame))
    assert text.categories == ours.categories == (tuple("abcdefgh"), None)
    rows = np.column_stack([rng.integers(-2, 12, 10_000), rng.normal(size=10_000)]).astype(float)
    rows[::7, 0] = np.nan
    assert same_partition(leaves(text.trees, rows), leaves(ours.trees, rows))
    assert np.array_equal(margins(text.trees, leaves(text.trees, rows)), margins(ours.trees, leaves(ours.trees, rows)))
