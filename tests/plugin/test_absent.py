"""Without --parity the plugin is silent and free."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.plugin.conftest import Project

HEAVY = ("numpy", "jpype", "hypothesis", "pandas", "pyarrow", "sklearn", "onnxruntime", "mlflow", "click", "rich", "parity")
PROBE = f"""
import sys
import pytest
class Look:
    def pytest_sessionfinish(self):
        print("PLUGIN", "pytest_parity" in sys.modules)
        print("HEAVY", [name for name in {HEAVY!r} if name in sys.modules])
pytest.main(["-q", "-s", "-p", "no:cacheprovider", "."], plugins=[Look()])
"""


def test_nothing_heavy_is_imported(tmp_path: pytest.TempPathFactory) -> None:
    (tmp_path / "test_nothing.py").write_text("def test_nothing():\n    pass\n")  # type: ignore[operator]
    done = subprocess.run([sys.executable, "-c", PROBE], cwd=str(tmp_path), capture_output=True, text=True, check=True)
    assert "1 passed" in done.stdout
    assert "PLUGIN True" in done.stdout, "the plugin itself must be there, or this test shows nothing"
    assert "HEAVY []" in done.stdout


def test_no_case_is_collected(project: Project) -> None:
    project.write("passing")
    project.module("""
        import parity

        @parity.case(artifacts="model.fake")
        def test_declared():
            raise AssertionError("built without --parity")

        def test_plain():
            pass
    """)
    result = project.pytester.runpytest_inprocess("-p", "no:xdist")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*parity: *")
    result.stdout.no_fnmatch_line("*warning*")


def test_help_names_every_option(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--help")
    names = (
        "profile",
        "runtime",
        "phase",
        "case",
        "model",
        "artifact",
        "data",
        "rows",
        "max-time",
        "seed",
        "json",
        "out",
        "inline",
    )
    for name in names:
        result.stdout.fnmatch_lines_random([f"*--parity-{name}*", f"*parity_{name.replace('-', '_')} *"])
