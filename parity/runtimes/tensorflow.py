"""TensorFlow's Java API on a SavedModel, the folder that `tf.saved_model.save` and Keras's `export` write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from parity.runtimes.options import checked, text, whole
from parity.values.case import Artifact

_GRAPHS = ("saved_model.pb", "saved_model.pbtxt")


@dataclass(frozen=True)
class Tensorflow:
    """See `parity.runtimes.runtime.Runtime`.

    Options: `signature` (serving_default) and `tag` (serve) name what is called; `threads` (1: with more, sums differ in the
    last bits). What becomes of NaN depends on TF_ENABLE_ONEDNN_OPTS in the environment of both sides, which the facts record.
    """

    name: str = "tensorflow"
    format: str = "TensorFlow SavedModel"
    suffixes: frozenset[str] = frozenset()
    scorer: str = "parity.tensorflow.TensorflowScorer"
    licence: str = "Apache-2.0"
    default: bool = True

    def recognises(self, artifact: Path) -> bool:
        return artifact.is_dir() and any((artifact / name).is_file() for name in _GRAPHS)

    def options(self, artifact: Artifact) -> dict[str, str]:
        return checked(self.name, artifact, {"signature": text, "tag": text, "threads": whole(1)})


RUNTIME = Tensorflow()
