"""Formats that today's libraries cannot write, kept with the scores of those that could: judged against a Python reference."""

from __future__ import annotations

import ast
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from parity.judge.verdict import case_verdict
from parity.pipeline import check
from parity.values.result import Verdict

pytestmark = pytest.mark.slow

FIXTURES = Path(__file__).parents[1] / "fixtures"
CITIES = ("Oslo", "Łódź", "Kyōto", "Lima", None)


@pytest.mark.parametrize("name", ["binary", "regression", "three"])
def test_an_old_booster_in_pure_java_is_the_new_library_s_booster(name: str, tmp_path: Path) -> None:
    import xgboost

    kept = FIXTURES / "old_xgboost"
    sample = pd.DataFrame(np.load(kept / "rows.npy"), columns=list("abcd"))
    booster = xgboost.Booster({"nthread": 1}, model_file=kept / f"{name}.ubj")
    results = check(booster, kept / f"{name}.deprecated", data=sample, folder=tmp_path / ".parity", profile="dev")
    assert case_verdict(results)[0] == Verdict.PASS, [(r.phase, r.reason) for r in results]
    assert {r.runtime for r in results} == {"xgboost-predictor"}
    assert sum(r.compared for r in results) > 4_000


class Glm:
    """A binomial GLM of H2O in NumPy, from its MOJO's own coefficients: a second implementation, not the engine's."""

    parity_columns = ("a", "b", "c", "city")
    parity_outputs = {"probability": {"kind": "probability", "classes": ["no", "yes"]}, "label": "label"}

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as mojo:
            lines = mojo.read("model.ini").decode().splitlines()
            self.levels = mojo.read("domains/d000.txt").decode().splitlines()
        self.facts = dict(line.split(" = ", 1) for line in lines if " = " in line)
        self.beta = np.array(ast.literal_eval(self.facts["beta"]))  # levels of city, then a, b, c, then the intercept

    def __call__(self, table: pd.DataFrame) -> dict[str, Any]:
        margin = self.beta[-1] + self.beta[self._codes(table["city"])]
        means = ast.literal_eval(self.facts["num_means"])
        for i, name in enumerate("abc"):
            margin = margin + self.beta[len(self.levels) + i] * table[name].astype(float).fillna(means[i]).to_numpy()
        yes = 1 / (1 + np.exp(-margin))
        labels = np.where(yes >= float(self.facts["default_threshold"]), "yes", "no")
        return {"probability": np.column_stack([1 - yes, yes]), "label": labels}

    def _codes(self, cities: pd.Series) -> npt.NDArray[np.int64]:
        """A missing city is the mode, an unknown one an error, as in the engine."""
        mode = self.levels[ast.literal_eval(self.facts["cat_modes"])[0]]
        return np.array([self.levels.index(city if isinstance(city, str) else mode) for city in cities], np.int64)


def test_a_mojo_of_a_glm_is_its_formula(tmp_path: Path) -> None:
    kept = FIXTURES / "h2o_mojo"
    with np.load(kept / "rows.npz") as rows, np.load(kept / "glm.npz") as expected:
        sample = pd.DataFrame(rows["numbers"].astype(np.float64), columns=list("abc"))
        sample["city"] = [CITIES[code] for code in rows["city"]]
        model = Glm(kept / "glm.zip")
        np.testing.assert_allclose(model(sample)["probability"], expected["scores"], rtol=0, atol=1e-15)
    results = check(model, kept / "glm.zip", data=sample, folder=tmp_path / ".parity", profile="dev")
    assert case_verdict(results)[0] == Verdict.PASS, [(r.phase, r.reason) for r in results]
    assert {r.runtime for r in results} == {"h2o-mojo"}
    assert sum(r.compared for r in results) > 4_000
