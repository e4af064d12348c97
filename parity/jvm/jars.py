"""The jars of a runtime: our own, built by Maven, and other people's, as the lock says and nothing else.

The lock, `jars.lock.json`, is written by `scripts/lock_jars.py`. Third-party jars are looked for in the folder that PARITY_JARS
names (in it, or in a folder in it called like the runtime), then where a checkout's `make java` puts them.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from parity.errors import JarsError
from parity.jvm.cache import cache_folder

OWN = Path(__file__).parent / "lib"
LOCK = Path(__file__).parent / "jars.lock.json"
BUILT = Path(__file__).parents[2] / "java-harness" / "target" / "runtimes"
HARNESS = "parity-harness.jar"


@dataclass(frozen=True)
class Jar:
    """One third-party jar as locked. `size` in bytes, `sha256` in hex, `licence` as an SPDX expression."""

    coordinate: str
    classifier: str | None
    file: str
    size: int
    sha256: str
    licence: str


@dataclass(frozen=True)
class ClassPath:
    """The jars of one runtime, ours first; `licences` pairs the coordinates of the others with their licences.

    `digests` holds the SHA-256 of each jar in the same order: together they name this class path, for instance in caches.
    """

    jars: tuple[Path, ...]
    licences: tuple[tuple[str, str], ...]
    digests: tuple[str, ...]


def class_path(runtime: str, *, rehash: bool = False) -> ClassPath:
    """The verified class path of a runtime. A runtime that the lock does not know gets our own jars alone.

    Sizes are compared on every call, contents once per path, size and time of change (always with `rehash`).
    Raises JarsError, which names the jar that is missing or altered.
    """
    locked = read_lock().get(runtime, ())
    own = _own_jars(runtime, needs_module=bool(locked))
    third_party = [find_jar(jar, runtime) for jar in locked]
    known = {} if rehash else _remembered()
    digests = {path: _digest(path, known) for path in (*own, *third_party)}
    for jar, path in zip(locked, third_party, strict=True):
        _check(jar, path, digests[path])
    _remember(digests)
    return ClassPath((*own, *third_party), tuple((jar.coordinate, jar.licence) for jar in locked), tuple(digests.values()))


@cache
def read_lock(path: Path = LOCK) -> Mapping[str, tuple[Jar, ...]]:
    """The locked jars by runtime. Raises JarsError where the lock cannot be read."""
    try:
        runtimes: dict[str, Any] = json.loads(path.read_text("utf-8"))["runtimes"]
        return {name: tuple(Jar(**jar) for jar in jars) for name, jars in runtimes.items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise JarsError(f"the lock of jars, {path}, cannot be read: {error}; install parity again") from None


def _own_jars(runtime: str, *, needs_module: bool) -> list[Path]:
    jars = [OWN / HARNESS, OWN / f"parity-{runtime}.jar"]
    if not needs_module and not jars[1].is_file():
        jars.pop()
    for jar in jars:
        if not jar.is_file():
            raise JarsError(f"{jar.name} is missing in {OWN}: in a checkout, run `make java`; else install parity again")
    return jars


def find_jar(jar: Jar, runtime: str) -> Path:
    """Where a locked jar lies. Raises JarsError where it is nowhere."""
    chosen = os.environ.get("PARITY_JARS")
    folders = [Path(chosen), Path(chosen) / runtime] if chosen else []
    for folder in (*folders, BUILT / runtime):
        if (folder / jar.file).is_file():
            return folder / jar.file
    looked = " or ".join(str(folder) for folder in (*folders, BUILT / runtime))
    raise JarsError(
        f"{jar.file} ({jar.coordinate}), which runtime {runtime} needs, is not in {looked}: in a checkout, run `make java`; "
        "else set PARITY_JARS to a folder that holds it"
    )


def _check(jar: Jar, path: Path, digest: str) -> None:
    size = path.stat().st_size
    if size != jar.size:
        raise JarsError(_altered(path, f"{size} bytes", f"{jar.size}"))
    if digest != jar.sha256:
        raise JarsError(_altered(path, f"SHA-256 {digest}", jar.sha256))


def _altered(path: Path, found: str, wanted: str) -> str:
    return f"{path} is not the jar that was locked: it has {found}, wanted {wanted}; delete it, and run `make java` in a checkout"


def _digest(path: Path, known: Mapping[str, str]) -> str:
    return known.get(_key(path)) or _sha256(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _key(path: Path) -> str:
    facts = path.stat()
    return f"{path.resolve()}|{facts.st_size}|{facts.st_mtime_ns}"


def _remembered() -> dict[str, str]:
    try:
        known = json.loads(_memory().read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _remember(digests: Mapping[Path, str]) -> None:
    """Keep the digests for the next process; a cache that cannot be written costs time and nothing else."""
    known = _remembered()
    added = {_key(path): digest for path, digest in digests.items()}
    if known.items() >= added.items():
        return
    memory = _memory()
    temporary = memory.with_name(f"{memory.name}.{os.getpid()}")
    try:
        memory.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(known | added, indent=0), "utf-8")
        temporary.replace(memory)
    except OSError:
        return


def _memory() -> Path:
    return cache_folder() / "jars-verified.json"
