"""Artifacts that end in the middle, which an engine opens all the same: it reads what stands before the cut."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from parity.diagnose.advice import ADVICE
from parity.diagnose.evidence import CONFIRM_EXPLAINED, Evidence
from parity.flow.sides import Sides
from parity.values.finding import Cause


def cause_of_damage(sides: Sides, evidence: Evidence | None) -> Cause | None:
    """The file is no well-formed XML, and the runtime has no number for the rows."""
    if evidence is None or sides.item.artifact.path.suffix != ".pmml":
        return None
    explained = float(np.isnan(evidence.ask_runtime(evidence.drifting)).any(axis=1).mean())
    said = _not_well_formed(sides.item.artifact.path) if explained >= CONFIRM_EXPLAINED else ""  # megabytes: read last
    if not said:
        return None
    text = f"the file is no well-formed XML ({said}): the engine opened what stands before, and has no number for these rows"
    return Cause("artifact-cut", explained, 0.0, ADVICE["artifact-cut"], text)


def _not_well_formed(path: Path) -> str:
    """What a parser says of a PMML file, "" where it is whole or gone."""
    if not path.is_file():
        return ""
    try:
        ElementTree.parse(path)
    except ElementTree.ParseError as error:
        return str(error)
    return ""
