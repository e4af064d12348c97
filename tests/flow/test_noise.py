"""The measured noise floor: it covers what float32 does to a model without a rule, and nothing that a runtime adds of its own."""

from __future__ import annotations

import copy
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import StackingRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RationalQuadratic
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from parity.anatomy import read_model
from parity.compare.drift import drift_of
from parity.compare.matching import Pair
from parity.compare.tolerance import NOISE_FACTOR, Side, ceiling, tolerance_of
from parity.flow import noise as measured
from parity.flow.examine import _bound, _excused
from parity.flow.noise import noise
from parity.references import load
from parity.values.case import Case
from parity.values.outcome import Output, Scores
from parity.values.policy import Gate
from parity.values.signature import OutputKind, OutputSpec

COLUMNS = ("a", "b", "c")
U = 2.0**-24


@pytest.fixture(scope="module")
def model() -> Any:
    """No rule is known for its kernel, and its terms cancel: a few hundred times the sum."""
    rows = table(300)
    return make_pipeline(
        StandardScaler(), GaussianProcessRegressor(RationalQuadratic(1.0), alpha=1e-3, optimizer=None, normalize_y=True)
    ).fit(rows, np.sin(rows[:, 0]) + rows[:, 1])


def table(rows: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=(rows, 3)) * np.array([1.0, 30.0, 0.1]) + 100


def batch_of(rows: Any) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(rows[:, j]) for j in range(3)], names=list(COLUMNS))


def reference(model: Any, where: Any) -> Any:
    return load(Case("noisy", model, (), where, source="test"), None)


def single(model: Any) -> Any:
    """An honest export to float32: constants, inputs and arithmetic."""
    twin = copy.deepcopy(model)
    for step in twin:
        for name, value in vars(step).items():
            if isinstance(value, np.ndarray) and value.dtype == np.float64:
                setattr(step, name, value.astype(np.float32))
    return lambda rows: np.asarray(twin.predict(rows.astype(np.float32)), np.float64)


def bounds_of(model: Any, where: Any, rows: Any, answers: Any) -> Any:
    """The bound of each row for a runtime that gives these answers in float32."""
    ours = OutputSpec("value", "float64", OutputKind.VALUE)
    theirs = OutputSpec("value", "float32", OutputKind.VALUE, 1)
    exact, batch = model.predict(rows), batch_of(rows)
    sides = Side(read_model(model, COLUMNS), ours), Side(read_model(object(), COLUMNS), theirs)
    tolerance = tolerance_of(OutputKind.VALUE, *sides, lambda given: rows, Gate(), "float32", float(np.std(exact)))
    assert tolerance.measured
    scores = [Scores(len(rows), (Output(spec, v[:, None]),)) for spec, v in ((ours, exact), (theirs, answers))]
    drift = drift_of(Pair(ours, theirs), *scores)
    held = SimpleNamespace(tolerances={"value": tolerance}, reference=reference(model, where))
    return drift.distance, _bound(held, drift, batch, np.ones(len(rows), bool)), tolerance


def test_an_honest_float32_export_is_within_the_floor(model, tmp_path):
    rows = table(2_000, 1).astype(np.float32).astype(np.float64)
    drift, bound, tolerance = bounds_of(model, tmp_path, rows, single(model)(rows))
    assert (drift > 16 * U * np.std(model.predict(rows))).any(), "the floor is needed"
    assert (drift <= bound).all()
    assert "what the reference itself moves" in tolerance.formula


@pytest.mark.parametrize("shift", [1e-3, 1e-4])
def test_a_shift_of_the_output_is_beyond_the_floor(model, tmp_path, shift):
    rows = table(2_000, 1).astype(np.float32).astype(np.float64)
    size = shift * np.std(model.predict(rows))
    drift, bound, _ = bounds_of(model, tmp_path, rows, single(model)(rows) + size)
    assert (drift > bound).mean() > 0.9


def test_noise_of_the_runtime_is_no_excuse(model, tmp_path):
    """A runtime that answers at random by 1e-3 of the spread: its own restlessness does not widen the floor."""
    rows = table(500, 2).astype(np.float32).astype(np.float64)
    exact = model.predict(rows)
    drift, bound, _ = bounds_of(model, tmp_path, rows, exact + 1e-3 * np.std(exact) * np.random.default_rng(0).normal(size=500))
    assert (drift > bound).mean() > 0.9


