"""The `invariance` phase: the same rows asked for in other ways. Each side is compared with itself, so no truth is needed.

A side may move within the bound of its own sums, added in another order; that is told as rounding. Beyond it, or with another
label, a missing value or a refusal, it is a finding whose class of input is the way of asking.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pyarrow as pa

from parity.compare.allowance import Tolerance
from parity.compare.examined import Examined
from parity.compare.matching import Pair
from parity.compare.tolerance import Side, tolerance_of
from parity.errors import UnmeasurableError, UsageError
from parity.flow.binding import bound
from parity.flow.containers import fitted_on_sparse, sparse_ways, with_zeros
from parity.flow.examine import examine
from parity.flow.sides import Sides
from parity.flow.ways import USUAL, Way, at_once, beside, columns_reversed, elsewhere, taken
from parity.judge.ledger import annotated
from parity.judge.tally import Tally, add
from parity.replay.store import finding_id
from parity.runtimes import find, open_session
from parity.runtimes.isolate import DEADLY, Allowance
from parity.runtimes.session import Session
from parity.values.anatomy import Floats
from parity.values.case import Artifact
from parity.values.finding import Finding, Seen
from parity.values.outcome import Outcome, Scores
from parity.values.plan import Chunk, Phase
from parity.values.result import Verdict
from parity.values.settings import Item, Settings
from parity.values.signature import OutputKind, OutputSpec

REFERENCE, RUNTIME = 0, 1
NAMES = ("reference", "runtime")
THREADS = 2
"""Enough that a sum may be added up in another order; the machine that judges may have no more."""


@dataclass(frozen=True)
class Asked:
    """One way of asking one side, and what came of it. `rows` were asked for in this way, as part of the whole batch before.

    `off_domain`: nothing shows that the model is ever asked in this way.
    """

    side: int
    way: str
    rows: pa.RecordBatch
    examined: Examined
    off_domain: bool = False

    @property
    def input_class(self) -> str:
        """The class of input of its findings."""
        return self.way if self.side == RUNTIME else f"{self.way} (reference)"


@dataclass(frozen=True)
class Invariance:
    """What the phase came to: findings, and what moved within its bound, in words."""

    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


def invariance(sides: Sides, settings: Settings, chunk: Chunk, tally: Tally) -> Invariance:
    """Ask both sides for the valid rows of a chunk in every way; rows are counted in the tally once for each."""
    batch = chunk.batch.filter(pa.array(chunk.valid))
    if not batch.num_rows:
        return Invariance((), ())
    asked, left = list[Asked](), list[str]()
    with _more_sessions(sides, settings) as (more, notes):
        for side, known in ((REFERENCE, ()), (RUNTIME, more)):
            ways = (*USUAL, *_by_name(sides, side), *known)
            for i, way in enumerate(ways):
                asked.append(_ask(sides, side, way, batch))
                _count(tally, chunk, asked[-1])
                if _died(asked[-1]):  # each further way would kill it again, and wait for it to start again
                    left = [w.name for w in ways[i + 1 :]]
                    break
    usual = fitted_on_sparse(sides.reference.model)
    for way in sparse_ways(sides.reference, sides.subject.schema, batch.slice(0, 1)):
        one = replace(_ask(sides, REFERENCE, way, with_zeros(sides.subject.schema, batch)), off_domain=not usual)
        asked.append(one)
        _count(tally, chunk, one)
    today = datetime.date.today()
    findings = [annotated(f, sides.item.known, today) for f in _findings(sides.item, _first_causes(asked))]
    stopped = (f"not tried, because the runtime died: {', '.join(left)}",) if left else ()
    return Invariance(tuple(findings), (*notes, *stopped, *_moved(asked)))


def _died(asked: Asked) -> bool:
    examined = asked.examined
    return any(refusal.kind in DEADLY for side in (examined.reference, examined.runtime) for refusal in side.refused.values())


def passed(result: Invariance, tally: Tally) -> str:
    """The reason of a pass."""
    moved = "; ".join(n for n in result.notes if n.startswith("rounding")) or "not a bit moved"
    return f"{tally.compared:,} rows compared, each side with itself; {moved}"


def told(result: Invariance, verdict: tuple[Verdict, str], tally: Tally) -> tuple[Verdict, str]:
    """The phase's verdict with a reason that speaks of this phase."""
    return (verdict[0], passed(result, tally)) if verdict[0] == Verdict.PASS else verdict


