"""What libraries and models print, kept apart from what a command says: its standard output may be JSON."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path

LOG = "python.log"


@contextmanager
def printed_apart(folder: Path) -> Iterator[None]:
    """Standard output, and what C code writes to standard error, go to `logs/python.log` in `folder`, or nowhere.

    `[LightGBM] [Fatal] …` comes with each refusal of a row, thousands of times. Python's own sys.stderr stays where it is:
    progress, warnings and logging go there.
    """
    sys.stdout.flush()
    log, saved = _open_log(folder), (os.dup(1), os.dup(2))
    try:
        with _python_stderr(saved[1]):
            os.dup2(log, 1)
            os.dup2(log, 2)
            yield
    finally:
        sys.stdout.flush()
        os.dup2(saved[0], 1)
        os.dup2(saved[1], 2)
        for descriptor in (log, *saved):
            os.close(descriptor)


def _open_log(folder: Path) -> int:
    try:
        (folder / "logs").mkdir(parents=True, exist_ok=True)
        return os.open(folder / "logs" / LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
    except OSError:  # whoever needs the folder will say so
        return os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)


@contextmanager
def _python_stderr(descriptor: int) -> Iterator[None]:
    """sys.stderr on another descriptor, where it is the process's own."""
    try:
        own = sys.stderr.fileno() == 2
    except (OSError, AttributeError):  # replaced by an object without a descriptor
        own = False
    if not own:
        yield
        return
    sys.stderr.flush()
    with os.fdopen(descriptor, "w", buffering=1, closefd=False, errors="backslashreplace") as file, redirect_stderr(file):
        yield
