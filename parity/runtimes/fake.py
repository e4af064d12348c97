"""A runtime in 40 lines, for tests of one's own and as the pattern for another. Its artifact is a text of weights:

    age = 0.25
    income = -1e-3

The value is the weighted sum of the columns of these names. The Java half is `parity.harness.FakeScorer`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from parity.runtimes.options import checked
from parity.values.case import Artifact

_WEIGHTS = re.compile(rb"(?:\s*[^=\n\0]+=[ \t]*[-+.\w]+[ \t]*(?:\n|\Z))+\s*")


@dataclass(frozen=True)
class Fake:
    """See `parity.runtimes.runtime.Runtime`."""

    name: str = "fake"
    format: str = "weights"
    suffixes: frozenset[str] = frozenset({".fake"})
    scorer: str = "parity.harness.FakeScorer"
    licence: str = "Apache-2.0"
    default: bool = True

    def recognises(self, artifact: Path) -> bool:
        return artifact.suffix == ".fake" and artifact.is_file() and _WEIGHTS.fullmatch(artifact.read_bytes()) is not None

    def options(self, artifact: Artifact) -> dict[str, str]:
        return checked(self.name, artifact, {})


RUNTIME = Fake()
