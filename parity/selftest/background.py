"""One phase of an item without a fault, and with one: what is new beside what was there before.

The rule for "found" is the product's own: had the owner accepted every finding that the item has without the fault, as
`parity accept --rows` writes them, would the item fail? So a fault is found by a finding of another kind, output or cause, by a
larger drift or by more rows, and never by what fails anyway.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from parity.compare.examined import Examined
from parity.flow.examine import examine
from parity.flow.findings import findings_of
from parity.flow.inputs import allowances_of, budget_of
from parity.flow.sides import Sides
from parity.flow.worst import Worst
from parity.generate import Coverage, Search, chunks
from parity.judge.ledger import accepting, is_known
from parity.judge.tally import Group, GroupKey, Tally, add, output_results
from parity.judge.verdict import gates, phase_verdict
from parity.pipeline import input_class
from parity.replay.store import finding_id
from parity.selftest.outcome import Outcome
from parity.values.finding import Finding, Seen
from parity.values.plan import Chunk, Phase
from parity.values.policy import Known
from parity.values.result import Verdict
from parity.values.settings import Settings


@dataclass(frozen=True)
class Phased:
    """Both sides of an item and a phase of it."""

    given: Sides
    settings: Settings
    phase: Phase

    @property
    def sides(self) -> Sides:
        """With the item of this phase."""
        return replace(self.given, item=replace(self.given.item, phase=self.phase))


@dataclass
class Background:
    """A phase without a fault: does it fail, how many rows are told, and its findings once somebody asked for them."""

    failing: bool
    off_domain: int
    accepted: list[tuple[Known, ...]] = field(default_factory=list)


def alone(asked: Phased) -> Background:
    """The phase without a fault."""
    found = _first_failure(asked)
    return Background(found.state == "found", found.off_domain)


def beside(mutant: Phased, clean: Phased, background: Background) -> Outcome:
    """The phase with a fault. Where it fails without one, both are asked for the same rows."""
    if background.failing:
        return _what_is_new(mutant, clean, background)
    found = _first_failure(mutant)
    as_before = found.state == "told" and found.off_domain <= background.off_domain
    return Outcome(mutant.phase, "missed", found.rows, found.off_domain) if as_before else found


def tally_of(asked: Phased) -> Tally:
    """The whole phase, counted."""
    tally = Tally()
    for chunk, examined in _examined(asked):
        add(tally, chunk, input_class(chunk), examined)
    return tally


def _first_failure(asked: Phased) -> Outcome:
    """Chunk by chunk until the verdict is that of a failure; as the run would judge, without minimising or diagnosing."""
    tally, sides = Tally(), asked.sides
    for chunk, examined in _examined(asked):
        add(tally, chunk, input_class(chunk), examined)
        if _verdict(sides, tally, [_plain(sides, key, group) for key, group in tally.groups.items()], ()) == Verdict.FAIL:
            return Outcome(asked.phase, "found", tally.rows)
    if not tally.compared:
        return Outcome(asked.phase, "not-measured", tally.rows)
    told = tally.off_domain_drifted
    return Outcome(asked.phase, "told" if told else "missed", tally.rows, told)


def _what_is_new(mutant: Phased, clean: Phased, background: Background) -> Outcome:
    tally, before, sides = Tally(), Tally(), mutant.sides
    for chunk, examined in _examined(mutant):
        add(tally, chunk, input_class(chunk), examined)
        add(before, chunk, input_class(chunk), _again(clean, chunk))
    failing = [k for k, g in tally.groups.items() if gates(_plain(sides, k, g), sides.item.case.gate, (), datetime.date.today())]
    had = {(key.kind, key.output) for key in before.groups if not key.off_domain}
    if any((key.kind, key.output) not in had for key in failing):  # no cause can give it the name of a finding that was there
        return Outcome(mutant.phase, "found", tally.rows)
    known = _accepted(mutant, clean, before, background)
    found, today = _findings(sides, tally), datetime.date.today()
    if failing and _verdict(sides, tally, found, known) == Verdict.FAIL:
        return Outcome(mutant.phase, "found", tally.rows)
    if not tally.compared:
        return Outcome(mutant.phase, "not-measured", tally.rows)
    told = sum(f.rows for f in found if f.off_domain and not is_known(f, known, today))
    return Outcome(mutant.phase, "told" if told else "missed", tally.rows, told)


def _accepted(mutant: Phased, clean: Phased, before: Tally, background: Background) -> tuple[Known, ...]:
    """Every finding of the rows without a fault as the ledger accepts it; kept where the rows are those of every such mutant."""
    same_rows = mutant.given.subject is clean.given.subject
    if same_rows and background.accepted:
        return background.accepted[0]
    found = _findings(clean.sides, before)
    known = tuple(accepting(f, "there without the fault", "selftest", None, rows=True) for f in found)
    if same_rows:
        background.accepted.append(known)
    return known


def _findings(sides: Sides, tally: Tally) -> list[Finding]:
    """Under ids in which the file has no part: a mutant's has another name."""
    return [replace(f, id=_id(f)) for f in findings_of(sides, tally, {})]


def _id(finding: Finding) -> str:
    mark = finding.cause.name if finding.cause else finding.input_class.split(", ")[0]
    where = f"{mark} off-domain" if finding.off_domain else mark
    return finding_id(finding.case, "", finding.runtime, finding.output, finding.kind, where)


def _examined(asked: Phased) -> Iterator[tuple[Chunk, Examined]]:
    """The rows of a run in this phase, a search for the worst drift included, and what they come to."""
    sides, budget, seed = asked.sides, budget_of(asked.settings), asked.settings.seed
    allowances = allowances_of(asked.phase)
    for chunk in chunks(asked.phase, sides.subject, seed, budget):
        if chunk.batch.num_rows:
            yield chunk, examine(sides, chunk.batch, allowances)
    if Coverage(asked.phase, sides.subject).cuts != 0:
        return
    search, worst = Search(sides.subject, seed, budget), Worst()
    for chunk in search.chunks():
        examined = examine(sides, chunk.batch, allowances)
        search.tell(*worst.seen(sides, chunk, examined))
        yield chunk, examined


def _again(clean: Phased, chunk: Chunk) -> Examined:
    return examine(clean.sides, chunk.batch, allowances_of(clean.phase))


def _verdict(sides: Sides, tally: Tally, found: Sequence[Finding], known: Sequence[Known]) -> Verdict:
    outputs, today, item = output_results(tally, sides.tolerances), datetime.date.today(), sides.item
    return phase_verdict(item.phase, tally, outputs, found, item.case.gate, known, ran_out=False, today=today)[0]


def _plain(sides: Sides, key: GroupKey, group: Group) -> Finding:
    """What the judge looks at: kind, count and size."""
    assert group.row is not None, "a group is made by its first row"
    item = sides.item
    return Finding(
        "", item.case.name, item.artifact.path.name, item.runtime, item.phase, key.kind, key.output, key.input_class, group.rows,
        group.row, (), Seen("", ""), group.worst, group.tolerance, key.off_domain,
    )  # fmt: skip
