"""From a runtime and an artifact to an open session: jars, JVM, flags, then the worker (or this process)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from parity.jvm.client import Client
from parity.jvm.find import Jvm, find_jvm
from parity.jvm.flags import Flags, parity_flags, timing_flags
from parity.jvm.inline import InlineChannel
from parity.jvm.jars import ClassPath, class_path
from parity.jvm.launch import Launch
from parity.jvm.link import Channel
from parity.jvm.process import WorkerProcess
from parity.runtimes.runtime import Runtime, jvm_options
from parity.values.case import Artifact


def open_client(
    runtime: Runtime, artifact: Artifact, *, folder: Path, inline: bool, timeout: float, planned_rows: int, timing: bool
) -> Client:
    """See `parity.runtimes.open_session`; the artifact was looked at before."""
    options = runtime.options(artifact)
    jars = class_path(runtime.name)
    jvm = find_jvm()
    flags = timing_flags(jvm) if timing else parity_flags(planned_rows, jvm, jars)
    if inline:
        flags = _without_archive(flags)
    launch = Launch(
        runtime=runtime.name,
        scorer=runtime.scorer,
        artifact=artifact.path.absolute(),
        options=options,
        jvm=jvm.path,
        class_path=jars.jars,
        flags=(*flags.options, *jvm_options(runtime, jvm)),
        folder=folder.absolute(),
        timeout=timeout,
        archive=flags.archive,
        environment=_environment(runtime, jvm, jars, flags, inline),
    )
    connect: Callable[[Launch], Channel] = InlineChannel if inline else WorkerProcess
    return Client(launch, connect)


def _without_archive(flags: Flags) -> Flags:
    """This process ends when its user says so: nobody would give the archive that its JVM writes then a name."""
    return replace(flags, options=tuple(o for o in flags.options if "ArchiveClassesAtExit" not in o), archive=None)


def _environment(runtime: Runtime, jvm: Jvm, jars: ClassPath, flags: Flags, inline: bool) -> dict[str, Any]:
    return {
        "runtime": runtime.name,
        "licence": runtime.licence,
        "mode": "inline" if inline else "worker",
        "jvm": {"version": jvm.version, "build": jvm.build, "home": str(jvm.home)},
        "class-data-sharing": _sharing(flags),
        "jars": [jar.name for jar in jars.jars],
    }


def _sharing(flags: Flags) -> str:
    if flags.archive is not None:
        return "archive written at the end"
    return "archive" if any("SharedArchiveFile" in option for option in flags.options) else "JDK's own"
