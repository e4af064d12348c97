"""XGBoost and LightGBM: wrappers, boosters and native files."""

from __future__ import annotations

import lightgbm
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import xgboost

from parity.values.signature import OutputKind
from tests.references.models import batch, equal_bits, numbers, reference, refused, scores, target


def categorical(rows: int = 60, cities: tuple[str, ...] = ("Rome", "Lima", "Bonn")) -> pd.DataFrame:
    return numbers(rows).assign(city=pd.Categorical(list(cities) * (rows // 3)))


def plain(frame: pd.DataFrame) -> pa.RecordBatch:
    """The rows as a generator makes them: categories as text."""
    return batch(frame.assign(city=frame.city.astype(object)))


def boosted(frame: pd.DataFrame, objective: str, y: np.ndarray, **more: object) -> xgboost.Booster:
    data = xgboost.DMatrix(frame, y, enable_categorical=True)
    return xgboost.train({"objective": objective, "max_depth": 2, **more}, data, 4)


def test_xgboost_classifier_is_float32_and_named(tmp_path):
    frame = numbers()
    model = xgboost.XGBClassifier(n_estimators=5).fit(frame, target(frame, "debt"))
    found = reference(model, tmp_path)
    assert found.columns == ("age", "income", "debt")
    assert [(s.name, s.type, s.classes) for s in found.signature.outputs] == [
        ("probability", "float32", (0, 1)),
        ("label", "int64", (0, 1)),
    ]
    assert equal_bits(scores(found, batch(frame))["probability"], model.predict_proba(frame))
    assert found.model.n_jobs == 1
    assert model.n_jobs is None


def test_wrapper_that_stopped_early_uses_its_best_iteration_and_its_booster_does_not(tmp_path):
    frame = numbers(200)
    noise = np.random.default_rng(5).normal(size=200)
    model = xgboost.XGBRegressor(n_estimators=60, learning_rate=1.0, early_stopping_rounds=10)
    model.fit(frame[:100], noise[:100], eval_set=[(frame[100:], noise[100:])], verbose=False)
    found = reference(model, tmp_path)
    stopped = scores(found, batch(frame))["value"]
    everything = scores(reference(model.get_booster(), tmp_path), batch(frame))["value"]
    assert found.facts.get("best_iteration", "0") == str(model.best_iteration)
    assert equal_bits(stopped, model.predict(frame))
    assert np.abs(stopped - everything).max() > 0.1


@pytest.mark.parametrize(
    ("objective", "kind", "width"),
    [
        ("binary:logistic", OutputKind.PROBABILITY, None),
        ("reg:logistic", OutputKind.PROBABILITY, None),
        ("binary:logitraw", OutputKind.MARGIN, None),
        ("binary:hinge", OutputKind.LABEL, 1),
        ("reg:squarederror", OutputKind.VALUE, None),
        ("rank:ndcg", OutputKind.MARGIN, None),
    ],
)
def test_booster_is_named_by_its_objective(tmp_path, objective, kind, width):
    frame = numbers()
    model = boosted(frame, objective, target(frame))
    found = reference(model, tmp_path)
    assert [(s.name, s.kind, s.width) for s in found.signature.outputs] == [(kind.value, kind, width)]
    assert equal_bits(scores(found, batch(frame))[kind.value], model.predict(xgboost.DMatrix(frame)))


@pytest.mark.parametrize(("objective", "name", "width"), [("multi:softprob", "probability", 3), ("multi:softmax", "label", 1)])
def test_booster_of_several_classes(tmp_path, objective, name, width):
    frame = numbers()
    model = boosted(frame, objective, np.arange(60) % 3, num_class=3)
    found = reference(model, tmp_path)
    assert found.signature.outputs[0].width == width
    assert scores(found, batch(frame))[name].shape == (60, width)


@pytest.mark.parametrize("suffix", [".json", ".ubj"])
def test_native_file_of_xgboost(tmp_path, suffix):
    frame = numbers()
    model = boosted(frame, "binary:logistic", target(frame))
    model.save_model(tmp_path / f"model{suffix}")
    found = reference(f"model{suffix}", tmp_path)
    assert (found.columns, found.facts["rounds"]) == (("age", "income", "debt"), "4")
    assert equal_bits(scores(found, batch(frame))["probability"], model.predict(xgboost.DMatrix(frame)))


def test_booster_fitted_on_an_array_gets_an_array(tmp_path):
    frame = numbers(dtype=np.float32)
    model = xgboost.train({"max_depth": 2}, xgboost.DMatrix(frame.to_numpy(), frame.age), 3)
    found = reference(model, tmp_path)
    assert (found.columns, found.width) == (None, 3)
    assert equal_bits(scores(found, batch(frame))["value"], model.predict(xgboost.DMatrix(frame.to_numpy())))
    # XGBoost reads absent columns of an array as missing: it answers, and so do we.
    assert scores(found, batch(frame[["age"]]))["value"].shape == (60, 1)


def test_null_is_missing_for_xgboost(tmp_path):
    frame = numbers()
    frame.iloc[::3, 0] = np.nan
    model = boosted(frame, "reg:squarederror", frame.debt)
    assert equal_bits(scores(reference(model, tmp_path), batch(frame))["value"], model.predict(xgboost.DMatrix(frame)))


@pytest.mark.parametrize("as_booster", [False, True])
def test_categories_of_xgboost_come_from_the_model(tmp_path, as_booster):
    frame = categorical()
    model = xgboost.XGBRegressor(n_estimators=4, enable_categorical=True).fit(frame, frame.age + (frame.city == "Rome"))
    found = reference(model.get_booster() if as_booster else model, tmp_path)
    assert equal_bits(scores(found, plain(frame))["value"], model.predict(frame))
    one = plain(frame).slice(1, 1)
    assert equal_bits(scores(found, one)["value"], model.predict(frame[1:2]))
    # XGBoost 3.2 refuses only what sorts behind its last category, and reads "Oslo" as the next known one, "Rome".
    unseen = plain(frame.assign(city=pd.Series(["Zurich"] * 60)))
    assert refused(found, unseen).kind == "unseen-category"
    assert refused(found, unseen).message == "Found a category not in the training set for the 3th (0-based) column: `Zurich`"


def test_codes_that_xgboost_learned_from_an_array_stay_numbers(tmp_path):
    frame = numbers().assign(city=np.array([3.0, 1.0, 7.0] * 20))
    kinds = ["q", "q", "q", "c"]
    train = xgboost.DMatrix(
        frame.to_numpy(float),
        (frame.city == 1).astype(int),
        feature_names=list(frame),
        feature_types=kinds,
        enable_categorical=True,
    )
    model = xgboost.train({"max_depth": 2, "min_child_weight": 0.1}, train, 3)
    found = reference(model, tmp_path, data=frame)
    assert equal_bits(scores(found, batch(frame))["value"], model.predict(train))
    codes = batch(frame.assign(city=np.array([1.5, np.nan, 3.0] * 20)))
    assert np.isfinite(scores(found, codes)["value"]).all()


def test_categories_of_xgboost_that_are_not_ascii_come_from_the_sample(tmp_path):
    frame = categorical(cities=("Rome", "Łódź", "東京"))
    model = xgboost.XGBRegressor(n_estimators=4, enable_categorical=True).fit(frame, frame.age + (frame.city == "Łódź"))
    shown = reference(model, tmp_path, data=frame)
    assert equal_bits(scores(shown, plain(frame).slice(1, 1))["value"], model.predict(frame[1:2]))
    assert equal_bits(scores(reference(model, tmp_path), plain(frame))["value"], model.predict(frame))


def test_categories_of_xgboost_that_are_cut_into_other_words_are_not_believed(tmp_path):
    """Cut by characters instead of bytes, these names come out as "Köl", "nNew Yor", "kOsl": text, but of no category."""
    frame = categorical(cities=("Köln", "New York", "Oslo"))
    model = xgboost.XGBRegressor(n_estimators=4, enable_categorical=True).fit(frame, frame.age + (frame.city == "Oslo"))
    shown = reference(model, tmp_path, data=frame)
    for start in range(6):
        expected = model.predict(frame[start : start + 1])
        assert equal_bits(scores(shown, plain(frame).slice(start, 1))["value"], expected)


def test_categories_of_lightgbm_come_from_the_model_with_or_without_a_sample(tmp_path):
    frame = categorical(cities=("Rome", "Łódź", "東京"))
    model = lightgbm.LGBMRegressor(n_estimators=4, min_child_samples=2, verbose=-1)
    model.fit(frame, frame.age + (frame.city == "Rome"))
    for found in (
        reference(model, tmp_path),
        reference(model, tmp_path, data=frame),
        reference(model, tmp_path, data=frame.assign(city=frame.city.astype(object))),
        reference(model.booster_, tmp_path),
    ):
        assert equal_bits(scores(found, plain(frame))["value"], model.predict(frame))
    missing = plain(frame.assign(city=pd.Series([None] * 60, dtype=object)))
    assert missing.schema.field("city").type == pa.float64()
    assert np.isfinite(scores(found, missing)["value"]).all()


def test_whole_numbers_as_categories(tmp_path):
    frame = numbers().assign(city=pd.Categorical([3, 10, 7] * 20))
    model = lightgbm.LGBMRegressor(n_estimators=4, min_child_samples=2, verbose=-1).fit(frame, frame.city.astype(int))
    found = reference(model, tmp_path, data=frame)
    given = batch(frame.assign(city=frame.city.astype(int)))
    assert equal_bits(scores(found, given)["value"], model.predict(frame))
    holed = batch(frame.assign(city=frame.city.astype(float).where(np.arange(60) > 0)))
    assert equal_bits(scores(found, holed)["value"][1:], model.predict(frame)[1:, None])


def test_lightgbm_with_spaces_in_names(tmp_path):
    frame = numbers().rename(columns={"age": "my age"})
    model = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(frame, target(frame, "debt"))
    found = reference(model, tmp_path, data=frame)
    assert found.columns == ("my age", "income", "debt")
    assert equal_bits(scores(found, batch(frame))["probability"], model.predict_proba(frame))
    assert reference(model, tmp_path).columns == ("my_age", "income", "debt")


def test_lightgbm_fitted_on_an_array(tmp_path):
    frame = numbers()
    model = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(frame.to_numpy(), target(frame))
    for found in (reference(model, tmp_path), reference(model.booster_, tmp_path)):
        assert (found.columns, found.width) == (None, 3)
        assert refused(found, batch(frame[["age"]])).kind == "column-absent"


@pytest.mark.parametrize(
    ("objective", "kind", "width"),
    [("binary", OutputKind.PROBABILITY, 1), ("multiclass", OutputKind.PROBABILITY, 3), ("regression", OutputKind.VALUE, 1)],
)
def test_lightgbm_booster_is_named_by_its_objective(tmp_path, objective, kind, width):
    frame = numbers()
    labels = np.arange(60) % (3 if width == 3 else 2)
    settings = {"objective": objective, "verbose": -1, "min_data_in_leaf": 2, **({"num_class": 3} if width == 3 else {})}
    model = lightgbm.train(settings, lightgbm.Dataset(frame, labels), 3)
    found = reference(model, tmp_path)
    assert [(s.name, s.kind, s.width) for s in found.signature.outputs] == [(kind.value, kind, width)]
    assert equal_bits(scores(found, batch(frame))[kind.value], model.predict(frame))


def test_native_file_of_lightgbm(tmp_path):
    frame = numbers()
    model = lightgbm.train({"verbose": -1, "min_data_in_leaf": 2}, lightgbm.Dataset(frame, frame.age), 3)
    model.save_model(tmp_path / "model.txt")
    found = reference("model.txt", tmp_path)
    assert found.columns == ("age", "income", "debt")
    assert equal_bits(scores(found, batch(frame))["value"], model.predict(frame))


def test_booster_of_the_user_is_left_alone(tmp_path):
    frame = numbers()
    model = boosted(frame, "binary:logistic", target(frame), nthread=2)
    before = model.predict(xgboost.DMatrix(frame))
    found = reference(model, tmp_path)
    assert found.model is not model
    assert equal_bits(scores(found, batch(frame))["probability"], before)
    assert '"nthread":"2"' in model.save_config()
