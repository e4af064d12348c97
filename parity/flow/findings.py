"""Groups of drifting rows to findings: the smallest row that still shows it, and both outcomes of that row."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.compare.examined import Examined
from parity.diagnose import Budget, Diagnosis, diagnose
from parity.diagnose.engines import swallowed
from parity.diagnose.evidence import Evidence, Hypothesis, narrowed
from parity.diagnose.labels import cause_of_labels
from parity.diagnose.refusals import cause_of_refusal, in_a_batch
from parity.diagnose.texts import plain_text, with_known_word
from parity.flow.attempts import attempted
from parity.flow.childless import cause_without_child
from parity.flow.coarse import cause_of_coarse_constants
from parity.flow.damaged import cause_of_damage
from parity.flow.examine import examine
from parity.flow.opinions import Consulted, inner_of
from parity.flow.origins import origins
from parity.flow.other_way import cause_of_the_call
from parity.flow.quantised import cause_of_quantising
from parity.flow.questions import evidence_of, features_in, labels_of
from parity.flow.sides import Sides
from parity.flow.traced import cause_of_a_trace
from parity.generate import typical_row, valid_rows
from parity.judge.ledger import annotated
from parity.judge.tally import Group, GroupKey, Tally
from parity.minimise import cut_of, minimise, places_off, same_cut
from parity.replay.seen import answers_of
from parity.replay.store import finding_id
from parity.runtimes.isolate import Allowance
from parity.runtimes.sparing import Sparing
from parity.values.finding import Cause, Finding, FindingKind, Seen
from parity.values.outcome import Outcome, Refusal

NOT_MINIMISED = (FindingKind.CRASH, FindingKind.TIMEOUT)
"""Each try would cost a restart of the worker: the row is reported as it was."""


Search = Callable[[Evidence], Diagnosis | None]

OFF_DOMAIN = 250
"""Hypotheses that all off-domain findings of a phase may cost: five searches of a tree ensemble that find nothing. What was
proved for another finding is asked of every one."""

ORDINARY = frozenset({"typical", "sample", "random", "search", "one-row"})
"""Classes of rows that say nothing of what is in them: what drifts there for no known reason is one finding in all phases."""


@dataclass(frozen=True)
class Diagnosed:
    """Groups of one kind, output and cause (or class of input, where no cause is proved) taken together."""

    key: GroupKey
    group: Group
    cause: Cause | None
    failed: tuple[str, ...] = ()
    diagnosis: Diagnosis | None = None

    @property
    def mark(self) -> str:
        """What tells findings of one kind apart: the cause, else the class of input where that says something."""
        told = "ordinary" if _ordinary(self.key.input_class) else self.key.input_class
        return (self.cause.name if self.cause else told) + (" off-domain" if self.key.off_domain else "")


def findings_of(sides: Sides, tally: Tally, stored: Mapping[str, Finding]) -> tuple[Finding, ...]:
    """Every group diagnosed, groups of one cause merged, the smallest row of each. `stored`: findings being replayed, by id."""
    sides = replace(sides, session=Sparing(sides.session))
    replayed = [_again(sides, stored[key.input_class], group) for key, group in tally.groups.items() if key.input_class in stored]
    groups = {k: g for k, g in tally.groups.items() if k.input_class not in stored}
    fresh = diagnosed(sides, groups, tally.agreeing)
    with Consulted(sides) as consulted:
        found = [_finding(sides, one, partial(origins, sides, one.key, one.group, tally.agreeing, consulted)) for one in fresh]
    told = _of_one_row(_seen_again(replayed, found))
    today = datetime.date.today()
    return tuple(sorted((annotated(f, sides.item.known, today) for f in told), key=_worst_first))


def diagnosed(sides: Sides, groups: Mapping[GroupKey, Group], agreeing: pa.RecordBatch | None) -> list[Diagnosed]:
    """Every group with its cause, where one is proved; groups of one kind, output and cause are one."""
    return _merged(_each_diagnosed(sides, groups, agreeing))


def _each_diagnosed(sides: Sides, groups: Mapping[GroupKey, Group], agreeing: pa.RecordBatch | None) -> list[Diagnosed]:
    """What counts first, and the largest groups first: what explains many rows is asked of the few before anything else."""
    found, confirmed, inner, off_domain = [], list[Hypothesis](), inner_of(sides), Budget(OFF_DOMAIN)
    for key, group in sorted(groups.items(), key=lambda kg: (kg[0].off_domain, -kg[1].rows)):
        failed = list[str]()
        budget = off_domain if key.off_domain else Budget()
        ask = partial(_diagnosis, sides, key, group, agreeing, partial(diagnose, confirmed=confirmed, budget=budget), inner)
        answer = attempted("the cause could not be looked for", failed, ask, None)
        diagnosis = answer if isinstance(answer, Diagnosis) else None
        if diagnosis is not None and diagnosis.hypothesis not in confirmed:
            confirmed.append(diagnosis.hypothesis)
        cause = answer.cause if isinstance(answer, Diagnosis) else answer
        found.append(Diagnosed(key, group, cause, tuple(failed), diagnosis))
    return found


def _seen_again(replayed: Sequence[Finding], fresh: Sequence[Finding]) -> list[Finding]:
    """Replayed findings, with what other rows of this phase showed of them; then the others, in the order of their classes.

    The first of several findings that turn out to be one gives it its id: what is kept already, else what counts cannot change.
    """
    by_id, known = {f.id: f for f in fresh}, {f.id for f in replayed}
    again = [_with_more(f, by_id[f.id]) if f.id in by_id else f for f in replayed]
    order = sorted((f for f in fresh if f.id not in known), key=lambda f: (not _ordinary(f.input_class), f.input_class))
    return [*again, *order]


def _with_more(finding: Finding, other: Finding) -> Finding:
    return replace(finding, rows=finding.rows + other.rows, worst=max(finding.worst, other.worst))


def _of_one_row(findings: Sequence[Finding]) -> list[Finding]:
    """Unexplained findings that came down to the same row are one: their classes of input had no part in it."""
    kept: dict[tuple[object, ...], Finding] = {}
    for one in findings:
        alike = one.cause is None and one.row.num_rows == 1 and one.kind not in NOT_MINIMISED
        key = (one.kind, one.output, one.off_domain, repr(one.row.to_pylist())) if alike else (one.id,)
        kept[key] = _joined(kept[key], one) if key in kept else one
    return list(kept.values())


def _joined(first: Finding, other: Finding) -> Finding:
    return replace(_with_more(first, other), input_class=_classes(first.input_class, other.input_class))


def _classes(first: str, other: str) -> str:
    """Classes of input, each once, as one text."""
    return ", ".join(dict.fromkeys([*first.split(", "), *other.split(", ")]))


def _ordinary(input_class: str) -> bool:
    return not ORDINARY.isdisjoint(input_class.split(", "))


def _worst_first(finding: Finding) -> tuple[bool, int, int]:
    return finding.off_domain, list(FindingKind).index(finding.kind), -finding.rows


def _merged(found: Sequence[Diagnosed]) -> list[Diagnosed]:
    """One per kind, output and mark; what a valid finding's cause explains is not told again as off-domain."""
    merged: dict[tuple[FindingKind, str, str], Diagnosed] = {}
    for one in found:
        same = (one.key.kind, one.key.output, one.mark)
        merged[same] = _together(merged[same], one) if same in merged else one
    proved = {(d.key.output, d.cause.name) for d in merged.values() if d.cause and not d.key.off_domain}
    return [d for d in merged.values() if not (d.key.off_domain and d.cause and (d.key.output, d.cause.name) in proved)]


