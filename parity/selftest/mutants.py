"""An item with a fault: its own session behind one that lies, or a session of its own over an edited copy of the artifact."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from parity.errors import UsageError
from parity.flow.inputs import budget_of
from parity.flow.sides import Sides, Workbench
from parity.runtimes.wrapped import WrappedSession
from parity.selftest import sessions
from parity.selftest.edits import editor_of
from parity.selftest.faults import Fault, Place
from parity.values.case import Artifact
from parity.values.settings import Settings


@dataclass(frozen=True)
class Absent:
    """Why there is no mutant; `refused` where there is a file, which the runtime does not open."""

    why: str
    refused: bool = False


def with_fault(sides: Sides, fault: Fault, settings: Settings, bench: Workbench, folder: Path) -> Sides | Absent:
    """Both sides with the fault. A file is edited into `folder` and opened by `bench`, which closes the one before."""
    if fault.place == Place.ARTIFACT:
        return _in_file(sides, fault, settings, bench, folder)
    session, absent = _faulty(sides, fault)
    return Absent(absent) if session is None else replace(sides, session=session)


def _in_file(sides: Sides, fault: Fault, settings: Settings, bench: Workbench, folder: Path) -> Sides | Absent:
    artifact = sides.item.artifact
    source = sides.item.case.root / artifact.path
    edit = editor_of(source)
    if edit is None:
        return Absent(f"{artifact.path.suffix} files are not edited")
    path = edit(source, fault.name, folder / fault.name)
    if path is None:
        return Absent("the artifact has no place for it")
    item = replace(sides.item, artifact=Artifact(path, artifact.runtimes, artifact.options))
    try:
        return bench.sides(item, settings, budget_of(settings))
    except UsageError as error:
        return Absent(f"the runtime refuses the file: {str(error)[:80]}", refused=True)


def _faulty(sides: Sides, fault: Fault) -> tuple[WrappedSession | None, str]:
    if fault.name == "columns-swapped":
        pair = _two_columns(sides)
        return (
            (None, "no two columns of one type")
            if pair is None
            else (WrappedSession(sides.session, asked=sessions.columns_swapped(*pair)), "")
        )
    if fault.name == "zero-and-missing-swapped":
        floating = any(c.type.startswith("float") for c in sides.subject.schema.columns)
        session = WrappedSession(sides.session, asked=sessions.zero_and_missing_swapped)
        return (session, "") if floating else (None, "no column of floating-point numbers")
    if fault.name == "stale-rows":
        return WrappedSession(sides.session, answered=sessions.stale_rows), ""
    compared = [p for p in sides.pairs if (p.kind == "label") == (fault.name == "label-shifted")]
    if not compared or (fault.name == "class-order" and not any((p.runtime.width or 2) > 1 for p in compared)):
        return None, "the artifact has no such output"
    change = sessions.label_shifted if fault.name == "label-shifted" else sessions.class_order
    return WrappedSession(sides.session, answered=change), ""


def _two_columns(sides: Sides) -> tuple[str, str] | None:
    """The two that most splits test, else the first two, of one type."""
    columns, trees = sides.subject.schema.columns, sides.subject.artifact.trees
    order = list(range(len(columns)))
    if trees is not None and sides.subject.artifact.prefix is None:
        used = np.bincount(trees.feature[trees.left >= 0], minlength=len(columns))
        order.sort(key=lambda i: -int(used[i]))
    for place, i in enumerate(order):
        same = [j for j in order[place + 1 :] if columns[j].type == columns[i].type]
        if same and columns[i].type != "string":
            return columns[i].name, columns[same[0]].name
    return None
