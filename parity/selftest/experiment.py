"""Each fault in turn: the same search as a run, stopped at the first verdict that the fault is found."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from parity.errors import UsageError
from parity.flow.inputs import budget_of
from parity.flow.sides import Sides, Workbench
from parity.selftest import sessions
from parity.selftest.background import Background, Phased, alone, beside
from parity.selftest.edits import editor_of
from parity.selftest.equivalence import off_domain_proof, proof
from parity.selftest.faults import Fault, Place
from parity.selftest.outcome import Mutant, Outcome
from parity.selftest.sums import structure_of, sums_of
from parity.values.case import Artifact
from parity.values.plan import Phase
from parity.values.settings import Item, Settings

PHASES = (Phase.EXAMPLES, Phase.BOUNDARY, Phase.SPECIAL, Phase.RANDOM)


@dataclass(frozen=True)
class Laboratory:
    """What all mutants of an item share: both sides without a fault, what each phase makes of them, a bench for the others."""

    item: Item
    settings: Settings
    sides: Sides
    background: dict[Phase, Background]
    mutants: Workbench
    folder: Path


def experiment(
    item: Item, settings: Settings, faults: Sequence[Fault], phases: Sequence[Phase], progress: Callable[[str], None]
) -> Iterator[Mutant]:
    """One mutant per fault, in order: first those of a session, which share one open runtime, then those of the file.

    The item's own findings, where it has any, are the background: see `background.beside`.
    """
    folder = settings.folder.absolute() / "selftest"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    settings, clean, mutants = replace(settings, folder=folder), Workbench(), Workbench()
    try:
        sides = clean.sides(item, settings, budget_of(settings))
        background = {phase: alone(Phased(sides, settings, phase)) for phase in phases}
        lab = Laboratory(item, settings, sides, background, mutants, folder)
        for fault in sorted(faults, key=lambda f: f.place == Place.ARTIFACT):
            progress(fault.name)
            yield _in_file(lab, fault) if fault.place == Place.ARTIFACT else _in_session(lab, fault)
    finally:
        clean.close()
        mutants.close()
        shutil.rmtree(folder, ignore_errors=True)


def _in_session(lab: Laboratory, fault: Fault) -> Mutant:
    session, absent = _faulty(lab.sides, fault)
    if session is None:
        return Mutant(fault, absent=absent)
    why = off_domain_proof(fault.name, lab.sides.subject.artifact, None, lab.sides.subject.schema) or ""
    return Mutant(fault, _outcomes(lab, replace(lab.sides, session=session)), off_domain=why)


def _outcomes(lab: Laboratory, sides: Sides) -> tuple[Outcome, ...]:
    return tuple(
        beside(Phased(sides, lab.settings, phase), Phased(lab.sides, lab.settings, phase), background)
        for phase, background in lab.background.items()
    )


def _faulty(sides: Sides, fault: Fault) -> tuple[sessions.FaultySession | None, str]:
    if fault.name == "columns-swapped":
        pair = _two_columns(sides)
        return (
            (None, "no two columns of one type")
            if pair is None
            else (sessions.FaultySession(sides.session, asked=sessions.columns_swapped(*pair)), "")
        )
    if fault.name == "zero-and-missing-swapped":
        floating = any(c.type.startswith("float") for c in sides.subject.schema.columns)
        session = sessions.FaultySession(sides.session, asked=sessions.zero_and_missing_swapped)
        return (session, "") if floating else (None, "no column of floating-point numbers")
    if fault.name == "stale-rows":
        return sessions.FaultySession(sides.session, answered=sessions.stale_rows), ""
    compared = [p for p in sides.pairs if (p.kind == "label") == (fault.name == "label-shifted")]
    if not compared or (fault.name == "class-order" and not any((p.runtime.width or 2) > 1 for p in compared)):
        return None, "the artifact has no such output"
    change = sessions.label_shifted if fault.name == "label-shifted" else sessions.class_order
    return sessions.FaultySession(sides.session, answered=change), ""


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


def _in_file(lab: Laboratory, fault: Fault) -> Mutant:
    artifact = lab.item.artifact
    source = lab.item.case.root / artifact.path
    edit = editor_of(source)
    if edit is None:
        return Mutant(fault, absent=f"{artifact.path.suffix} files are not edited")
    path = edit(source, fault.name, lab.folder / fault.name)
    if path is None:
        return Mutant(fault, absent="the artifact has no place for it")
    item = replace(lab.item, artifact=Artifact(path, artifact.runtimes, artifact.options))
    try:
        mutated = lab.mutants.sides(item, lab.settings, budget_of(lab.settings))
    except UsageError as error:
        outcomes = tuple(Outcome(p, "found", 0) for p in lab.background)
        return Mutant(fault, outcomes, absent=f"the runtime refuses the file: {str(error)[:80]}")
    before, after = structure_of(source, lab.sides.subject.artifact), structure_of(path, mutated.subject.artifact)
    why = proof(fault.name, before, after, lab.sides.subject.schema, sums_of(source)) or ""
    beyond = off_domain_proof(fault.name, before, after, lab.sides.subject.schema) or ""
    return Mutant(fault, _outcomes(lab, mutated), why, off_domain=beyond)
