"""Jars in one zip, to be carried into a network without a repository; `parity jars fetch --from` takes them out again."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from parity.errors import JarsError, UsageError
from parity.jvm.jars import find_jars
from parity.jvm.lock import Jar, chosen, read_lock
from parity.jvm.places import is_locked
from parity.jvm.sbom import document

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say: equal jars make equal bundles


def bundle(file: Path, runtimes: Sequence[str]) -> Mapping[str, tuple[Jar, ...]]:
    """Write the verified jars of the runtimes (all, where none is named) and their bill of materials; the jars by runtime.

    Raises JarsError where one is missing or altered, UsageError where the file cannot be written.
    """
    wanted = chosen(read_lock(), runtimes)
    paths = {jar: path for name, jars in wanted.items() for jar, path in find_jars(name, jars).items()}
    temporary = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(zipfile.ZipInfo("sbom.cdx.json", _EPOCH), json.dumps(document(wanted), indent=1))
            for jar, path in paths.items():
                _add(archive, jar, path)
        os.replace(temporary, file)
    except OSError as error:
        raise UsageError(f"the bundle {file} cannot be written: {error.strerror or error}; name another file") from None
    finally:
        temporary.unlink(missing_ok=True)
    return wanted


def _add(archive: zipfile.ZipFile, jar: Jar, path: Path) -> None:
    if not is_locked(path, jar, rehash=True):
        raise JarsError(f"{path} is not the jar that was locked; run `parity jars verify`")
    with path.open("rb") as content, archive.open(zipfile.ZipInfo(jar.path, _EPOCH), "w") as entry:
        shutil.copyfileobj(content, entry, 1 << 20)
