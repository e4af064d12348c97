"""XGBoost4J: plain `predict` on a DMatrix, all rounds, one thread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from parity.runtimes.content import is_xgboost
from parity.runtimes.options import checked, number
from parity.values.case import Artifact


@dataclass(frozen=True)
class Xgboost4j:
    """See `parity.runtimes.runtime.Runtime`. Option `missing`: the value that stands for a missing cell beside null."""

    name: str = "xgboost4j"
    format: str = "XGBoost JSON or UBJSON"
    suffixes: frozenset[str] = frozenset({".json", ".ubj", ".model", ".xgb"})
    scorer: str = "parity.xgboost4j.Xgboost4jScorer"
    licence: str = "Apache-2.0"
    default: bool = True

    def recognises(self, artifact: Path) -> bool:
        return is_xgboost(artifact)

    def options(self, artifact: Artifact) -> dict[str, str]:
        return checked(self.name, artifact, {"missing": number})


RUNTIME = Xgboost4j()
