"""TensorFlow Lite (LiteRT) on the JVM: its C API in Bytedeco's build, on `.tflite` files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from parity.runtimes.options import checked, text, whole
from parity.runtimes.repro import Call, Java
from parity.runtimes.tflite_java import repro
from parity.values.case import Artifact

# The file identifier of the FlatBuffers schema, behind the offset of the root table.
_IDENTIFIER = b"TFL3"


@dataclass(frozen=True)
class Tflite:
    """See `parity.runtimes.runtime.Runtime`.

    Options: `signature` names what is called (serving_default, or the only one; a model without any is called by its tensors);
    `threads` (1: with more, sums differ in the last bits).
    """

    name: str = "tflite"
    format: str = "TensorFlow Lite"
    suffixes: frozenset[str] = frozenset({".tflite"})
    scorer: str = "parity.tflite.TfliteScorer"
    licence: str = "Apache-2.0"
    default: bool = True

    def recognises(self, artifact: Path) -> bool:
        if artifact.is_dir():
            return False
        with artifact.open("rb") as file:
            return file.read(8)[4:] == _IDENTIFIER

    def options(self, artifact: Artifact) -> dict[str, str]:
        return checked(self.name, artifact, {"signature": text, "threads": whole(1)})

    def repro(self, call: Call) -> Java | None:
        return repro(call)


RUNTIME = Tflite()
