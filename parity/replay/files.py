"""Files that are there whole or not at all, also after a kill and with two runs at once."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from parity.errors import StoreError

TEMPORARY = ".writing-"
OTHER_FOLDER = "or name another with --parity-out DIR"
WRITABLE = f"Make the folder writable, on a disk with room left, {OTHER_FOLDER}"
READABLE = f"Make the folder readable, {OTHER_FOLDER}"


def write_whole(path: Path, data: bytes) -> None:
    """Write to a temporary file beside `path`, to the disk itself, then rename. Raises OSError; leaves nothing half done."""
    handle, name = tempfile.mkstemp(prefix=TEMPORARY, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


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
