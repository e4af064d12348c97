"""Driverless AI's MOJO pipelines in H2O.ai's MOJO2 runtime, which opens none without a licence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from parity.jvm.find import Jvm
from parity.runtimes.archives import zip_names
from parity.runtimes.options import checked
from parity.values.case import Artifact

_PIPELINE = "mojo/pipeline.pb"
_FOLDER = "mojo/"


@dataclass(frozen=True)
class MojoPipeline:
    """See `parity.runtimes.runtime.Runtime`. Without a licence its refusal alone is tested: nobody here has seen it score."""

    name: str = "mojo-pipeline"
    format: str = "Driverless AI MOJO pipeline"
    suffixes: frozenset[str] = frozenset({".mojo"})
    scorer: str = "parity.mojopipeline.MojoPipelineScorer"
    licence: str = "LicenseRef-H2O-Driverless-AI-Evaluation"
    default: bool = True
    licence_variables: tuple[str, ...] = ("DRIVERLESS_AI_LICENSE_FILE", "DRIVERLESS_AI_LICENSE_KEY")

    def recognises(self, artifact: Path) -> bool:
        """Pipelines in protobuf, which the engine asks a licence for; those in TOML are left to its makers' own tools."""
        if artifact.is_dir():
            return False
        whole, names = zip_names(artifact)
        return _PIPELINE in names if whole else any(name.startswith(_FOLDER) for name in names)

    def options(self, artifact: Artifact) -> dict[str, str]:
        return checked(self.name, artifact, {})

    def jvm_options(self, _jvm: Jvm) -> tuple[str, ...]:
        """The engine makes classes of its own as it loads a pipeline, which Java 17 allows on demand alone."""
        return ("--add-opens=java.base/java.lang=ALL-UNNAMED",)


RUNTIME = MojoPipeline()
