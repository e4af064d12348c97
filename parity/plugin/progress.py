"""One line that moves, behind what pytest has written, while a long phase runs on a terminal."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

import pytest

from parity.values.plan import Phase

SAVE, RESTORE, CLEAR = "\x1b7", "\x1b8", "\x1b[K"
PATIENCE_SECONDS = 2.0  # shorter phases show nothing
INTERVAL_SECONDS = 0.2  # a terminal need not be written more often
LEAST_WIDTH = 20  # less room than this in the line: show nothing rather than wrap


class Progress:
    """Called with a short text from inside the phase; writes only to a terminal, never into captured output."""

    def __init__(self, config: pytest.Config, phase: Phase) -> None:
        self._reporter = config.pluginmanager.getplugin("terminalreporter")
        self._capture = config.pluginmanager.getplugin("capturemanager")
        self._phase = phase
        self._started = self._shown = time.monotonic()
        self._dirty = False
        self._quiet = not _terminal(config, self._reporter)

    def __call__(self, text: str) -> None:
        now = time.monotonic()
        if self._quiet or now - self._started < PATIENCE_SECONDS or now - self._shown < INTERVAL_SECONDS:
            return
        self._shown = now
        room = self._reporter._tw.fullwidth - self._reporter._tw.width_of_current_line - 2
        if room >= LEAST_WIDTH:
            self._write(SAVE + f" {self._phase}: {text}, {now - self._started:.0f} s"[:room] + CLEAR + RESTORE)
            self._dirty = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._dirty:
            self._write(CLEAR)

    def _write(self, text: str) -> None:
        if self._capture is None:
            _flush(text)
            return
        with self._capture.global_and_fixture_disabled():
            _flush(text)


def _flush(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _terminal(config: pytest.Config, reporter: object) -> bool:
    """A terminal of its own: not a worker of xdist, not quiet, not a file, not CI."""
    return reporter is not None and not hasattr(config, "workerinput") and config.get_verbosity() >= 0 and bool(reporter.isatty)  # type: ignore[attr-defined]
