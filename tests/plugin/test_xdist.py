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
