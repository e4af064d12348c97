"""Rows in a sparse matrix, zeros stored and left out: the reference against its own answers to the array."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMRegressor
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, StandardScaler
from sklearn.svm import SVR
from xgboost import XGBRegressor

from parity.flow.containers import LEFT_OUT, SPARSE, STORED, fitted_on_sparse, sparse_ways, with_zeros
from parity.generate import schema_of
from parity.pipeline import Workbench, items, run_item
from parity.references import load
from parity.values.case import Artifact, Case, Configuration
from parity.values.finding import FindingKind
from parity.values.plan import Phase
from parity.values.policy import Gate, OffDomain
from parity.values.result import PhaseResult, Verdict
from parity.values.settings import Settings
from tests.generate.subjects import batch, case, nothing

RNG = np.random.default_rng(0)
ROWS = np.where(RNG.random((200, 2)) < 0.4, 0.0, RNG.normal(size=(200, 2)))
TARGET = ROWS[:, 0] + 3.0 * (ROWS[:, 1] == 0)
SAMPLE = pd.DataFrame(ROWS, columns=["age", "income"])
SCALED = make_pipeline(MaxAbsScaler(), LinearRegression())
SMALL = {"n_estimators": 10, "max_depth": 3, "n_jobs": 1, "base_score": 0.0}


class ReadsStoredCells(RegressorMixin, BaseEstimator):
    """Counts the cells of a sparse matrix: a zero that is stored is one more."""

    def fit(self, X: Any, y: Any) -> ReadsStoredCells:
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X: Any) -> Any:
        return np.asarray(np.diff(X.indptr) if hasattr(X, "indptr") else (X != 0).sum(axis=1), dtype=float)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


ReadsStoredCells.__module__ = "sklearn.of_the_users"


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    opened = Workbench()
    yield opened
    opened.close()


def run(where: Path, bench: Workbench, model: Any, gate: Gate | None = None) -> PhaseResult:
    (where / "model.fake").write_text("age = 0.5\nincome = 2.0\n")
    one = Case("churn", model, (Artifact(where / "model.fake"),), where, data=SAMPLE, gate=gate or Gate(), source=str(where))
    (item,) = items(Configuration(where, (one,)), phases=[Phase.INVARIANCE])
    return run_item(item, Settings(where / ".parity", profile="dev"), bench)


def ways_of(model: Any) -> tuple[str, ...]:
    reference = load(Case("churn", model, (), Path(), data=SAMPLE, source="test"), batch(SAMPLE))
    schema = schema_of(case(), ("age", "income"), batch(SAMPLE), nothing(("age", "income")))
    return tuple(way.name for way in sparse_ways(reference, schema, batch(SAMPLE).slice(0, 1)))


@pytest.mark.parametrize(
    "model",
    [LinearRegression(), LGBMRegressor(n_estimators=10, n_jobs=1, verbose=-1), KNeighborsRegressor(algorithm="brute"), SCALED],
    ids=["linear", "lightgbm", "neighbours", "pipeline"],
)  # fmt: skip
def test_models_that_read_an_absent_cell_as_zero_pass(tmp_path: Path, bench: Workbench, model: Any) -> None:
    assert ways_of(model.fit(ROWS, TARGET)) == SPARSE
    result = run(tmp_path, bench, model)
    assert result.verdict == Verdict.PASS, result.reason
    assert result.findings == ()


def test_xgboost_reads_an_absent_cell_as_missing_and_is_told(tmp_path: Path, bench: Workbench) -> None:
    result = run(tmp_path, bench, XGBRegressor(**SMALL).fit(ROWS, TARGET))
    assert result.verdict == Verdict.PASS, "nothing shows that it is ever given a sparse matrix"
    (finding,) = result.findings
    assert (finding.input_class, finding.kind) == (f"{LEFT_OUT} (reference)", FindingKind.VALUE)
    assert finding.off_domain and finding.worst > 1
    assert 0.0 in [c[0].as_py() for c in finding.row.columns]
    assert result.off_domain_drifted == finding.rows > 20


def test_it_gates_where_the_policy_says_so(tmp_path: Path, bench: Workbench) -> None:
    result = run(tmp_path, bench, XGBRegressor(**SMALL).fit(ROWS, TARGET), Gate(off_domain=OffDomain.ERROR))
    assert result.verdict == Verdict.FAIL


def test_a_model_that_counts_stored_zeros(tmp_path: Path, bench: Workbench) -> None:
    (finding,) = run(tmp_path, bench, ReadsStoredCells().fit(ROWS, TARGET)).findings
    assert finding.input_class == f"{STORED} (reference)"


def test_where_the_model_was_fitted_on_a_sparse_matrix_such_rows_are_what_it_gets(tmp_path: Path, bench: Workbench) -> None:
    model = SVR().fit(csr_matrix(ROWS), TARGET)
    assert fitted_on_sparse(model) and fitted_on_sparse(KNeighborsRegressor().fit(csr_matrix(ROWS), TARGET))
    assert not fitted_on_sparse(SVR().fit(ROWS, TARGET))
    assert run(tmp_path, bench, model).findings == ()


def test_models_that_take_frames_or_no_sparse_matrix_are_not_asked() -> None:
    assert ways_of(LinearRegression().fit(SAMPLE, TARGET)) == ()
    assert ways_of(make_pipeline(StandardScaler(), LinearRegression()).fit(ROWS, TARGET)) == ()
    assert ways_of(SVR().fit(ROWS, TARGET)) == (), "it says that it takes one, and refuses it where it was fitted on an array"


def test_half_of_the_cells_are_zero_where_zero_is_valid() -> None:
    data = pd.DataFrame({"a": RNG.normal(size=400), "b": RNG.uniform(2, 3, 400)})
    schema = schema_of(case(), ("a", "b"), batch(data), nothing(("a", "b")))
    rows = with_zeros(schema, batch(data)).to_pandas()
    assert 150 < (rows.a == 0).sum() < 250
    assert rows.b.equals(data.b)
