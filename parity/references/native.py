"""Native model files: which library reads one, and whether it can be opened without ending this process.

A damaged file is met by an error in some libraries and by an abort in others, so that a child process opens it first.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from parity.errors import ReferenceLoadError
from parity.references import catboost_, h2o_, lightgbm_, onnx_, tensorflow_, tflite_, torch_, xgboost_
from parity.references.foreign import Failure, attempt, tidy

LIBRARIES: tuple[ModuleType, ...] = (xgboost_, lightgbm_, catboost_, h2o_, onnx_, tensorflow_, tflite_, torch_)

# Prints what a library raises and exits with REFUSED; an abort leaves no line and a signal.
REFUSED = 3
# Boosters import these where they are installed and open a file as well without them: a child starts in a fifth of the time.
UNNEEDED = ("sklearn", "pandas", "matplotlib", "dask", "distributed", "plotly", "IPython")
CHILD = """
import sys
sys.modules.update(dict.fromkeys({without!r}))
try:
    {open}
except BaseException as error:
    sys.stdout.write(type(error).__name__ + ": " + str(error))
    sys.exit({refused})
"""
# An import of a large library from a cold disk takes tens of seconds; a model that needs more is not opened in tests.
TIMEOUT_SECONDS = 180


def suffixes() -> tuple[str, ...]:
    return tuple(suffix for library in LIBRARIES for suffix in library.SUFFIXES)


def library_for(path: Path) -> ModuleType | None:
    """By content first, since suffixes are shared (.json, .txt, .model); None where nothing recognises it."""
    if path.is_dir():
        return next((library for library in LIBRARIES if path_is_model(library, path)), None)
    with path.open("rb") as file:
        head = file.read(256)
    by_content = (library for library in LIBRARIES if library.recognises(head))
    by_suffix = (library for library in LIBRARIES if path.suffix.lower() in library.SUFFIXES)
    return next(by_content, next(by_suffix, None))


def path_is_model(library: ModuleType, path: Path) -> bool:
    """Is this folder a model of the library's?"""
    return bool(getattr(library, "is_folder", lambda _: False)(path))


def open_native(path: Path) -> Any:
    """The opened model. Raises ReferenceLoadError: no library, not installed, damaged, or one that aborts."""
    library = library_for(path)
    if library is None:
        raise ReferenceLoadError(f"the reference {path} is of no known format; known are .joblib, .pkl, {', '.join(suffixes())}")
    stat = path.stat()
    complaint = tried(library.OPEN, str(path), stat.st_mtime_ns, stat.st_size)
    if "No module named" in complaint:
        raise ReferenceLoadError(f"the reference {path} needs the package {library.PACKAGE}: {complaint}; install it")
    if complaint:
        told = f"cannot be opened by {library.NAME}: {complaint}; is it complete, and not of a newer version?"
        raise ReferenceLoadError(f"the reference {path} {told}")
    model = attempt(lambda: library.open_native(str(path)))
    if isinstance(model, Failure):
        raise ReferenceLoadError(f"the reference {path} cannot be opened by {library.NAME}: {model.error}: {model.message}")
    return model


@lru_cache(maxsize=64)
def tried(code: str, path: str, _modified_ns: int, _size: int) -> str:
    """What went wrong when a child opened the file, "" where nothing did; asked once for each state of a file."""
    said = child(code, path, UNNEEDED)
    # A library that cannot do without one of them says so in these words of Python's import system.
    return child(code, path, ()) if "None in sys.modules" in said else said


def child(code: str, path: str, without: tuple[str, ...]) -> str:
    entries = os.pathsep.join(entry for entry in sys.path if entry)
    environment = {**os.environ, "PYTHONPATH": entries, "PYTHONIOENCODING": "utf-8:replace"}
    command = [sys.executable, "-P", "-c", CHILD.format(open=code, refused=REFUSED, without=without), path]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"it was not open after {TIMEOUT_SECONDS} s"
    if done.returncode == 0:
        return ""
    if done.returncode != REFUSED:
        return f"it ended the process ({ending(done.returncode)})"
    return tidy(done.stdout.decode(errors="replace"))


def ending(code: int) -> str:
    if code >= 0:
        return f"exit status {code}"
    known = {item.value: item.name for item in signal.Signals}
    return f"signal {-code}, {known.get(-code, 'unknown')}"
