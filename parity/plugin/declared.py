"""Configurations that no file holds: of `@parity.case`, and of `--parity-model` with `--parity-artifact`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from parity.config import case_from, find, read
from parity.plugin.case import DeclaredCase
from parity.plugin.options import Options
from parity.values.case import Case, Configuration


def configuration_of(declared: DeclaredCase, module: Path, root: Path) -> Configuration:
    """The case under the root's `[require]` and ledger; the function is not called yet. Raises ConfigurationError."""
    keys = {key.replace("-", "_"): value for key, value in declared.table.items()}
    artifacts = keys.pop("artifacts")
    case = case_from(
        declared.function, artifacts, root=module.parent, name=declared.name, source=module.name, data=declared.data, **keys
    )
    address = f"{module.stem}:{declared.function.__name__}.reference()"  # what a replay in another process calls
    return _under_root(replace(case, address=address), module, root)


def from_command_line(options: Options, folder: Path) -> Configuration:
    """One case of the model, the artifacts and the rows that were typed, relative to `folder`. Raises ConfigurationError."""
    case = case_from(options.model, list(options.artifacts), root=folder, source="--parity-model", data=options.data)
    return Configuration(path=folder, cases=(case,))


def _under_root(case: Case, path: Path, root: Path) -> Configuration:
    file = find(root)
    shared = read(file) if file else Configuration(path, ())
    return Configuration(path, (case,), shared.required_runtimes, shared.known)
