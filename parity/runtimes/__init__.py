"""JVM runtimes, one file each, found by name; and the way from an artifact to an open session."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from parity.errors import ArtifactError
from parity.runtimes.content import describe
from parity.runtimes.runtime import Runtime
from parity.values.case import Artifact

if TYPE_CHECKING:
    from parity.runtimes.session import Session


@cache
def find() -> Mapping[str, Runtime]:
    """All runtimes by name: each file of this folder that has a RUNTIME."""
    modules = (importlib.import_module(f"{__name__}.{entry.name}") for entry in pkgutil.iter_modules(__path__))
    runtimes: list[Runtime] = [module.RUNTIME for module in modules if hasattr(module, "RUNTIME")]
    return MappingProxyType({runtime.name: runtime for runtime in sorted(runtimes, key=lambda runtime: runtime.name)})


def runtime_for(artifact: Path) -> Runtime:
    """The default runtime of an artifact's format. Raises ArtifactError: absent, empty, not recognised, or a false suffix."""
    _check_file(artifact)
    able = _able(artifact)
    if not able:
        raise ArtifactError(
            f"{artifact} is of no known format: {_promise(artifact)}, and its content is {describe(artifact)}. {_wanted()}"
        )
    _check_suffix(artifact, able)
    return next((runtime for runtime in able if runtime.default), able[0])


def check_artifact(runtime: Runtime, artifact: Path) -> None:
    """Raises ArtifactError where this runtime cannot be meant: absent, empty, of another format, or a false suffix."""
    _check_file(artifact)
    able = _able(artifact)
    if runtime not in able:
        content = able[0].format if able else describe(artifact)
        raise ArtifactError(
            f"{runtime.name} loads {runtime.format}, but the content of {artifact} is {content} ({_promise(artifact)}). "
            + (f"Name another runtime ({_names(able)}), or another file" if able else "Export it again")
        )
    _check_suffix(artifact, [runtime, *able])


def open_session(
    runtime: Runtime,
    artifact: Artifact,
    *,
    folder: Path,
    inline: bool = False,
    timeout: float = 120.0,
    planned_rows: int = 0,
    timing: bool = False,
) -> Session:
    """Start the runtime's JVM and load the artifact in it.

    `folder` is where the journal and the log go (`.parity/`); `timeout` bounds one call, in seconds; `planned_rows` (0: not
    known) and `timing` choose the JVM's flags. Raises ArtifactError, ConfigurationError, JvmError, JarsError, LicenceError,
    WorkerError and StoreError.
    """
    from parity.runtimes.opening import open_client

    check_artifact(runtime, artifact.path)
    return open_client(runtime, artifact, folder=folder, inline=inline, timeout=timeout, planned_rows=planned_rows, timing=timing)


def _able(artifact: Path) -> list[Runtime]:
    return [runtime for runtime in find().values() if runtime.recognises(artifact)]


def _check_file(artifact: Path) -> None:
    if artifact.is_dir():
        _check_folder(artifact)
        return
    if not artifact.exists():
        raise ArtifactError(f"{artifact} does not exist. Export the model there, or correct the path")
    try:
        with artifact.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise ArtifactError(f"{artifact} cannot be read: {error.strerror}") from None
    if empty:
        raise ArtifactError(f"{artifact} is empty (0 bytes): the export did not finish. Export the model again")


def _check_folder(artifact: Path) -> None:
    try:
        empty = next(artifact.iterdir(), None) is None
    except OSError as error:
        raise ArtifactError(f"{artifact} cannot be read: {error.strerror}") from None
    if empty:
        raise ArtifactError(f"{artifact} is an empty folder: the export did not finish. Export the model again")


def _check_suffix(artifact: Path, able: list[Runtime]) -> None:
    """A suffix that promises a known format must not stand on a file of another."""
    promised = _promised(artifact)
    if promised and not any(artifact.suffix.lower() in runtime.suffixes for runtime in able):
        raise ArtifactError(
            f"the suffix of {artifact} says {promised[0].format}, but its content is {able[0].format}. "
            f"Rename it to *{min(able[0].suffixes, default='')}, or export it again"
        )


def _names(runtimes: list[Runtime]) -> str:
    return ", ".join(runtime.name for runtime in runtimes)


def _promised(artifact: Path) -> list[Runtime]:
    return [runtime for runtime in find().values() if artifact.suffix.lower() in runtime.suffixes]


def _promise(artifact: Path) -> str:
    promised = _promised(artifact)
    if promised:
        return f"its suffix {artifact.suffix} says {promised[0].format}"
    return f"its suffix {artifact.suffix} says nothing" if artifact.suffix else "it has no suffix"


def _wanted() -> str:
    return "Known formats: " + "; ".join(f"{runtime.format} ({runtime.name})" for runtime in find().values())
