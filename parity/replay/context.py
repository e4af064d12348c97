"""What a fresh process needs, beside the row, to ask both sides again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from parity.replay.exact import from_json, to_json
from parity.values.case import Artifact, Case, ColumnRule
from parity.values.policy import Gate, Limit, OffDomain, Preset
from parity.values.settings import Item


def context_of(item: Item) -> dict[str, Any]:
    """JSON-able. `source` is the file that declared the case (the configuration, or a test module).

    `reference` and `data` are None where they were objects of the process and not texts or paths: then only `source`
    can build them again. What `@parity.case` declared has an address.
    """
    case, artifact = item.case, item.artifact
    root = case.root.absolute()  # a replay may start in another folder
    return {
        "source": case.source,
        "case": case.name,
        "runtime": item.runtime,
        "root": str(root),
        "reference": case.address or _text(case.reference),
        "data": _text(case.data),
        "artifact": {"path": str(root / artifact.path), "options": _json(artifact.options)},
        "inputs": _json(case.inputs),
        "outputs": _json(case.outputs),
        "ignore_outputs": list(case.ignore_outputs),
        "columns": {name: _json(asdict(rule)) for name, rule in case.columns.items()},
        "gate": _json(asdict(case.gate)),
    }


def case_of(context: Mapping[str, Any]) -> Case | None:
    """The case with that one artifact in that one runtime, from the context alone; None where the reference was an object."""
    if context["reference"] is None:
        return None
    return Case(
        name=context["case"],
        reference=context["reference"],
        artifacts=(artifact_of(context),),
        root=Path(context["root"]),
        data=context["data"],
        inputs={name: tuple(columns) for name, columns in context["inputs"].items()},
        outputs=context["outputs"],
        ignore_outputs=tuple(context["ignore_outputs"]),
        columns={name: _rule(from_json(rule)) for name, rule in context["columns"].items()},
        gate=_gate(from_json(context["gate"])),
        source=context["source"],
    )


def artifact_of(context: Mapping[str, Any]) -> Artifact:
    """The artifact, in the one runtime that the finding is about."""
    artifact = context["artifact"]
    return Artifact(Path(artifact["path"]), (context["runtime"],), from_json(artifact["options"]))


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | Path) else None


def _json(value: Any) -> Any:
    """As `to_json`; dates, which TOML options may hold, as text."""
    if isinstance(value, Mapping):
        return {str(key): _json(item) for key, item in value.items()}
    return value.isoformat() if isinstance(value, date) else to_json(value)


def _rule(rule: dict[str, Any]) -> ColumnRule:
    categories = rule.pop("categories")
    return ColumnRule(categories=None if categories is None else tuple(categories), **rule)


def _gate(gate: dict[str, Any]) -> Gate:
    limit = gate.pop("max_abs")
    preset, off_domain = Preset(gate.pop("preset")), OffDomain(gate.pop("off_domain"))
    return Gate(max_abs=None if limit is None else Limit(**limit), preset=preset, off_domain=off_domain, **gate)