def _together(a: Diagnosed, b: Diagnosed) -> Diagnosed:
    worse = a if a.group.worst >= b.group.worst else b
    group = replace(worse.group, rows=a.group.rows + b.group.rows)
    key = replace(worse.key, input_class=_classes(a.key.input_class, b.key.input_class))
    return Diagnosed(key, group, worse.cause, tuple(dict.fromkeys((*a.failed, *b.failed))), worse.diagnosis)


def _again(sides: Sides, finding: Finding, group: Group) -> Finding:
    """A finding that was stored and still happens: its own row, id and cause, with what both sides say today."""
    examined = _ask(sides, finding.kind, finding.row)
    return replace(
        finding,
        phase=sides.item.phase,
        rows=group.rows,
        seen=_seen(sides, finding.row, examined, finding.kind, group.message),
        worst=max(group.worst, 0.0),
        tolerance=group.tolerance,
        message=_message(examined) or group.message,
        known="",
    )


def _ask(sides: Sides, kind: FindingKind, row: pa.RecordBatch) -> Examined | None:
    """Both outcomes of a row; None for a call without rows, and where asking again would kill the worker again."""
    return examine(sides, row, (Allowance(), Allowance())) if kind not in NOT_MINIMISED and row.num_rows else None


def _finding(sides: Sides, diagnosed: Diagnosed, asked: Callable[[], tuple[str, str]]) -> Finding:
    """Minimise the group's worst row, score it once more, and describe it. `asked`: its origin and its stage."""
    key, group, row, item = diagnosed.key, diagnosed.group, diagnosed.group.row, sides.item
    assert row is not None, "a group is made by its first row"
    off_typical: tuple[str, ...] = ()
    failed = list(diagnosed.failed)
    origin, stage = attempted("where the drift comes from could not be asked", failed, asked, ("", ""))
    if key.kind not in NOT_MINIMISED and row.num_rows:
        smallest = partial(_smallest, sides, diagnosed, row)
        row, off_typical = attempted("the row could not be made smaller", failed, smallest, (row, off_typical))
    examined = _ask(sides, key.kind, row)
    return Finding(
        id=finding_id(item.case.name, item.artifact.path.name, item.runtime, key.output, key.kind, diagnosed.mark),
        case=item.case.name,
        artifact=item.artifact.path.name,
        runtime=item.runtime,
        phase=item.phase,
        kind=key.kind,
        output=key.output,
        input_class=key.input_class,
        rows=group.rows,
        row=row,
        off_typical=off_typical,
        seen=_seen(sides, row, examined, key.kind, group.message),
        worst=max(group.worst, 0.0),
        tolerance=group.tolerance,
        off_domain=key.off_domain,
        message="; ".join(filter(None, (_message(examined) or group.message, *failed))),
        cause=diagnosed.cause,
        cut=_cut(sides, row),
        origin=origin,
        stage=stage,
        places=_places(sides, row, off_typical),
        runtime_output=next((p.runtime.name for p in sides.pairs if p.name == key.output and p.runtime.name != p.name), ""),
    )