def _by_name(sides: Sides, side: int) -> tuple[Way, ...]:
    """Another order of the columns, where the side knows them by name and there are several."""
    named = side == RUNTIME or sides.reference.columns is not None
    return (columns_reversed(),) if named and len(sides.subject.schema.columns) > 1 else ()


def _ask(sides: Sides, side: int, way: Way, batch: pa.RecordBatch) -> Asked:
    """The rows in this way against the same rows in the usual one: in one batch with all others."""
    rows = batch.slice(0, way.rows) if way.rows else batch
    rest = batch.slice(rows.num_rows)
    own = _own(sides, side, beside(sides.scorers[side], rest), way)
    allowance = Allowance()  # one for both: what died the first time is not asked again as the other
    return Asked(side, way.name, rows, examine(own, rows, (allowance, allowance)))


@dataclass(frozen=True)
class _Answering:
    """As much of a side as `examine` asks."""

    score: Any


def _own(sides: Sides, side: int, usual: Any, way: Way) -> Sides:
    """The item with one side as both, under the bound of that side's own arithmetic."""
    pairs = tuple(Pair(spec, spec) for spec in (_spec(p, side) for p in sides.pairs))
    names = {(p.reference, p.runtime)[side].name: own.reference for p, own in zip(sides.pairs, pairs, strict=True)}
    tolerances = {p.name: _tolerance(sides, side, p.reference) for p in pairs if p.kind != OutputKind.LABEL}
    score = sides.scorers[side]
    first = _Answering(lambda batch: _named(usual(batch), names))
    second = _Answering(lambda batch: _named(way.ask(score, batch), names))
    return replace(sides, reference=cast(Any, first), session=cast(Any, second), pairs=pairs, tolerances=tolerances)


def _tolerance(sides: Sides, side: int, spec: OutputSpec) -> Tolerance:
    """The bound of two answers of one side: its own arithmetic on both, and inputs that are the same.

    A runtime may answer with margins what the reference calls a probability: where scores leave [0, 1] the link is left out.
    """
    ours = sides.subject.reference
    theirs = (ours, sides.subject.artifact)[side]

    def of(kind: OutputKind) -> Tolerance:
        two, prepare = (Side(ours, spec), Side(theirs, spec)), sides.reference.prepare
        return tolerance_of(kind, *two, prepare, sides.item.case.gate, "float64", sides.tolerances[spec.name].scale)

    usual = of(spec.kind or OutputKind.VALUE)
    links = [part.link for part in (ours.trees, ours.linear, ours.smooth) if part is not None]
    if side == REFERENCE or not {"logistic", "softmax", "log-softmax"} & set(links):
        return usual
    return _unless_beyond(usual, of(OutputKind.MARGIN))


def _unless_beyond(usual: Tolerance, bare: Tolerance) -> Tolerance:
    def chosen(scores: Floats) -> Tolerance:
        return bare if ((scores < 0) | (scores > 1)).any() else usual

    def own(scores: Floats, batch: pa.RecordBatch) -> Floats:
        rule = chosen(scores).own
        return np.full(len(scores), np.inf) if rule is None else rule(scores, batch)

    return replace(usual, bound=lambda scores, batch: chosen(scores).bound(scores, batch), own=own if usual.own else None)


def _spec(pair: Pair, side: int) -> OutputSpec:
    """A side's own output under the name and kind by which the pair is known."""
    return replace((pair.reference, pair.runtime)[side], name=pair.name, kind=pair.kind)


def _named(outcome: Outcome, names: dict[str, Any]) -> Outcome:
    if not isinstance(outcome, Scores):
        return outcome
    outputs = tuple(replace(o, spec=names[o.spec.name]) for o in outcome.outputs if o.spec.name in names)
    return replace(outcome, outputs=outputs)


@contextmanager
def _more_sessions(sides: Sides, settings: Settings) -> Iterator[tuple[tuple[Way, ...], tuple[str, ...]]]:
    """Ways that need the artifact opened again: two sessions at once, and more threads where the runtime knows the option."""
    ways, notes = list[Way](), list[str]()
    with ExitStack() as opened:
        for name, artifact, way in _again(sides.item):
            try:
                session = _open(sides, settings, artifact)
            except UnmeasurableError as error:
                notes.append(f"{name}: not tried, {error}")
                continue
            opened.callback(session.close)
            ways.append(way(name, session.score))
        yield tuple(ways), tuple(notes)


