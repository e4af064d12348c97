"""The same seed gives the same rows on every machine: whatever last digits its arithmetic has."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import warnings
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, PowerTransformer, StandardScaler

from parity.generate import Search, chunks
from parity.generate.crossings import crossings
from parity.values.plan import Budget, Phase
from tests.generate.subjects import subject_of

OTHERS = {
    "an older processor": {
        "OPENBLAS_CORETYPE": "Nehalem",
        "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX2 FMA3 AVX512F AVX512_SKX AVX512_ICL AVX512_SPR",
        "PYTHONHASHSEED": "5",
    },
    "several threads": {"OMP_NUM_THREADS": "3", "OPENBLAS_NUM_THREADS": "3", "OPENBLAS_CORETYPE": "Haswell"},
}
RNG = np.random.default_rng(3)
DATA = pd.DataFrame(RNG.normal(size=(300, 6)), columns=list("abcdef")).assign(whole=RNG.integers(0, 9, 300).astype(float))
TARGET = (DATA.a + DATA.b / 2 + RNG.normal(size=300) > 0).astype(int)


def models():
    return {
        "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
        "network": make_pipeline(StandardScaler(), MLPClassifier((40, 20), max_iter=20, random_state=0)),
        "isotonic": CalibratedClassifierCV(LogisticRegression(), method="isotonic", cv=2),
        "neighbours": KNeighborsClassifier(algorithm="brute"),
        "power": make_pipeline(PowerTransformer(), RandomForestClassifier(8, random_state=0)),
        "exp": make_pipeline(FunctionTransformer(np.exp), RandomForestClassifier(8, random_state=0)),
    }


def searched(subject):
    search = Search(subject, 3, Budget(search_rows=1_500))
    for chunk in search.chunks():
        yield chunk
        merit = np.nan_to_num(chunk.batch.column(0).to_numpy())
        search.tell(merit, merit)


def of(batches) -> str:
    found = hashlib.sha256()
    for batch in batches:
        for column in batch.columns:
            found.update(repr(column.to_pylist()).encode())
    return found.hexdigest()


def digests(folder: Path) -> dict[str, str]:
    """The rows of each phase, and what the arithmetic of this machine comes to."""
    budget, found = Budget(boundary_rows=4_000, random_rows=500), {}
    data, fitted = pd.read_pickle(folder / "data"), joblib.load(folder / "models")
    for name, model in fitted.items():
        subject = subject_of(model, data)
        for phase in (Phase.BOUNDARY, Phase.SPECIAL, Phase.RANDOM, Phase.INVARIANCE):
            found[f"{name} {phase}"] = of(c.batch for c in chunks(phase, subject, 3, budget))
        found[f"{name} search"] = of(c.batch for c in searched(subject))
    scores = [np.asarray(fitted[name].predict_proba(data)) for name in ("logistic", "network")]
    return {**found, "arithmetic": hashlib.sha256(b"".join(s.tobytes() for s in scores)).hexdigest()}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    folder, fitted = tmp_path_factory.mktemp("machines"), models()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for model in fitted.values():
            model.fit(DATA, TARGET)
    joblib.dump(fitted, folder / "models")
    DATA.to_pickle(folder / "data")
    return folder, digests(folder)


@pytest.mark.slow
@pytest.mark.parametrize("machine", OTHERS)
def test_another_machine_gives_the_same_rows(here, machine: str) -> None:
    folder, ours = here
    script = f"import pathlib, tests.generate.test_machines as t; print(t.digests(pathlib.Path({str(folder)!r})))"
    command, env = [sys.executable, "-W", "ignore", "-c", script], {**os.environ, **OTHERS[machine]}
    told = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    theirs = eval(told.stdout)
    if theirs.pop("arithmetic") == ours["arithmetic"]:
        pytest.skip("this processor knows one way to add: there is no other machine to be had")
    assert theirs == {k: v for k, v in ours.items() if k != "arithmetic"}


class Rounded(LogisticRegression):
    """Decides with errors of a few roundings, other ones in each call: as many machines as there are calls."""

    noise = np.random.default_rng(0)

    def decision_function(self, X):
        exact, size = super().decision_function(X), np.abs(X.to_numpy()) @ np.abs(self.coef_[0]) + abs(self.intercept_[0])
        return exact + 2.0**-50 * size * self.noise.uniform(-1, 1, len(X))


def test_rows_beside_a_border_do_not_follow_roundings() -> None:
    model = Rounded().fit(DATA, TARGET)
    assert (model.decision_function(DATA) != model.decision_function(DATA)).any()
    made = [of(c.batch for c in crossings(subject_of(model, DATA), seed, 2_000, 500)) for seed in range(8) for _ in range(2)]
    assert made[::2] == made[1::2]
    assert len(set(made)) == 8
