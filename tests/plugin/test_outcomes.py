"""A verdict as a pytest outcome, and what the user reads of a failure."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project


def test_pass(project: Project) -> None:
    project.write("passing")
    result = project.run("--parity-phase", "random")
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.OK


def test_fail_shows_the_finding_and_no_traceback(project: Project) -> None:
    project.write("drifting")
    result = project.run("--parity-phase", "random")
    result.assert_outcomes(failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*drifting[[]fake-random]*", "canned fail", "*parity replay a91f03c2d7e8*"])
    assert "Traceback" not in result.stdout.str()
    assert "outcomes.py" not in result.stdout.str()


def test_not_measured_fails_where_it_is_the_only_runtime(project: Project) -> None:
    project.write("unmeasured")
    result = project.run("--parity-phase", "random")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["not measured: canned not-measured"])


def test_not_applicable_skips_with_its_reason(project: Project) -> None:
    project.write("linear")
    result = project.run("--parity-phase", "random", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*parity.toml*not-applicable: canned not-applicable"])


def test_no_jvm_is_a_failure_with_its_message(project: Project) -> None:
    project.write("no-jvm")
    result = project.run("--parity-phase", "random")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["not measured: no JVM was found; install a JDK 17"])
    assert "Traceback" not in result.stdout.str()


def test_what_the_user_got_wrong_fails_with_its_message(project: Project) -> None:
    project.write("mismatched")
    result = project.run("--parity-phase", "random")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["columns age, income do not fit inputs age, city"])
    assert "Traceback" not in result.stdout.str()


def test_what_the_user_got_wrong_is_said_once_and_ends_as_a_usage_error(project: Project) -> None:
    project.write("mismatched", "passing")
    result = project.run("--parity-phase", "random", "--parity-phase", "special")
    result.assert_outcomes(failed=2, passed=2)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stdout.str().count("ERROR: mismatched: columns age, income do not fit inputs age, city\n") == 1


def test_our_own_mistake_keeps_its_traceback(project: Project) -> None:
    project.write("crashing")
    result = project.run("--parity-phase", "random")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*ZeroDivisionError: ours*"])


def test_skips_what_is_not_required() -> None:
    from parity.plugin.outcomes import conclude
    from parity.values.plan import Phase
    from parity.values.result import PhaseResult, Verdict

    result = PhaseResult("churn", "model.pmml", "jpmml", Phase.RANDOM, Verdict.NOT_MEASURED, "no jars")
    with pytest.raises(pytest.skip.Exception, match="not-measured: no jars"):
        conclude(result, False, [])
