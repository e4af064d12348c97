"""Random streams that are the same in every process, on every machine and for every runtime."""

from __future__ import annotations

import hashlib

import numpy as np

from parity.values.plan import Phase

_PHASES = tuple(Phase)


def stream(seed: int, case_name: str, phase: Phase, chunk: int) -> np.random.Generator:
    """The generator of one chunk: PCG64 from SeedSequence(seed, case, phase, chunk). The case counts by its SHA-256."""
    name = int.from_bytes(hashlib.sha256(case_name.encode()).digest()[:8], "big")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed % 2**64, name, _PHASES.index(phase), chunk])))
