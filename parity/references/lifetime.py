"""Processes that must not outlive this one, however it ends."""

from __future__ import annotations

import subprocess
import sys

_WATCH = """\
import os, signal, sys
sys.stdin.buffer.read()  # ends when the writing end is closed: by the kernel, where its process is killed
try:
    os.kill(int(sys.argv[1]), signal.SIGKILL)
except ProcessLookupError:
    pass
"""

_watching: list[subprocess.Popen[bytes]] = []
"""Held, because the pipe closes with them."""


def ends_with_us(pid: int) -> None:
    """The process `pid` is killed once this one has ended: by itself, by a signal, or by the kernel.

    What hooks at exit do is lost on SIGKILL; a watcher with a pipe to this process is not. It works on Linux and macOS alike.
    """
    command = [sys.executable, "-I", "-S", "-c", _WATCH, str(pid)]
    quiet = subprocess.DEVNULL
    _watching.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, start_new_session=True))
