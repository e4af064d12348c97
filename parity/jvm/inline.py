"""Inline mode: the same session over a JVM in this process, for debuggers and for workers of others (Spark executors).

There is no time limit, and a native crash ends this process: its journal stays.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from parity.jvm.launch import Launch


class InlineChannel:
    """A desk in this process. A process has one JVM, so one class path: a second runtime is a JvmError."""

    log: Path | None = None

    def __init__(self, _launch: Launch) -> None:
        from parity.jvm.desk import Desk  # imports jpype

        self._desk = Desk()

    def request(self, message: dict[str, Any], _timeout: float, /) -> dict[str, Any]:
        """Ask the desk; the time limit cannot be kept here."""
        return self._desk.answer(message)

    def kill(self) -> None:
        """A JVM in this process cannot be ended; its scorer is closed."""
        self.close()

    def close(self, _archive: tuple[str, ...] = (), /) -> None:
        """Close the scorer. The JVM goes on for the next session."""
        self._desk.answer({"op": "close"})
