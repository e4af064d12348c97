"""CatBoost's applier for the JVM: raw formula values only, a margin for classifiers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from parity.runtimes.catboost_java import repro
from parity.runtimes.content import head
from parity.runtimes.options import checked
from parity.runtimes.repro import Call, Java
from parity.values.case import Artifact


@dataclass(frozen=True)
class Catboost:
    """See `parity.runtimes.runtime.Runtime`."""

    name: str = "catboost"
    format: str = "CatBoost"
    suffixes: frozenset[str] = frozenset({".cbm"})
    scorer: str = "parity.catboost.CatboostScorer"
    licence: str = "Apache-2.0"
    default: bool = True

    def recognises(self, artifact: Path) -> bool:
        return head(artifact).startswith(b"CBM1")

    def options(self, artifact: Artifact) -> dict[str, str]:
        return checked(self.name, artifact, {})

    def repro(self, call: Call) -> Java:
        return repro(call)


RUNTIME = Catboost()
