"""Each fault in turn: the same search as a run, stopped at the first verdict that the fault is found."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from parity.flow.inputs import budget_of
from parity.flow.sides import Sides, Workbench
from parity.selftest.background import Background, Phased, alone, beside
from parity.selftest.equivalence import off_domain_proof, proof
from parity.selftest.faults import Fault, Place
from parity.selftest.mutants import Absent, with_fault
from parity.selftest.outcome import Mutant, Outcome
from parity.selftest.sums import structure_of, sums_of
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
            yield _mutant(lab, fault)
    finally:
        clean.close()
        mutants.close()
        shutil.rmtree(folder, ignore_errors=True)


def _mutant(lab: Laboratory, fault: Fault) -> Mutant:
    clean, schema = lab.sides, lab.sides.subject.schema
    made = with_fault(clean, fault, lab.settings, lab.mutants, lab.folder)
    if isinstance(made, Absent):
        outcomes = tuple(Outcome(p, "found", 0) for p in lab.background) if made.refused else ()
        return Mutant(fault, outcomes, absent=made.why)
    if fault.place != Place.ARTIFACT:
        beyond = off_domain_proof(fault.name, clean.subject.artifact, None, schema) or ""
        return Mutant(fault, _outcomes(lab, made), off_domain=beyond)
    source, path = clean.item.case.root / clean.item.artifact.path, made.item.artifact.path
    before, after = structure_of(source, clean.subject.artifact), structure_of(path, made.subject.artifact)
    why = proof(fault.name, before, after, schema, sums_of(source)) or ""
    return Mutant(fault, _outcomes(lab, made), why, off_domain=off_domain_proof(fault.name, before, after, schema) or "")


def _outcomes(lab: Laboratory, sides: Sides) -> tuple[Outcome, ...]:
    return tuple(
        beside(Phased(sides, lab.settings, phase), Phased(lab.sides, lab.settings, phase), background)
        for phase, background in lab.background.items()
    )
