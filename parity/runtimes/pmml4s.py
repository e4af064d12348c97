"""PMML4S, the PMML engine under Apache 2.0. It resolves external entities of a file: give it none that you do not trust."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from parity.runtimes.content import is_pmml
from parity.runtimes.options import checked, one_of
from parity.runtimes.pmml4s_java import repro
from parity.runtimes.repro import Call, Java
from parity.values.case import Artifact


@dataclass(frozen=True)
class Pmml4s:
    """See `parity.runtimes.runtime.Runtime`. Option `outputs`: "declared" by the file, or "all" that the engine can give.

    "all" adds what the file does not ask for, the label of a classifier above all; it is -2**63 where there is none.
    """

    name: str = "pmml4s"
    format: str = "PMML"
    suffixes: frozenset[str] = frozenset({".pmml", ".xml"})
    scorer: str = "parity.pmml4s.Pmml4sScorer"
    licence: str = "Apache-2.0"
    default: bool = False

    def recognises(self, artifact: Path) -> bool:
        return is_pmml(artifact)

    def options(self, artifact: Artifact) -> dict[str, str]:
        return checked(self.name, artifact, {"outputs": one_of("declared", "all")})

    def repro(self, call: Call) -> Java:
        return repro(call)


RUNTIME = Pmml4s()
