"""SHA-256 of jars: read once per path, size and time of change, and remembered in the user's cache."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from parity.jvm.cache import cache_folder


def digests(paths: Iterable[Path], *, rehash: bool = False) -> dict[Path, str]:
    """The SHA-256 of each file, in hex; every file is read again with `rehash`. Raises OSError."""
    known = {} if rehash else _remembered()
    found = {path: known.get(_key(path)) or sha256(path) for path in paths}
    _remember(found)
    return found


def sha256(path: Path) -> str:
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


def _remember(found: Mapping[Path, str]) -> None:
    """Keep the digests for the next process; a cache that cannot be written costs time and nothing else."""
    known = _remembered()
    added = {_key(path): digest for path, digest in found.items()}
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
