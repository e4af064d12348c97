"""What is needed to start a runtime's JVM and open an artifact in it, and the log that its output goes to."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from parity.errors import StoreError

_LOGS_KEPT = 100
_counter = itertools.count(1)
_CRASH = re.compile(r"^#\s+(SIG\w+) .*?^# Problematic frame:\s*\n# \w+\s+(?:\d+ \S+\s+)?(\S[^\n]*)", re.DOTALL | re.MULTILINE)
_ADDRESS = re.compile(r"\+0x[0-9a-f]+|\s*0x[0-9a-f]+|@\s.*$")


@dataclass(frozen=True)
class Launch:
    """One artifact in one runtime. `scorer` is the Java class, `folder` where journals and logs go (`.parity/`).

    `timeout` bounds one call in seconds. `archive` is the temporary and the final name of the archive of classes that this
    JVM is to write when it ends, None where it writes none. `environment` is reported with the results as it is.
    """

    runtime: str
    scorer: str
    artifact: Path
    options: Mapping[str, str]
    jvm: Path
    class_path: tuple[Path, ...]
    flags: tuple[str, ...]
    folder: Path
    timeout: float = 120.0
    archive: tuple[Path, Path] | None = None
    environment: Mapping[str, object] = field(default_factory=dict)


def open_log(folder: Path, runtime: str) -> tuple[Path, int]:
    """A log for one worker, open for appending. Raises StoreError where it cannot be written."""
    path = folder / "logs" / f"{runtime}-{os.getpid()}-{next(_counter)}.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _prune(path.parent)
        return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            f"the worker's log {path} cannot be written: {error.strerror}; make the folder writable, "
            "or choose another with --parity-out"
        ) from None


def _prune(logs: Path) -> None:
    """Every run leaves logs with its process id in their names: the oldest go."""
    found = sorted(logs.glob("*.log"), key=lambda path: path.stat().st_mtime_ns if path.exists() else 0)
    for old in found[:-_LOGS_KEPT]:
        old.unlink(missing_ok=True)


def crashed_in(log: Path) -> str:
    """HotSpot's signal and "problematic frame" of a native crash, without addresses (they differ from run to run); "" if none."""
    try:
        found = _CRASH.search(log.read_text("utf-8", "replace"))
    except OSError:
        return ""
    return f"{found[1]} in {' '.join(_ADDRESS.sub('', found[2]).split())}" if found else ""


def last_line(log: Path) -> str:
    """The last line that the worker printed; "" where it printed none."""
    try:
        lines = log.read_text("utf-8", "replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
