"""Tribuo, which trains on the JVM: Java has the model itself, and Python its ONNX export as the reference."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from parity.runtimes.content import head
from parity.runtimes.options import checked
from parity.values.case import Artifact

_START = b"\x12"  # ModelProto's field 2, the class that reads it; field 1, its version, is 0 and not written
_CLASS = b"org.tribuo."


@dataclass(frozen=True)
class Tribuo:
    """See `parity.runtimes.runtime.Runtime`.

    Reads what `Model.serializeToFile` writes; models in Java's own serialisation, which Tribuo 5 drops, are not opened. A missing
    cell is a feature that the example does not have.
    """

    name: str = "tribuo"
    format: str = "Tribuo model"
    suffixes: frozenset[str] = frozenset({".tribuo"})
    scorer: str = "parity.tribuo.TribuoScorer"
    licence: str = "Apache-2.0"
    default: bool = True

    def recognises(self, artifact: Path) -> bool:
        start = head(artifact)[:64]
        return start.startswith(_START) and start[2:].startswith(_CLASS)

    def options(self, artifact: Artifact) -> dict[str, str]:
        return checked(self.name, artifact, {})


RUNTIME = Tribuo()
