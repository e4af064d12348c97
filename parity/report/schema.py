"""The JSON Schema of `--parity-json`."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

VERSION = 1


def results_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of `parity.report.json_report.document`."""
    schema: dict[str, Any] = json.loads(files("parity.report").joinpath("results.schema.json").read_text("utf-8"))
    return schema
