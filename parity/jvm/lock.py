"""The lock: which jars of other people each runtime's class path holds, and nothing else is ever loaded.

`jars.lock.json` is written by `scripts/lock_jars.py` from the Maven modules.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from parity.errors import JarsError, UsageError

LOCK = Path(__file__).parent / "jars.lock.json"


@dataclass(frozen=True)
class Jar:
    """One third-party jar as locked. `size` in bytes, `sha256` in hex, `licence` as an SPDX expression."""

    coordinate: str
    classifier: str | None
    file: str
    size: int
    sha256: str
    licence: str

    @property
    def path(self) -> str:
        """Where every Maven repository, and our own store, has it: `group/name/version/file`."""
        group, name, version = self.coordinate.split(":")
        return f"{group.replace('.', '/')}/{name}/{version}/{self.file}"


def read_lock() -> Mapping[str, tuple[Jar, ...]]:
    """The locked jars by runtime, in class path order. Raises JarsError where the lock cannot be read."""
    return _read(LOCK)


@cache
def _read(path: Path) -> Mapping[str, tuple[Jar, ...]]:
    try:
        runtimes: dict[str, Any] = json.loads(path.read_text("utf-8"))["runtimes"]
        return {name: tuple(Jar(**jar) for jar in jars) for name, jars in runtimes.items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise JarsError(f"the lock of jars, {path}, cannot be read: {error}; install parity again") from None


def chosen(lock: Mapping[str, tuple[Jar, ...]], runtimes: Iterable[str]) -> dict[str, tuple[Jar, ...]]:
    """The jars of the named runtimes, of all where none is named. Raises UsageError for a runtime that the lock does not know."""
    names = list(dict.fromkeys(runtimes)) or list(lock)
    unknown = [name for name in names if name not in lock]
    if unknown:
        raise UsageError(f"no jars are locked for {', '.join(unknown)}; there are {', '.join(lock)}")
    return {name: lock[name] for name in names}


def announced(runtimes: Mapping[str, Iterable[Jar]]) -> list[str]:
    """The licences that many employers want to be asked about, AGPL and commercial ones: a line per runtime, with the jars."""
    by_licence: dict[str, list[str]] = {}
    for name, jars in runtimes.items():
        for jar in jars:
            if all(map(_needs_a_word, jar.licence.split(" OR "))):
                by_licence.setdefault(f"{name} is under {jar.licence}", []).append(jar.file)
    return [f"{words} ({', '.join(files)})" for words, files in by_licence.items()]


def _needs_a_word(licence: str) -> bool:
    """Copyleft that reaches a service's own code, source that is not open, and licences without an SPDX name."""
    strong = licence.startswith(("AGPL-", "GPL-", "SSPL-", "BUSL-", "LicenseRef-"))
    return strong and " WITH " not in licence  # GPL with an exception (Classpath) is made to be linked to
