"""The real pipeline under the plugin: a callable of one line against the fake runtime, in a JVM."""

from __future__ import annotations

import json

import pytest

MODULE = """
import numpy as np
import parity

SAMPLE = {"age": np.linspace(18.0, 90.0, 50), "income": np.linspace(0.0, 5000.0, 50)}


@parity.case(artifacts="right.fake", data=SAMPLE)
def test_right():
    return lambda frame: 2.0 * frame["age"] - 0.5 * frame["income"]


@parity.case(artifacts="wrong.fake", data=SAMPLE)
def test_wrong():
    return lambda frame: 2.0 * frame["age"] - 0.5 * frame["income"]
"""


@pytest.fixture
def real(pytester: pytest.Pytester) -> pytest.Pytester:
    (pytester.path / "right.fake").write_text("age = 2.0\nincome = -0.5\n")
    (pytester.path / "wrong.fake").write_text("age = 2.0\nincome = -0.25\n")
    pytester.makepyfile(test_models=MODULE)
    return pytester


@pytest.mark.parametrize("arguments", [("-p", "no:xdist"), ("-n", "2")], ids=["one process", "xdist"])
def test_judged_for_real(real: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    phases = ("--parity-phase", "examples", "--parity-phase", "random")
    result = real.runpytest_subprocess(*arguments, "--parity", "--parity-rows", "500", *phases, "--parity-json", "parity.json")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["*wrong in fake*", "*parity replay*"])
    document = json.loads((real.path / "parity.json").read_text())
    verdicts = {case["case"]: case for case in document["cases"]}
    assert verdicts["right"]["verdict"] == "pass"
    assert verdicts["right"]["phases"]["random"]["compared"] == 500
    assert verdicts["wrong"]["verdict"] == "fail"
    assert verdicts["wrong"]["phases"]["random"]["drifted"] > 490
    assert (real.path / ".parity" / "findings" / verdicts["wrong"]["findings"][0]["id"]).is_dir()


def test_rows_and_time_are_budgets(real: pytest.Pytester) -> None:
    """No item has more rows than it was given; one whose time ran out has measured nothing that counts, and says so."""
    only = ("-p", "no:xdist", "--parity", "-k", "right", "--parity-json", "parity.json")
    real.runpytest_subprocess(*only, "--parity-rows", "300", "--parity-phase", "boundary", "--parity-phase", "random")
    (case,) = json.loads((real.path / "parity.json").read_text())["cases"]
    assert {name: phase["rows"] for name, phase in case["phases"].items()} == {"boundary": 300, "random": 300}
    result = real.runpytest_subprocess(*only, "--parity-max-time", "0.000001s", "--parity-phase", "random")
    result.stdout.fnmatch_lines(["*the time budget (--parity-max-time) ran out after 0 rows*"])
    (case,) = json.loads((real.path / "parity.json").read_text())["cases"]
    assert case["verdict"] == "not-measured"
