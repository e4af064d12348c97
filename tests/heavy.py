"""Runtimes whose native code or jars only `make java-heavy` or `parity jars fetch` brings, and which are not here."""

from __future__ import annotations

from pathlib import Path

from parity.errors import JarsError
from parity.jvm.jars import class_path
from parity.jvm.lock import read_lock

_MODULES = Path(__file__).parents[1] / "java-harness"


def absent_heavy() -> list[str]:
    """Names, sorted. Any other runtime whose jars are missing is a fault, and not among them."""
    return sorted(name for name in read_lock() if _is_heavy(name) and not _is_here(name))


def _is_heavy(runtime: str) -> bool:
    pom = _MODULES / runtime / "pom.xml"
    return pom.exists() and "<id>heavy</id>" in pom.read_text()


def _is_here(runtime: str) -> bool:
    try:
        return bool(class_path(runtime).jars)
    except JarsError:
        return False
