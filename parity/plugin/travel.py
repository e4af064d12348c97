"""Results travel from item to report in `user_properties`: the only road that pytest-xdist leaves open."""

from __future__ import annotations

import json
from typing import Any

import pytest

from parity.values.result import PhaseResult

KEY = "parity"
WRONG = "parity.wrong"


def pack(result: PhaseResult) -> list[tuple[str, str]]:
    """Properties of an item: the whole result, and what a reader of a JUnit file wants to see of it."""
    from parity.report.json_report import result_to_dict

    readable = {"verdict": str(result.verdict), "rows": result.rows, "drifted": result.drifted, "findings": len(result.findings)}
    return [(KEY, json.dumps(result_to_dict(result))), *((f"parity.{name}", str(value)) for name, value in readable.items())]


def pack_wrong(text: str) -> tuple[str, str]:
    """A property that says what the user gave wrong: the run ends as a usage error then."""
    return WRONG, text


def unpack_wrong(report: pytest.TestReport) -> list[str]:
    """What `pack_wrong` left in the report."""
    return [str(value) for name, value in report.user_properties if name == WRONG]


def unpack(report: pytest.TestReport) -> PhaseResult | None:
    """Take the result out of a report, so that JUnit files are left with the readable properties."""
    from parity.report.json_report import result_from_dict

    packed = [value for name, value in report.user_properties if name == KEY]
    report.user_properties = [pair for pair in report.user_properties if pair[0] != KEY]
    return result_from_dict(_loaded(packed[-1])) if packed else None


def _loaded(text: object) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(str(text))
    return value
