"""Rows beside the borders of a reference's regions: the two of a pair are next to each other, and on two sides."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from parity.generate.asking import KEPT
from parity.generate.crossings import HALVINGS, LINES, PER_BORDER, crossings
from tests.generate.subjects import subject_of

RNG = np.random.default_rng(3)
DATA = pd.DataFrame({"a": RNG.normal(size=300), "b": RNG.gamma(2, 20, 300), "whole": RNG.integers(0, 9, 300).astype(float)})
TWO = (DATA.a + DATA.b / 40 + RNG.normal(size=300) > 1).astype(int)
THREE = TWO + (DATA.b > 50)
NEAR = 40 * 2.0**-HALVINGS
"""No score of these models changes by more than 40 along a line."""


def pairs(model, name, data=DATA):
    """The rows of a kind in pairs: those before a border and those behind it."""
    chunks = list(crossings(subject_of(model, data), 5, 5_000, 1_000))
    found = [c for c in chunks if c.input_class == name]
    if not found:
        return None
    rows = pd.concat([c.batch.to_pandas() for c in found], ignore_index=True)
    assert all(c.valid.all() for c in found)
    return rows[::2].reset_index(drop=True), rows[1::2].reset_index(drop=True)


def next_to_each_other(before, behind):
    """A step of the grid on a line that is at most as long as the sample is wide."""
    assert (np.abs(before - behind) <= (DATA.max() - DATA.min()) * 2.0**-HALVINGS * (1 + 1e-6)).to_numpy().all()
    assert (before.whole == behind.whole).all()
    assert (before.whole == before.whole.round()).all()


@pytest.mark.parametrize("target", [TWO, THREE], ids=["two", "three"])
def test_the_operating_cut_off(target):
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(DATA, target)
    before, behind = pairs(model, "edge-cut-off")
    assert len(before) > 50
    next_to_each_other(before, behind)
    assert (model.predict(before) != model.predict(behind)).all()
    ordered = np.sort(model.predict_proba(before), axis=1)
    assert np.abs(ordered[:, -1] - ordered[:, -2]).max() < NEAR


def test_a_threshold_of_the_users_own():
    model = FixedThresholdClassifier(make_pipeline(StandardScaler(), LogisticRegression()), threshold=0.3).fit(DATA, TWO)
    assert subject_of(model, DATA).reference.cutoff == 0.3
    before, behind = pairs(model, "edge-cut-off")
    assert (model.predict(before) != model.predict(behind)).all()
    assert np.abs(model.predict_proba(before)[:, 1] - 0.3).max() < NEAR


@pytest.mark.filterwarnings("ignore")
def test_hinges_of_a_network():
    model = make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(6, 4), max_iter=30, random_state=0)).fit(
        DATA, DATA.a
    )
    before, behind = pairs(model, "edge-hinge")
    next_to_each_other(before, behind)
    first = [np.asarray(model[0].transform(rows)) @ model[1].coefs_[0] + model[1].intercepts_[0] for rows in (before, behind)]
    turned = (first[0] > 0) != (first[1] > 0)
    assert 6 <= turned.any(axis=1).sum() <= 6 * PER_BORDER
    assert np.abs(first[0][turned]).max() < NEAR


@pytest.mark.filterwarnings("ignore")
def test_knots_of_an_isotonic_calibration():
    model = CalibratedClassifierCV(LogisticRegression(), method="isotonic", cv=2).fit(DATA, TWO)
    before, behind = pairs(model, "edge-knot")
    next_to_each_other(before, behind)
    members = model.calibrated_classifiers_
    scores = [np.column_stack([m.estimator.decision_function(rows) for m in members]) for rows in (before, behind)]
    for k, member in enumerate(members):
        knots = member.calibrators[0].X_thresholds_
        turned = np.searchsorted(knots, scores[0][:, k]) != np.searchsorted(knots, scores[1][:, k])
        assert turned.any()
        assert np.abs(scores[0][turned, k, None] - knots).min(axis=1).max() < NEAR


@pytest.mark.parametrize(
    "model", [KNeighborsClassifier(), SVC(), RandomForestClassifier(5, random_state=0)], ids=lambda m: type(m).__name__
)
def test_where_scores_jump_there_is_no_cut_off(model):
    """Labels of neighbours, of votes and of trees change with a jump: such rows would differ by no fault of the export."""
    assert pairs(model.fit(DATA, THREE), "edge-cut-off") is None


def test_columns_of_float32_move_in_float32():
    data = DATA[["a", "b"]].astype(np.float32)
    model = LogisticRegression().fit(data, TWO)
    before, behind = pairs(model, "edge-cut-off", data)
    assert (before.dtypes == np.float32).all() and (model.predict(before) != model.predict(behind)).all()


class Choosy(LogisticRegression):
    """Refuses whole batches in which anyone is above `most`; counts its calls."""

    most = 60.0
    calls = 0

    def predict(self, X):
        Choosy.calls += 1
        if (X.b > self.most).any():
            raise ValueError("b is beyond what I know")
        return super().predict(X)


def test_what_the_model_raises_for_is_told_and_costs_no_other_row():
    told, model = [], Choosy().fit(DATA, TWO)
    chunks = list(crossings(subject_of(model, DATA), 5, 5_000, 1_000, told.append))
    assert {c.input_class for c in chunks} == {"edge-cut-off"}
    rows = pd.concat([c.batch.to_pandas() for c in chunks[:-KEPT]], ignore_index=True)
    assert len(rows) > 50 and (rows.b <= 60).all()
    assert (model.predict(rows[::2]) != model.predict(rows[1::2])).all()
    assert [c.batch.num_rows for c in chunks[-KEPT:]] == [1] * KEPT
    assert all(c.batch.column("b")[0].as_py() > 60 for c in chunks[-KEPT:]), "both sides are asked for some of them, too"
    (text,) = told
    found = re.fullmatch(r"edge-cut-off: the reference raises for (\d+) of (\S+) rows .* \(ValueError: b is beyond .*\)", text)
    assert found and 0 < int(found[1]) < LINES < int(found[2].replace(",", ""))


def test_a_model_that_always_raises_is_told_after_few_calls():
    told, model = [], Choosy().fit(DATA, TWO)
    model.most, Choosy.calls = -1.0, 0
    chunks = list(crossings(subject_of(model, DATA), 5, 5_000, 1_000, told.append))
    assert sum(c.batch.num_rows for c in chunks) == KEPT
    assert Choosy.calls <= 30
    assert told == [f"edge-cut-off: the reference raises for 800 of 800 rows {told[0].split(' rows ')[1]}"]


def test_the_same_seed_gives_the_same_rows_within_a_small_budget():
    subject = subject_of(LogisticRegression().fit(DATA, TWO), DATA)
    first, second = ([c.batch for c in crossings(subject, 1, 20, 1_000)] for _ in range(2))
    assert sum(b.num_rows for b in first) == 20
    assert first == second
    assert first != [c.batch for c in crossings(subject, 2, 20, 1_000)]


@pytest.mark.parametrize("scaled", [False, True])
def test_ties_of_neighbours_are_kept_clear_of_what_float32_rounds(scaled):
    """Both rows of a pair are near the tie, have other neighbours, and the same ones where all is computed in float32."""
    last = KNeighborsClassifier()
    model = (make_pipeline(StandardScaler(), last) if scaled else last).fit(DATA, THREE)
    before, behind = pairs(model, "edge-tie")
    assert len(before) > 50
    found = []
    for rows in (before, behind):
        given = model[0].transform(rows) if scaled else rows
        z, ours = np.asarray(given), np.sort(last.kneighbors(given, return_distance=False), axis=1)
        single, known = z.astype(np.float32), last._fit_X.astype(np.float32)
        square = (single**2).sum(1)[:, None] + (known**2).sum(1) - 2 * single @ known.T
        assert np.array_equal(np.sort(np.argsort(square, axis=1)[:, :5], axis=1), ours)
        far, _ = last.kneighbors(given, 6)
        assert np.median(far[:, 5] - far[:, 4]) < 1e-2 * np.median(far[:, 4])
        found.append(ours)
    assert (found[0] != found[1]).any(axis=1).all()
