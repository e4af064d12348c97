"""JPMML-Evaluator. AGPL-3.0: nothing of it is bundled, and the licence is shown where it is used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from parity.runtimes.content import is_pmml
from parity.runtimes.options import checked
from parity.values.case import Artifact


@dataclass(frozen=True)
class Jpmml:
    """See `parity.runtimes.runtime.Runtime`."""

    name: str = "jpmml"
    format: str = "PMML"
    suffixes: frozenset[str] = frozenset({".pmml", ".xml"})
    scorer: str = "parity.jpmml.JpmmlScorer"
    licence: str = "AGPL-3.0-only"
    default: bool = True

    def recognises(self, artifact: Path) -> bool:
        return is_pmml(artifact)

    def options(self, artifact: Artifact) -> dict[str, str]:
        return checked(self.name, artifact, {})


RUNTIME = Jpmml()
