"""Rows asked again, one at a time: for `parity replay`, and for the users' own tests (`parity.check_row`)."""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from parity.config import case_from, read
from parity.errors import UsageError
from parity.flow.discover import items
from parity.flow.examine import examine, refusals
from parity.flow.sides import Sides, Workbench
from parity.replay.seen import answers_of
from parity.replay.wiring import Wiring
from parity.runtimes.codes import Coded
from parity.runtimes.inputs import match_inputs
from parity.runtimes.isolate import Allowance
from parity.values.case import Artifact, Configuration
from parity.values.finding import FindingKind, Seen
from parity.values.outcome import Outcome, Refusal
from parity.values.plan import Budget, Phase
from parity.values.settings import Item, Settings


@dataclass(frozen=True)
class Asked:
    """What both sides say of a row today, and how they disagree: None where they agree within the tolerance.

    `wiring` is None where the question was another than this row on both sides.
    """

    kind: FindingKind | None
    output: str
    seen: Seen
    wiring: Wiring | None

    @property
    def happens(self) -> bool:
        return self.kind is not None


def ask(sides: Sides, row: pa.RecordBatch) -> Asked:
    """Both sides, once. A call without rows disagrees where one side alone refuses it."""
    wiring = wiring_of(sides)
    if row.num_rows == 0:
        refused = refusals(sides, row)
        seen = Seen(_call(sides.reference.score(row)), _call(sides.session.score(row)))
        return Asked(FindingKind.REFUSAL if refused[0] != refused[1] else None, "", seen, wiring)
    examined = examine(sides, row, (Allowance(), Allowance()))
    places = [i for i, kind in enumerate(examined.kinds.kind) if kind is not None]
    seen = Seen(answers_of(examined.reference), answers_of(examined.runtime))
    if not places:
        return Asked(None, "", seen, wiring)
    return Asked(examined.kinds.kind[places[0]], str(examined.kinds.output[places[0]]), seen, wiring)


def wiring_of(sides: Sides) -> Wiring:
    """How this item's sides are put together."""
    signature = sides.session.signature
    bound = match_inputs(sides.subject.schema.columns, signature, sides.item.case.inputs)
    codes = sides.session.codes if isinstance(sides.session, Coded) else {}
    return Wiring(tuple((spec, tuple(bound.get(spec.name, ()))) for spec in signature.inputs), sides.pairs, codes)


def check_row(
    row: pa.RecordBatch,
    *,
    case: str | None = None,
    config: str | Path | None = None,
    reference: Any = None,
    artifact: str | Path | None = None,
    runtime: str | None = None,
    folder: str | Path = ".parity",
    **keys: Any,
) -> None:
    """Raise AssertionError where the two sides disagree about a row, with what both answered.

    `row` is an Arrow batch of one row (or a pandas frame of one row). Either `case` names a case of the configuration `config` (a
    parity.toml or its folder; by default that of the working directory), and `artifact` the name of one of its artifacts where
    there are several; or `reference` and `artifact` are given as in `parity.check`, with `root` (the folder of relative paths and
    modules), `options` and further keys of `[[case]]` (data, inputs, outputs …). Raises UsageError where that names no one item.

    Both sides stay open until another case is asked for or a file changes, so that the next row costs a call and no start: under
    Hypothesis give `@settings(deadline=None)`, as the first row takes seconds.
    """
    item = _declared(case, config, artifact, runtime) if reference is None else _given(reference, artifact, runtime, keys)
    settings = Settings(folder=Path(folder).absolute())
    asked = ask(_opened.bench(item, settings).sides(item, settings, Budget()), _batch(row))
    if asked.kind is not None:
        raise AssertionError(_told(item, asked))


class _Opened:
    """What the last row was asked of. Objects are held, so that no other one takes their identity."""

    def __init__(self) -> None:
        self._bench = Workbench()
        self._of: tuple[Any, ...] = ()
        self._held: tuple[Any, ...] = ()
        atexit.register(lambda: self._bench.close())

    def bench(self, item: Item, settings: Settings) -> Workbench:
        """A workbench that has opened nothing else than this item as it is now."""
        case, artifact = item.case, item.artifact
        given = (case.reference, case.data)
        stamps = (_stamp(g, case.root) for g in (artifact.path, *given))
        now = (case.name, case.source, str(artifact.options), item.runtime, settings.folder, repr(case.columns), *stamps)
        if now != self._of:
            self._bench.close()
            self._bench, self._of, self._held = Workbench(), now, given
        return self._bench


def _stamp(given: Any, root: Path) -> tuple[Any, ...]:
    """What changes where a file, or a file in a folder, is written anew; of an object who it is."""
    if not isinstance(given, str | Path):
        return (id(given),)
    path = root / given
    inside = sorted(path.rglob("*")) if path.is_dir() else [path]
    return (str(path), *((str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in inside if p.is_file()))


_opened = _Opened()


def _batch(row: Any) -> pa.RecordBatch:
    return row if isinstance(row, pa.RecordBatch) else pa.RecordBatch.from_pandas(row, preserve_index=False)


def _declared(case: str | None, config: str | Path | None, artifact: str | Path | None, runtime: str | None) -> Item:
    configuration = read(Path() if config is None else Path(config))
    return _one(items(configuration, phases=[Phase.EXAMPLES], cases=[case] if case else []), artifact, runtime)


def _one(found: Sequence[Item], artifact: str | Path | None, runtime: str | None) -> Item:
    fitting = [i for i in found if artifact is None or i.artifact.path.name == Path(artifact).name]
    fitting = [i for i in fitting if runtime is None or i.runtime == runtime]
    if len(fitting) == 1:
        return fitting[0]
    there = "; ".join(f"case={i.case.name!r}, artifact={i.artifact.path.name!r}, runtime={i.runtime!r}" for i in found) or "none"
    raise UsageError(f"check_row asks about one case, artifact and runtime; {len(fitting)} fit what is given. There are: {there}")


def _given(reference: Any, artifact: str | Path | None, runtime: str | None, keys: dict[str, Any]) -> Item:
    if artifact is None:
        raise UsageError("check_row got a reference and no artifact; name the exported file with artifact=")
    root = Path(keys.pop("root", "")).absolute()
    declared = Artifact(Path(artifact), (runtime,) if runtime else (), keys.pop("options", {}))
    made = case_from(reference, declared, root=root, source="check_row()", **keys)
    return items(Configuration(root, (made,)), phases=[Phase.EXAMPLES])[0]


def _call(outcome: Outcome) -> str:
    return f"{outcome.kind}: {outcome.message}" if isinstance(outcome, Refusal) else "an empty result"


def _told(item: Item, asked: Asked) -> str:
    output = f", output {asked.output}" if asked.output else ""
    return (
        f"{asked.kind}: {item.case.name} in {item.runtime}{output}\n"
        f"  reference  {asked.seen.reference}\n  runtime    {asked.seen.runtime}"
    )
