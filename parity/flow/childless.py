"""PMML trees in which a row can come to a node none of whose children is for it, and has no score there."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from parity.diagnose.advice import ADVICE
from parity.diagnose.evidence import CONFIRM_EXPLAINED, Evidence
from parity.flow.other_way import agreement, rows_of
from parity.flow.sides import Sides
from parity.values.finding import Cause

TREE = re.compile(rb"<TreeModel\b([^>]*)>")
STRATEGY = re.compile(rb"""\s+noTrueChildStrategy\s*=\s*("[^"]*"|'[^']*')""")
LAST = b' noTrueChildStrategy="returnLastPrediction"'


def cause_without_child(sides: Sides, evidence: Evidence | None, kept: Sequence[pa.RecordBatch]) -> Cause | None:
    """The runtime has no number for the rows, and the reference's where the trees are told to keep a node's own score."""
    path = sides.item.artifact.path
    if evidence is None or path.suffix != ".pmml" or sides.session.environment.get("mode") != "worker":
        return None
    if not path.is_file() or float(np.isnan(evidence.ask_runtime(evidence.drifting)).any(axis=1).mean()) < CONFIRM_EXPLAINED:
        return None
    written, rows = path.read_bytes(), rows_of(sides, kept)
    mended = with_last_prediction(written)
    if mended == written or rows is None:
        return None
    with tempfile.TemporaryDirectory(prefix="parity-mended-") as folder:
        other = Path(folder) / path.name
        other.write_bytes(mended)
        right = agreement(sides, replace(sides.item.artifact, path=other), rows)
    if right is None or right < CONFIRM_EXPLAINED:
        return None
    told = f"{right:.1%} of {rows.num_rows:,} rows"
    text = f'the file with noTrueChildStrategy="returnLastPrediction" gives the reference\'s scores to {told}'
    return Cause("no-true-child", right, 0.0, ADVICE["no-true-child"], text)


def with_last_prediction(text: bytes) -> bytes:
    """The file with every tree told so, whatever it was told before."""
    return TREE.sub(lambda found: b"<TreeModel" + STRATEGY.sub(b"", found[1]) + LAST + b">", text)
