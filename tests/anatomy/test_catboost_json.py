"""CatBoost, on recorded models: leaves and margins are those that the library gave, bit for bit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from parity.anatomy import catboost_json
from parity.anatomy.assemble import assemble
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


def test_categorical_features_are_not_read():
    model = Recorded("max")
    model.known["document"]["features_info"]["categorical_features"] = [{"feature_index": 0}]
    part = catboost_json.read(model)
    assert part.trees is None
    assert part.unread == ("categorical or text features of CatBoost",)


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
