"""Each fault in turn: the same search as a run, stopped at the first verdict that the fault is found."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from parity.errors import UsageError
from parity.flow.examine import examine
from parity.flow.inputs import allowances_of, budget_of
from parity.flow.sides import Sides, Workbench
from parity.generate import chunks
from parity.judge.tally import Group, GroupKey, Tally, add, output_results
from parity.judge.verdict import phase_verdict
from parity.selftest import sessions
from parity.selftest.edits import editor_of
from parity.selftest.equivalence import proof
from parity.selftest.faults import Fault, Place
from parity.selftest.sums import structure_of, sums_of
from parity.values.case import Artifact
from parity.values.finding import Finding, Seen
from parity.values.plan import Phase
from parity.values.result import Verdict
from parity.values.settings import Item, Settings

PHASES = (Phase.EXAMPLES, Phase.BOUNDARY, Phase.SPECIAL, Phase.RANDOM)


@dataclass(frozen=True)
class Outcome:
    """What one phase made of one fault: "found" (it fails the run), "told" (off-domain, shown and not failing),
    "missed", or "not-measured" (the phase compared nothing, or fails already without the fault).

    `off_domain` counts the rows that are told: a fault is told where there are more of them than without it.
    """

    phase: Phase
    state: str
    rows: int
    off_domain: int = 0


@dataclass(frozen=True)
class Mutant:
    """A fault and its outcomes by phase. `equivalent` is the proof that nothing can tell it apart; `absent` why there is none."""

    fault: Fault
    outcomes: tuple[Outcome, ...] = ()
    equivalent: str = ""
    absent: str = ""

    @property
    def state(self) -> str:
        """absent, found, told, equivalent (only where it was not found), not-measured (no phase could show it) or survived."""
        states = {o.state for o in self.outcomes}
        if self.absent:
            return "absent"
        found = next((s for s in ("found", "told") if s in states), "")
        if found or self.equivalent:
            return found or "equivalent"
        return "not-measured" if states == {"not-measured"} else "survived"


@dataclass(frozen=True)
class Laboratory:
    """What all mutants of an item share."""

    item: Item
    settings: Settings
    phases: Sequence[Phase]
    bench: Workbench
    folder: Path


def experiment(
    item: Item, settings: Settings, faults: Sequence[Fault], phases: Sequence[Phase], progress: Callable[[str], None]
) -> Iterator[Mutant]:
    """One mutant per fault, in order: first those of a session, which share one open runtime, then those of the file.

    The item's own findings, where it has any, are the background: a phase that fails without a fault cannot show one.
    """
    folder = settings.folder.absolute() / "selftest"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lab = Laboratory(item, replace(settings, folder=folder), phases, Workbench(), folder)
    try:
        sides = lab.bench.sides(item, lab.settings, budget_of(settings))
        background = {phase: _outcome(lab, sides, phase) for phase in phases}
        for fault in sorted(faults, key=lambda f: f.place == Place.ARTIFACT):
            progress(fault.name)
            yield (
                _in_file(lab, sides, fault, background)
                if fault.place == Place.ARTIFACT
                else _in_session(lab, sides, fault, background)
            )
    finally:
        lab.bench.close()
        shutil.rmtree(folder, ignore_errors=True)


def _in_session(lab: Laboratory, sides: Sides, fault: Fault, background: dict[Phase, Outcome]) -> Mutant:
    session, absent = _faulty(sides, fault)
    if session is None:
        return Mutant(fault, absent=absent)
    return Mutant(fault, tuple(_against(lab, replace(sides, session=session), p, background[p]) for p in lab.phases))


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


def _in_file(lab: Laboratory, sides: Sides, fault: Fault, background: dict[Phase, Outcome]) -> Mutant:
    artifact = lab.item.artifact
    source = lab.item.case.root / artifact.path
    edit = editor_of(source)
    if edit is None:
        return Mutant(fault, absent=f"{artifact.path.suffix} files are not edited")
    path = edit(source, fault.name, lab.folder / fault.name)
    if path is None:
        return Mutant(fault, absent="the artifact has no place for it")
    item = replace(lab.item, artifact=Artifact(path, artifact.runtimes, artifact.options))
    bench = lab.bench
    try:
        mutated = bench.sides(item, lab.settings, budget_of(lab.settings))
    except UsageError as error:
        outcomes = tuple(Outcome(p, "found", 0) for p in lab.phases)
        return Mutant(fault, outcomes, absent=f"the runtime refuses the file: {str(error)[:80]}")
    before, after = structure_of(source, sides.subject.artifact), structure_of(path, mutated.subject.artifact)
    why = proof(fault.name, before, after, sides.subject.schema, sums_of(source)) or ""
    return Mutant(fault, tuple(_against(lab, mutated, p, background[p]) for p in lab.phases), why)


def _against(lab: Laboratory, sides: Sides, phase: Phase, background: Outcome) -> Outcome:
    if background.state == "found":
        return Outcome(phase, "not-measured", 0)
    found = _outcome(lab, sides, phase)
    as_before = found.state == "told" and found.off_domain <= background.off_domain
    return Outcome(phase, "missed", found.rows, found.off_domain) if as_before else found


def _outcome(lab: Laboratory, sides: Sides, phase: Phase) -> Outcome:
    """Chunk by chunk until the verdict is that of a failure; as the run would judge, without minimising or diagnosing."""
    tally, item = Tally(), replace(lab.item, phase=phase)
    allowances = allowances_of(phase)
    for chunk in chunks(phase, sides.subject, lab.settings.seed, budget_of(lab.settings)):
        if chunk.batch.num_rows:
            add(tally, chunk, chunk.input_class, examine(sides, chunk.batch, allowances))
            if _verdict(item, sides, tally) == Verdict.FAIL:
                return Outcome(phase, "found", tally.rows)
    if not tally.compared:
        return Outcome(phase, "not-measured", tally.rows)
    told = tally.off_domain_drifted
    return Outcome(phase, "told" if told else "missed", tally.rows, told)


def _verdict(item: Item, sides: Sides, tally: Tally) -> Verdict:
    found = [_plain(item, key, group) for key, group in tally.groups.items()]
    outputs, today = output_results(tally, sides.tolerances), datetime.date.today()
    return phase_verdict(item.phase, tally, outputs, found, item.case.gate, (), ran_out=False, today=today)[0]


def _plain(item: Item, key: GroupKey, group: Group) -> Finding:
    """What the judge looks at: kind, count and size."""
    assert group.row is not None, "a group is made by its first row"
    return Finding(
        "", item.case.name, item.artifact.path.name, item.runtime, item.phase, key.kind, key.output, key.input_class, group.rows,
        group.row, (), Seen("", ""), group.worst, group.tolerance, key.off_domain,
    )  # fmt: skip
