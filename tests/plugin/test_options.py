"""Each option: its effect, its twin in the ini file, and what a wrong value gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.plugin.conftest import Project

WRONG = (
    (("--parity-profile", "nightli"), "--parity-profile 'nightli'*Did you mean 'nightly'*dev, ci, nightly*"),
    (("--parity-runtime", "onnxruntim"), "--parity-runtime 'onnxruntim'*Did you mean 'onnxruntime'*"),
    (("--parity-phase", "rndom"), "--parity-phase 'rndom'*Did you mean 'random'*"),
    (("--parity-rows", "many"), "--parity-rows 'many'*whole number of at least 1*"),
    (("--parity-rows", "0"), "--parity-rows '0'*at least 1*"),
    (("--parity-seed", "-1"), "--parity-seed '-1'*at least 0*"),
    (("--parity-max-time", "soon"), "--parity-max-time 'soon'*90s, 2m or 1h*"),
    (("--parity-max-time", "0s"), "--parity-max-time '0s'*"),
    (("--parity-model", "m.joblib"), "--parity-model 'm.joblib' without --parity-artifact*"),
    (("--parity-artifact", "model.fake"), "--parity-artifact * without --parity-model*"),
    (("--parity-data", "x.csv"), "--parity-data 'x.csv' without --parity-model*"),
    (("--parity-model", "m.joblib", "--parity-artifact", "gone.onnx"), "--parity-artifact *gone.onnx*no such file*"),
)


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")
def test_wrong_value(project: Project, arguments: tuple[str, ...], message: str) -> None:
    project.write("passing")
    result = project.run(*arguments)
    result.stderr.fnmatch_lines([f"ERROR: {message}"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_parity_in_the_ini_file(project: Project) -> None:
    project.write("passing")
    project.pytester.makeini("[pytest]\nparity = true\nparity_phase = random\n")
    project.pytester.runpytest_inprocess("-p", "no:xdist").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("option", "field", "value"),
    [
        ("profile", "profile", "nightly"),
        ("rows", "rows", "1234"),
        ("seed", "seed", "99"),
    ],
)
def test_settings_reach_the_pipeline(
    project: Project, monkeypatch: pytest.MonkeyPatch, option: str, field: str, value: str
) -> None:
    project.write("passing")
    assert project.seen(monkeypatch, ["--parity-phase", "random", f"--parity-{option}", value])[0][field] == value


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [("parity_profile = dev", "profile", "dev"), ("parity_rows = 77", "rows", "77"), ("parity_seed = 5", "seed", "5"),
     ("parity_max_time = 1.5m", "max_seconds", "90.0"), ("parity_inline = true", "inline", "True")],
)  # fmt: skip
def test_ini_twins(project: Project, monkeypatch: pytest.MonkeyPatch, line: str, field: str, value: str) -> None:
    project.write("passing")
    project.pytester.makeini(f"[pytest]\n{line}\nparity_phase = random\n")
    assert project.seen(monkeypatch, [])[0][field] == value


def test_the_command_line_wins_over_the_ini_file(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("passing")
    project.pytester.makeini("[pytest]\nparity_seed = 5\nparity_phase = random\n")
    assert project.seen(monkeypatch, ["--parity-seed", "6"])[0]["seed"] == "6"


def test_max_time(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("passing")
    assert project.seen(monkeypatch, ["--parity-phase", "random", "--parity-max-time", "2m"])[0]["max_seconds"] == "120.0"


def test_out(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("passing")
    seen = project.seen(monkeypatch, ["--parity-phase", "random", "--parity-out", "kept"])
    assert Path(seen[0]["folder"]) == project.pytester.path / "kept"


def test_inline(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("passing")
    assert project.seen(monkeypatch, ["--parity-phase", "random", "--parity-inline"])[0]["inline"] == "True"


def test_phase_may_be_repeated(project: Project) -> None:
    project.write("passing")
    project.run("--parity-phase", "random", "--parity-phase", "special").assert_outcomes(passed=2)


def test_case(project: Project) -> None:
    project.write("passing", "drifting")
    project.run("--parity-case", "pass*", "--parity-phase", "random").assert_outcomes(passed=1)


def test_runtime(project: Project) -> None:
    project.write("passing")
    project.run("--parity-runtime", "fake", "--parity-phase", "random").assert_outcomes(passed=1)


def test_runtime_that_leaves_nothing(project: Project) -> None:
    project.write("passing")
    result = project.run("--parity-runtime", "jpmml")
    result.stderr.fnmatch_lines(["ERROR: --parity found no case*"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_model_and_artifact_need_no_file(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.module("def test_plain():\n    raise AssertionError('other tests are left out')\n")
    (project.pytester.path / "passing.joblib").write_bytes(b"")
    seen = project.seen(monkeypatch, ["--parity-model", "passing.joblib", "--parity-artifact", "model.fake"])
    assert {entry["case"] for entry in seen} == {"passing"}
    assert len(seen) == 6


def test_model_that_is_not_there(project: Project) -> None:
    result = project.run("--parity-model", "gone.joblib", "--parity-artifact", "model.fake")
    result.stderr.fnmatch_lines(["*gone.joblib*"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_header(project: Project) -> None:
    project.write("passing")
    result = project.run("--parity-phase", "random", "--parity-seed", "7")
    result.stdout.fnmatch_lines(["parity: *profile ci, seed 7, phases random, findings in .parity", "parity: Python *JVM*"])


def test_nightly_draws_a_new_seed_each_run_and_prints_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("passing")
    arguments = ["--parity-phase", "random", "--parity-profile", "nightly"]
    one, two = (project.seen(monkeypatch, arguments)[-1]["seed"] for _ in range(2))
    assert one != two
    result = project.run(*arguments)
    result.stdout.re_match_lines([r"parity: .*profile nightly, seed \d{2,}, .*"])


def test_a_seed_that_is_given_is_kept_in_nightly(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("passing")
    nightly = ["--parity-phase", "random", "--parity-profile", "nightly"]
    assert project.seen(monkeypatch, [*nightly, "--parity-seed", "7"])[-1]["seed"] == "7"
    assert project.seen(monkeypatch, [*nightly, "--hypothesis-seed", "8"])[-1]["seed"] == "8"
    assert project.seen(monkeypatch, [*nightly, "--parity-seed", "7", "--hypothesis-seed", "8"])[-1]["seed"] == "7"


def test_the_workers_of_xdist_share_the_drawn_seed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("passing")
    log = project.pytester.path / "seen.jsonl"
    monkeypatch.setenv("PARITY_SEEN", str(log))
    project.pytester.runpytest_subprocess("-n", "2", "--parity", "--parity-profile", "nightly")
    seeds = {json.loads(line)["seed"] for line in log.read_text().splitlines()}
    assert len(seeds) == 1 and seeds != {"0"}
