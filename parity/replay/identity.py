"""The name of a finding: the same in every run and on every machine."""

from __future__ import annotations

import hashlib
import json

DIGITS = 12
"""48 bits: among 10,000 findings of one project two share an id with probability 2e-7 (birthday bound n^2 / 2^49)."""


def finding_id(case: str, artifact: str, runtime: str, output: str, kind: str, cause_or_class: str) -> str:
    """12 hex digits of SHA-256 over the six texts (as a JSON list, so that no two lists run together).

    `artifact` is the path as the configuration names it, `cause_or_class` a proved cause's name or else the class of input.
    """
    text = json.dumps([case, artifact, runtime, output, str(kind), cause_or_class])
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]
