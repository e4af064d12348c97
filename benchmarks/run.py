"""All benchmarks, one after the other, each in a process of its own: printed, and written to results.json and README.md."""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.clocks import pressure
from benchmarks.result import Figure, number, verdict, wanted

BENCHMARKS = (
    "bits", "crossing", "peers", "rate", "plain_pytest", "memory", "first_row", "coverage", "edge_rows", "planted", "smallest",
    "clean", "bounds", "kill_rate", "engines", "causes", "diagnosis",
)  # fmt: skip
HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
README = HERE / "README.md"
_PACKAGES = (
    "numpy", "pyarrow", "scikit-learn", "hypothesis", "pytest", "jpype1", "jpmml_evaluator", "pypmml", "sklearn2pmml",
    "lightgbm", "xgboost",
)  # fmt: skip
_TABLE = re.compile(r"(<!-- figures -->\n).*?(<!-- end of figures -->)", re.DOTALL)


def main() -> None:
    """Exit status 1 where a benchmark failed or a figure missed what is wanted of it."""
    arguments = _arguments()
    failed = [name for name in arguments.names or BENCHMARKS if not _run(name)]
    results = _results()
    README.write_text(_TABLE.sub(lambda found: found[1] + _table(results) + found[2], README.read_text()))
    missed = [
        f"{name}: {f['what']}" for name in arguments.names or BENCHMARKS for f in _figures(results, name) if f["reached"] is False
    ]
    for text in [*(f"{name} failed" for name in failed), *(f"missed: {text}" for text in missed)]:
        print(text)
    sys.exit(1 if failed or missed else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)} (default: all)")
    arguments = parser.parse_args()
    for name in arguments.names:
        if name not in BENCHMARKS:
            parser.error(f"unknown benchmark {name!r}. Known: {', '.join(BENCHMARKS)}")
    return arguments


def _results() -> dict[str, Any]:
    """What was measured so far, here or in an earlier run."""
    return dict(json.loads(RESULTS.read_text())) if RESULTS.exists() else {}


def _run(name: str) -> bool:
    """Measure, and keep the result; what was measured before stays where a benchmark fails."""
    before = pressure()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "result.json"
        # Threads of BLAS would compete with the JVM for two cores.
        environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", path], cwd=HERE.parent, env=environment, check=False)
        if done.returncode != 0:
            return False
        result = json.loads(path.read_text())
    del result["raw"]
    result["machine"] = _machine() | {"cpu_pressure_before": before, "cpu_pressure_after": pressure()}
    RESULTS.write_text(json.dumps(_results() | {name: result}, indent=1) + "\n")
    return True


def _machine() -> dict[str, Any]:
    return {
        "date": datetime.date.today().isoformat(),
        "cpu": _first(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo")),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "niceness": os.nice(0),
        "python": platform.python_version(),
        "java": _java(),
        "packages": {name: version for name in _PACKAGES if (version := _version(name))},
    }


def _version(name: str) -> str:
    """ "" where it is not installed: the peers are needed by some benchmarks only."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _java() -> str:
    from parity.jvm.find import find_jvm

    return find_jvm().build


def _first(pattern: str, file: Path) -> str:
    found = re.search(pattern, file.read_text())
    return found[1].strip() if found else "not known"


def _figures(results: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return list(results.get(name, {}).get("figures", ()))


def _table(results: dict[str, Any]) -> str:
    lines = ["", "| benchmark | figure | measured | spread | wanted | reached |", "| --- | --- | --- | --- | --- | --- |"]
    for name in BENCHMARKS:
        lines += [_row(name, entry) for entry in _figures(results, name)]
        if name not in results:
            lines.append(f"| {name} | not measured | | | | |")
    machines = [f"* {name}: {_conditions(results[name]['machine'])}" for name in BENCHMARKS if name in results]
    return "\n".join([*lines, "", "Conditions of each:", "", *machines, "", ""])


def _row(name: str, entry: dict[str, Any]) -> str:
    figure = Figure(**{key: value for key, value in entry.items() if key != "reached"})
    spread = ""
    if figure.low is not None and figure.high is not None:
        how = ", ".join(filter(None, (figure.spread, figure.repetitions)))
        spread = f"{number(figure.low)} to {number(figure.high)} ({how})"
    measured = f"{number(figure.value)} {figure.unit}".strip() + (f" ({figure.note})" if figure.note else "")
    return f"| {name} | {figure.what} | {measured} | {spread} | {wanted(figure)} | {verdict(figure)} |"


def _conditions(machine: dict[str, Any]) -> str:
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    busy = [
        text.split("avg60=")[1].split()[0] for key in ("before", "after") if "avg60=" in (text := machine[f"cpu_pressure_{key}"])
    ]
    pressed = f"CPU pressure over a minute {' % before and '.join(busy)} % after" if busy else "CPU pressure not known"
    return (
        f"{machine['date']}, {machine['cores']} cores {machine['cpu']}, {machine['memory_gib']} GiB, {machine['system']}, "
        f"Java {machine['java']}, Python {machine['python']}, {packages}; {pressed}, niceness {machine['niceness']}"
    )
