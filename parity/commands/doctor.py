"""`parity doctor`: what this machine can measure, and for each thing that is missing how to get it."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from parity import __version__
from parity.commands.answer import Answer, Exit
from parity.errors import ParityError, UnmeasurableError

LIBRARIES = {
    "scikit-learn": "sklearn",
    "xgboost": "xgboost",
    "onnx": "onnx",
    "onnxruntime": "onnx",
    "pandas": "sklearn",
    "pytest-xdist": "",
}
ALTERNATIVES = {"xgboost": ("xgboost", "xgboost-cpu"), "onnxruntime": ("onnxruntime", "onnxruntime-gpu")}
ROOM_BYTES = 512 * 1024**2
"""Native libraries are unpacked (about 200 MB for ONNX Runtime and XGBoost), and a block takes up to 64 MiB."""
OK, MISSING, OPTIONAL = "ok", "missing", "optional"
MARKS = {OK: "ok      ", MISSING: "MISSING ", OPTIONAL: "-       "}


@dataclass(frozen=True)
class Check:
    """`state` is "ok", "missing" (something cannot be measured) or "optional" (absent, and needed for some models only)."""

    name: str
    state: str
    found: str
    fix: str = ""


def doctor(folder: Path) -> Answer:
    """Every check, never an exception; exit 3 where the JVM, a runtime's jars or room are missing."""
    checks = [_python(), _jvm(), *_runtimes(), *_libraries(), _room(), _writable(folder)]
    bad = [check for check in checks if check.state == MISSING]
    lines = [f"parity {__version__}", *(line for check in checks for line in _lines(check))]
    lines.append("everything needed is here" if not bad else f"missing: {', '.join(check.name for check in bad)}")
    return Answer(
        {"parity": __version__, "checks": [asdict(check) for check in checks]}, lines, Exit.UNMEASURED if bad else Exit.PASS
    )


def _lines(check: Check) -> Iterator[str]:
    yield f"  {MARKS[check.state]} {check.name:<14} {check.found}"
    if check.fix:
        yield f"{'':<26}{check.fix}"


def _python() -> Check:
    return Check("Python", OK, f"{platform.python_version()} ({platform.machine()}), {sys.executable}")


def _jvm() -> Check:
    from parity.jvm.find import find_jvm

    try:
        jvm = find_jvm()
    except UnmeasurableError as error:
        return Check("JVM", MISSING, str(error))
    return Check("JVM", OK, f"{jvm.version}, {jvm.home}")


def _runtimes() -> Iterator[Check]:
    from parity.jvm.jars import class_path
    from parity.runtimes import find
    from parity.runtimes.runtime import licensed

    for name, runtime in sorted(find().items()):
        try:
            jars = class_path(name).jars
        except ParityError as error:
            yield Check(name, MISSING, str(error))
        else:
            found = f"{len(jars)} jars verified, {runtime.licence}, loads {', '.join(sorted(runtime.suffixes)) or 'folders'}"
            yield Check(name, OK, found) if licensed(runtime) else Check(name, OPTIONAL, found, _licence_wanted(runtime))


def _licence_wanted(runtime: Any) -> str:
    return f"scores with its maker's licence alone: set {' or '.join(runtime.licence_variables)}"


def _libraries() -> Iterator[Check]:
    for name, extra in LIBRARIES.items():
        version = next(filter(None, map(_version, ALTERNATIVES.get(name, (name,)))), None)
        if version:
            yield Check(name, OK, version)
        else:
            wanted = f"pytest-parity[{extra}]" if extra else name
            yield Check(name, OPTIONAL, "not installed", f"needed for some models only: pip install '{wanted}'")


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _room() -> Check:
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    enough = free >= ROOM_BYTES
    fix = "" if enough else f"at least {ROOM_BYTES >> 20} MiB are wanted: free some, or point TMPDIR elsewhere"
    return Check("temporary room", OK if enough else MISSING, f"{free >> 20:,} MiB free in {folder}", fix)


def _writable(folder: Path) -> Check:
    """Try, for permission bits do not tell of read-only mounts."""
    place = folder if folder.is_dir() else folder.parent
    try:
        with tempfile.TemporaryFile(dir=place):
            return Check("findings", OK, f"{folder} can be written")
    except OSError as error:
        return Check(
            "findings", MISSING, f"{folder} cannot be written: {error.strerror}", "give another folder with --parity-out"
        )
