"""Where cases come from, and what their items are called."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project

PHASES = ("examples", "boundary", "special", "random", "invariance", "latency")


def test_one_item_per_phase(project: Project) -> None:
    project.write("passing")
    result = project.run("--collect-only", "-q")
    result.stdout.fnmatch_lines([f"parity.toml::passing[[]fake-{phase}]" for phase in PHASES])
    assert result.ret == pytest.ExitCode.OK


def test_artifact_in_the_id_where_two_share_a_runtime(project: Project) -> None:
    (project.pytester.path / "other.fake").write_text("age = 2.0\n")
    text = project.toml("passing").replace('["model.fake"]', '["model.fake", "other.fake"]')
    (project.pytester.path / "parity.toml").write_text(text)
    result = project.run("--collect-only", "-q", "--parity-phase", "random")
    result.stdout.fnmatch_lines(["*::passing[[]model.fake-fake-random]", "*::passing[[]other.fake-fake-random]"])


def test_pyproject(project: Project) -> None:
    text = (
        project.toml("passing").replace("[[case]]", "[[tool.parity.case]]").replace("schema = 1\n", "[tool.parity]\nschema = 1\n")
    )
    project.pytester.makepyprojecttoml(text)
    project.run("--parity-phase", "random").assert_outcomes(passed=1)


def test_pyproject_without_a_table_of_ours_is_left_alone(project: Project) -> None:
    project.write("passing")
    project.pytester.makepyprojecttoml('[project]\nname = "parity-user"\n')
    project.run("--parity-phase", "random").assert_outcomes(passed=1)


def test_both_files_are_an_error(project: Project) -> None:
    project.write("passing")
    project.pytester.makepyprojecttoml("[tool.parity]\nschema = 1\n")
    result = project.run()
    result.stderr.fnmatch_lines(["ERROR: *parity.toml and *tool.parity*both*"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_the_root_is_collected_whatever_testpaths_says(project: Project) -> None:
    project.write("passing")
    project.pytester.makeini("[pytest]\ntestpaths = tests\n")
    project.pytester.mkdir("tests").joinpath("test_plain.py").write_text("def test_plain():\n    pass\n")
    project.run("--parity-phase", "random").assert_outcomes(passed=2)


def test_the_root_is_collected_once_where_testpaths_holds_it(project: Project) -> None:
    project.write("passing")
    project.pytester.makeini("[pytest]\ntestpaths = .\n")
    project.run("--parity-phase", "random").assert_outcomes(passed=1)


def test_typed_paths_leave_the_root_out(project: Project) -> None:
    project.write("passing")
    project.module("def test_plain():\n    pass\n", "test_plain.py")
    project.module(
        """
        import parity

        @parity.case(artifacts="model.fake")
        def passing():
            return len
    """,
        "test_declared.py",
    )
    result = project.run("test_declared.py", "--parity-phase", "random", "-v")
    result.stdout.fnmatch_lines(["test_declared.py::passing[[]fake-random] PASSED*"])
    result.assert_outcomes(passed=1)


def test_declared_case(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.module("""
        import parity

        @parity.case(artifacts=["model.fake"], name="passing")
        def test_model():
            return {"built": True}
    """)
    seen = project.seen(monkeypatch, ["--parity-phase", "random"])
    assert [(entry["case"], entry["reference"]) for entry in seen] == [("passing", "{'built': True}")]


def test_declared_case_with_an_unknown_setting(project: Project) -> None:
    project.module("""
        import parity

        @parity.case(artifacts="model.fake", inputz={})
        def passing():
            return len
    """)
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*inputz*inputs*"])


def test_a_reference_that_raises_is_shown_with_its_traceback(project: Project) -> None:
    project.module("""
        import parity

        @parity.case(artifacts="model.fake")
        def passing():
            raise RuntimeError("the user's own mistake")
    """)
    result = project.run("--parity-phase", "random")
    result.stdout.fnmatch_lines(["*raise RuntimeError*"])
    result.assert_outcomes(failed=1)


def test_no_case_at_all(project: Project) -> None:
    project.module("def test_plain():\n    pass\n")
    result = project.run()
    result.stderr.fnmatch_lines(["ERROR: --parity found no case*parity.toml*--parity-model*"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_unknown_key(project: Project) -> None:
    project.write("passing", more="datta = 'x.csv'")
    result = project.run()
    result.stderr.fnmatch_lines(["ERROR: *datta*data*"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_a_wrong_file_below_the_root(project: Project) -> None:
    project.write("passing")
    below = project.pytester.mkdir("below")
    (below / "parity.toml").write_text("schema = 1\n[[cases]]\n")
    result = project.run()
    result.stderr.fnmatch_lines(["*cases*case*"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_keyword(project: Project) -> None:
    project.write("passing", "linear")
    result = project.run("-k", "passing and (random or boundary)")
    result.assert_outcomes(passed=2, deselected=10)


def test_node_id(project: Project) -> None:
    project.write("passing")
    project.run("parity.toml::passing[fake-random]").assert_outcomes(passed=1)


def test_exit_first_and_last_failed(project: Project) -> None:
    project.write("drifting", "passing")
    project.run("-x").assert_outcomes(failed=1)
    result = project.run("--lf", "-v")
    result.stdout.fnmatch_lines(["parity.toml::drifting[[]fake-examples] FAILED*"])
    result.assert_outcomes(failed=1)
