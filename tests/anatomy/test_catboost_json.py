"""CatBoost, on recorded models: leaves and margins are those that the library gave, bit for bit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from parity.anatomy import read_model
from parity.anatomy.assemble import assemble
from parity.anatomy.boosters import catboost_json
from parity.anatomy.traverse import leaves, margins
from tests.anatomy.recorded.record import digest
from tests.anatomy.rows import COLUMNS, hard_rows, table

RECORDED = Path(__file__).with_name("recorded")


class Recorded:
    """As much of a CatBoost model as the reader asks."""

    def __init__(self, name):
        self.known = json.loads((RECORDED / f"catboost-{name}.json").read_text())

    def save_model(self, path, format):  # noqa: A002 - CatBoost's own name
        assert format == "json"
        Path(path).write_text(json.dumps(self.known["document"]))

    def get_all_params(self):
        return {"loss_function": self.known["loss_function"]}


@pytest.mark.parametrize(("name", "link"), [("symmetric", "softmax"), ("max", "logistic"), ("lossguide", "logistic")])
def test_recorded_models(name, link):
    model = Recorded(name)
    part = catboost_json.read(model)
    anatomy = assemble(part, COLUMNS, None)
    rows = hard_rows(anatomy, table(missing=True)[0], missing=True)
    mine = leaves(anatomy.trees, rows)
    assert digest(margins(anatomy.trees, mine), np.float64) == model.known["margins"]
    if model.known["leaves"]:
        ends = np.bincount(anatomy.trees.tree)[None, :] // 2  # inner nodes come first in a heap of 2^(depth + 1) - 1
        assert digest(mine - anatomy.trees.root - ends, np.int64) == model.known["leaves"]
    assert anatomy.trees.link == link
    assert any(anatomy.learned_missing)


def test_of_a_model_with_categories_the_borders_of_its_numbers_are_read():
    """Categories stand between the numbers in the user's frame: borders keep to the columns that they are of."""
    model = Recorded("max")
    info = model.known["document"]["features_info"]
    info["categorical_features"] = [{"feature_index": 0, "flat_feature_index": 0}]
    for feature in info["float_features"]:
        feature["flat_feature_index"] = feature["feature_index"] + 1
    part = catboost_json.read(model)
    assert part.trees is None and part.features == len(COLUMNS) + 1
    assert part.unread == ("CatBoost's splits on categories or text (the borders of its numbers are probed)",)
    anatomy = assemble(part, ("city", *COLUMNS), None)
    borders = [np.float32(b) for f in info["float_features"] for b in f["borders"] if abs(b) < 1e38]  # one tells NaN apart
    assert len(anatomy.cuts.threshold) == len(borders) == 20 and 0 not in anatomy.cuts.column
    at = anatomy.cuts.threshold
    assert set(at.astype(np.float32)) == set(borders), "the last double on the low side rounds to the border itself"
    assert not set(np.nextafter(at, np.inf).astype(np.float32)) & set(at.astype(np.float32))
    assert anatomy.learned_missing[0] is False and any(anatomy.learned_missing)


def test_borders_of_a_real_model_with_categories():
    """The library's own answer changes between the two sides of borders, and nowhere between two of them."""
    catboost = pytest.importorskip("catboost")
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"x": rng.normal(size=500), "city": rng.choice(["Łódź", "Oslo", "Rome"], 500), "z": rng.normal(size=500)}
    )
    model = catboost.CatBoostRegressor(
        iterations=20, depth=4, verbose=0, cat_features=[1], allow_writing_files=False, thread_count=1, random_seed=0
    ).fit(frame, frame.x + (frame.city == "Oslo") * frame.z)
    anatomy = read_model(model, ("x", "city", "z"))
    assert anatomy.trees is None and set(anatomy.cuts.column) == {0, 2}
    for column, name in ((0, "x"), (2, "z")):
        at = np.sort(anatomy.cuts.threshold[anatomy.cuts.column == column])
        row = frame.iloc[[1] * (4 * len(at))].reset_index(drop=True)
        row[name] = np.ravel(
            np.column_stack([at, np.nextafter(at, np.inf), np.nextafter(at, np.inf) + 1e-9, np.append(at[1:], 99)])
        )
        jumps = np.diff(model.predict(row)) != 0
        assert jumps[::4].any() and not jumps[1::4].any() and not jumps[2::4].any()


def test_a_loss_with_a_curved_mean_is_told():
    model = Recorded("max")
    model.known["loss_function"] = "Poisson"
    assert catboost_json.read(model).unread == ("link of the loss Poisson",)


def test_a_regressor_of_counts_answers_with_the_exponential():
    class CatBoostRegressor(Recorded):
        """Known by its name."""

    model = CatBoostRegressor("max")
    model.known["loss_function"] = "Tweedie:variance_power=1.5"
    part = catboost_json.read(model)
    assert part.trees is not None and part.trees.link == "exp" and part.unread == ()
