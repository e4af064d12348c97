"""Who may have a jar besides a repository: a folder, Maven's own cache among them, and a bundle that was carried here."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Mapping
from io import BufferedRandom
from pathlib import Path

from parity.errors import UsageError
from parity.jvm.lock import Jar
from parity.jvm.part import AbsentError
from parity.jvm.places import is_locked, locate


class Folder:
    """A folder laid out as a Maven repository, or with the jars side by side. It is only read."""

    def __init__(self, folder: Path) -> None:
        self.name = str(folder)
        self._folder = folder

    def holds(self, jar: Jar) -> bool:
        return self._path(jar) is not None

    def write(self, jar: Jar, part: BufferedRandom) -> None:
        path = self._path(jar)
        if path is None:
            raise AbsentError("has no such file")
        _copy(path, part)

    def _path(self, jar: Jar) -> Path | None:
        return next((path for path in (self._folder / jar.path, self._folder / jar.file) if path.is_file()), None)


class Here:
    """What this machine has already in another place that runtimes look in, such as a build: for --dest."""

    name = "what is here already"

    def __init__(self, runtimes: Mapping[Jar, str]) -> None:
        self._runtimes = runtimes

    def write(self, jar: Jar, part: BufferedRandom) -> None:
        path = locate(jar, self._runtimes[jar])
        if path is None or not is_locked(path, jar):
            raise AbsentError("has no such file")
        _copy(path, part)


class Bundle:
    """A zip that `parity jars bundle` wrote; nothing but the locked paths is ever read from it."""

    def __init__(self, file: Path) -> None:
        self.name = str(file)
        self._file = file

    def holds(self, jar: Jar) -> bool:
        with zipfile.ZipFile(self._file) as archive:
            return jar.path in archive.namelist()

    def write(self, jar: Jar, part: BufferedRandom) -> None:
        try:
            with zipfile.ZipFile(self._file) as archive:
                entry = archive.getinfo(jar.path)
                if entry.file_size != jar.size:
                    raise AbsentError(f"has another {jar.file}, of {entry.file_size} bytes, wanted {jar.size}")
                part.truncate(0)
                with archive.open(entry) as content:
                    shutil.copyfileobj(content, part, 1 << 20)
        except KeyError:
            raise AbsentError("has no such file; was it bundled by this version of parity, for this runtime?") from None
        except zipfile.BadZipFile as error:
            part.truncate(0)
            raise AbsentError(f"damaged: {error}") from None


def carried(path: Path) -> Folder | Bundle:
    """What was carried here, by `--from`. Raises UsageError where it is neither a folder nor a zip."""
    if path.is_dir():
        return Folder(path)
    if path.is_file() and zipfile.is_zipfile(path):
        return Bundle(path)
    state = "is neither a folder nor a zip file" if path.exists() else "does not exist"
    raise UsageError(f"--from {path} {state}; give the bundle that `parity jars bundle` wrote, or a folder of jars")


def _copy(path: Path, part: BufferedRandom) -> None:
    part.truncate(0)
    with path.open("rb") as content:
        shutil.copyfileobj(content, part, 1 << 20)
