"""What the installed plugin costs a pytest that does not use it: instructions, counted by valgrind, and what is imported.

Two virtual environments that differ in the wheel alone, each of the same installed distributions; one trivial test,
PYTHONHASHSEED=0, byte code written beforehand; instructions of the process as valgrind's cachegrind counts them without a cache
model. Imports are those in sys.modules and those that a finder at the front saw, so that one of a package that is not there would
be seen too; Hypothesis' own pytest plugin is off for that, because it imports Hypothesis at the end of each run.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.result import Figure, Result, method_of, publish

ROOT = Path(__file__).parent.parent
MOST_INSTRUCTIONS = 40_000_000
HEAVY = ("numpy", "jpype", "hypothesis", "pandas", "pyarrow", "sklearn", "onnxruntime", "mlflow")
BARE = ("pytest", "pluggy", "iniconfig", "packaging", "pygments")
# What `pip install pytest-parity` brings along; Hypothesis registers a pytest plugin of its own, which both sides then have.
DEPENDENCIES = (
    "click", "hypothesis", "sortedcontainers", "jpype1", "jsonschema", "jsonschema-specifications", "referencing", "rpds-py",
    "attrs", "numpy", "pyarrow", "rich", "markdown-it-py", "mdurl", "threadpoolctl", "typing-extensions",
)  # fmt: skip
REPETITIONS = 3
_NOTED = "import sys, pytest, importlib.abc, json\n" + (
    "class Noted(importlib.abc.MetaPathFinder):\n"
    "    def __init__(self): self.names = []\n"
    "    def find_spec(self, name, path=None, target=None): self.names.append(name)\n"
    "noted = Noted(); sys.meta_path.insert(0, noted)\n"
    "status = pytest.main(sys.argv[1:]); print(json.dumps([int(status), sorted({*noted.names, *sys.modules})]))\n"
)


def measure() -> Result:
    if shutil.which("valgrind") is None:
        raise RuntimeError("valgrind is missing, which counts the instructions: install it (apt-get install valgrind)")
    with tempfile.TemporaryDirectory(
        prefix="plain-pytest-"
    ) as place:  # outside the checkout, whose own settings pytest would find
        folder = Path(place)
        wheel = _wheel(folder)
        figures = [
            *_compared(folder, "pytest alone", BARE, wheel),
            *_compared(folder, "with our dependencies", BARE + DEPENDENCIES, wheel),
        ]
        figures += _imports(folder / "with our dependencies" / "with", folder)
    return Result("plain_pytest", tuple(figures), method_of(__doc__))


def _wheel(folder: Path) -> Path:
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        folder,
        ROOT,
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    return wheel


def _compared(folder: Path, label: str, distributions: tuple[str, ...], wheel: Path) -> list[Figure]:
    counts = {}
    for side, wheels in (("without", []), ("with", [wheel])):
        python = _environment(folder / label / side, distributions, wheels)
        counts[side] = _instructions(python, folder)
    more = [a - b for a, b in zip(counts["with"], counts["without"], strict=True)]
    high = max(more)
    return [
        Figure(f"{label}: instructions more with the plugin", high, "", min(more), high, "range", at_most=MOST_INSTRUCTIONS),
        Figure(
            f"{label}: instructions without it",
            max(counts["without"]),
            "",
            min(counts["without"]),
            max(counts["without"]),
            "range",
        ),
    ]


def _environment(where: Path, distributions: tuple[str, ...], wheels: list[Path]) -> Path:
    """A virtual environment's interpreter; the distributions are linked from this one, so that nothing is downloaded."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", where], check=True)
    (packages,) = where.glob("lib/python*/site-packages")
    for name in distributions:
        _link(name, packages)
    python = where / "bin/python"
    for wheel in wheels:
        install: list[str | Path] = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            python,
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            wheel,
        ]
        subprocess.run(install, check=True)
    return python


def _link(name: str, packages: Path) -> None:
    for file in importlib.metadata.distribution(name).files or ():
        if ".." not in file.parts and "__pycache__" not in file.parts:
            target = packages / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(file.locate())


def _instructions(python: Path, folder: Path) -> list[int]:
    test = _test(folder)
    _run([python, "-m", "pytest", "-q", test], folder)  # writes the byte code
    command: list[str | Path] = [
        "valgrind",
        "--tool=cachegrind",
        "--cache-sim=no",
        "--cachegrind-out-file=/dev/null",
        python,
        "-m",
        "pytest",
        "-q",
        test,
    ]
    return [int(_counted(_run(command, folder).stderr)) for _ in range(REPETITIONS)]


def _counted(text: str) -> str:
    found = re.search(r"I\s+refs:\s+([\d,]+)", text)
    if found is None:
        raise RuntimeError(f"valgrind said nothing of instructions: {text[-400:]}")
    return found[1].replace(",", "")


def _imports(environment: Path, folder: Path) -> list[Figure]:
    command: list[str | Path] = [environment / "bin/python", "-c", _NOTED, "-q", "-p", "no:hypothesispytest", _test(folder)]
    status, names = json.loads(_run(command, folder).stdout.splitlines()[-1])
    heavy = sorted({name for name in names if name.partition(".")[0] in HEAVY})
    ours = sorted({name for name in names if name.partition(".")[0] in ("parity", "pytest_parity")})
    if status != 0 or "pytest_parity" not in ours:
        raise RuntimeError(f"the plugin was not loaded: status {status}, our modules: {ours}")
    return [
        Figure("heavy modules imported", len(heavy), "", at_most=0, note=", ".join(heavy) or f"none of {', '.join(HEAVY)}"),
        Figure("modules of ours imported", len(ours), "", note=", ".join(ours)),
    ]


def _test(folder: Path) -> Path:
    test = folder / "suite" / "test_nothing.py"
    test.parent.mkdir(exist_ok=True)
    test.write_text("def test_nothing():\n    assert True\n")
    return test


def _run(command: list[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON"))}
    environment |= {"PYTHONHASHSEED": "0"}
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder / "suite", env=environment)


if __name__ == "__main__":
    publish(measure)
