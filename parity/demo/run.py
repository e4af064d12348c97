"""`parity demo`: writes the project, runs pytest in it as a user would, and says what was to be seen."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from parity.commands.answer import Answer, Exit
from parity.demo.project import CASES, write_project
from parity.errors import UnmeasurableError, UsageError
from parity.replay.files import as_store_error

NEEDED = ("sklearn", "xgboost", "onnx", "skl2onnx", "onnxmltools", "sklearn2pmml", "palmerpenguins", "joblib", "pandas")

TIMED = "not latency or tumour-boosted"
"""Latency of one model, in all three runtimes: each takes about ten seconds."""


def demo(folder: Path, quiet: bool, say: Callable[[str], None]) -> Answer:
    """Exit 0 where the clean models pass and the known bugs are found; 1 where the day has changed one of them.

    `quiet` leaves pytest's own output out. Raises UsageError where the extra packages are missing, UnmeasurableError
    without a JVM.
    """
    _check_packages()
    started = time.monotonic()
    with as_store_error("write the demo's project", folder, "Give another folder with --folder, one with room for a megabyte."):
        write_project(folder, say if quiet else print)
    results = folder / "parity.json"
    results.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "--parity", "--parity-json", results.name, "-k", TIMED]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL if quiet else None, check=False)
    if not results.exists():
        raise UnmeasurableError(f"pytest --parity ended with code {done.returncode} and wrote no results; ask parity doctor.")
    document = json.loads(results.read_text(encoding="utf-8"))
    surprises = _surprises(document)
    seconds = time.monotonic() - started
    return Answer(
        {"folder": str(folder), "seconds": round(seconds, 1), "surprises": surprises, "results": document},
        _closing(folder, surprises, seconds),
        Exit.POLICY if surprises else Exit.PASS,
    )


def _check_packages() -> None:
    from importlib.util import find_spec

    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise UsageError(f"the demo needs {', '.join(missing)}: pip install 'pytest-parity[demo]'.")


def _surprises(document: Mapping[str, Any]) -> list[str]:
    """Runtimes whose verdict is not the one that was known when the demo was written."""
    expected = {(case.name, runtime): "fail" for case in CASES for runtime in case.fails_in}
    judged = {(entry["case"], entry["runtime"]): entry["verdict"] for entry in document["cases"]}
    return [
        f"{case} in {runtime}: {verdict}, expected {expected.get((case, runtime), 'pass')}"
        for (case, runtime), verdict in judged.items()
        if verdict != expected.get((case, runtime), "pass")
    ]


def _closing(folder: Path, surprises: list[str], seconds: float) -> list[str]:
    lines = ["", f"The failures above are real, nothing was planted. Models, artifacts and findings lie in {folder}."]
    lines += [f"  {case.name} in {runtime}: {case.lesson}" for case in CASES for runtime in sorted(case.fails_in)]
    lines += ["Not as it was when this demo was written:", *(f"  {text}" for text in surprises)] if surprises else []
    return [*lines, f"{seconds:.0f} seconds. Next: parity init in a folder of your own."]