def test_the_floor_never_passes_the_ceiling(tmp_path):
    rows = table(200)
    sensitive = make_pipeline(
        StandardScaler(), GaussianProcessRegressor(RationalQuadratic(1.0), alpha=1e-10, optimizer=None)
    ).fit(rows, rows[:, 0])
    sensitive[-1].alpha_ = sensitive[-1].alpha_ + 1e6 * np.where(np.arange(200) % 2, 1, -1)
    exact = sensitive.predict(rows)
    drift, bound, _ = bounds_of(sensitive, tmp_path, rows, exact + 0.5 * np.std(exact))
    assert (bound <= ceiling(exact[:, None], OutputKind.VALUE, float(np.std(exact)))).all()
    assert (drift > bound).all()


def test_doubles_are_moved_by_steps_of_doubles(model, tmp_path):
    batch = batch_of(table(100, 3))
    far = np.full(100, np.inf)
    small = noise(reference(model, tmp_path), "value", batch, far, (2.0**-53, 2.0**-53))
    large = noise(reference(model, tmp_path), "value", batch, far, (U, U))
    assert 0 < np.median(small) < 1e-7 * np.median(large)


def test_plain_rows_are_settled_by_the_first_draws(model, tmp_path, monkeypatch):
    asked = []
    rounded = measured._rounded
    monkeypatch.setattr(measured, "_rounded", lambda *given: asked.append(1) or rounded(*given))
    batch = batch_of(table(50, 4))
    first = noise(reference(model, tmp_path), "value", batch, np.zeros(50), (U, U))
    assert len(asked) == measured.FIRST_DRAWS
    full = noise(reference(model, tmp_path), "value", batch, np.full(50, np.inf), (U, U))
    assert len(asked) == measured.FIRST_DRAWS + 32
    assert (full > first).mean() > 0.9
    assert NOISE_FACTOR > 2 * measured.PLAIN


def test_a_reference_that_answers_nothing_has_no_noise(tmp_path):
    def refuses(rows: Any) -> Any:
        raise ValueError("no")

    found = noise(reference(refuses, tmp_path), "value", batch_of(table(5)), np.ones(5), (U, U))
    assert np.array_equal(found, np.zeros(5))


def test_members_of_an_ensemble_are_moved_too(tmp_path):
    rows = table(200)
    stack = StackingRegressor([("a", Ridge()), ("b", Ridge(10.0))]).fit(rows, rows @ np.array([1.0, 2.0, 3.0]))
    found = noise(reference(stack, tmp_path), "value", batch_of(rows), np.full(200, np.inf), (0.0, U))
    assert (found > 0).all()


def test_a_label_may_flip_within_the_floor_too(tmp_path):
    """Its scores are within what is measured: the label that follows from them is not judged by less."""
    rows = np.random.default_rng(4).normal(size=(400, 3)) * [1.0, 30.0, 0.1] + [0.0, 300.0, 5.0]
    y = np.digitize(rows[:, 0] + rows[:, 1] / 30, [9.5, 10.5])
    model = LinearDiscriminantAnalysis().fit(rows, y)
    specs = OutputSpec("label", "int64", OutputKind.LABEL), OutputSpec("probability", "float64", OutputKind.PROBABILITY, 3)
    tied = np.array([[0.5, 0.5 - 4e-6, 4e-6], [0.6, 0.3, 0.1]])
    answers = Scores(2, (Output(specs[0], np.array([[0], [0]])), Output(specs[1], tied)))
    other = Scores(2, (Output(specs[0], np.array([[1], [1]])), Output(specs[1], tied)))
    drifts = (drift_of(Pair(specs[0], specs[0]), answers, other),)
    sides = Side(read_model(model, COLUMNS), specs[1]), Side(read_model(object(), COLUMNS), replace(specs[1], type="float32"))
    tolerance = tolerance_of(OutputKind.PROBABILITY, *sides, lambda given: rows, Gate(), "float32", 1.0)
    assert tolerance.measured
    subject = SimpleNamespace(reference=read_model(model, COLUMNS))
    held = SimpleNamespace(tolerances={"probability": tolerance}, reference=reference(model, tmp_path), subject=subject)
    excused = _excused(held, answers, drifts, np.ones(2, bool), batch_of(rows[:2]))
    assert excused.tolist() == [True, False]
