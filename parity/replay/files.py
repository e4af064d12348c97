"""Files that are there whole or not at all, also after a kill and with two runs at once."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from parity.errors import StoreError

TEMPORARY = ".writing-"
OTHER_FOLDER = "or name another with --parity-out DIR"
WRITABLE = f"Make the folder writable, on a disk with room left, {OTHER_FOLDER}"
READABLE = f"Make the folder readable, {OTHER_FOLDER}"


def write_whole(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write all files beside their places, to the disk itself, then rename them: a disk that fills up changes none.

    Raises OSError; leaves no temporary file.
    """
    staged: dict[str, str] = {}
    try:
        for name, data in files.items():
            handle, staged[name] = tempfile.mkstemp(prefix=TEMPORARY, dir=folder)
            _fill(handle, data)
        for name in files:
            os.replace(staged[name], folder / name)
    finally:
        for temporary in staged.values():
            with suppress(OSError):  # renamed, as a rule
                os.unlink(temporary)


def _fill(handle: int, data: bytes) -> None:
    with os.fdopen(handle, "wb") as file:
        os.fchmod(file.fileno(), 0o644)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One writer at a time in `folder`, across processes; the kernel frees the lock of a process that dies."""
    import fcntl

    with open(folder / ".lock", "ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def as_store_error(doing: str, folder: Path, remedy: str = WRITABLE) -> Iterator[None]:
    """OSError to StoreError, with what to do next."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"cannot {doing} in {folder}: {error.strerror or error}. {remedy}") from error
