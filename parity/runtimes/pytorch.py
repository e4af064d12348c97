"""PyTorch on the JVM: DJL with its PyTorch engine, on TorchScript, the file that `torch.jit.save` writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parity.anatomy.torchscript import Row, traced_rows
from parity.numeric.tensors import spelled
from parity.runtimes.archives import zip_names
from parity.runtimes.options import checked, one_of, whole
from parity.runtimes.pytorch_java import repro
from parity.runtimes.repro import Call, Java
from parity.values.case import Artifact

# The first entry of the archive: the first tensor, or where there is none the module itself.
_FIRST = ("data/0", "data.pkl")


@dataclass(frozen=True)
class Pytorch:
    """See `parity.runtimes.runtime.Runtime`.

    Options: `inputs` declares a row of each input of forward ({ image = "float32[3, 224, 224]", shop = "int64[]" }). A traced
    module holds the sizes of its example, and of one matrix the width is found; a scripted module with other inputs needs it.
    `threads` (1: with more, sums differ in the last bits); `optimizer`: TorchScript's, "on" or "off" (the engine's own default
    where it is not said).
    """

    name: str = "pytorch"
    format: str = "TorchScript"
    suffixes: frozenset[str] = frozenset({".pt", ".torchscript"})
    scorer: str = "parity.pytorch.PytorchScorer"
    licence: str = "Apache-2.0 AND BSD-3-Clause"
    default: bool = True

    def recognises(self, artifact: Path) -> bool:
        if artifact.is_dir():
            return False
        whole_, names = zip_names(artifact)
        inner = [name.partition("/")[2] for name in names]
        if not whole_:
            return inner[:1] in ([name] for name in _FIRST)
        return "constants.pkl" in inner and any(name.startswith("code/") for name in inner)

    def options(self, artifact: Artifact) -> dict[str, str]:
        found = checked(self.name, artifact, {"inputs": _inputs, "threads": whole(1), "optimizer": one_of("on", "off")})
        if "optimizer" in found:
            found["optimizer"] = str(found["optimizer"] == "on").lower()
        traced = () if "inputs" in found else traced_rows(artifact.path)
        return found | ({"traced": ";".join(map(_written, traced))} if traced else {})

    def repro(self, call: Call) -> Java | None:
        return repro(call)


def _inputs(value: Any) -> str:
    wanted = ValueError('a table of inputs, a row of each, such as { image = "float32[3, 224, 224]", shop = "int64[]" }')
    if not isinstance(value, Mapping) or not value:
        raise wanted
    parts = []
    for name, text in value.items():
        found = spelled(text) if isinstance(text, str) else None
        if found is None:
            raise wanted
        parts.append(f"{name}:{_written(found)}")
    return ";".join(parts)


def _written(row: Row) -> str:
    return f"{row[0]}:{','.join(map(str, row[1]))}"


RUNTIME = Pytorch()
