"""Cases that no file holds: `--parity-model` with `--parity-artifact`, `@parity.case`, `parity.check`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from parity.config.cases import case
from parity.config.fields import Table
from parity.config.files import check_files
from parity.values.case import Case
from parity.values.policy import Gate


def case_from(reference: Any, artifacts: Any, *, root: Path, name: str | None = None, source: str = "case", **keys: Any) -> Case:
    """A case from Python values, checked by the same rules and with the same messages as one from a file.

    `reference`: an object, a path, "package.module:attribute" or "package.module:name()"; `artifacts`: a path, an Artifact,
    a mapping with path, runtimes and options, or a list of these. `keys` are those of `[[case]]` with "_" for "-"
    (data, inputs, outputs, ignore_outputs, columns, gate); None means not given. `source` stands in front of messages.
    Raises ConfigurationError.
    """
    given = {key.replace("_", "-"): value for key, value in keys.items() if value is not None}
    named = {"name": name or default_name(reference, artifacts), "reference": reference, "artifacts": artifacts}
    values = {**{key: value for key, value in named.items() if value is not None}, **given}
    values["gate"] = dashed(given["gate"]) if isinstance(given.get("gate"), Mapping) else given.get("gate", {})
    found = case(Table(values, "", source), Path(root).absolute(), Gate())
    check_files([found])
    return found


def dashed(gate: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key).replace("_", "-"): value for key, value in gate.items()}


def default_name(reference: Any, artifacts: Any) -> str:
    """The stem of the reference's file or attribute, else of the first artifact."""
    if isinstance(reference, str | Path):
        return Path(str(reference).rpartition(":")[2].removesuffix("()")).stem or "case"
    first = artifacts[0] if isinstance(artifacts, list | tuple) and artifacts else artifacts
    path = first.get("path", "") if isinstance(first, Mapping) else getattr(first, "path", first)
    return Path(str(path)).stem or "case"
