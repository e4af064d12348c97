"""The options that a JVM is started with: for a parity run to start quickly, for a timing run as in production."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import time
from dataclasses import dataclass
from pathlib import Path

from parity.jvm.cache import cache_folder
from parity.jvm.find import Jvm
from parity.jvm.jars import ClassPath

# C1 halves the time to the first row, but costs 8 to 12 microseconds a row against 3 on JPMML: below about this many rows
# the quicker start pays for it (measured, 30 columns, logistic regression).
C1_ROWS = 50_000
# From this release on, loading a native library draws a warning where it is not allowed beforehand (JEP 472).
_NATIVE_ACCESS = 22

# Above so many jars no archive is written: Spark's, of 207 jars, takes 158 MB and as long to write as it saves in two starts
# (9 against 4.7 s of CPU), and sessions that are open at once would each write it.
_MOST_JARS = 100
# An archive takes 3 to 26 MB; one in use is made again in one run.
_KEEP_SECONDS = 30 * 24 * 3600
_USE = "-XX:SharedArchiveFile="

_counter = itertools.count(1)


@dataclass(frozen=True)
class Flags:
    """`options` for the JVM. `archive` is the temporary and the final name of the archive of classes that this JVM writes

    when it ends normally, None where it writes none; whoever ends the JVM then gives the file its final name.
    """

    options: tuple[str, ...]
    archive: tuple[Path, Path] | None = None


def parity_flags(planned_rows: int, jvm: Jvm, class_path: ClassPath) -> Flags:
    """Options for a run of about `planned_rows` rows (0: not known, few): quick to start, an archive of classes from the cache.

    Where the archive is not there yet, this JVM is told to write one; where the cache cannot be written, nothing is said.
    """
    # Classes that an archive leaves out, and an archive that no longer fits, are nobody's concern: the run is slower, not wrong.
    options = [*_common(jvm), "-XX:+UseSerialGC", "-Xlog:cds*=off"]
    if planned_rows <= C1_ROWS:
        options.append("-XX:TieredStopAtLevel=1")
    final = _archive(jvm, class_path)
    if final.is_file():
        # A damaged archive crashes the JVM later, unless it is verified first (the cost could not be measured).
        return Flags((*options, "-Xshare:auto", "-XX:+VerifySharedSpaces", f"{_USE}{final}"))
    temporary = final.with_name(f"{final.name}.{os.getpid()}-{next(_counter)}")
    if len(class_path.jars) > _MOST_JARS or not _writable(final.parent):
        return Flags(tuple(options))
    _prune(final.parent)
    return Flags((*options, f"-XX:ArchiveClassesAtExit={temporary}"), (temporary, final))


def without_archive(options: tuple[str, ...]) -> tuple[str, ...] | None:
    """The options to try again with after a JVM died at its start: no archive, which is removed. None where there was none.

    An archive that was cut short kills the JVM that maps it, whatever is verified.
    """
    used = [option.removeprefix(_USE) for option in options if option.startswith(_USE)]
    for archive in used:
        with contextlib.suppress(OSError):
            os.unlink(archive)
    return tuple(option for option in options if not option.startswith(_USE)) if used else None


def timing_flags(jvm: Jvm) -> Flags:
    """Options for a run whose times are reported: the JVM's own defaults, as production has them."""
    return Flags(_common(jvm))


def _common(jvm: Jvm) -> tuple[str, ...]:
    return ("--enable-native-access=ALL-UNNAMED",) if jvm.major >= _NATIVE_ACCESS else ()


def _archive(jvm: Jvm, class_path: ClassPath) -> Path:
    """One archive per JVM build and class path: the JVM takes it only with the same jars in the same order."""
    parts = [str(jvm.path), jvm.build, *(str(jar) for jar in class_path.jars), *class_path.digests]
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]
    return cache_folder() / "classes" / f"{key}.jsa"


def _prune(folder: Path) -> None:
    """Every build of our jars has archives of its own: those of builds long gone are removed."""
    oldest = time.time() - _KEEP_SECONDS
    for archive in folder.glob("*.jsa*"):
        with contextlib.suppress(OSError):
            if archive.stat().st_mtime < oldest:
                archive.unlink()


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)
