"""A finding as JSON. The row travels beside it: in `row.arrow`, or as text where one document must hold everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

import pyarrow as pa

from parity.replay.exact import from_json, to_json
from parity.values.finding import Cause, Finding, FindingKind, Seen
from parity.values.plan import Phase


def finding_to_dict(finding: Finding) -> dict[str, Any]:
    """Every field but the row. Two findings that differ in a bit outside their rows differ here too."""
    plain = {f.name: getattr(finding, f.name) for f in fields(finding) if f.name not in ("row", "seen", "cause")}
    return {
        **{name: to_json(value) for name, value in plain.items()},
        "seen": to_json(asdict(finding.seen)),
        "cause": None if finding.cause is None else to_json(asdict(finding.cause)),
    }


def finding_from_dict(data: Mapping[str, Any], row: pa.RecordBatch) -> Finding:
    """The inverse. Raises KeyError, TypeError or ValueError where the mapping is not one of `finding_to_dict`'s."""
    values: dict[str, Any] = {name: from_json(value) for name, value in data.items()}
    values |= {
        "phase": Phase(data["phase"]),
        "kind": FindingKind(data["kind"]),
        "off_typical": tuple(data["off_typical"]),
        "places": {name: tuple(places) for name, places in data.get("places", {}).items()},
        "seen": Seen(**values["seen"]),
        "cause": None if data["cause"] is None else Cause(**values["cause"]),
    }
    return Finding(row=row, **values)
