"""Bugs that converters and engines have today, and clean models: each case in the `ci` profile, as `pytest --parity` judges it.

`python -m benchmarks.wild CASES RESULT.json [--seeds N] [--only NAME ...]`. CASES holds one folder a case, with `parity.toml` and
`expected.json`: `runtime`, `drift` (must the verdict be fail?), `kinds` (one of them must be among the findings that fail) and
`cause` (for the reader; parity's names are its own and stand beside it). A bug is looked for with seed 0, which is what `ci`
uses; a clean model with seeds 0 to N - 1, each with an empty folder of findings. Seconds are of the wall, a JVM's start included.
"""

from __future__ import annotations

import argparse
import datetime
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from parity.config import read
from parity.errors import ParityError
from parity.judge.verdict import gates
from parity.pipeline import Workbench, items, run_item
from parity.values.plan import Phase
from parity.values.policy import Gate
from parity.values.result import PhaseResult, Verdict
from parity.values.settings import Item, Settings

LIMIT_SECONDS = 60.0


@dataclass(frozen=True)
class Outcome:
    """One case with one seed. `causes` are of the findings that fail; `wrong` says what is not as expected, "" where all is."""

    name: str
    seed: int
    verdicts: dict[str, str]
    kinds: tuple[str, ...]
    causes: tuple[str, ...]
    expected: str
    seconds: float
    wrong: str


def judged(folder: Path, seed: int) -> Outcome:
    """One case folder, in the runtime that its `expected.json` names."""
    expected = json.loads((folder / "expected.json").read_text())
    phases = [phase for phase in Phase if phase != Phase.LATENCY]
    todo = items(read(folder / "parity.toml"), phases=phases, runtimes=[expected["runtime"]])
    started, bench, results = time.monotonic(), Workbench(), list[PhaseResult]()
    with tempfile.TemporaryDirectory() as own:
        settings = Settings(folder=Path(own), seed=seed)
        try:
            for item in todo:
                results.append(_result(item, settings, bench))
        finally:
            bench.close()
    return _outcome(folder.name, seed, expected, results, todo[0].case.gate, time.monotonic() - started)


def _result(item: Item, settings: Settings, bench: Workbench) -> PhaseResult:
    """What an item finds wrong is a result too: never measured, and never expected."""
    try:
        return run_item(item, settings, bench)
    except ParityError as error:
        return PhaseResult(item.case.name, item.artifact.path.name, item.runtime, item.phase, Verdict.NOT_MEASURED, str(error))


def _outcome(
    name: str, seed: int, expected: dict[str, Any], results: Sequence[PhaseResult], gate: Gate, seconds: float
) -> Outcome:
    today = datetime.date.today()
    failing = [f for r in results if r.verdict == Verdict.FAIL for f in r.findings if gates(f, gate, (), today)]
    kinds = tuple(sorted({str(f.kind) for f in failing}))
    causes = tuple(sorted({f.cause.name if f.cause is not None else "unexplained" for f in failing}))
    return Outcome(
        name,
        seed,
        {str(r.phase): str(r.verdict) for r in results},
        kinds,
        causes,
        str(expected["cause"]),
        seconds,
        "; ".join(_wrong(expected, results, kinds, seconds)),
    )


def _wrong(expected: dict[str, Any], results: Sequence[PhaseResult], kinds: Sequence[str], seconds: float) -> list[str]:
    bad = [f"{r.phase} {r.verdict}: {r.reason}" for r in results if r.verdict not in (Verdict.PASS, Verdict.FAIL)]
    failed = [f"{r.phase}: {r.reason}" for r in results if r.verdict == Verdict.FAIL]
    if not expected["drift"]:
        return [*bad, *(f"false alarm in {text}" for text in failed)]
    if not failed:
        return [*bad, "missed"]
    wrong = [] if set(kinds) & set(expected["kinds"]) else [f"none of {', '.join(expected['kinds'])} among {', '.join(kinds)}"]
    return wrong + ([f"took {seconds:.0f} s"] if seconds > LIMIT_SECONDS else [])


def line(outcome: Outcome) -> str:
    """One line of the table."""
    told = ", ".join(outcome.kinds) + " <- " + ", ".join(outcome.causes) if outcome.kinds else "clean"
    what = f"{outcome.name:34} seed {outcome.seed:2} {outcome.seconds:5.1f} s  {told}  (expected: {outcome.expected})"
    return what + (f"\n    WRONG: {outcome.wrong}" if outcome.wrong else "")


def main() -> None:
    """Exit status 1 where a bug is missed, takes more than its minute, or a clean model is blamed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--only", nargs="*", default=[])
    given = parser.parse_args()
    outcomes = []
    for file in sorted(given.cases.glob("*/expected.json")):
        if given.only and file.parent.name not in given.only:
            continue
        expected = json.loads(file.read_text())
        if not expected["reproduced"]:
            print(f"{file.parent.name}: not reproduced by the installed versions, and not judged")
            continue
        for seed in range(1 if expected["drift"] else given.seeds):
            outcomes.append(judged(file.parent, seed))
            print(line(outcomes[-1]), flush=True)
    given.result.write_text(json.dumps([asdict(o) for o in outcomes], indent=1) + "\n")
    wrong = sum(bool(o.wrong) for o in outcomes)
    print(f"{len(outcomes)} runs, {wrong} wrong; longest {max((o.seconds for o in outcomes), default=0.0):.1f} s")
    raise SystemExit(wrong > 0)


if __name__ == "__main__":
    main()
