"""Which module edits a file: by its suffix, and by its content where two formats share one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from parity.selftest import catboost_edits, lightgbm_edits, onnx_edits, pmml_edits, xgboost_edits

Editor = Callable[[Path, str, Path], Path | None]
"""Source, fault and target without a suffix; the edited file, or None where the source has no place for the fault."""

BY_SUFFIX: dict[str, Editor] = {
    ".onnx": onnx_edits.edited,
    ".ubj": xgboost_edits.edited,
    ".pmml": pmml_edits.edited,
    ".cbm": catboost_edits.edited,
}
LIGHTGBM_STARTS = b"tree\n"


def editor_of(source: Path) -> Editor | None:
    """None where files of this format are not edited."""
    suffix = source.suffix.lower()
    if suffix == ".json":
        return xgboost_edits.edited if "learner" in json.loads(source.read_bytes()) else catboost_edits.edited
    if suffix in BY_SUFFIX:
        return BY_SUFFIX[suffix]
    with source.open("rb") as file:
        start = file.read(16).replace(b"\r", b"")
    return lightgbm_edits.edited if start.startswith(LIGHTGBM_STARTS) else None
