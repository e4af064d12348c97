"""MLeap, the runtime that scores pipelines of Spark and scikit-learn without them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from parity.runtimes.archives import zip_names
from parity.runtimes.mleap_java import repro
from parity.runtimes.options import checked, one_of
from parity.runtimes.repro import Call, Java
from parity.values.case import Artifact

_INFO = "bundle.json"
_ROOT = "root/"


@dataclass(frozen=True)
class Mleap:
    """See `parity.runtimes.runtime.Runtime`. A bundle is a ZIP archive or a folder.

    Options: `outputs`: "ends", what no stage of the pipeline takes, or "all", with the vectors between the stages;
    `missing`: a missing number is "null" in the row, which most stages decline, or "nan", which they compute with.
    """

    name: str = "mleap"
    format: str = "MLeap bundle"
    suffixes: frozenset[str] = frozenset({".zip"})
    scorer: str = "parity.mleap.MleapScorer"
    licence: str = "Apache-2.0"
    default: bool = True

    def recognises(self, artifact: Path) -> bool:
        if artifact.is_dir():
            return (artifact / _INFO).is_file() and (artifact / _ROOT).is_dir()
        whole, names = zip_names(artifact)
        rooted = any(name.startswith(_ROOT) for name in names)
        return _INFO in names and rooted if whole else _INFO in names or rooted

    def options(self, artifact: Artifact) -> dict[str, str]:
        return checked(self.name, artifact, {"outputs": one_of("ends", "all"), "missing": one_of("null", "nan")})

    def repro(self, call: Call) -> Java | None:
        return repro(call)


RUNTIME = Mleap()
