"""Known faults in the demo's models: how many does the selftest find at the profile `ci`?

All models of the demo, each artifact in the runtime of its format; every fault of `parity selftest` that has a place there. A
mutant is killed where the item would fail had the owner accepted every finding that is there without the fault
(`parity accept --rows`), or where it is told as a new finding and the files prove that no valid input can show it. Left out are
mutants that the files prove to be equivalent; they are counted beside it, and those that survived are named.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.result import Figure, Result, method_of, publish
from parity.config import read
from parity.demo.project import write_project
from parity.flow.discover import items
from parity.selftest.experiment import PHASES, experiment
from parity.selftest.faults import FAULTS
from parity.selftest.outcome import Mutant
from parity.selftest.table import counted, phase_rate, rate
from parity.values.plan import Phase
from parity.values.settings import Item, Settings

WANTED = 0.98


def measure() -> Result:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_project(folder, _quiet)
        todo = [item for item in items(read(folder)) if item.phase == Phase.RANDOM]
        found = {_name(item): _mutants(item, folder) for item in todo}
    every = [m for mutants in found.values() for m in mutants]
    return Result(
        "kill_rate", _figures(every, found), method_of(__doc__), raw={n: [m.state for m in ms] for n, ms in found.items()}
    )


def _mutants(item: Item, folder: Path) -> list[Mutant]:
    print(_name(item), flush=True)
    return list(experiment(item, Settings(folder / ".parity"), FAULTS, PHASES, _quiet))


def _figures(every: Sequence[Mutant], found: dict[str, list[Mutant]]) -> tuple[Figure, ...]:
    among = counted(every)
    failing = sum(m.state == "found" for m in among)
    lost = [f"{name}: {m.fault.name} {m.state}" for name, ms in found.items() for m in counted(ms) if not m.caught]
    equivalent = sum(m.state == "equivalent" for m in every)
    hidden = sum(m.state == "not-measured" for m in every)
    note = f"{sum(m.caught for m in among)} of {len(among)} mutants of {len(found)} pairs; lost: {', '.join(lost) or 'none'}"
    phases = [Figure(f"killed by {p} alone", phase_rate(every, p) or 0.0) for p in PHASES]
    return (
        Figure("mutants killed", rate(every) or 0.0, at_least=WANTED, note=note),
        Figure("of them by a finding that fails", failing, f"of {len(among)}"),
        *phases,
        Figure("equivalent, proved from the files", equivalent, "mutants"),
        Figure("not measured", hidden, "mutants", at_most=0),
    )


def _name(item: Item) -> str:
    return f"{item.case.name} in {item.runtime}"


def _quiet(text: str) -> None:
    """No progress is shown."""


if __name__ == "__main__":
    publish(measure)
