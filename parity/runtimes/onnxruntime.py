"""ONNX Runtime, Java. One run per batch, one thread unless told otherwise: with more, sums differ in the last bits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from parity.runtimes.content import is_onnx
from parity.runtimes.onnxruntime_java import repro
from parity.runtimes.options import checked, one_of, whole
from parity.runtimes.repro import Call, Java
from parity.values.case import Artifact


@dataclass(frozen=True)
class OnnxRuntime:
    """See `parity.runtimes.runtime.Runtime`."""

    name: str = "onnxruntime"
    format: str = "ONNX"
    suffixes: frozenset[str] = frozenset({".onnx", ".ort"})
    scorer: str = "parity.onnxruntime.OnnxRuntimeScorer"
    licence: str = "MIT"
    default: bool = True

    def recognises(self, artifact: Path) -> bool:
        return is_onnx(artifact)

    def options(self, artifact: Artifact) -> dict[str, str]:
        known = {"threads": whole(1), "optimization": one_of("none", "basic", "extended", "all")}
        return checked(self.name, artifact, known)

    def repro(self, call: Call) -> Java | None:
        return repro(call)


RUNTIME = OnnxRuntime()
