"""Heavy runtimes: their native code or jars come by `make java-heavy` or `parity jars fetch`, to who needs them alone.

Heavy is what a module's own pom says is; the jars of all others are part of the build, and their absence is a failure.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from parity.errors import JarsError
from parity.jvm.jars import class_path
from parity.jvm.lock import read_lock

_JAVA = Path(__file__).parents[1] / "java-harness"


@cache
def not_there(runtime: str) -> str:
    """Why a heavy runtime cannot be tested here, "" where it can."""
    pom = _JAVA / runtime / "pom.xml"
    if not pom.exists() or "<id>heavy</id>" not in pom.read_text():
        return ""
    try:
        class_path(runtime)
    except JarsError as error:
        return f"{runtime} is NOT TESTED: {error}"
    return ""


def absent_heavy() -> list[str]:
    """The heavy runtimes that are not here, by name, sorted."""
    return sorted(filter(not_there, read_lock()))
