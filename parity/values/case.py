"""One model to be judged, as the user wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parity.values.policy import Gate, Known


@dataclass(frozen=True)
class ColumnRule:
    """`[case.columns.NAME]`: what is declared valid. None: not declared, the sample or the model decides."""

    minimum: float | None = None
    maximum: float | None = None
    missing: bool | None = None
    nan: bool | None = None
    categories: tuple[str | int, ...] | None = None
    unseen: bool | None = None


@dataclass(frozen=True)
class Artifact:
    """An exported file. `runtimes` is empty where the user named none: the format's default one is taken."""

    path: Path
    runtimes: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A reference, its artifacts, optional sample data and policy.

    `reference` is a path, "package.module:attribute", "package.module:name()" or the loaded object itself.
    `data` is a path or a frame (anything pyarrow reads: pandas DataFrame, pyarrow Table, dict of arrays).
    `root` is the folder that paths are relative to and that is importable.
    `address` is where a fresh process finds a reference that was built in this one, "module:name()"; "" where nowhere.
    """

    name: str
    reference: Any
    artifacts: tuple[Artifact, ...]
    root: Path
    data: Any = None
    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    ignore_outputs: tuple[str, ...] = ()
    columns: Mapping[str, ColumnRule] = field(default_factory=dict)
    gate: Gate = field(default_factory=Gate)
    source: str = ""
    address: str = ""


@dataclass(frozen=True)
class Configuration:
    """A whole `parity.toml` or `[tool.parity]` table."""

    path: Path
    cases: tuple[Case, ...]
    required_runtimes: tuple[str, ...] = ()
    known: tuple[Known, ...] = ()
