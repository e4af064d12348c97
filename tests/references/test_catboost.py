"""CatBoost: wrappers and native files."""

from __future__ import annotations

import numpy as np
import pytest
from catboost import CatBoost, CatBoostClassifier, CatBoostRegressor
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline

from parity.errors import ReferenceLoadError
from parity.values.signature import OutputKind
from tests.references.models import batch, equal_bits, mixed, numbers, reference, refused, scores, target

QUIET = {"verbose": 0, "allow_writing_files": False}


def test_catboost_classifier_and_its_refusals(tmp_path):
    frame = mixed()[["age", "city"]].astype({"city": object})
    model = CatBoostClassifier(iterations=4, cat_features=["city"], **QUIET).fit(frame, target(frame))
    found = reference(model, tmp_path)
    assert found.columns == ("age", "city")
    got = scores(found, batch(frame))
    assert equal_bits(got["probability"], model.predict_proba(frame))
    assert equal_bits(got["label"], model.predict(frame))
    assert refused(found, batch(frame.assign(age="old"))).kind == "type"
    assert refused(found, batch(frame.assign(city=1.5))).kind in ("type", "invalid-value")


def test_catboost_fitted_on_an_array_and_inside_a_pipeline(tmp_path):
    frame = numbers()
    rows = np.ascontiguousarray(frame.to_numpy())
    alone = CatBoostRegressor(iterations=3, **QUIET).fit(rows, frame.age)
    assert reference(alone, tmp_path).columns is None
    assert equal_bits(scores(reference(alone, tmp_path), batch(frame))["value"], alone.predict(rows))
    prepare = ColumnTransformer([("all", "passthrough", ["debt", "age"])])
    whole = make_pipeline(prepare, CatBoostRegressor(iterations=3, **QUIET)).fit(frame, frame.age)
    assert equal_bits(scores(reference(whole, tmp_path), batch(frame))["value"], whole.predict(frame))


def test_catboost_classifier_gives_its_margin_too(tmp_path):
    frame = numbers()
    model = CatBoostClassifier(iterations=3, **QUIET).fit(frame, target(frame))
    got = scores(reference(model, tmp_path), batch(frame))
    assert equal_bits(got["margin"], model.predict(frame, prediction_type="RawFormulaVal"))
    three = CatBoostClassifier(iterations=3, **QUIET).fit(frame, np.arange(len(frame)) % 3)
    whole = make_pipeline(ColumnTransformer([("all", "passthrough", list(frame))]).fit(frame), three)
    margin = scores(reference(whole, tmp_path), batch(frame))["margin"]
    assert equal_bits(margin, three.predict(frame, prediction_type="RawFormulaVal"))
    assert margin.shape == (len(frame), 3)


def test_native_file_of_catboost_gives_the_raw_formula(tmp_path):
    frame = numbers()
    model = CatBoostClassifier(iterations=3, **QUIET).fit(frame, target(frame))
    model.save_model(str(tmp_path / "model.cbm"))
    found = reference("model.cbm", tmp_path)
    assert [s.kind for s in found.signature.outputs] == [OutputKind.MARGIN]
    raw = model.predict(frame, prediction_type="RawFormulaVal")
    assert equal_bits(scores(found, batch(frame))["margin"], raw)
    assert isinstance(found.model, CatBoost)


def test_damaged_file(tmp_path):
    (tmp_path / "m.cbm").write_bytes(b"CBM1\x10\x00\x00\x00garbage")
    with pytest.raises(ReferenceLoadError, match=r"cannot be opened by CatBoost: .*is it complete"):
        reference("m.cbm", tmp_path)


def test_unfitted_model(tmp_path):
    with pytest.raises(ReferenceLoadError, match="CatBoostClassifier is not fitted"):
        reference(CatBoostClassifier(), tmp_path)