def _again(item: Item) -> Iterator[tuple[str, Artifact, Any]]:
    yield "two-sessions", item.artifact, at_once
    threaded = replace(item.artifact, options={**item.artifact.options, "threads": THREADS})
    try:
        find()[item.runtime].options(threaded)
    except UsageError:  # this runtime has no such option
        return
    yield "threads", threaded, elsewhere


def _open(sides: Sides, settings: Settings, artifact: Artifact) -> Session:
    session = open_session(
        find()[sides.item.runtime],
        artifact,
        folder=settings.folder,
        inline=settings.inline,
        timeout=settings.timeout_seconds,
    )
    return bound(session, sides.subject.schema.columns, sides.subject.reference, sides.item.case)[0]


def _count(tally: Tally, chunk: Chunk, asked: Asked) -> None:
    same = replace(chunk, batch=asked.rows, valid=np.full(asked.rows.num_rows, not asked.off_domain))
    add(tally, same, asked.input_class, asked.examined)


def _first_causes(asked: Sequence[Asked]) -> list[Asked]:
    """A side that does not even repeat itself is told once: every other way would show the same."""
    restless = {a.side for a in asked if a.way == USUAL[0].name and _drifting(a).any()}
    return [a for a in asked if a.side not in restless or a.way == USUAL[0].name]


def _drifting(asked: Asked) -> Any:
    return asked.examined.kinds.kind != None  # noqa: E711  elementwise on an object array


def _findings(item: Item, asked: Sequence[Asked]) -> Iterator[Finding]:
    for one in asked:
        kinds = one.examined.kinds
        for kind, output in sorted({(kinds.kind[i], kinds.output[i]) for i in np.flatnonzero(_drifting(one))}):
            rows = np.flatnonzero((kinds.kind == kind) & (kinds.output == output))
            yield _finding(item, one, kind, output, rows)


def _finding(item: Item, asked: Asked, kind: Any, output: str, rows: Any) -> Finding:
    """The row that moved furthest. It is not made smaller: alone it may well be answered alike."""
    drift = next((d for d in asked.examined.drifts if d.pair.name == output), None)
    worst = int(rows[0] if drift is None else rows[np.argmax(drift.distance[rows])])
    bound = asked.examined.bounds.get(output)
    return Finding(
        id=finding_id(item.case.name, item.artifact.path.name, item.runtime, output, kind, asked.input_class),
        case=item.case.name,
        artifact=item.artifact.path.name,
        runtime=item.runtime,
        phase=Phase.INVARIANCE,
        kind=kind,
        output=output,
        input_class=asked.input_class,
        rows=len(rows),
        row=asked.rows.slice(worst, 1),
        off_typical=(),
        seen=Seen(_answers(asked.examined.reference, worst), _answers(asked.examined.runtime, worst)),
        worst=0.0 if drift is None else float(drift.distance[worst]),
        tolerance=float("nan") if bound is None else float(bound[worst]),
        off_domain=asked.off_domain,
        message=f"the {NAMES[asked.side]} against itself: first in one batch with other rows, then asked as {asked.way}",
    )


def _answers(scores: Scores, row: int) -> dict[str, list[Any]] | str:
    one = taken(scores, [row])
    if 0 in one.refused:
        return f"{one.refused[0].kind}: {one.refused[0].message}"
    return {
        o.spec.name: [None if o.missing is not None and o.missing[0, j] else v for j, v in enumerate(o.values[0].tolist())]
        for o in one.outputs
    }


def _moved(asked: Sequence[Asked]) -> list[str]:
    """What moved within its bound, a line for each side and output: the furthest, and the ways that move it."""
    found: dict[tuple[int, str], list[tuple[float, str]]] = {}
    for one in asked:
        told = ~_drifting(one) & one.examined.rows.both
        for drift in one.examined.drifts:
            far = float(drift.distance[told].max(initial=0.0))
            if far > 0:
                found.setdefault((one.side, drift.pair.name), []).append((far, one.way))
    return [
        f"rounding: {name} of the {NAMES[side]} moves by up to {max(ways)[0]:.2g} ({', '.join(w for _, w in ways)})"
        for (side, name), ways in found.items()
    ]