def _typical(sides: Sides) -> pa.RecordBatch:
    return typical_row(sides.subject.schema, sides.subject.sample, sides.subject.reference)


def _smallest(sides: Sides, diagnosed: Diagnosed, row: pa.RecordBatch) -> tuple[pa.RecordBatch, tuple[str, ...]]:
    typical = _typical(sides)
    names = [
        n for n in row.schema.names if n in typical.schema.names and typical.schema.field(n).type == row.schema.field(n).type
    ]
    if names != row.schema.names:
        return row, ()  # a malformed call: its columns are the point, there is nothing simpler that is still malformed
    found = minimise(row, typical.select(names), sides.subject.schema, _still(sides, diagnosed, row))
    return found.row, found.off_typical


def _places(sides: Sides, row: pa.RecordBatch, off_typical: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Where the tensors of a smallest row are off the typical ones."""
    if not any(c.shape for c in sides.subject.schema.columns):
        return {}
    typical = _typical(sides)
    names = [n for n in off_typical if n in typical.schema.names]
    found = {n: places_off(row.column(n), typical.column(n)) for n in names}
    return {name: places for name, places in found.items() if places}


def _cut(sides: Sides, row: pa.RecordBatch) -> str:
    """The split at which the two sides part, where both structures were read and there is one."""
    if row.num_rows != 1 or row.schema.names != [c.name for c in sides.subject.schema.columns]:
        return ""
    return cut_of(row, sides.subject.reference, sides.subject.artifact, partial(features_in, sides))


def _still(sides: Sides, diagnosed: Diagnosed, row: pa.RecordBatch) -> Any:
    """Does a row show the same finding as `row`: same kind, same output, on the same side of the declared domain, same cut, and
    the same cause where it has a proof that can be asked of other rows?"""
    key, whole, subject = diagnosed.key, [c.name for c in sides.subject.schema.columns], sides.subject
    known = row.schema.names == whole
    stays = same_cut(row, subject.reference, subject.artifact, partial(features_in, sides)) if known else None
    proof = diagnosed.diagnosis if known and diagnosed.diagnosis and diagnosed.diagnosis.explains(row).all() else None

    def fails(batch: pa.RecordBatch) -> npt.NDArray[np.bool_]:
        examined = examine(sides, batch, (Allowance(), Allowance()))
        same = (examined.kinds.kind == key.kind) & (examined.kinds.output == key.output)
        if batch.schema.names == whole:
            same = same & (valid_rows(sides.subject.schema, batch) != key.off_domain)
        if stays is not None and same.any():
            same = same & stays(batch)
        if proof is not None and same.any():
            rows = np.flatnonzero(same)
            same[rows] = proof.explains(batch.take(pa.array(rows)))
        return np.asarray(same, dtype=bool)

    return fails


def _diagnosis(
    sides: Sides, key: GroupKey, group: Group, agreeing: pa.RecordBatch | None, search: Search, inner: Any
) -> Diagnosis | Cause | None:
    """A confirmed hypothesis; the cause of a refusal, which no hypothesis about numbers explains; or nothing."""
    if key.kind == FindingKind.SHAPE or group.row is None or not group.row.num_rows:
        return None
    if key.kind in NOT_MINIMISED:
        return cause_of_the_call(sides, group.kept)
    if key.kind == FindingKind.REFUSAL:
        return _refusal_cause(sides, key, group, examine(sides, group.row, (Allowance(), Allowance())))
    evidence = evidence_of(sides, key.output, group.kept, agreeing)
    if evidence is not None and key.kind == FindingKind.MISSING_MASK and (cause := swallowed(evidence)) is not None:
        return cause
    found = None if evidence is None else search(replace(evidence, inner=inner))
    if found is None and (cause := _cause_in_the_file(sides, key, group.kept, evidence)) is not None:
        return cause
    scores_drift = evidence is not None and narrowed(evidence) is not None
    if found is not None or key.kind != FindingKind.LABEL_FLIP or scores_drift:
        return found  # labels follow from scores: where those differ, no mechanism of labels alone is asked for
    labels = labels_of(sides, key.output, group.kept, agreeing)
    return None if labels is None else cause_of_labels(labels)


def _cause_in_the_file(sides: Sides, key: GroupKey, kept: Sequence[pa.RecordBatch], evidence: Evidence | None) -> Cause | None:
    """What the artifact itself is asked about, where no mechanism explains the answers: the cheapest question first.

    The later ones open a second session, which costs seconds: for what counts alone.
    """
    told = cause_of_quantising(sides, evidence) or cause_of_damage(sides, evidence) or cause_of_coarse_constants(sides, evidence)
    if told is not None or key.off_domain:
        return told
    return cause_without_child(sides, evidence, kept) or cause_of_a_trace(sides, kept, evidence)


def _refusal_cause(sides: Sides, key: GroupKey, group: Group, examined: Examined) -> Cause | None:
    """Proof: a typical row, which differs only by having ordinary values, is answered by both sides. Texts are changed less:
    without characters above U+FFFF they stay texts that nobody has learned, with a known word they keep their own."""
    assert group.row is not None, "a group is made by its first row"
    if examined.kinds.unresolved.any():
        return None
    if examined.rows.both.all():
        return in_a_batch()
    typical = _typical(sides)
    ordinary = examine(sides, typical, (Allowance(), Allowance()))
    side = "reference" if 0 in examined.reference.refused else "runtime"
    refused = examined.reference.refused if side == "reference" else examined.runtime.refused
    kind = refused[0].kind if 0 in refused else ""
    answered = bool(ordinary.rows.both.all())
    plain, known = plain_text(group.row), _with_known_word(sides, group.row)
    ours, theirs = ordinary.reference.refused, ordinary.runtime.refused
    never = 0 in theirs and 0 not in ours and theirs[0].kind == kind
    return cause_of_refusal(side, kind, key.input_class, answered, _answered(sides, plain), _answered(sides, known), never)


def _with_known_word(sides: Sides, row: pa.RecordBatch) -> pa.RecordBatch | None:
    whole = row.schema.names == [c.name for c in sides.subject.schema.columns]
    return with_known_word(row, sides.subject.reference.vocabulary) if whole else None


def _answered(sides: Sides, row: pa.RecordBatch | None) -> bool:
    """Do both sides answer the row? False where there is none."""
    return row is not None and bool(examine(sides, row, (Allowance(), Allowance())).rows.both.all())


def _seen(sides: Sides, row: pa.RecordBatch, examined: Examined | None, kind: FindingKind, said: str) -> Seen:
    if row.num_rows == 0:
        return Seen(_call(sides.reference.score(row)), _call(sides.session.score(row)))
    if examined is None:
        return Seen("not asked again", f"{kind}: {said}" if said else f"{kind}: see the worker's log")
    return Seen(answers_of(examined.reference), answers_of(examined.runtime))


def _call(outcome: Outcome) -> str:
    return f"{outcome.kind}: {outcome.message}" if isinstance(outcome, Refusal) else "an empty result"


def _message(examined: Examined | None) -> str:
    if examined is None:
        return ""
    texts = [
        f"{side}: {s.refused[0].message}"
        for side, s in (("reference", examined.reference), ("runtime", examined.runtime))
        if 0 in s.refused
    ]
    return "; ".join(texts)
