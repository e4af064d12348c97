"""What a model prints must not stand in the JSON that a command prints."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

MODEL = """
import os, sys

def twice(frame):
    os.write(2, b"[Fatal] said in C\\n")
    os.write(1, b"written in C\\n")
    print("printed in Python")
    print("warned in Python", file=sys.stderr)
    return 2.0 * frame["age"]
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-m", "parity.cli", "run", "--phase", "random", "--rows", "50", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def project(folder: Path) -> None:
    (folder / "scoring.py").write_text(MODEL)
    (folder / "model.fake").write_text("age = 2.0\n")
    (folder / "rows.csv").write_text("age\n18.0\n41.5\n90.0\n")
    (folder / "parity.toml").write_text(
        'schema = 1\n[[case]]\nname = "churn"\nreference = "scoring:twice"\nartifacts = ["model.fake"]\ndata = "rows.csv"\n'
    )


def test_standard_output_is_the_command_s_own(tmp_path: Path) -> None:
    project(tmp_path)
    ran = run(tmp_path, "--json")
    assert json.loads(ran.stdout)["verdict"] == "pass", ran.stdout
    log = (tmp_path / ".parity" / "logs" / "python.log").read_text()
    assert "printed in Python\n" in log
    assert "written in C\n" in log
    assert "[Fatal] said in C\n" in log
    assert "[Fatal]" not in ran.stderr
    assert "warned in Python\n" in ran.stderr
    assert ran.returncode == 0


def test_a_folder_that_cannot_be_written_is_said_by_the_one_who_needs_it(tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / ".parity").mkdir()
    (tmp_path / ".parity" / "logs").write_text("a file in the way")
    ran = run(tmp_path)
    assert "ERROR: churn: the worker's log" in ran.stdout
    assert "Traceback" not in ran.stdout + ran.stderr
    assert ran.returncode == 2
