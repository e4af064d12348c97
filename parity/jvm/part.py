"""A jar on its way to its place: nobody sees it there before it is whole and is the locked one.

It grows in `<file>.part` beside its place, locked, so that two downloads of one jar wait for each other; what a download that
broke off has left of it is continued. Then it is verified and renamed, or removed.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
from collections.abc import Iterator, Sequence
from io import BufferedRandom
from pathlib import Path
from typing import Protocol

from parity.errors import JarsError
from parity.jvm.lock import Jar
from parity.jvm.places import is_locked


class AbsentError(Exception):
    """A source has no such jar, or not the locked one: the next is asked. Its text says what is there."""


class Source(Protocol):
    """Somebody who may have a jar: a folder, an archive, a repository."""

    @property
    def name(self) -> str: ...

    def write(self, jar: Jar, part: BufferedRandom) -> None:
        """Complete `part`, which may hold the beginning of the jar. Raises AbsentError; JarsError to ask no others."""


def place(jar: Jar, target: Path, sources: Sequence[Source]) -> str:
    """Bring a jar to `target`, and say the name of the source that had it, "" where it was there already.

    Raises JarsError where no source has it, and where the folder cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.part")
        with _alone(part) as file:
            if is_locked(target, jar, rehash=True):
                part.unlink()
                return ""
            try:
                name = _from_first(jar, file, sources)
            finally:
                if not os.fstat(file.fileno()).st_size:
                    part.unlink()
            os.replace(part, target)
            return name
    except OSError as error:
        raise JarsError(_not_written(target, error)) from None


def _not_written(target: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{target} cannot be written: the disk is full; free some, or name another folder with --dest or XDG_DATA_HOME"
    return f"{target} cannot be written: {error.strerror or error}; name another folder with --dest or XDG_DATA_HOME"


def _from_first(jar: Jar, file: BufferedRandom, sources: Sequence[Source]) -> str:
    reasons = []
    for source in sources:
        try:
            _ask(source, jar, file)
        except AbsentError as reason:
            reasons.append(f"{source.name}: {reason}")
        else:
            file.flush()
            os.fsync(file.fileno())
            return source.name
    raise JarsError(f"{jar.file} ({jar.coordinate}) cannot be had: {'; '.join(reasons)}")


def _ask(source: Source, jar: Jar, file: BufferedRandom) -> None:
    begun = file.seek(0, os.SEEK_END)
    source.write(jar, file)
    try:
        _verify(jar, file)
    except AbsentError:
        if not begun:
            raise
        source.write(jar, file)  # what an earlier download had left was not the beginning of this jar
        _verify(jar, file)


def _verify(jar: Jar, file: BufferedRandom) -> None:
    """What is not the locked jar is emptied at once: the next source begins anew, and nothing of it is kept."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    if size == jar.size and digest == jar.sha256:
        return
    file.truncate(0)
    found, wanted = (f"{size} bytes", f"{jar.size}") if size != jar.size else (f"SHA-256 {digest}", jar.sha256)
    raise AbsentError(f"not the jar that was locked: it has {found}, wanted {wanted}")


@contextlib.contextmanager
def _alone(part: Path) -> Iterator[BufferedRandom]:
    """`part`, opened for appending and locked. Whoever had it before may have renamed or removed the file: then open it anew."""
    while True:
        with part.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_still(part, file):
                yield file
                return


def _is_still(part: Path, file: BufferedRandom) -> bool:
    try:
        return os.path.samestat(part.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
