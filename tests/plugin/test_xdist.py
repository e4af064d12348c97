"""The same results under pytest-xdist."""

from __future__ import annotations

import json

import pytest

from tests.plugin.conftest import Project


def parallel(project: Project, *arguments: str) -> pytest.RunResult:
    return project.pytester.runpytest_subprocess("-n", "2", "--parity", *arguments)


def test_results_come_back(project: Project) -> None:
    project.write("passing", "drifting")
    result = parallel(project, "--parity-json", "parity.json")
    result.assert_outcomes(passed=5, failed=5, skipped=2)
    document = json.loads((project.pytester.path / "parity.json").read_text())
    assert {case["case"]: case["verdict"] for case in document["cases"]} == {"passing": "pass", "drifting": "fail"}
    assert [finding["id"] for finding in document["cases"][-1]["findings"]] or document["cases"][0]["findings"]
    result.stdout.fnmatch_lines(["*= parity =*", "latency is not measured under pytest-xdist*"])


def test_no_case_at_all(project: Project) -> None:
    project.module("def test_plain():\n    pass\n")
    result = parallel(project)
    result.stdout.fnmatch_lines(["ERROR: --parity found no case*"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_a_wrong_file_below_the_root(project: Project) -> None:
    project.write("passing")
    below = project.pytester.mkdir("below")
    (below / "parity.toml").write_text("schema = 1\n[[cases]]\n")
    result = parallel(project)
    result.stdout.fnmatch_lines(["*cases*case*"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_what_the_user_got_wrong_ends_as_a_usage_error(project: Project) -> None:
    project.write("mismatched", "passing")
    result = parallel(project, "--parity-phase", "random")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["ERROR: mismatched: columns age, income do not fit inputs age, city"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


ROWS = """
import hashlib, os
import numpy as np
import pandas as pd
import parity
from sklearn.tree import DecisionTreeRegressor

RNG = np.random.default_rng(0)
SAMPLE = pd.DataFrame({"age": RNG.uniform(18.0, 90.0, 300), "income": RNG.gamma(2.0, 900.0, 300)})


class Recording(DecisionTreeRegressor):
    def predict(self, X, **more):
        seen = hashlib.sha256(np.ascontiguousarray(X, dtype=np.float64).tobytes()).hexdigest()
        with open(os.path.join(os.environ["SEEN"], str(os.getpid())), "a") as file:
            file.write(f"{len(X)} {seen}\\n")
        return super().predict(X, **more)


@parity.case(artifacts="model.fake", data=SAMPLE)
def test_model():
    return Recording(max_depth=6, random_state=0).fit(SAMPLE, SAMPLE.age + SAMPLE.income / 50)
"""


@pytest.mark.slow
def test_the_same_rows_come_as_in_one_process(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call's rows by their bits, whatever process asked: those of all phases that draw, and of the minimiser."""
    (pytester.path / "model.fake").write_text("age = 1.0\nincome = 0.02\n")
    pytester.makepyfile(test_models=ROWS)
    phases = [part for name in ("examples", "boundary", "special", "random") for part in ("--parity-phase", name)]
    asked = []
    for name, arguments in (("alone", ("-p", "no:xdist")), ("beside", ("-n", "2"))):
        folder = pytester.mkdir(name)
        monkeypatch.setenv("SEEN", str(folder))
        pytester.runpytest_subprocess(*arguments, "--parity", "--parity-rows", "700", *phases)
        asked.append({line for file in folder.iterdir() for line in file.read_text().splitlines()})
        assert len(list(folder.iterdir())) == (1 if name == "alone" else 2)
    assert asked[0] == asked[1]
    assert len(asked[0]) > 50
    assert sum(int(line.split()[0]) for line in asked[0]) > 1_400
