"""PFA documents in Hadrian, the one engine for them on the JVM; its last release is of 2017, and it runs on Java 17."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from parity.runtimes.content import head
from parity.runtimes.options import checked
from parity.runtimes.pfa_java import repro
from parity.runtimes.repro import Call, Java
from parity.values.case import Artifact

_KEYS = (b'"input"', b'"output"', b'"action"')  # the fields that every document has (PFA 0.8.1, section 2.1)


@dataclass(frozen=True)
class Pfa:
    """See `parity.runtimes.runtime.Runtime`. A missing cell is a null, which the document takes where its type says so."""

    name: str = "pfa"
    format: str = "PFA document"
    suffixes: frozenset[str] = frozenset({".pfa"})
    scorer: str = "parity.pfa.PfaScorer"
    licence: str = "Apache-2.0"
    default: bool = True

    def recognises(self, artifact: Path) -> bool:
        start = head(artifact)
        if not start.lstrip().startswith(b"{") or b"\0" in start:
            return False
        # Fields stand in any order, and the cells of a forest are megabytes.
        content = artifact.read_bytes()
        return all(key in content for key in _KEYS)

    def options(self, artifact: Artifact) -> dict[str, str]:
        return checked(self.name, artifact, {})

    def repro(self, call: Call) -> Java | None:
        return repro(call)


RUNTIME = Pfa()
