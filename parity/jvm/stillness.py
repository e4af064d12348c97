"""A process that is asked to compute and does not: it waits for what never comes."""

from __future__ import annotations

import os
import time
from pathlib import Path

STILL_SECONDS = 15.0
"""An engine that scores uses the processor. One that does not for so long waits for a lock that nobody will give back, as where
a native library has written over another's memory: on a busy machine too it would have had its turn."""

_SHARE = 0.01
"""Of one processor. The own threads of a JVM that stands still take 0.001 of one (measured: 0.01 s in 10 s)."""


class Stillness:
    """Watches one process from now on. Where the system does not show its processor time (macOS), it never stands still."""

    def __init__(self, pid: int) -> None:
        self._stat = Path(f"/proc/{pid}/stat")
        self._since = time.monotonic()
        self._spent = self._seconds()

    def too_long(self) -> bool:
        """Has it used next to no processor time for STILL_SECONDS?"""
        if (waited := time.monotonic() - self._since) < STILL_SECONDS:
            return False
        before, self._spent = self._spent, self._seconds()
        self._since = time.monotonic()
        return before is not None and self._spent is not None and self._spent - before < _SHARE * waited

    def _seconds(self) -> float | None:
        """Processor time so far; None where it cannot be known, or where the process is stopped or waits for a disk."""
        try:
            fields = self._stat.read_text().rpartition(")")[2].split()
        except OSError:
            return None
        if fields[0] in "DTt":
            return None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime and stime, proc(5)
