"""Java source, as m2cgen generates it: compiled when it is opened, by the JVM that scores.

The artifact is a program and is run as one, as a pickle would be: open only files of your own. The JVM has to be a JDK.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from parity.runtimes.content import head
from parity.runtimes.options import checked
from parity.values.case import Artifact

_CLASS = re.compile(rb"\bclass\s+\w+")
_SCORE = re.compile(rb"\bdouble\s*(?:\[\s*\]\s*)?\s*score\s*\(\s*(?:final\s+)?double\s*\[\s*\]\s*\w+\s*\)")


@dataclass(frozen=True)
class JavaSource:
    """See `parity.runtimes.runtime.Runtime`."""

    name: str = "java-source"
    format: str = "Java source with a score(double[]) method"
    suffixes: frozenset[str] = frozenset({".java"})
    scorer: str = "parity.javasource.JavaSourceScorer"
    licence: str = "Apache-2.0"
    default: bool = True

    def recognises(self, artifact: Path) -> bool:
        start = head(artifact)
        return b"\0" not in start and _CLASS.search(start) is not None and _SCORE.search(start) is not None

    def options(self, artifact: Artifact) -> dict[str, str]:
        return checked(self.name, artifact, {})


RUNTIME = JavaSource()
