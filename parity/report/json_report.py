"""Results as JSON: the stable document of `--parity-json`, and single results on their way between processes."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from parity.errors import StoreError
from parity.replay.encode import finding_from_dict, finding_to_dict
from parity.replay.exact import from_json, to_json
from parity.replay.files import as_store_error, write_whole
from parity.replay.rows import row_bytes, row_for_people, row_from_bytes
from parity.report.latency import (
    REFERENCE_BATCH,
    REFERENCE_SINGLE,
    RUNTIME_BATCH,
    RUNTIME_SINGLE,
    crossing_us,
    quantiles,
    remarks,
    rows_per_second,
)
from parity.report.run import Judged, RunReport, judged, run_verdict
from parity.report.schema import VERSION
from parity.values.finding import Finding
from parity.values.plan import Phase
from parity.values.result import OutputResult, PhaseResult, Verdict
from parity.values.timing import Timing

PHASE_NUMBERS = (
    "rows", "compared", "drifted", "off_domain_drifted", "both_refused", "unresolved", "never_asked", "generator", "upper95",
    "cuts", "probed", "unreachable", "leaves", "leaves_met", "defaults", "defaults_met", "categories", "searched", "fixed",
    "notes", "seconds",
)  # fmt: skip


def document(run: RunReport) -> dict[str, Any]:
    """The whole run, valid by `results_schema()` and standard JSON: no NaN, no infinity."""
    groups = judged(run.results)
    return {
        "schema": VERSION,
        "verdict": str(run_verdict(groups)),
        "seed": run.seed,
        "profile": run.profile,
        "environment": to_json(run.environment),
        "cases": [_case(group) for group in groups],
    }


def write_document(run: RunReport, path: Path) -> None:
    """Write the document, whole or not at all. Raises StoreError where the file cannot be written."""
    data = json.dumps(document(run), indent=1, allow_nan=False) + "\n"
    if path.is_dir():
        raise StoreError(f"cannot write results to {path}: it is a folder. Give --parity-json the name of a file")
    with as_store_error(f"write {path.name}", path.parent, "Give --parity-json a file in a folder that can be written"):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path.parent, {path.name: data.encode()})


def _case(group: Judged) -> dict[str, Any]:
    return {
        "case": group.case,
        "runtime": group.runtime,
        "artifact": group.artifact,
        "verdict": str(group.verdict),
        "reason": group.reason,
        "phases": {str(phase.phase): _phase(phase) for phase in group.phases},
        "outputs": [to_json(asdict(output)) for output in group.outputs],
        "not_exported": sorted({name for phase in group.phases for name in phase.not_exported}),
        "findings": [_finding(finding, group) for finding in group.findings],
        "latency": _latency(group.timings) if group.timings else None,
        "environment": to_json(next((phase.environment for phase in group.phases if phase.environment), {})),
    }


def _phase(result: PhaseResult) -> dict[str, Any]:
    numbers = {name: to_json(getattr(result, name)) for name in PHASE_NUMBERS}
    return {"verdict": str(result.verdict), "reason": result.reason, **numbers}


def _finding(finding: Finding, group: Judged) -> dict[str, Any]:
    plain = finding_to_dict(finding)
    seen = plain.pop("seen")
    named = ("id", "kind", "phase", "output", "input_class", "rows", "off_typical", "worst", "tolerance", "off_domain", "cause")
    same = [p for p in group.phases if any((f.id, f.off_domain) == (finding.id, finding.off_domain) for f in p.findings)]
    return {
        **{name: plain[name] for name in named},
        "phases": [str(phase.phase) for phase in same],
        "runtime_output": finding.runtime_output,
        "row": row_for_people(finding.row),
        "reference": seen["reference"],
        "runtime": seen["runtime"],
        "message": finding.message,
        "cut": finding.cut,
        "known": finding.known,
        "origin": finding.origin,
        "stage": finding.stage,
        "replay": f"parity replay {finding.id}",
    }


def _latency(timings: Mapping[str, Timing]) -> dict[str, Any]:
    single, batch = timings.get(RUNTIME_SINGLE), timings.get(RUNTIME_BATCH)
    return {
        "scenario": "single-stream",
        "rows": 1,
        **asdict(quantiles(single)),
        "crossing_us": crossing_us(timings),
        "reference": asdict(quantiles(timings.get(REFERENCE_SINGLE))),
        "batch": {
            "rows": batch.batch_rows if batch else None,
            "rows_per_second": rows_per_second(batch),
            "reference_rows_per_second": rows_per_second(timings.get(REFERENCE_BATCH)),
        },
        "remarks": list(remarks(timings)),
        "raw": {name: to_json(asdict(timing)) for name, timing in timings.items()},
    }


def result_to_dict(result: PhaseResult) -> dict[str, Any]:
    """A result as JSON-able values, bit for bit: rows as Arrow files in base64, timings as raw nanoseconds."""
    nested = ("outputs", "findings", "timings")
    plain = {f.name: to_json(getattr(result, f.name)) for f in fields(result) if f.name not in nested}
    return {
        **plain,
        "outputs": [to_json(asdict(output)) for output in result.outputs],
        "findings": [{"row": _packed(f), "finding": finding_to_dict(f)} for f in result.findings],
        "timings": {name: to_json(asdict(timing)) for name, timing in result.timings.items()},
    }


def result_from_dict(data: Mapping[str, Any]) -> PhaseResult:
    """The inverse of `result_to_dict`, also after `json`; lists inside `environment` stay lists."""
    values = {name: from_json(value) for name, value in data.items() if name not in ("findings", "environment")}
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    values |= {
        "phase": Phase(data["phase"]),
        "verdict": Verdict(data["verdict"]),
        "outputs": tuple(OutputResult(**output) for output in values["outputs"]),
        "findings": tuple(finding_from_dict(f["finding"], _unpacked(f["row"])) for f in data["findings"]),
        "timings": {name: _timing(timing) for name, timing in values["timings"].items()},
        "environment": from_json(data["environment"]),
    }
    return PhaseResult(**values)


def _packed(finding: Finding) -> str:
    return base64.b64encode(row_bytes(finding.row)).decode()


def _unpacked(row: str) -> Any:
    return row_from_bytes(base64.b64decode(row))


def _timing(data: dict[str, Any]) -> Timing:
    return Timing(**{**data, "nanoseconds": tuple(data["nanoseconds"])})
