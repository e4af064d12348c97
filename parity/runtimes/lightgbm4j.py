"""LightGBM4J: `predictForMat` on one thread. Above two classes it corrupts memory (4.3.0-1): a death here is a finding."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from parity.runtimes.content import head
from parity.runtimes.lightgbm4j_java import repro
from parity.runtimes.options import checked, one_of
from parity.runtimes.repro import Call, Java
from parity.values.case import Artifact


@dataclass(frozen=True)
class Lightgbm4j:
    """See `parity.runtimes.runtime.Runtime`. `model.txt`, the usual name, promises nothing: any text has that suffix.

    Options: `api`: "wrapper", what LightGBM4J offers, or "direct", the C interface below it, which has room for all classes;
    `output`: prediction, margin or leaf; prediction without it.
    """

    name: str = "lightgbm4j"
    format: str = "LightGBM text"
    suffixes: frozenset[str] = frozenset({".lgb", ".lightgbm"})
    scorer: str = "parity.lightgbm4j.Lightgbm4jScorer"
    licence: str = "Apache-2.0"
    default: bool = True
    other_ways: tuple[tuple[str, str], ...] = (("api", "direct"),)

    def recognises(self, artifact: Path) -> bool:
        return head(artifact).startswith((b"tree\n", b"tree\r\n"))

    def options(self, artifact: Artifact) -> dict[str, str]:
        known = {"api": one_of("wrapper", "direct"), "output": one_of("prediction", "margin", "leaf")}
        return checked(self.name, artifact, known)

    def repro(self, call: Call) -> Java | None:
        return repro(call)


RUNTIME = Lightgbm4j()
