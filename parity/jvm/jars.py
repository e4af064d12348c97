"""The class path of a runtime: our own jars, built by Maven, and other people's, as the lock says and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from parity.errors import JarsError
from parity.jvm.digests import digests
from parity.jvm.lock import Jar, read_lock
from parity.jvm.places import folders, locate

OWN = Path(__file__).parent / "lib"
HARNESS = "parity-harness.jar"


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
    Raises JarsError, which names the jar that is missing or altered and the command that brings it.
    """
    locked = read_lock().get(runtime, ())
    own = _own_jars(runtime, needs_module=bool(locked))
    third_party = find_jars(runtime, locked)
    found = digests((*own, *third_party.values()), rehash=rehash)
    for jar, path in third_party.items():
        _check(jar, path, found[path], runtime)
    licences = tuple((jar.coordinate, jar.licence) for jar in locked)
    return ClassPath((*own, *third_party.values()), licences, tuple(found.values()))


def find_jars(runtime: str, locked: tuple[Jar, ...]) -> Mapping[Jar, Path]:
    """Where the locked jars of a runtime lie, not verified yet. Raises JarsError where one is nowhere."""
    found = {jar: locate(jar, runtime) for jar in locked}
    missing = [jar for jar, path in found.items() if path is None]
    if missing:
        raise JarsError(_missing(runtime, missing))
    return {jar: path for jar, path in found.items() if path}


def _missing(runtime: str, jars: list[Jar]) -> str:
    more = f" and {len(jars) - 1} more" if len(jars) > 1 else ""
    looked = ", ".join(f"{words} ({folder})" for words, folder in folders(runtime).items())
    return (
        f"{jars[0].file} ({jars[0].coordinate}){more}, which runtime {runtime} needs, is in none of {looked}: "
        f"run `parity jars fetch {runtime}`, or `make java` in a checkout"
    )


def _own_jars(runtime: str, *, needs_module: bool) -> list[Path]:
    jars = [OWN / HARNESS, OWN / f"parity-{runtime}.jar"]
    if not needs_module and not jars[1].is_file():
        jars.pop()
    for jar in jars:
        if not jar.is_file():
            raise JarsError(f"{jar.name} is missing in {OWN}: in a checkout, run `make java`; else install parity again")
    return jars


def _check(jar: Jar, path: Path, digest: str, runtime: str) -> None:
    size = path.stat().st_size
    found, wanted = (f"{size} bytes", f"{jar.size}") if size != jar.size else (f"SHA-256 {digest}", jar.sha256)
    if size != jar.size or digest != jar.sha256:
        raise JarsError(
            f"{path} is not the jar that was locked: it has {found}, wanted {wanted}; "
            f"delete it, and run `parity jars fetch {runtime}`, or `make java` in a checkout"
        )
