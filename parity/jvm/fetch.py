"""Jars for people without Maven: what is wanted and not here yet, from where, and there."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path

from parity.errors import JarsError, UsageError
from parity.jvm.download import Remote
from parity.jvm.lock import Jar, chosen, read_lock
from parity.jvm.maven_settings import Settings, local_repository, read_settings
from parity.jvm.part import Source, place
from parity.jvm.places import is_locked, locate, store
from parity.jvm.repository import find_repository
from parity.jvm.sources import Folder, Here, carried

AT_ONCE = 4
"""Downloads at a time: enough to hide the waiting for small jars, few enough for a company's mirror."""


@dataclass(frozen=True)
class Plan:
    """`here` pairs jars with where they are, verified; `absent` are to be brought into `folder`, `size` bytes in all."""

    folder: Path
    here: tuple[tuple[Jar, Path], ...]
    absent: tuple[tuple[Jar, str], ...]
    size: int


def plan(runtimes: Sequence[str], *, folder: Path | None = None, given: Path | None = None) -> Plan:
    """What the named runtimes want; where none is named, all, or those that `given`, a bundle or a folder, is complete for.

    With a `folder` all jars are brought there, wherever else they are; without, only those that are nowhere yet.
    Raises UsageError for a runtime without locked jars, and for a `given` that is not there or complete for none.
    """
    names = runtimes or (_complete(given) if given else ())
    wanted: dict[Jar, str] = {}
    for name, jars in chosen(read_lock(), names).items():
        for jar in jars:
            wanted.setdefault(jar, name)  # a jar of two runtimes is brought once, for the first
    found = {jar: _where(jar, name, folder) for jar, name in wanted.items()}
    absent = tuple((jar, name) for jar, name in wanted.items() if found[jar] is None)
    here = tuple((jar, path) for jar, path in found.items() if path)
    return Plan(folder or store(), here, absent, sum(jar.size for jar, _ in absent))


def _complete(given: Path) -> list[str]:
    source = carried(given)
    names = [name for name, jars in read_lock().items() if all(map(source.holds, jars))]
    if not names:
        raise UsageError(f"--from {given} holds all locked jars of no runtime; was it bundled by this version of parity?")
    return names


def _where(jar: Jar, runtime: str, folder: Path | None) -> Path | None:
    path = folder / jar.path if folder else locate(jar, runtime)
    if path is None or is_locked(path, jar, rehash=True):
        return path
    if folder is None and not path.is_relative_to(store()):  # it would still be found before what is fetched
        raise JarsError(f"{path} is not the jar that was locked: delete it, and run `parity jars fetch {runtime}` again")
    return None


@dataclass(frozen=True)
class Brought:
    """`source` is the name of what had the jar, "" where another process brought it meanwhile."""

    jar: Jar
    path: Path
    source: str


def bring(
    wanted: Plan,
    *,
    given: Path | None = None,
    offline: bool = False,
    on_bytes: Callable[[int], None] = lambda count: None,
) -> list[Brought]:
    """Bring what the plan lacks, from `given` alone (a bundle or a folder) or from Maven's cache and then its repository.

    Raises JarsError where one cannot be had: those that came are kept, and a later call continues.
    """
    _check_room(wanted)
    stop = threading.Event()

    def count(more: int) -> None:
        if stop.is_set():  # another jar failed, or the user interrupted: what came of this one is kept
            raise JarsError("stopped")
        on_bytes(more)

    sources = [carried(given)] if given else [Here(dict(wanted.absent)), *_usual(offline, count)]
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        brought = [pool.submit(_bring, jar, wanted.folder, sources) for jar, _ in wanted.absent]
        done, _ = wait(brought, return_when=FIRST_EXCEPTION)
        return [one.result() for one in brought if one in done]
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _bring(jar: Jar, folder: Path, sources: Sequence[Source]) -> Brought:
    path = folder / jar.path
    return Brought(jar, path, place(jar, path, sources))


def _usual(offline: bool, on_bytes: Callable[[int], None]) -> list[Source]:
    settings = read_settings()
    cached = Folder(local_repository(settings))
    if offline or is_offline(settings):
        return [cached, _Offline()]
    return [cached, Remote(lambda: find_repository(settings), on_bytes)]


def is_offline(settings: Settings) -> bool:
    """PARITY_OFFLINE (anything but 0 and empty), or `<offline>` in Maven's settings."""
    return os.environ.get("PARITY_OFFLINE", "0") not in ("", "0") or settings.offline


class _Offline:
    name = "the network"

    def write(self, jar: Jar, part: BufferedRandom) -> None:  # noqa: ARG002 - a source's signature
        raise JarsError(
            f"{jar.file} ({jar.coordinate}) is not on this machine, and the network may not be used (--offline, PARITY_OFFLINE, "
            "Maven's settings): fetch it without that, or carry it here with `parity jars bundle` and `parity jars fetch --from`"
        )


def _check_room(wanted: Plan) -> None:
    there = next(folder for folder in (wanted.folder, *wanted.folder.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if free < wanted.size:
        raise JarsError(
            f"{wanted.folder} has room for {free / 1e6:.1f} MB, wanted {wanted.size / 1e6:.1f}: free some, or name another "
            "folder with --dest or XDG_DATA_HOME"
        )
