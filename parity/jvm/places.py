"""Where a locked jar may lie: the user's folder, the fetched store, a checkout's build, Python packages with engines."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from parity.jvm.cache import data_folder
from parity.jvm.digests import digests
from parity.jvm.lock import Jar

BUILT = Path(__file__).parents[2] / "java-harness" / "target" / "runtimes"
# Python packages that carry jars of engines. Only a jar that is the locked one, bit for bit, is taken from them.
PACKAGES = ("jpmml_evaluator", "pypmml", "sklearn2pmml", "h2o", "pyspark")


def store() -> Path:
    """The folder that `parity jars fetch` fills, laid out as a Maven repository."""
    return data_folder() / "jars"


def folders(runtime: str) -> dict[str, Path]:
    """The folders that are looked through for the jars of a runtime, in this order, by the words a message calls them."""
    named = os.environ.get("PARITY_JARS")
    return ({"PARITY_JARS": Path(named)} if named else {}) | {"the fetched store": store(), "the build": BUILT / runtime}


def locate(jar: Jar, runtime: str) -> Path | None:
    """Where a jar of that name lies; what it holds is for the caller to verify. None where it is nowhere."""
    for folder in folders(runtime).values():
        for path in (folder / jar.path, folder / jar.file, folder / runtime / jar.file):
            if path.is_file():
                return path
    return next((path for path in _in_packages(jar.file) if is_locked(path, jar)), None)


def is_locked(path: Path, jar: Jar, *, rehash: bool = False) -> bool:
    """Whether a file is the locked jar; False where there is none."""
    try:
        return path.stat().st_size == jar.size and digests([path], rehash=rehash)[path] == jar.sha256
    except OSError:
        return False


def _in_packages(file: str) -> Iterator[Path]:
    for package in PACKAGES:
        yield from (path for path in _jars_of(package) if path.name == file)


@cache
def _jars_of(package: str) -> tuple[Path, ...]:
    """All jars below an installed package, which is not imported for it."""
    spec = importlib.util.find_spec(package)
    roots = spec.submodule_search_locations if spec else None
    return tuple(path for root in roots or () for path in sorted(Path(root).rglob("*.jar")))
