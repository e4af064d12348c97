"""What a file in this folder has to offer, under the name RUNTIME, to be a runtime."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol, runtime_checkable

from parity.jvm.find import Jvm
from parity.values.case import Artifact


class Runtime(Protocol):
    """A JVM engine. Nothing else in the package names it.

    `format` names what it loads, for people; `suffixes` are those that promise this format. `scorer` is the Java class.
    `licence` is an SPDX expression. `default` says that it is taken for its format where the user names no runtime.

    Optional: `def repro(self, call: parity.runtimes.repro.Call) -> parity.runtimes.repro.Java | None`, the call against the
    engine's own API; where a runtime has it, findings come with a `Repro.java` (see `parity/runtimes/repro.py`).
    And `def jvm_options(self, jvm: parity.jvm.find.Jvm) -> tuple[str, ...]`, what this JVM has to be started with for the engine
    to run in it; see `NeedsOptions`. And `other_ways`, options that call the same engine another way; see `HasOtherWays`. And
    `licence_variables`, of an engine that needs a licence to score; see `Licensed`.
    """

    name: str
    format: str
    suffixes: frozenset[str]
    scorer: str
    licence: str
    default: bool

    def recognises(self, artifact: Path) -> bool:
        """Is this file or folder, by its content, of the runtime's format? Also where it is cut short. Raises for neither."""
        ...

    def options(self, artifact: Artifact) -> dict[str, str]:
        """The options beside the artifact, checked, as the Java side takes them. Raises ConfigurationError."""
        ...


@runtime_checkable
class NeedsOptions(Protocol):
    """A runtime whose engine does not run, or runs otherwise than in production, in a JVM that is started without options."""

    def jvm_options(self, jvm: Jvm, /) -> tuple[str, ...]:
        """In the spelling that both `java` and JNI take: "--add-opens=java.base/java.nio=ALL-UNNAMED". Raises nothing."""
        ...


def jvm_options(runtime: object, jvm: Jvm) -> tuple[str, ...]:
    """What a runtime wants its JVM to be started with; nothing where it does not say."""
    return runtime.jvm_options(jvm) if isinstance(runtime, NeedsOptions) else ()


@runtime_checkable
class Licensed(Protocol):
    """A runtime whose engine opens no artifact without its maker's licence: then opening is a LicenceError in the engine's words.

    `licence_variables` are those of the environment in which the engine looks for it.
    """

    licence_variables: tuple[str, ...]


def licensed(runtime: object) -> bool:
    """False where an engine needs a licence and the environment names none; whether one that is named holds, the engine says."""
    return not isinstance(runtime, Licensed) or any(map(os.environ.get, runtime.licence_variables))


@runtime_checkable
class HasOtherWays(Protocol):
    """A runtime that reaches its engine in several ways, none of which changes what a score means.

    `other_ways` are pairs of an option and its value. What goes wrong by the way that was taken is asked again by these.
    """

    other_ways: tuple[tuple[str, str], ...]


def other_ways(runtime: object) -> tuple[tuple[str, str], ...]:
    """The other ways into the engine; none where the runtime does not say."""
    return runtime.other_ways if isinstance(runtime, HasOtherWays) else ()
